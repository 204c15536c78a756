// A program as people write them: reads lines of a name and a number, keeps those whose name is of small letters, and prints
// for each name how many there were, the least, the mean, the median and the greatest. Some 50 KB with its library.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/** A bench writes another one into the compiled module: an engine knows code again that it has compiled before. */
static const char mark[] = "mark:0000000000000000";

enum { READINGS_MAX = 4096, NAME_MAX = 32 };

struct reading {
  char name[NAME_MAX];
  double value;
};

static struct reading readings[READINGS_MAX];

static int by_name_and_value(const void *left, const void *right) {
  const struct reading *a = left, *b = right;
  int order = strcmp(a->name, b->name);
  return order != 0 ? order : (a->value > b->value) - (a->value < b->value);
}

static int read_all(const char *letters) {
  char line[256], name[NAME_MAX];
  double value;
  int count = 0;
  while (count < READINGS_MAX && fgets(line, sizeof line, stdin) != NULL) {
    if (sscanf(line, "%31s %lf", name, &value) != 2 || isnan(value)) continue;
    if (strspn(name, letters) != strlen(name)) continue;
    strcpy(readings[count].name, name);
    readings[count++].value = value;
  }
  return count;
}

static void print_group(const struct reading *first, int count) {
  double sum = 0;
  for (int at = 0; at < count; at++) sum += first[at].value;
  double mean = sum / count, spread = 0;
  for (int at = 0; at < count; at++) spread += (first[at].value - mean) * (first[at].value - mean);
  printf("%-16s %4d %10.3f %10.3f %10.3f %10.3f %10.4g\n", first->name, count, first[0].value, mean,
         first[count / 2].value, first[count - 1].value, sqrt(spread / count));
}

int main(void) {
  time_t now = time(NULL);
  char when[32];
  strftime(when, sizeof when, "%Y-%m-%d", gmtime(&now));
  int count = read_all("abcdefghijklmnopqrstuvwxyz-");
  qsort(readings, (size_t)count, sizeof readings[0], by_name_and_value);
  printf("%s %s %d\n", when, mark, count);
  for (int first = 0, at = 1; at <= count; at++) {
    if (at < count && strcmp(readings[first].name, readings[at].name) == 0) continue;
    print_group(&readings[first], at - first);
    first = at;
  }
  return 0;
}
