// What is in files: places, lengths, holes, times; and waiting.
#include "check.h"

static void places(void) {
  __wasi_fd_t fd = made("places", 0);
  __wasi_filesize_t at;
  char buffer[8] = {0};
  __wasi_ciovec_t out[2] = {{(const uint8_t *)"ab", 2}, {(const uint8_t *)"cd", 2}};
  __wasi_iovec_t in[2] = {{(uint8_t *)buffer, 3}, {(uint8_t *)buffer + 3, 5}};
  __wasi_size_t moved;
  OK(__wasi_fd_pwrite(fd, out, 2, 2, &moved));
  CHECK(moved == 4);
  OK(__wasi_fd_tell(fd, &at));
  CHECK(at == 0);
  OK(__wasi_fd_pread(fd, in, 2, 1, &moved));
  CHECK(moved == 5 && memcmp(buffer, "\0abcd", 5) == 0);
  OK(__wasi_fd_seek(fd, -1, __WASI_WHENCE_END, &at));
  CHECK(at == 5 && take(fd, buffer, 8) == 1 && buffer[0] == 'd' && take(fd, buffer, 8) == 0);
  FAILS(INVAL, __wasi_fd_seek(fd, -7, __WASI_WHENCE_CUR, &at));
  FAILS(INVAL, __wasi_fd_seek(fd, 0, 3, &at));
  OK(__wasi_fd_seek(fd, 100, __WASI_WHENCE_SET, &at));
  CHECK(take(fd, buffer, 8) == 0);
  FAILS(INVAL, __wasi_fd_pread(fd, in, 2, (__wasi_filesize_t)-1, &moved));
  OK(__wasi_fd_close(fd));
}

static void lengths(void) {
  __wasi_fd_t fd = made("lengths", 0);
  __wasi_filestat_t stat;
  OK(__wasi_fd_allocate(fd, 0, 100));
  OK(__wasi_fd_allocate(fd, 10, 10));
  OK(__wasi_fd_filestat_get(fd, &stat));
  CHECK(stat.size == 100);
  OK(__wasi_fd_allocate(fd, 90, 20));
  OK(__wasi_fd_filestat_get(fd, &stat));
  CHECK(stat.size == 110);
  OK(__wasi_fd_filestat_set_size(fd, 3));
  OK(__wasi_fd_advise(fd, 0, 3, __WASI_ADVICE_WILLNEED));
  FAILS(INVAL, __wasi_fd_advise(fd, 0, 3, 6));
  OK(__wasi_fd_filestat_get(fd, &stat));
  CHECK(stat.size == 3);
  OK(__wasi_fd_sync(fd));
  OK(__wasi_fd_close(fd));
}

static void times(void) {
  __wasi_fd_t fd = made("times", 0);
  __wasi_filestat_t before, after;
  OK(__wasi_fd_filestat_get(fd, &before));
  OK(__wasi_fd_filestat_set_times(fd, 1, before.mtim - 100, __WASI_FSTFLAGS_MTIM));
  OK(__wasi_fd_filestat_get(fd, &after));
  CHECK(after.mtim == before.mtim - 100 && after.atim == before.atim);
  FAILS(INVAL, __wasi_fd_filestat_set_times(fd, 1, 1, __WASI_FSTFLAGS_MTIM | __WASI_FSTFLAGS_MTIM_NOW));
  FAILS(INVAL, __wasi_fd_filestat_set_times(fd, 1, 1, __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_ATIM_NOW));
  OK(__wasi_fd_close(fd));

  OK(__wasi_path_symlink("times", ROOT, "to-times"));
  OK(__wasi_path_filestat_set_times(ROOT, 0, "to-times", 0, 7, __WASI_FSTFLAGS_MTIM));
  OK(__wasi_path_filestat_get(ROOT, 0, "to-times", &before));
  OK(__wasi_path_filestat_get(ROOT, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, "to-times", &after));
  CHECK(before.mtim == 7 && before.filetype == __WASI_FILETYPE_SYMBOLIC_LINK);
  CHECK(after.mtim != 7 && after.filetype == __WASI_FILETYPE_REGULAR_FILE && after.ino != before.ino);
}

static void waiting(void) {
  __wasi_timestamp_t before, after;
  __wasi_subscription_t wanted[3] = {{.userdata = 1}, {.userdata = 2}, {.userdata = 3}};
  __wasi_event_t events[3];
  __wasi_size_t count;
  wanted[0].u.tag = __WASI_EVENTTYPE_CLOCK;
  wanted[0].u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
  wanted[0].u.u.clock.timeout = 1000;
  wanted[1] = wanted[0];
  wanted[1].userdata = 2;
  wanted[1].u.u.clock.timeout = 2000;
  OK(__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &before));
  OK(__wasi_poll_oneoff(wanted, events, 2, &count));
  OK(__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &after));
  CHECK(count == 1 && events[0].userdata == 1 && events[0].error == 0 && after > before + 1000);
  OK(__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &before));
  CHECK(before > after);

  wanted[1].u.tag = __WASI_EVENTTYPE_FD_WRITE;
  wanted[1].u.u.fd_write.file_descriptor = 1;
  wanted[2].u.tag = __WASI_EVENTTYPE_FD_READ;
  wanted[2].u.u.fd_read.file_descriptor = 1000;
  OK(__wasi_poll_oneoff(wanted, events, 3, &count));
  CHECK(count == 2 && events[0].userdata == 2 && events[0].error == 0);
  CHECK(events[1].userdata == 3 && events[1].error == __WASI_ERRNO_BADF);
  FAILS(INVAL, __wasi_poll_oneoff(wanted, events, 0, &count));
  OK(__wasi_clock_res_get(__WASI_CLOCKID_REALTIME, &after));
  CHECK(after == 1);
}

int main(void) {
  places();
  lengths();
  times();
  waiting();
  return 0;
}
