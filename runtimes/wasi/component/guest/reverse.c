// A method of the world `handler`, in C without a library: gives its arguments back in reverse order. Arguments that
// begin with `#` are an error by number, with `!` one by message, with `*` a trap.
typedef unsigned char byte;
typedef unsigned long size;

extern byte __heap_base;
static byte *top = &__heap_base;

// The host makes room for what it hands over, and never asks for less than it had.
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
    struct { byte *at; size length; } bytes;
    struct {
      byte is_message;
      union { unsigned code; struct { const char *at; size length; } message; };
    } error;
  };
};

static struct answer answer;

__attribute__((export_name("handle"))) struct answer *handle(byte *arguments, size length) {
  byte first = length ? *arguments : 0;
  if (first == '*') __builtin_trap();
  answer.is_error = first == '#' || first == '!';
  if (first == '#') {
    answer.error.is_message = 0;
    answer.error.code = 42;
  } else if (first == '!') {
    answer.error.is_message = 1;
    answer.error.message.at = (const char *)arguments + 1;
    answer.error.message.length = length - 1;
  } else {
    for (size i = 0; i < length / 2; i++) {
      byte kept = arguments[i];
      arguments[i] = arguments[length - 1 - i];
      arguments[length - 1 - i] = kept;
    }
    answer.bytes.at = arguments;
    answer.bytes.length = length;
  }
  return &answer;
}
