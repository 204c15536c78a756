// Files as C programs use them: through the library, by paths that begin with the name of a folder.
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_read(const char *path, const char *expected) {
  char buffer[64] = {0};
  FILE *file = fopen(path, "r");
  if (file == NULL) return 0;
  size_t length = fread(buffer, 1, sizeof buffer - 1, file);
  return fclose(file) == 0 && length == strlen(expected) && strcmp(buffer, expected) == 0;
}

static int entries(const char *path) {
  DIR *folder = opendir(path);
  assert(folder != NULL);
  int count = 0;
  while (readdir(folder) != NULL) count++;
  closedir(folder);
  return count;
}

int main(void) {
  assert(is_read("root.dir/text.txt", "some text\n"));
  assert(is_read("root.dir/link", "some text\n"));
  assert(fopen("root.dir/none", "r") == NULL && errno == ENOENT);
  assert(fopen("elsewhere/text.txt", "r") == NULL);

  FILE *file = fopen("root.dir/new.txt", "w+");
  assert(file != NULL);
  for (int at = 0; at < 5000; at++) assert(fprintf(file, "%04d\n", at) == 5);
  assert(fseek(file, 4321 * 5, SEEK_SET) == 0);
  char line[8];
  assert(fgets(line, sizeof line, file) != NULL && strcmp(line, "4321\n") == 0);
  assert(ftruncate(fileno(file), 10) == 0 && fclose(file) == 0);
  assert(is_read("root.dir/new.txt", "0000\n0001\n"));
  assert((file = fopen("root.dir/new.txt", "a")) != NULL && fputs("end", file) >= 0 && fclose(file) == 0);
  assert(is_read("root.dir/new.txt", "0000\n0001\nend"));

  struct stat one, other;
  assert(stat("root.dir/new.txt", &one) == 0 && S_ISREG(one.st_mode) && one.st_size == 13);
  assert(stat("root.dir/text.txt", &other) == 0 && one.st_dev == other.st_dev && one.st_ino != other.st_ino);
  assert(lstat("root.dir/link", &other) == 0 && S_ISLNK(other.st_mode));

  assert(mkdir("root.dir/many", 0700) == 0 && entries("root.dir/many") == 2);
  char path[64];
  for (int at = 0; at < 1000; at++) {
    snprintf(path, sizeof path, "root.dir/many/%d", at);
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    assert(fd >= 0 && close(fd) == 0);
  }
  assert(entries("root.dir/many") == 1002);
  for (int at = 0; at < 1000; at++) {
    snprintf(path, sizeof path, "root.dir/many/%d", at);
    assert(unlink(path) == 0);
  }
  assert(rmdir("root.dir/many") == 0);
  assert(rename("root.dir/new.txt", "root.dir/folder/old.txt") == 0 && is_read("root.dir/folder/old.txt", "0000\n0001\nend"));
  int fd = open("root.dir/text.txt", O_RDONLY);
  assert(write(fd, "x", 1) == -1 && errno == EBADF);
  assert(!isatty(fd) && !isatty(1));
  puts("all is well");
  return 0;
}
