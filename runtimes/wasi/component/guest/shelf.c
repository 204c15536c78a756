// Methods with types of their own (shelf.wit): what the host makes of DAG-CBOR lies in memory as the canonical ABI says.
#include "component.h"

struct book {
  bytes title;
  unsigned short year;
  byte genre, marks;
  struct { byte is_there; double value; } rating;
  unsigned long long bytes_long;
};

// result<list<book>, error>
struct books {
  byte is_error;
  union {
    struct { struct book *at; size count; } list;
    struct { byte is_message; unsigned code; } error;
  };
};

// tuple<u8, option<s8>, result<list<u8>, u32>>
struct parts {
  byte first;
  struct { byte is_there; signed char value; } second;
  struct { byte is_error; union { bytes value; unsigned code; }; } third;
};

static struct books sorted;
static struct parts parts;

static int is_before(bytes a, bytes b) {
  for (size i = 0; i < a.length && i < b.length; i++)
    if (a.at[i] != b.at[i]) return a.at[i] < b.at[i];
  return a.length < b.length;
}

__attribute__((export_name("sort"))) struct books *sort(struct book *books, size count, int by_year, int year) {
  size kept = 0;
  sorted.is_error = by_year && year == 0;
  if (sorted.is_error) {
    sorted.error.is_message = 0;
    sorted.error.code = 404;
    return &sorted;
  }
  for (size i = 0; i < count; i++)
    if (!by_year || books[i].year >= year) books[kept++] = books[i];
  for (size i = 1; !by_year && i < kept; i++)
    for (size j = i; j > 0 && is_before(books[j].title, books[j - 1].title); j--) {
      struct book swapped = books[j];
      books[j] = books[j - 1];
      books[j - 1] = swapped;
    }
  sorted.list.at = books;
  sorted.list.count = kept;
  return &sorted;
}

__attribute__((export_name("mean"))) double mean(double *ratings, size count) {
  double sum = 0;
  for (size i = 0; i < count; i++) sum += ratings[i];
  return sum / count;
}

__attribute__((export_name("split"))) struct parts *split(byte *name, size length, unsigned letter, byte *cover, size bytes_long) {
  parts.first = length;
  parts.second.is_there = letter < 128;
  parts.second.value = -(signed char)letter;
  parts.third.is_error = bytes_long == 0;
  if (parts.third.is_error) parts.third.code = 7;
  else parts.third.value = (bytes){cover, bytes_long};
  return &parts;
}

__attribute__((export_name("rest"))) void rest(void) {}
