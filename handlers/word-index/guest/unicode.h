// UTF-8 in, code points out; which of them make words, and how capitals fold.
#include "tables.h"

struct symbol {
  u32 code;
  u32 bytes;
};

__attribute__((noreturn)) APART void refuse_utf8(u32 at) {
  refuse(NOT_UTF8, "the input is not UTF-8: malformed at byte ", at, "");
}

/** Decodes the symbol at `at`; refuses overlong forms, surrogates and everything past U+10FFFF. */
APART struct symbol decode(const u8 *text, u32 at, u32 end) {
  u8 lead = text[at];
  if (lead < 0x80) return (struct symbol){lead, 1};
  u32 bytes = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (lead < 0xc2 || lead > 0xf4 || end - at < bytes) refuse_utf8(at);
  u32 code = lead & (0x7f >> bytes);
  for (u32 i = 1; i < bytes; i++) {
    if ((text[at + i] & 0xc0) != 0x80) refuse_utf8(at);
    code = code << 6 | (text[at + i] & 0x3f);
  }
  if (bytes == 3 && (code < 0x800 || (code >= 0xd800 && code <= 0xdfff))) refuse_utf8(at);
  if (bytes == 4 && (code < 0x10000 || code > 0x10ffff)) refuse_utf8(at);
  return (struct symbol){code, bytes};
}

/** Writes a code point in as many bytes as the one it replaces had. */
APART void encode(u8 *at, struct symbol symbol) {
  static const u8 lead[5] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (u32 i = symbol.bytes - 1; i > 0; i--) {
    at[i] = 0x80 | (symbol.code & 0x3f);
    symbol.code >>= 6;
  }
  at[0] = lead[symbol.bytes] | symbol.code;
}

/** The last row that begins at or before a code point; -1 without one. A text stays in few rows, so the
    former answer is tried first. */
APART int row_of(const u32 *first, int rows, int *former, u32 code) {
  int row = *former;
  if (row >= 0 && first[row] <= code && (row + 1 == rows || code < first[row + 1])) return row;
  int low = 0, high = rows;
  while (low < high) {
    int middle = (low + high) / 2;
    if (first[middle] <= code) low = middle + 1;
    else high = middle;
  }
  return *former = low - 1;
}

APART int is_word(u32 code) {
  static int former = -1;
  if (code < 0x80) return (code - '0' < 10u) | ((code | 32) - 'a' < 26u);
  int row = row_of(word_first, WORD_ROWS, &former, code);
  return row >= 0 && code - word_first[row] < word_length[row];
}

APART u32 fold(u32 code) {
  static int former = -1;
  if (code < 0x80) return code - 'A' < 26u ? code | 32 : code;
  int row = row_of(fold_first, FOLD_ROWS, &former, code);
  if (row < 0) return code;
  u32 offset = code - fold_first[row];
  if (offset >= fold_length[row] || offset % fold_stride[row] != 0) return code;
  return code + fold_delta[row];
}

/** What an ASCII byte is inside a word: itself folded, or 0 for all that must be looked at more closely. */
static u8 plain[256];

static void make_plain(void) {
  for (u32 code = 0; code < 0x80; code++) plain[code] = is_word(code) ? fold(code) : 0;
}
