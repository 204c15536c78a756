// Arguments, environment, streams and an exit code, by C's own library.
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **given) {
  for (int at = 1; at < count; at++) printf("%s\n", given[at]);
  const char *name = getenv("NAME");
  printf("NAME=%s\n", name == NULL ? "(none)" : name);
  int letter;
  while ((letter = getchar()) != EOF) putchar(letter);
  fputs("to the errors\n", stderr);
  return count > 1 ? 33 : 34;
}
