// Descriptors: what they tell of themselves, losing rights, flags, numbers.
#include "check.h"

static void mounts(void) {
  __wasi_prestat_t stat;
  OK(__wasi_fd_prestat_get(ROOT, &stat));
  CHECK(stat.tag == __WASI_PREOPENTYPE_DIR && stat.u.dir.pr_name_len == 8);
  uint8_t name[9] = {0};
  FAILS(NAMETOOLONG, __wasi_fd_prestat_dir_name(ROOT, name, 7));
  OK(__wasi_fd_prestat_dir_name(ROOT, name, 9));
  CHECK(memcmp(name, "root.dir", 9) == 0);
  FAILS(BADF, __wasi_fd_prestat_get(ROOT + 1, &stat));
  FAILS(BADF, __wasi_fd_prestat_get(1, &stat));
}

static void folders_are_no_files(void) {
  char buffer[8];
  __wasi_iovec_t in = {(uint8_t *)buffer, sizeof buffer};
  __wasi_ciovec_t out = {(const uint8_t *)buffer, sizeof buffer};
  __wasi_size_t moved;
  __wasi_filesize_t at;
  FAILS_ADAPTED(ISDIR, BADF, __wasi_fd_read(ROOT, &in, 1, &moved));
  FAILS_ADAPTED(ISDIR, BADF, __wasi_fd_pread(ROOT, &in, 1, 0, &moved));
  FAILS_ADAPTED(ISDIR, BADF, __wasi_fd_write(ROOT, &out, 1, &moved));
  FAILS_ADAPTED(ISDIR, BADF, __wasi_fd_pwrite(ROOT, &out, 1, 0, &moved));
  FAILS_ADAPTED(ISDIR, BADF, __wasi_fd_seek(ROOT, 0, __WASI_WHENCE_SET, &at));
  FAILS_ADAPTED(ISDIR, BADF, __wasi_fd_tell(ROOT, &at));
  FAILS_ADAPTED(ISDIR, BADF, __wasi_fd_allocate(ROOT, 0, 1));
  FAILS_ADAPTED(ISDIR, BADF, __wasi_fd_filestat_set_size(ROOT, 0));
}

static void rights_only_shrink(void) {
  __wasi_fd_t fd = made("rights", 0);
  __wasi_fdstat_t stat;
  OK(__wasi_fd_fdstat_get(fd, &stat));
  CHECK(stat.fs_rights_base == FD_RIGHTS && stat.fs_filetype == __WASI_FILETYPE_REGULAR_FILE);
  __wasi_rights_t fewer = stat.fs_rights_base & ~(__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_WRITE);
  OK(__wasi_fd_fdstat_set_rights(fd, fewer, 0));
  FAILS(NOTCAPABLE, __wasi_fd_fdstat_set_rights(fd, FD_RIGHTS, 0));
  char buffer[1] = {0};
  __wasi_iovec_t in = {(uint8_t *)buffer, 1};
  __wasi_ciovec_t out = {(const uint8_t *)buffer, 1};
  __wasi_size_t moved;
  FAILS(NOTCAPABLE, __wasi_fd_read(fd, &in, 1, &moved));
  FAILS(NOTCAPABLE, __wasi_fd_write(fd, &out, 1, &moved));
  OK(__wasi_fd_close(fd));

  OK(__wasi_fd_fdstat_get(ROOT, &stat));
  CHECK((stat.fs_rights_base & (__WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_FILESTAT_SET_SIZE)) == 0);
  __wasi_fd_t folder;
  FAILS(ISDIR, __wasi_path_open(ROOT, 0, ".", __WASI_OFLAGS_DIRECTORY, FD_RIGHTS, 0, 0, &folder));
  __wasi_rights_t base = stat.fs_rights_base & ~__WASI_RIGHTS_PATH_FILESTAT_SET_SIZE;
  OK(__wasi_path_open(ROOT, 0, ".", __WASI_OFLAGS_DIRECTORY, base, 0, 0, &folder));
  FAILS(NOTCAPABLE, __wasi_path_open(folder, 0, "rights", 0, __WASI_RIGHTS_FD_READ, 0, 0, &fd));
  FAILS(NOTCAPABLE, __wasi_path_open(folder, 0, "rights", __WASI_OFLAGS_TRUNC, 0, 0, 0, &fd));
  OK(__wasi_path_open(folder, 0, "rights", 0, 0, 0, 0, &fd));
  OK(__wasi_fd_close(fd));
  OK(__wasi_fd_close(folder));
}

static void appending_can_be_switched(void) {
  __wasi_fd_t fd = made("flags", __WASI_FDFLAGS_APPEND);
  __wasi_filesize_t at;
  put(fd, "abc", 3);
  OK(__wasi_fd_seek(fd, 0, __WASI_WHENCE_SET, &at));
  put(fd, "def", 3);
  OK(__wasi_fd_tell(fd, &at));
  CHECK(at == 6);
  OK(__wasi_fd_fdstat_set_flags(fd, 0));
  OK(__wasi_fd_seek(fd, 0, __WASI_WHENCE_SET, &at));
  put(fd, "x", 1);
  __wasi_filestat_t stat;
  OK(__wasi_fd_filestat_get(fd, &stat));
  CHECK(stat.size == 6);
  FAILS(INVAL, __wasi_fd_fdstat_set_flags(fd, 1 << 5));
  OK(__wasi_fd_close(fd));
}

static void numbers_can_be_changed(void) {
  __wasi_fd_t from = made("one", 0), to = made("two", 0);
  put(from, "one", 3);
  OK(__wasi_fd_renumber(from, to));
  FAILS(BADF, __wasi_fd_close(from));
  FAILS(BADF, __wasi_fd_renumber(to, from));
  __wasi_filestat_t stat;
  OK(__wasi_fd_filestat_get(to, &stat));
  CHECK(stat.size == 3);
  CHECK(made("three", 0) == from);
  OK(__wasi_fd_close(from));
  OK(__wasi_fd_close(to));
  FAILS(BADF, __wasi_fd_close(to));
}

static void streams_are_no_sockets(void) {
  FAILS(NOTSOCK, __wasi_sock_shutdown(1, __WASI_SDFLAGS_RD));
  FAILS(NOTSOCK, __wasi_sock_shutdown(ROOT, __WASI_SDFLAGS_RD));
  FAILS(BADF, __wasi_sock_shutdown(1000, __WASI_SDFLAGS_RD));
  __wasi_filesize_t at;
  FAILS(SPIPE, __wasi_fd_seek(1, 0, __WASI_WHENCE_CUR, &at));
}

int main(void) {
  mounts();
  folders_are_no_files();
  if (!IS_ADAPTED) rights_only_shrink();
  appending_can_be_switched();
  numbers_can_be_changed();
  streams_are_no_sockets();
  __wasi_fdstat_t stat;
  OK(__wasi_fd_close(ROOT));
  FAILS(BADF, __wasi_fd_fdstat_get(ROOT, &stat));
  return 0;
}
