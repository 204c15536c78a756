// What the programs of this folder share: a check that says where it failed, and the folder they may write.
#include <string.h>
#include <wasi/api.h>

static inline void say(const char *text) {
  __wasi_ciovec_t part = {(const uint8_t *)text, strlen(text)};
  __wasi_size_t written;
  (void)!__wasi_fd_write(2, &part, 1, &written);
}

#define TEXT(x) #x
#define LINE(x) TEXT(x)
#define CHECK(claim)                                    \
  do {                                                  \
    if (!(claim)) {                                     \
      say(__FILE__ ":" LINE(__LINE__) ": " #claim "\n"); \
      __wasi_proc_exit(1);                              \
    }                                                   \
  } while (0)
#define OK(call) CHECK((call) == 0)
#define FAILS(error, call) CHECK((call) == __WASI_ERRNO_##error)
// As a component (-DADAPTED) a program meets preview 1 through the adapter that components of it are made with. What that
// answers by itself is told here: it has no rights, moves one part at a time, and knows fewer numbers.
#ifdef ADAPTED
#define IS_ADAPTED 1
#define FAILS_ADAPTED(error, adapted, call) CHECK((call) == __WASI_ERRNO_##adapted)
#else
#define IS_ADAPTED 0
#define FAILS_ADAPTED(error, adapted, call) FAILS(error, call)
#endif

#define FD_RIGHTS                                                                                            \
  (__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL |          \
   __WASI_RIGHTS_FD_FILESTAT_GET | __WASI_RIGHTS_FD_FILESTAT_SET_SIZE | __WASI_RIGHTS_FD_FILESTAT_SET_TIMES | \
   __WASI_RIGHTS_FD_ALLOCATE | __WASI_RIGHTS_FD_ADVISE | __WASI_RIGHTS_FD_FDSTAT_SET_FLAGS | __WASI_RIGHTS_FD_SYNC)

/** The folder that is open from the start. */
#define ROOT 3

static inline __wasi_fd_t made(const char *path, __wasi_fdflags_t flags) {
  __wasi_fd_t fd;
  OK(__wasi_path_open(ROOT, 0, path, __WASI_OFLAGS_CREAT, FD_RIGHTS, 0, flags, &fd));
  return fd;
}

static inline __wasi_size_t put(__wasi_fd_t fd, const void *bytes, size_t length) {
  __wasi_ciovec_t part = {bytes, length};
  __wasi_size_t written;
  OK(__wasi_fd_write(fd, &part, 1, &written));
  return written;
}

static inline __wasi_size_t take(__wasi_fd_t fd, void *bytes, size_t length) {
  __wasi_iovec_t part = {bytes, length};
  __wasi_size_t read;
  OK(__wasi_fd_read(fd, &part, 1, &read));
  return read;
}
