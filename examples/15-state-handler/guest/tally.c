/*
 * Counts votes: each call adds one to the entry it names, in the space of its message, and returns the new count.
 * Nothing is kept in the module itself: every call runs in a fresh instance.
 */
#include "../../../runtimes/wasi/host/promisegrid.h"

static uint8_t input[256];
static uint32_t count;

PG_EXPORT("alloc") void *alloc(uint32_t len) { return len <= sizeof input ? input : 0; }

/* Where the entry is: the prefix that was granted, and the name behind it. */
static uint32_t key_of(uint8_t *key, uint32_t room, const uint8_t *name, uint32_t len) {
  int32_t prefix = pg_state_prefix(key, room);
  if (prefix < 0) pg_answer_refuse();
  if ((uint32_t)prefix + len > room) return 0;
  __builtin_memcpy(key + prefix, name, len);
  return (uint32_t)prefix + len;
}

PG_EXPORT("vote") int64_t vote(const uint8_t *name, uint32_t len) {
  uint8_t key[512];
  uint32_t key_len = key_of(key, sizeof key, name, len);
  if (len == 0 || key_len == 0) return PG_ERROR(1);
  /* Absent is no error: the first vote for a name. */
  if (pg_state_get(key, key_len, &count, sizeof count) == PG_REFUSED) pg_answer_refuse();
  count += 1;
  if (pg_state_put(key, key_len, &count, sizeof count) == PG_REFUSED) pg_answer_refuse();
  return PG_RESULT(&count, sizeof count);
}

/* Every name with its count, as the host lists entries. */
PG_EXPORT("votes") int64_t votes(const uint8_t *name, uint32_t len) {
  static uint8_t page[4096];
  uint8_t prefix[256];
  (void)name, (void)len;
  int32_t prefix_len = pg_state_prefix(prefix, sizeof prefix);
  if (prefix_len < 0) pg_answer_refuse();
  int32_t listed = pg_state_range(prefix, (uint32_t)prefix_len, 0, 0, 64, page, sizeof page);
  if (listed == PG_REFUSED) pg_answer_refuse();
  return listed > (int32_t)sizeof page ? PG_ERROR(2) : PG_RESULT(page, listed);
}
