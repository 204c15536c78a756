// Asks its host whatever its arguments say: one question after the other, each the letter of a function and its fields, a
// field being four bytes of length and so many bytes. Gives what came back: for each question a byte, 0 for a result, 1 for
// none and 2 for a refusal, then the fields of the result, or the index of the refusal as a field.
#include "host.h"

static byte *input, *end;
static bytes output;

static void write(const void *from, size length) {
  byte *grown = make_room(output.at, output.length, 1, output.length + length);
  __builtin_memcpy(grown + output.length, from, length);
  output.at = grown;
  output.length += length;
}

static void put(byte status) { write(&status, 1); }

static void field(bytes value) {
  write(&value.length, 4);
  write(value.at, value.length);
}

static void number(unsigned long long value, size length) { field((bytes){(byte *)&value, length}); }

static bytes next(void) {
  size length;
  __builtin_memcpy(&length, input, 4);
  bytes read = {input + 4, length};
  input += 4 + length;
  if (input > end) __builtin_trap();
  return read;
}

static unsigned next_number(void) {
  unsigned value = 0;
  bytes read = next();
  __builtin_memcpy(&value, read.at, read.length);
  return value;
}

static int refused(byte is_refused, byte refusal) {
  if (!is_refused) return 0;
  put(2);
  number(refusal, 1);
  return 1;
}

static void told_nothing(struct nothing *told) {
  if (!refused(told->is_refused, told->refusal)) put(0);
}

static void told_bytes(struct some_bytes *told) {
  if (refused(told->is_refused, told->refusal)) return;
  put(0);
  field(told->value);
}

static void told_maybe(struct maybe_bytes *told) {
  if (refused(told->is_refused, told->refusal)) return;
  put(!told->is_there);
  if (told->is_there) field(told->value);
}

static void told_page(struct page *told) {
  if (refused(told->is_refused, told->refusal)) return;
  put(0);
  number(told->entries.count, 4);
  for (size i = 0; i < told->entries.count; i++) field(told->entries.at[i].key), field(told->entries.at[i].value);
}

static void told_grant(struct granted *told) {
  if (refused(told->is_refused, told->refusal)) return;
  put(0);
  number(told->grant.about, 1);
  field(told->grant.owner);
  field(told->grant.about == 2 || told->grant.about == 3 ? told->grant.name : (bytes){0, 0});
  field(told->grant.about == 2 ? told->grant.prefix : (bytes){0, 0});
  number(told->grant.expires, 8);
  number(told->grant.methods.count, 4);
  for (size i = 0; i < told->grant.methods.count; i++) field(told->grant.methods.at[i]);
}

static struct nothing nothing;
static struct some_bytes some;
static struct maybe_bytes maybe;
static struct page page;
static struct granted granted;
static struct maybe_text text;

#define PART(name) name.at, name.length

static void call_other(void) {
  unsigned capability = next_number();
  bytes protocol = next(), method = next(), given = next(), lend = next();
  unsigned about = next_number();
  bytes name = next(), prefix = next();
  unsigned fuel = next_number();
  unsigned *indices = make_room(0, 0, 4, lend.length);
  __builtin_memcpy(indices, lend.at, lend.length);
  call_call(capability, PART(protocol), PART(method), PART(given), indices, lend.length / 4, about, PART(name), PART(prefix), fuel, &some);
  told_bytes(&some);
}

static void promise(void) {
  unsigned seconds = next_number(), terms = next_number(), count = next_number();
  bytes *conditions = make_room(0, 0, 4, count * sizeof(bytes));
  for (unsigned i = 0; i < count; i++) conditions[i] = next();
  if (terms == 1) promise_defer(seconds, terms, conditions[0].at, conditions[0].length, &some);
  else promise_defer(seconds, terms, conditions, count, &some);
  told_bytes(&some);
}

static void ask(byte letter) {
  bytes first, second;
  switch (letter) {
  case 'g': first = next(); state_get(PART(first), &maybe); told_maybe(&maybe); break;
  case 'p': first = next(), second = next(); state_put(PART(first), PART(second), &nothing); told_nothing(&nothing); break;
  case 'd': first = next(); state_delete(PART(first), &nothing); told_nothing(&nothing); break;
  case 'r': first = next(), second = next(); state_range(PART(first), second.length > 0, PART(second), next_number(), &page); told_page(&page); break;
  case 'a': first = next(); state_ahead(PART(first)); put(0); break;
  case 's': state_space(&some); told_bytes(&some); break;
  case 'x': state_prefix(&some); told_bytes(&some); break;
  case 'G': first = next(); block_get(PART(first), &maybe); told_maybe(&maybe); break;
  case 'P': first = next(); block_put(PART(first), next_number(), &some); told_bytes(&some); break;
  case 'A': first = next(); block_ahead(PART(first)); put(0); break;
  case 't': put(0); number(call_table(), 4); break;
  case 'h': call_grant_of(next_number(), &granted); told_grant(&granted); break;
  case 'c': call_other(); break;
  case 'D': promise(); break;
  case 'k': first = next(), second = next(); promise_keep(PART(first), PART(second), &nothing); told_nothing(&nothing); break;
  case 'b': first = next(), second = next(); promise_break(PART(first), PART(second), &nothing); told_nothing(&nothing); break;
  case 'o': first = next(); promise_outcome(PART(first), &some); told_bytes(&some); break;
  case 'l': first = next(); log_text(PART(first)); put(0); break;
  case 'w': answer_refused(&text); put(!text.is_there); if (text.is_there) field(text.text); break;
  case 'R': answer_refuse(); break;
  case 'm': output.length = 0; break;
  default: __builtin_trap();
  }
}

static struct answer answer;

__attribute__((export_name("handle"))) struct answer *handle(byte *arguments, size length) {
  input = arguments;
  end = arguments + length;
  while (input < end) ask(*input++);
  answer.output = output;
  return &answer;
}
