// Makes a page of every note in a folder, and a list of them: `pages FROM TO [TITLE]`. It knows nothing but C's own
// library; where the folders are and what becomes of them is decided by whoever calls it.
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTES_MAX 256

static int fail(const char *what) {
  fprintf(stderr, "pages: %s: %s\n", what, strerror(errno));
  return 1;
}

/** The path of a file in a folder; what does not fit is cut, and then not found. */
static char *path_of(char *path, size_t size, const char *folder, const char *name, const char *ending) {
  snprintf(path, size, "%s/%s%s", folder, name, ending);
  return path;
}

static void put_escaped(int letter, FILE *to) {
  if (letter == '<') fputs("&lt;", to);
  else if (letter == '&') fputs("&amp;", to);
  else fputc(letter, to);
}

/** The first line is the heading, and an empty line begins a paragraph. */
static int make_page(FILE *from, FILE *to, char *title, size_t size) {
  size_t length = 0;
  int letter, last = '\n';
  while ((letter = fgetc(from)) != EOF && letter != '\n')
    if (length + 1 < size) title[length++] = (char)letter;
  title[length] = 0;
  fputs("<h1>", to);
  for (size_t at = 0; at < length; at++) put_escaped(title[at], to);
  fputs("</h1>\n<p>", to);
  while ((letter = fgetc(from)) != EOF) {
    if (letter == '\n' && last == '\n') fputs("</p>\n<p>", to);
    else put_escaped(letter, to);
    last = letter;
  }
  fputs("</p>\n", to);
  return ferror(from) || ferror(to);
}

static int by_name(const void *one, const void *other) {
  return strcmp(*(char *const *)one, *(char *const *)other);
}

int main(int count, char **given) {
  if (count < 3) {
    fputs("usage: pages FROM TO [TITLE]\n", stderr);
    return 2;
  }
  static char *notes[NOTES_MAX];
  int found = 0;
  DIR *folder = opendir(given[1]);
  if (folder == NULL) return fail(given[1]);
  for (struct dirent *entry; found < NOTES_MAX && (entry = readdir(folder)) != NULL;) {
    const char *ending = strrchr(entry->d_name, '.');
    if (ending != NULL && strcmp(ending, ".txt") == 0) notes[found++] = strdup(entry->d_name);
  }
  closedir(folder);
  qsort(notes, (size_t)found, sizeof *notes, by_name);

  char path[512], title[256];
  FILE *list = fopen(path_of(path, sizeof path, given[2], "index", ".html"), "w");
  if (list == NULL) return fail(path);
  fprintf(list, "<h1>%s</h1>\n<ul>\n", count > 3 ? given[3] : "Notes");
  for (int at = 0; at < found; at++) {
    FILE *from = fopen(path_of(path, sizeof path, given[1], notes[at], ""), "r");
    if (from == NULL) return fail(path);
    notes[at][strlen(notes[at]) - strlen(".txt")] = 0;
    FILE *to = fopen(path_of(path, sizeof path, given[2], notes[at], ".html"), "w");
    if (to == NULL) return fail(path);
    if (make_page(from, to, title, sizeof title) || fclose(to) != 0) return fail(path);
    fclose(from);
    fprintf(list, "<li><a href=\"%s.html\">%s</a></li>\n", notes[at], title);
  }
  fputs("</ul>\n", list);
  if (fclose(list) != 0) return fail("index.html");
  printf("%d pages\n", found);
  return 0;
}
