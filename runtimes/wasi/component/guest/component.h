// What every component in C here begins with: room for what the host hands over, and the result of a method. No library
// is needed, and no generated code: the functions are those that the canonical ABI makes of spec/wit.
#ifndef COMPONENT_H
#define COMPONENT_H

typedef unsigned char byte;
typedef unsigned long size;

typedef struct { byte *at; size length; } bytes;

extern byte __heap_base;
static byte *top = &__heap_base;

// The host never asks for less than it had.
__attribute__((export_name("cabi_realloc"))) void *make_room(void *old, size old_length, size alignment, size length) {
  byte *at = (byte *)(((size)top + alignment - 1) & ~(alignment - 1));
  size end = (size)at + length;
  size pages = __builtin_wasm_memory_size(0);
  if (end > pages * 65536 && __builtin_wasm_memory_grow(0, (end - pages * 65536 + 65535) / 65536) == (size)-1) __builtin_trap();
  top = (byte *)end;
  if (old) __builtin_memcpy(at, old, old_length);
  return at;
}

// result<list<u8>, error>
struct answer {
  byte is_error;
  union {
    bytes output;
    struct {
      byte is_message;
      union { unsigned code; bytes message; };
    } error;
  };
};

#endif
