/*
 * What a handler in WebAssembly may ask of its host, for C (spec/host-functions.md). Freestanding: no library needed.
 *
 * A reactor exports alloc(len) and its methods, by PG_EXPORT. Addresses and lengths are checked by the
 * host: a wrong one ends the call with TRAP. Name the groups that are used in `imports` of the descriptor.
 */
#ifndef PROMISEGRID_H
#define PROMISEGRID_H

#include <stdint.h>

#define PG_EXPORT(name) __attribute__((export_name(name)))
#define PG_IMPORT(name) __attribute__((import_module("promisegrid"), import_name(name)))

/* Statuses below 0; from 0 on a status is the length of the answer. */
#define PG_ABSENT (-1)
#define PG_REFUSED (-2)

/* What a method returns: bytes, or an error by its number. */
#define PG_RESULT(at, len) ((int64_t)(((uint64_t)(uint32_t)(uintptr_t)(at) << 32) | (uint32_t)(len)))
#define PG_ERROR(code) ((int64_t)(-(code)))

/* ------------------------------------------------------------------------------------------------ the answer */

PG_IMPORT("answer_length") uint32_t pg_answer_length(void);
/* Copies what fits of the answer from `from` on; how many bytes that were. */
PG_IMPORT("answer_read") uint32_t pg_answer_read(uint32_t from, void *into, uint32_t room);
/* Ends the call with what the last question was refused with. */
PG_IMPORT("answer_refuse") _Noreturn void pg_answer_refuse(void);

/* --------------------------------------------------------------------------------------- state (group state) */

PG_IMPORT("state_get") int32_t pg_state_get(const void *key, uint32_t key_len, void *into, uint32_t room);
PG_IMPORT("state_put") int32_t pg_state_put(const void *key, uint32_t key_len, const void *value, uint32_t len);
PG_IMPORT("state_delete") int32_t pg_state_delete(const void *key, uint32_t key_len);
/* Entries as: length of the key, length of the value (4 bytes each), key, value. */
PG_IMPORT("state_range")
int32_t pg_state_range(const void *prefix, uint32_t prefix_len, const void *after, uint32_t after_len,
                       uint32_t limit, void *into, uint32_t room);
/* Says what will be asked, so that the host reads it all at once. */
PG_IMPORT("state_ahead") void pg_state_ahead(const void *key, uint32_t key_len);
PG_IMPORT("state_space") int32_t pg_state_space(void *into, uint32_t room);
PG_IMPORT("state_prefix") int32_t pg_state_prefix(void *into, uint32_t room);

/* -------------------------------------------------------------------------------------- blocks (group block) */

#define PG_RAW 0x55u
#define PG_DAG_CBOR 0x71u

PG_IMPORT("block_get") int32_t pg_block_get(const void *cid, uint32_t cid_len, void *into, uint32_t room);
PG_IMPORT("block_put")
int32_t pg_block_put(const void *bytes, uint32_t len, uint32_t codec, void *into, uint32_t room);
PG_IMPORT("block_ahead") void pg_block_ahead(const void *cid, uint32_t cid_len);

/* ---------------------------------------------------------------------------- other handlers (group call) */

#define PG_HANDLER 0u /* the call is about the handler itself */
#define PG_SPACE 2u
#define PG_LABELS 3u

/* A call of another handler; what is left out is 0. */
struct pg_call {
  uint32_t capability; /* index among the chains that are lent */
  const void *protocol;
  uint32_t protocol_len;
  const void *method;
  uint32_t method_len;
  const void *input;
  uint32_t input_len;
  const uint32_t *lend; /* entries of the own table that are lent on */
  uint32_t lend_count;
  uint32_t resource; /* PG_HANDLER, PG_SPACE or PG_LABELS */
  const void *name;
  uint32_t name_len;
  const void *prefix;
  uint32_t prefix_len;
  uint64_t fuel; /* at most; 0 is all that is left */
};

_Static_assert(sizeof(struct pg_call) == 64, "a request has 64 bytes");

PG_IMPORT("call_table") uint32_t pg_call_table(void);
PG_IMPORT("call_grant") int32_t pg_call_grant(uint32_t capability, void *into, uint32_t room);
PG_IMPORT("call") int32_t pg_call(const struct pg_call *request, void *into, uint32_t room);

/* ---------------------------------------------------- promises (groups promise and promise.outcome) */

struct pg_bytes {
  const void *at;
  uint32_t len;
};

/* Makes the promise that this call ends with; `into` is room for its id. The method returns no bytes then. */
PG_IMPORT("promise_defer")
int32_t pg_promise_defer(uint32_t seconds, const void *wraps, uint32_t wraps_len,
                         const struct pg_bytes *conditions, uint32_t count, void *into, uint32_t room);
PG_IMPORT("promise_keep")
int32_t pg_promise_keep(const void *promise, uint32_t promise_len, const void *output, uint32_t len);
PG_IMPORT("promise_break")
int32_t pg_promise_break(const void *promise, uint32_t promise_len, const void *detail, uint32_t len);
PG_IMPORT("promise_outcome")
int32_t pg_promise_outcome(const void *promise, uint32_t promise_len, void *into, uint32_t room);

/* ------------------------------------------------------------------------------------------ log (group log) */

/* Words that explain a failure, should the call fail. */
PG_IMPORT("log") void pg_log(const void *text, uint32_t len);

#endif
