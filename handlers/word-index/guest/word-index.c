/**
 * word-index: how often each word of a UTF-8 text occurs, and on which lines. stdin to stdout.
 *
 * A word is a run of letters, marks and numbers of any script; an apostrophe between two of them belongs
 * to it. Words are told apart after folding capitals. Memory, from the bottom:
 *
 *   stack, constants, buffers | text, folded in place | slots: hash table, later the order | entries
 *
 * Only the entries grow while words are counted, so nothing is ever moved or freed.
 */
#include "wasi.h"
#include "unicode.h"

#define TEXT_BYTES_MAX (4u << 20)   // With the two below it keeps all memory under 16 MiB.
#define WORDS_MAX 200000u           // Distinct words.
#define LINES_MAX 4u                // Line numbers kept for a word: the first ones.
#define TOP 20u                     // Words that the method `top` lists.

struct entry {
  u32 at, length;                   // Where its first occurrence stands in the folded text.
  u32 count;
  u32 on;                           // On how many lines it occurs,
  u32 seen;                         // and the last of them so far.
  u32 lines[LINES_MAX];
};

static struct {
  u8 *text;
  u32 bytes, lines, words;
  u32 *slots;                       // Number of an entry plus one; 0 is free.
  u32 slot_mask;
  struct entry *entries;
  u32 distinct;
} index;

// ------------------------------------------------------------------------------------------------- input

/** True for `run`, false for `top`: the method, and the only argument. */
static int lists_everything(void) {
  static u8 *arguments[2];
  static u8 bytes[256];
  u32 count = 0, length = 0;
  if (wasi_args_sizes(&count, &length) != 0) wasi_exit(IO);
  if (count != 2 || length > sizeof bytes)
    refuse(USAGE, "one short argument is needed, run or top; got ", count ? count - 1 : 0, "");
  if (wasi_args(arguments, bytes) != 0) wasi_exit(IO);
  const u8 *method = arguments[1];
  if (method[0] == 'r' && method[1] == 'u' && method[2] == 'n' && !method[3]) return 1;
  if (method[0] == 't' && method[1] == 'o' && method[2] == 'p' && !method[3]) return 0;
  refuse(USAGE, "no such method; there are run and top, which lists ", TOP, " words");
}

static void read_text(void) {
  index.text = &__heap_base;
  for (u32 room = 16384;; room = index.bytes) {
    // One byte more than allowed tells a text that is too long from one that just fits.
    if (index.bytes + room > TEXT_BYTES_MAX + 1) room = TEXT_BYTES_MAX + 1 - index.bytes;
    reserve((u32)index.text + index.bytes + room);
    struct span rest = {index.text + index.bytes, room};
    while (rest.length > 0) {
      u32 done = 0;
      if (wasi_read(STDIN, &rest, 1, &done) != 0 || done > rest.length) wasi_exit(IO);
      if (done == 0) return;
      index.bytes += done;
      rest.bytes += done;
      rest.length -= done;
    }
    if (index.bytes > TEXT_BYTES_MAX) refuse(TOO_LONG, "the input is longer than ", TEXT_BYTES_MAX, " bytes");
  }
}

// ---------------------------------------------------------------------------------------------- counting

/** Lays out slots and entries behind the text: two slots or more for each word there can be. */
static void make_room(void) {
  u32 words_max = index.bytes / 2 + 1;
  if (words_max > WORDS_MAX) words_max = WORDS_MAX;
  u32 slots = 16;
  while (slots < 2 * words_max) slots *= 2;
  index.slot_mask = slots - 1;
  index.slots = (u32 *)(((u32)index.text + index.bytes + 15) & ~15u);
  index.entries = (struct entry *)(index.slots + slots);
  reserve((u32)index.entries);
  __builtin_memset(index.slots, 0, slots * sizeof *index.slots);
}

APART struct entry *add_entry(u32 at, u32 length) {
  if (index.distinct == WORDS_MAX) refuse(TOO_MANY_WORDS, "more than ", WORDS_MAX, " distinct words");
  struct entry *entry = index.entries + index.distinct++;
  reserve((u32)(entry + 1));
  *entry = (struct entry){.at = at, .length = length};
  return entry;
}

APART int is_same(const struct entry *entry, u32 at, u32 length) {
  if (entry->length != length) return 0;
  for (u32 i = 0; i < length; i++)
    if (index.text[entry->at + i] != index.text[at + i]) return 0;
  return 1;
}

APART struct entry *find_entry(u32 at, u32 length, u32 hash) {
  u32 slot = (hash ^ hash >> 15) & index.slot_mask;
  for (; index.slots[slot] != 0; slot = (slot + 1) & index.slot_mask) {
    struct entry *entry = index.entries + index.slots[slot] - 1;
    if (is_same(entry, at, length)) return entry;
  }
  struct entry *entry = add_entry(at, length);
  index.slots[slot] = index.distinct;
  return entry;
}

APART void count_word(u32 at, u32 length, u32 hash) {
  struct entry *entry = find_entry(at, length, hash);
  u32 line = index.lines + 1;
  // `seen` is the last line this word was counted on; past LINES_MAX lines only it is kept up to date.
  if (entry->count++ == 0 || entry->seen != line) {
    if (entry->on < LINES_MAX) entry->lines[entry->on] = line;
    entry->on++;
    entry->seen = line;
  }
  index.words++;
}

static int is_apostrophe(u32 code) {
  return code == '\'' || code == 0x2019;
}

