// A program of the C library: counts the lines of its standard input, and says which method it was called for.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
  size_t lines = 0;
  int byte;
  while ((byte = getchar()) != EOF) lines += byte == '\n';
  if (argc > 1 && strcmp(argv[1], "fail") == 0) {
    fprintf(stderr, "%zu lines, and none of them any use\n", lines);
    return 3;
  }
  printf("%s: %zu lines\n", argc > 1 ? argv[1] : "?", lines);
  return 0;
}
