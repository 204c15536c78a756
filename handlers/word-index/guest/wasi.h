// The few WASI preview 1 functions this guest uses, and how it ends. No libc: every byte is accounted for.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))
struct span {
  u8 *bytes;
  u32 length;
};
WASI(fd_read) int wasi_read(int fd, struct span *spans, u32 count, u32 *done);
WASI(fd_write) int wasi_write(int fd, struct span *spans, u32 count, u32 *done);
WASI(args_sizes_get) int wasi_args_sizes(u32 *count, u32 *bytes);
WASI(args_get) int wasi_args(u8 **list, u8 *bytes);
WASI(proc_exit) __attribute__((noreturn)) void wasi_exit(int code);

// Exit codes are for ever: callers may rely on them.
enum { USAGE = 1, NOT_UTF8 = 2, TOO_LONG = 3, TOO_MANY_WORDS = 4, NO_MEMORY = 5, IO = 6 };

#define STDIN 0
#define STDOUT 1
#define STDERR 2

// Fuel is charged for a whole loop body at each turn, rare paths included: what a loop calls stays apart.
#define APART __attribute__((noinline)) static

// ---------------------------------------------------------------------------------------------- writing

static struct {
  u8 bytes[4096];
  u32 length;
  int fd;
} output = {.fd = STDOUT};

APART void flush(void) {
  struct span rest = {output.bytes, output.length};
  while (rest.length > 0) {
    u32 done = 0;
    // A host that takes nothing would be asked for ever.
    if (wasi_write(output.fd, &rest, 1, &done) != 0 || done == 0 || done > rest.length) wasi_exit(IO);
    rest.bytes += done;
    rest.length -= done;
  }
  output.length = 0;
}

APART void put_bytes(const u8 *bytes, u32 length) {
  while (length > 0) {
    if (output.length == sizeof output.bytes) flush();
    u32 part = sizeof output.bytes - output.length;
    if (part > length) part = length;
    __builtin_memcpy(output.bytes + output.length, bytes, part);
    output.length += part;
    bytes += part;
    length -= part;
  }
}

APART void put(const char *text) {
  u32 length = 0;
  while (text[length]) length++;
  put_bytes((const u8 *)text, length);
}

APART void put_number(u32 number) {
  u8 digits[10];
  u32 at = sizeof digits;
  do digits[--at] = '0' + number % 10;
  while (number /= 10);
  put_bytes(digits + at, sizeof digits - at);
}

/** Says on stderr what is wrong and ends; nothing has been written to stdout by then. */
__attribute__((noreturn)) APART void refuse(int code, const char *what, u32 number, const char *more) {
  output.fd = STDERR;
  output.length = 0;
  put("word-index: ");
  put(what);
  put_number(number);
  put(more);
  put("\n");
  flush();
  wasi_exit(code);
}

// ----------------------------------------------------------------------------------------------- memory

#define PAGE 65536u
extern u8 __heap_base;
static u32 heap_top; // The highest address ever used: the same on every host, unlike the pages it gives.

/** Makes memory usable up to an address; grows by an eighth more so that growing stays rare. */
APART void reserve(u32 end) {
  u32 pages = __builtin_wasm_memory_size(0);
  u32 wanted = (end + PAGE - 1) / PAGE;
  if (wanted > pages) {
    u32 missing = wanted - pages;
    if (__builtin_wasm_memory_grow(0, missing + pages / 8) == (u32)-1 &&
        __builtin_wasm_memory_grow(0, missing) == (u32)-1)
      refuse(NO_MEMORY, "out of memory: ", end, " bytes are needed");
  }
  if (end > heap_top) heap_top = end;
}