/** Bytes of the word's next symbol at `at`, or 0 where the word ends. */
APART u32 continues(u32 at) {
  // After a word most often stands a space.
  if (at == index.bytes || index.text[at] == ' ') return 0;
  struct symbol symbol = decode(index.text, at, index.bytes);
  if (is_word(symbol.code)) return symbol.bytes;
  u32 next = at + symbol.bytes;
  if (!is_apostrophe(symbol.code) || next == index.bytes) return 0;
  return is_word(decode(index.text, next, index.bytes).code) ? symbol.bytes : 0;
}

/** Folds the symbol at `at` in place. */
APART void fold_at(u32 at) {
  struct symbol symbol = decode(index.text, at, index.bytes);
  u32 folded = fold(symbol.code);
  if (folded != symbol.code) encode(index.text + at, (struct symbol){folded, symbol.bytes});
}

#define FNV_START 2166136261u
#define FNV_PRIME 16777619u

/** Folds and counts the word that begins at `at`; returns where it ends. FNV-1a over the folded bytes. */
APART u32 take_word(u32 at) {
  u8 *text = index.text;
  u32 start = at, hash = FNV_START, bytes;
  do {
    for (u8 folded; at < index.bytes && (folded = plain[text[at]]); at++) {
      text[at] = folded;
      hash = (hash ^ folded) * FNV_PRIME;
    }
    bytes = continues(at);
    if (bytes > 1) fold_at(at);
    for (u32 end = at + bytes; at < end; at++) hash = (hash ^ text[at]) * FNV_PRIME;
  } while (bytes > 0);
  count_word(start, at - start, hash);
  return at;
}

/** The next byte that is not a plain separator; counts the line ends passed over. */
APART u32 skip_separators(u32 at) {
  for (; at < index.bytes; at++) {
    u8 byte = index.text[at];
    if (byte >= 0x80 || plain[byte]) break;
    index.lines += byte == '\n';
  }
  return at;
}

static void count_words(void) {
  for (u32 at = skip_separators(0); at < index.bytes; at = skip_separators(at)) {
    struct symbol symbol = decode(index.text, at, index.bytes);
    at = is_word(symbol.code) ? take_word(at) : at + symbol.bytes;
  }
  // A last line without its end is a line too.
  if (index.bytes > 0 && index.text[index.bytes - 1] != '\n') index.lines++;
}

// ---------------------------------------------------------------------------------------------- ordering

/** Whether a stands before b: by count, the most frequent first, then by the bytes of the word. */
APART int precedes(const struct entry *a, const struct entry *b) {
  if (a->count != b->count) return a->count > b->count;
  u32 length = a->length < b->length ? a->length : b->length;
  for (u32 i = 0; i < length; i++) {
    u8 left = index.text[a->at + i], right = index.text[b->at + i];
    if (left != right) return left < right;
  }
  return a->length < b->length;
}

APART void merge(const u32 *from, u32 *to, u32 low, u32 middle, u32 high) {
  u32 left = low, right = middle;
  for (u32 i = low; i < high; i++) {
    int takes_left =
        right == high || (left < middle && precedes(index.entries + from[left], index.entries + from[right]));
    to[i] = from[takes_left ? left++ : right++];
  }
}

/** Merge sort, for its worst case; the hash table is done with and gives its two halves. */
static const u32 *order_entries(void) {
  u32 *from = index.slots, *to = index.slots + index.distinct;
  for (u32 i = 0; i < index.distinct; i++) from[i] = i;
  for (u32 width = 1; width < index.distinct; width *= 2) {
    for (u32 low = 0; low < index.distinct; low += 2 * width) {
      u32 middle = low + width < index.distinct ? low + width : index.distinct;
      u32 high = low + 2 * width < index.distinct ? low + 2 * width : index.distinct;
      merge(from, to, low, middle, high);
    }
    u32 *sorted = to;
    to = from;
    from = sorted;
  }
  return from;
}

// ------------------------------------------------------------------------------------------------ output

static void put_field(const char *name, u32 number) {
  put(name);
  put_number(number);
}

static void put_summary(u32 listed) {
  put_field("{\"lines\":", index.lines);
  put_field(",\"words\":", index.words);
  put_field(",\"distinct\":", index.distinct);
  put_field(",\"bytes\":", index.bytes);
  put_field(",\"memory\":", heap_top);
  put_field(",\"listed\":", listed);
}

/** A word needs no escapes: neither quotes, backslashes nor controls can be part of one. */
APART void put_entry(const struct entry *entry) {
  put("{\"word\":\"");
  put_bytes(index.text + entry->at, entry->length);
  put_field("\",\"count\":", entry->count);
  put_field(",\"on\":", entry->on);
  put(",\"lines\":[");
  for (u32 i = 0; i < entry->on && i < LINES_MAX; i++) {
    if (i > 0) put(",");
    put_number(entry->lines[i]);
  }
  put("]}");
}

/** One JSON document: the summary on the first line, then one word a line. */
static void put_index(const u32 *order, u32 listed) {
  put_summary(listed);
  put(",\"index\":[");
  for (u32 i = 0; i < listed; i++) {
    put(i == 0 ? "\n" : ",\n");
    put_entry(index.entries + order[i]);
  }
  put("\n]}\n");
  flush();
}

__attribute__((export_name("_start"))) void _start(void) {
  int everything = lists_everything();
  make_plain();
  read_text();
  make_room();
  count_words();
  u32 listed = everything || index.distinct < TOP ? index.distinct : TOP;
  put_index(order_entries(), listed);
}
