// Does what its arguments say, one function of preview 1 after the other, and writes a line for each: the operation,
// the error number, and what it gave. Paths begin at the folder of descriptor 3, or of the one named by `dir` or `cd`.
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

#define ALL_RIGHTS ((__wasi_rights_t)0x0fffffff)
#define FILE_RIGHTS (__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL | __WASI_RIGHTS_FD_FILESTAT_GET)

static char out[65536];
static size_t used;
static __wasi_fd_t folder = 3;
static char buffer[8192];

static void flush(void) {
  __wasi_ciovec_t part = {(const uint8_t *)out, used};
  __wasi_size_t written;
  if (used > 0) (void)__wasi_fd_write(1, &part, 1, &written);
  used = 0;
}

static void text(const char *bytes, size_t length) {
  if (used + length > sizeof out) flush();
  if (length > sizeof out) return;
  memcpy(out + used, bytes, length);
  used += length;
}

static void word(const char *bytes) { text(bytes, strlen(bytes)); }

static void number(uint64_t value) {
  char digits[24];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value > 0);
  word(" ");
  text(digits + at, sizeof digits - at);
}

static __wasi_errno_t open_at(const char *path, __wasi_lookupflags_t follow, __wasi_oflags_t how, __wasi_rights_t rights,
                              __wasi_rights_t inheriting, __wasi_fdflags_t flags, __wasi_fd_t *fd) {
  return __wasi_path_open(folder, follow, path, how, rights, inheriting, flags, fd);
}

/** Opens and closes again. */
static __wasi_errno_t try_open(const char *path, __wasi_lookupflags_t follow, __wasi_oflags_t how, __wasi_rights_t rights) {
  __wasi_fd_t fd;
  __wasi_errno_t error = open_at(path, follow, how, rights, 0, 0, &fd);
  return error != 0 ? error : __wasi_fd_close(fd);
}

static __wasi_errno_t write_file(const char *path, const char *bytes, __wasi_oflags_t how, __wasi_fdflags_t flags) {
  __wasi_fd_t fd;
  __wasi_errno_t error = open_at(path, 1, how, __WASI_RIGHTS_FD_WRITE, 0, flags, &fd);
  if (error != 0) return error;
  __wasi_ciovec_t part = {(const uint8_t *)bytes, strlen(bytes)};
  __wasi_size_t written;
  error = __wasi_fd_write(fd, &part, 1, &written);
  (void)__wasi_fd_close(fd);
  return error;
}

static __wasi_errno_t read_file(const char *path, __wasi_size_t *length) {
  __wasi_fd_t fd;
  __wasi_errno_t error = open_at(path, 1, 0, FILE_RIGHTS, 0, 0, &fd);
  if (error != 0) return error;
  __wasi_iovec_t part = {(uint8_t *)buffer, sizeof buffer};
  error = __wasi_fd_read(fd, &part, 1, length);
  (void)__wasi_fd_close(fd);
  return error;
}

static __wasi_errno_t resize(const char *path, uint64_t size, int allocates) {
  __wasi_fd_t fd;
  __wasi_rights_t rights = __WASI_RIGHTS_FD_FILESTAT_SET_SIZE | __WASI_RIGHTS_FD_ALLOCATE;
  __wasi_errno_t error = open_at(path, 1, __WASI_OFLAGS_CREAT, rights, 0, 0, &fd);
  if (error != 0) return error;
  error = allocates ? __wasi_fd_allocate(fd, 0, size) : __wasi_fd_filestat_set_size(fd, size);
  (void)__wasi_fd_close(fd);
  return error;
}

static __wasi_errno_t stat_path(const char *path, __wasi_lookupflags_t follow) {
  __wasi_filestat_t stat;
  __wasi_errno_t error = __wasi_path_filestat_get(folder, follow, path, &stat);
  if (error != 0) return error;
  word(" :");
  number(stat.dev);
  number(stat.filetype);
  number(stat.nlink);
  number(stat.size);
  return 0;
}

/** The names of a folder, read through a buffer of so many bytes. */
static __wasi_errno_t list(size_t size) {
  __wasi_dircookie_t cookie = 0;
  for (;;) {
    __wasi_size_t length;
    __wasi_errno_t error = __wasi_fd_readdir(folder, (uint8_t *)buffer, size, cookie, &length);
    if (error != 0) return error;
    size_t at = 0;
    while (at + sizeof(__wasi_dirent_t) <= length) {
      __wasi_dirent_t entry;
      memcpy(&entry, buffer + at, sizeof entry);
      if (at + sizeof entry + entry.d_namlen > length) break;
      word(" ");
      text(buffer + at + sizeof entry, entry.d_namlen);
      cookie = entry.d_next;
      at += sizeof entry + entry.d_namlen;
    }
    if (length < size) return 0;
    if (at == 0) return __WASI_ERRNO_INVAL;
  }
}

