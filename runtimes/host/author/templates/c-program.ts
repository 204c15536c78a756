import { programFiles } from './template.ts'
import type { Template } from './template.ts'

const SOURCE = `/* Numbers the lines of each file of one folder, into another: NAME FROM TO. A program of WASI preview 1. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 4096 };

static int fail(const char *what) {
  fprintf(stderr, "%s: %s\\n", what, strerror(errno));
  return 1;
}

static void number_lines(FILE *from, FILE *to) {
  int line = 0, letter, last = '\\n';
  while ((letter = fgetc(from)) != EOF) {
    if (last == '\\n') fprintf(to, "%d ", ++line);
    fputc(letter, to);
    last = letter;
  }
}

static int number_file(const char *from, const char *to, const char *name) {
  char path[PATH_BYTES];
  snprintf(path, sizeof path, "%s/%s", from, name);
  FILE *read = fopen(path, "rb");
  if (read == NULL) return fail(path);
  snprintf(path, sizeof path, "%s/%s", to, name);
  FILE *written = fopen(path, "wb");
  if (written == NULL) return fail(path);
  number_lines(read, written);
  fclose(read);
  return fclose(written) == 0 ? 0 : fail(path);
}

int main(int count, char **words) {
  if (count != 3) {
    fputs("usage: FROM TO\\n", stderr);
    return 2;
  }
  DIR *folder = opendir(words[1]);
  if (folder == NULL) return fail(words[1]);
  int files = 0;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (entry->d_type != DT_REG) continue;
    if (number_file(words[1], words[2], entry->d_name) != 0) return 1;
    files++;
  }
  printf("files: %d\\n", files);
  return 0;
}
`

export const cProgram: Template = {
  files: (name) => ({ ...programFiles(name, 'c'), 'program.c': SOURCE }),
}
