import { readFileSync } from 'node:fs'

import { commonFiles } from './template.ts'
import type { Template } from './template.ts'

/** The functions of the host; it lies beside the runtime that offers them, and comes with the package. */
const HOST_HEADER = new URL('../../../../../runtimes/wasi/host/promisegrid.h', import.meta.url)

const HEADER = `/* What a handler in C needs of its host: see spec/handler-abi.md of PromiseGrid, "Reactor". No library is linked. */
#ifndef PROMISEGRID_HANDLER_H
#define PROMISEGRID_HANDLER_H

#include <stddef.h>
#include <stdint.h>

/* A method: PG_METHOD(greet)(const uint8_t *input, uint32_t length) { … } */
#define PG_METHOD(name) __attribute__((export_name(#name))) int64_t pg_method_##name

extern uint8_t __heap_base;

/* Memory of one call, which goes with it: nothing is freed. NULL when there is no more. */
__attribute__((export_name("alloc"))) void *pg_alloc(uint32_t length) {
  static uintptr_t next = 0;
  if (next == 0) next = (uintptr_t)&__heap_base;
  uint64_t end = (uint64_t)next + (((uint64_t)length + 15) & ~(uint64_t)15);
  uint64_t pages = (end + 65535) / 65536;
  size_t now = __builtin_wasm_memory_size(0);
  if (pages > 65535) return NULL;
  if (pages > now && __builtin_wasm_memory_grow(0, pages - now) == (size_t)-1) return NULL;
  void *at = (void *)next;
  next = (uintptr_t)end;
  return at;
}

/* The result of a method: these bytes. */
static inline int64_t pg_bytes(const void *at, uint32_t length) {
  return (int64_t)((uint64_t)(uintptr_t)at << 32 | length);
}

/* The failure of a method, in words for its caller. */
static inline int64_t pg_error(const char *message) {
  uint32_t length = 0;
  while (message[length] != 0) length++;
  return (int64_t)(((uint64_t)(uintptr_t)message | 0x80000000u) << 32 | length);
}

#endif
`

const SOURCE = `#include "promisegrid.h"

#define HELLO "hello, "
#define HELLO_BYTES (sizeof HELLO - 1)

/* Greets whoever is named. */
PG_METHOD(greet)(const uint8_t *name, uint32_t length) {
  if (length == 0) return pg_error("whom?");
  uint8_t *out = pg_alloc(HELLO_BYTES + length);
  if (out == NULL) return pg_error("no memory");
  __builtin_memcpy(out, HELLO, HELLO_BYTES);
  __builtin_memcpy(out + HELLO_BYTES, name, length);
  return pg_bytes(out, HELLO_BYTES + length);
}
`

export const c: Template = {
  files: (name) => ({
    ...commonFiles(name, 'c'),
    'handler.c': SOURCE,
    'promisegrid.h': HEADER,
    'promisegrid-host.h': readFileSync(HOST_HEADER, 'utf8'),
  }),
}