static __wasi_errno_t sleep_for(uint64_t nanoseconds) {
  __wasi_subscription_t wanted = {.userdata = 7};
  __wasi_event_t event;
  __wasi_size_t events;
  wanted.u.tag = __WASI_EVENTTYPE_CLOCK;
  wanted.u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
  wanted.u.u.clock.timeout = nanoseconds;
  __wasi_errno_t error = __wasi_poll_oneoff(&wanted, &event, 1, &events);
  number(events);
  return error;
}

static __wasi_errno_t show_time(__wasi_clockid_t clock) {
  __wasi_timestamp_t now;
  __wasi_errno_t error = __wasi_clock_time_get(clock, 1, &now);
  if (error == 0) number(now);
  return error;
}

/** Opens the folder until it cannot. */
static __wasi_errno_t open_many(void) {
  for (uint64_t count = 0;; count++) {
    __wasi_fd_t fd;
    __wasi_errno_t error = open_at(".", 0, 0, 0, 0, 0, &fd);
    if (error == 0) continue;
    number(count);
    return error;
  }
}

/** Makes empty files, `links` of them further names of the first, until it cannot. */
static __wasi_errno_t make_many(int links) {
  char name[16] = "many-";
  for (uint64_t count = 0;; count++) {
    for (int digit = 0; digit < 5; digit++) name[5 + digit] = (char)('a' + (count >> (4 * digit)) % 16);
    __wasi_errno_t error = links && count > 0 ? __wasi_path_link(folder, 0, "many-aaaaa", folder, name)
                                              : try_open(name, 0, __WASI_OFLAGS_CREAT, 0);
    if (error == 0) continue;
    number(count);
    return error;
  }
}

/** Folders in one another. */
static __wasi_errno_t nest(uint64_t depth) {
  for (uint64_t count = 0; count < depth; count++) {
    __wasi_errno_t error = __wasi_path_create_directory(folder, "d");
    __wasi_fd_t fd;
    if (error == 0) error = open_at("d", 0, __WASI_OFLAGS_DIRECTORY, ALL_RIGHTS & ~(__WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_READ), ALL_RIGHTS, 0, &fd);
    if (error != 0) return error;
    if (count > 0) (void)__wasi_fd_close(folder);
    folder = fd;
  }
  return 0;
}

static __wasi_errno_t change_folder(const char *path) {
  __wasi_fd_t fd;
  __wasi_errno_t error = open_at(path, 1, __WASI_OFLAGS_DIRECTORY, ALL_RIGHTS & ~__WASI_RIGHTS_FD_WRITE, ALL_RIGHTS, 0, &fd);
  if (error == 0) folder = fd;
  return error;
}

typedef struct {
  const char *name;
  int arguments;
} operation_t;

enum {
  DIR, CD, OPEN, OPENF, OPENDIR, CREAT, EXCL, TRUNC, WRITE, APPEND, READ, MKDIR, RMDIR, UNLINK, STAT, STATF, SYMLINK, READLINK,
  LINK, LINKF, RENAME, LINKTO, RENAMETO, SIZE, ALLOCATE, LIST, SLEEP, TIME, FDS, FILES, NAMES, NEST, CLOSE, RENUMBER, SOCKET, EXIT
};

static const operation_t operations[] = {
  [DIR] = {"dir", 1}, [CD] = {"cd", 1}, [OPEN] = {"open", 1}, [OPENF] = {"openf", 1}, [OPENDIR] = {"opendir", 1},
  [CREAT] = {"creat", 1}, [EXCL] = {"excl", 1}, [TRUNC] = {"trunc", 1}, [WRITE] = {"write", 2}, [APPEND] = {"append", 2},
  [READ] = {"read", 1}, [MKDIR] = {"mkdir", 1}, [RMDIR] = {"rmdir", 1}, [UNLINK] = {"unlink", 1}, [STAT] = {"stat", 1},
  [STATF] = {"statf", 1}, [SYMLINK] = {"symlink", 2}, [READLINK] = {"readlink", 1}, [LINK] = {"link", 2},
  [LINKF] = {"linkf", 2}, [RENAME] = {"rename", 2}, [LINKTO] = {"linkto", 3}, [RENAMETO] = {"renameto", 3},
  [SIZE] = {"size", 2}, [ALLOCATE] = {"allocate", 2}, [LIST] = {"list", 1}, [SLEEP] = {"sleep", 1}, [TIME] = {"time", 1},
  [FDS] = {"fds", 0}, [FILES] = {"files", 0}, [NAMES] = {"names", 0}, [NEST] = {"nest", 1}, [CLOSE] = {"close", 1},
  [RENUMBER] = {"renumber", 2}, [SOCKET] = {"socket", 1}, [EXIT] = {"exit", 1},
};

