// Names: links of both kinds, renaming, removing, winding paths, and none that leads out.
#include "check.h"

static __wasi_errno_t opened(const char *path, __wasi_lookupflags_t follow, __wasi_oflags_t how) {
  __wasi_fd_t fd;
  __wasi_errno_t error = __wasi_path_open(ROOT, follow, path, how, 0, 0, 0, &fd);
  return error != 0 ? error : __wasi_fd_close(fd);
}

static void paths(void) {
  OK(opened("folder/.//../folder/./inner.txt", 0, 0));
  OK(opened("folder///", 0, 0));
  FAILS(NOTDIR, opened("text.txt/", 0, 0));
  FAILS(NOTCAPABLE, opened("/text.txt", 0, 0));
  FAILS(NOTCAPABLE, opened("folder/../../root.dir/text.txt", 0, 0));
  FAILS(NOENT, opened("", 0, 0));
  __wasi_fd_t fd;
  FAILS(NOTDIR, opened("text.txt", 0, __WASI_OFLAGS_DIRECTORY));
  FAILS(EXIST, opened("text.txt", 0, __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL));
  FAILS(NOTDIR, __wasi_path_open(1, 0, "text.txt", 0, 0, 0, 0, &fd));
}

static void symbolic_links(void) {
  uint8_t target[10] = {0};
  __wasi_size_t length;
  OK(__wasi_path_readlink(ROOT, "link", target, 10, &length));
  CHECK(length == 8 && memcmp(target, "text.txt\0", 10) == 0);
  OK(__wasi_path_readlink(ROOT, "link", target, 4, &length));
  CHECK(length == 4);
  FAILS(LOOP, opened("link", 0, 0));
  FAILS(LOOP, opened("link", 0, __WASI_OFLAGS_DIRECTORY));
  OK(opened("link", 1, 0));
  FAILS(NOTDIR, opened("link", 1, __WASI_OFLAGS_DIRECTORY));
  OK(__wasi_path_symlink("../..", ROOT, "folder/out"));
  FAILS(NOTCAPABLE, opened("folder/out", 1, 0));
  OK(__wasi_path_symlink("loop", ROOT, "loop"));
  FAILS(LOOP, opened("loop", 1, 0));
  FAILS(NOENT, __wasi_path_symlink("x", ROOT, "new/"));
  FAILS(EXIST, __wasi_path_symlink("x", ROOT, "folder/"));
  FAILS(PERM, __wasi_path_symlink("/text.txt", ROOT, "top"));
  OK(__wasi_path_unlink_file(ROOT, "loop"));
  OK(__wasi_path_unlink_file(ROOT, "folder/out"));
}

static void hard_links(void) {
  __wasi_filestat_t one, other;
  OK(__wasi_path_link(ROOT, 0, "text.txt", ROOT, "folder/again"));
  OK(__wasi_path_filestat_get(ROOT, 0, "text.txt", &one));
  OK(__wasi_path_filestat_get(ROOT, 0, "folder/again", &other));
  CHECK(memcmp(&one, &other, sizeof one) == 0 && one.nlink == 2);
  FAILS(EXIST, __wasi_path_link(ROOT, 0, "text.txt", ROOT, "folder/again"));
  FAILS(PERM, __wasi_path_link(ROOT, 0, "folder", ROOT, "again"));
  FAILS(NOENT, __wasi_path_link(ROOT, 0, "text.txt", ROOT, "again/"));
  OK(__wasi_path_unlink_file(ROOT, "folder/again"));
}

static void renaming(void) {
  OK(__wasi_path_create_directory(ROOT, "a"));
  OK(__wasi_path_rename(ROOT, "a/", ROOT, "b/"));
  OK(__wasi_path_create_directory(ROOT, "a"));
  OK(__wasi_path_rename(ROOT, "a", ROOT, "b"));
  FAILS(NOENT, opened("a", 0, 0));
  FAILS(NOTEMPTY, __wasi_path_rename(ROOT, "b", ROOT, "folder"));
  FAILS(NOTDIR, __wasi_path_rename(ROOT, "b", ROOT, "text.txt"));
  FAILS(ISDIR, __wasi_path_rename(ROOT, "text.txt", ROOT, "b"));
  FAILS(INVAL, __wasi_path_rename(ROOT, "b", ROOT, "b/c"));
  OK(__wasi_path_rename(ROOT, "text.txt", ROOT, "b/moved"));
  FAILS(NOTEMPTY, __wasi_path_remove_directory(ROOT, "b"));
  OK(__wasi_path_rename(ROOT, "b/moved", ROOT, "text.txt"));
}

static void removing(void) {
  FAILS(NOTDIR, __wasi_path_remove_directory(ROOT, "text.txt"));
  FAILS(NOTDIR, __wasi_path_remove_directory(ROOT, "text.txt/"));
  FAILS(ISDIR, __wasi_path_unlink_file(ROOT, "b"));
  FAILS(ISDIR, __wasi_path_unlink_file(ROOT, "b/"));
  FAILS(NOTDIR, __wasi_path_unlink_file(ROOT, "text.txt/"));
  OK(__wasi_path_remove_directory(ROOT, "b/"));
  FAILS(NOENT, __wasi_path_remove_directory(ROOT, "b"));
  __wasi_fd_t fd = made("open", 0);
  put(fd, "still", 5);
  OK(__wasi_path_unlink_file(ROOT, "open"));
  __wasi_filestat_t stat;
  OK(__wasi_fd_filestat_get(fd, &stat));
  CHECK(stat.nlink == 0 && stat.size == 5);
  OK(__wasi_fd_close(fd));
}

int main(void) {
  paths();
  symbolic_links();
  hard_links();
  renaming();
  removing();
  return 0;
}