#define COUNT ((int)(sizeof operations / sizeof *operations))

static __wasi_errno_t perform(int which, char **given) {
  const char *a = given[0], *b = given[1];
  __wasi_size_t length = 0;
  __wasi_errno_t error;
  switch (which) {
  case DIR: folder = (__wasi_fd_t)strtoul(a, 0, 10); return 0;
  case CD: return change_folder(a);
  case OPEN: return try_open(a, 0, 0, 0);
  case OPENF: return try_open(a, 1, 0, 0);
  case OPENDIR: return try_open(a, 1, __WASI_OFLAGS_DIRECTORY, __WASI_RIGHTS_FD_READDIR);
  case CREAT: return try_open(a, 1, __WASI_OFLAGS_CREAT, 0);
  case EXCL: return try_open(a, 1, __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL, 0);
  case TRUNC: return try_open(a, 1, __WASI_OFLAGS_TRUNC, 0);
  case WRITE: return write_file(a, b, __WASI_OFLAGS_CREAT | __WASI_OFLAGS_TRUNC, 0);
  case APPEND: return write_file(a, b, 0, __WASI_FDFLAGS_APPEND);
  case READ:
    error = read_file(a, &length);
    if (error == 0) word(" "), text(buffer, length);
    return error;
  case MKDIR: return __wasi_path_create_directory(folder, a);
  case RMDIR: return __wasi_path_remove_directory(folder, a);
  case UNLINK: return __wasi_path_unlink_file(folder, a);
  case STAT: return stat_path(a, 0);
  case STATF: return stat_path(a, 1);
  case SYMLINK: return __wasi_path_symlink(a, folder, b);
  case READLINK:
    error = __wasi_path_readlink(folder, a, (uint8_t *)buffer, sizeof buffer, &length);
    if (error == 0) word(" "), text(buffer, length);
    return error;
  case LINK: return __wasi_path_link(folder, 0, a, folder, b);
  case LINKF: return __wasi_path_link(folder, 1, a, folder, b);
  case RENAME: return __wasi_path_rename(folder, a, folder, b);
  case LINKTO: return __wasi_path_link(folder, 0, a, (__wasi_fd_t)strtoul(b, 0, 10), given[2]);
  case RENAMETO: return __wasi_path_rename(folder, a, (__wasi_fd_t)strtoul(b, 0, 10), given[2]);
  case SIZE: return resize(a, strtoull(b, 0, 10), 0);
  case ALLOCATE: return resize(a, strtoull(b, 0, 10), 1);
  case LIST: return list(strtoul(a, 0, 10));
  case SLEEP: return sleep_for(strtoull(a, 0, 10));
  case TIME: return show_time(strtoul(a, 0, 10));
  case FDS: return open_many();
  case FILES: return make_many(0);
  case NAMES: return make_many(1);
  case NEST: return nest(strtoull(a, 0, 10));
  case CLOSE: return __wasi_fd_close((__wasi_fd_t)strtoul(a, 0, 10));
  case RENUMBER: return __wasi_fd_renumber((__wasi_fd_t)strtoul(a, 0, 10), (__wasi_fd_t)strtoul(b, 0, 10));
  case SOCKET: return __wasi_sock_shutdown((__wasi_fd_t)strtoul(a, 0, 10), __WASI_SDFLAGS_RD);
  case EXIT: flush(); __wasi_proc_exit((__wasi_exitcode_t)strtoul(a, 0, 10));
  }
  return __WASI_ERRNO_NOSYS;
}

int main(int count, char **given) {
  for (int at = 1; at < count;) {
    int which = 0;
    while (which < COUNT && strcmp(operations[which].name, given[at]) != 0) which++;
    if (which == COUNT || at + operations[which].arguments >= count) return 64;
    word(given[at]);
    __wasi_errno_t error = perform(which, given + at + 1);
    word(" =");
    number(error);
    word("\n");
    at += 1 + operations[which].arguments;
  }
  flush();
  return 0;
}
