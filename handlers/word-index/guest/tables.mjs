// Writes tables.h: which code points make words and how capitals fold, as this Node's Unicode data say.
// Run by hand when the Unicode version is to change: node tables.mjs > tables.h
const last = 0x10ffff
const surrogate = (cp) => cp >= 0xd800 && cp <= 0xdfff
const utf8Bytes = (cp) => (cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4)

/** Letters, marks and numbers, as [first, last] pairs. */
function wordRanges() {
  const word = /^[\p{L}\p{M}\p{N}]$/u
  const ranges = []
  for (let cp = 0x80; cp <= last; cp++) {
    if (surrogate(cp) || !word.test(String.fromCodePoint(cp))) continue
    const open = ranges.at(-1)
    if (open && open[1] === cp - 1) open[1] = cp
    else ranges.push([cp, cp])
  }
  return ranges
}

/** Where a code point folds to; itself when the fold would change its length, for text is folded in place. */
function fold(cp) {
  if (cp === 0x3c2) return 0x3c3
  const lower = [...String.fromCodePoint(cp).toLowerCase()]
  const to = lower.length === 1 ? lower[0].codePointAt(0) : cp
  return utf8Bytes(to) === utf8Bytes(cp) ? to : cp
}

/** Rows of [first, last, stride, delta]: every stride-th code point of the range moves by delta. */
function foldRows() {
  const rows = []
  for (let cp = 0x80; cp <= last; cp++) {
    if (surrogate(cp) || fold(cp) === cp) continue
    const delta = fold(cp) - cp
    const open = rows.at(-1)
    const step = open ? cp - open[1] : 0
    if (open && open[3] === delta && step <= 2 && (open[0] === open[1] || open[2] === step)) {
      open[1] = cp
      open[2] = step
    } else rows.push([cp, cp, 1, delta])
  }
  return rows
}

const hex = (cp) => '0x' + cp.toString(16)
const words = wordRanges()
const folds = foldRows()
console.log(`// Made by tables.mjs from Unicode ${process.versions.unicode}; do not edit.
#define WORD_ROWS ${words.length}
static const u32 word_first[WORD_ROWS] = {${words.map(([first]) => hex(first))}};
static const u16 word_length[WORD_ROWS] = {${words.map(([a, b]) => b - a + 1)}};
#define FOLD_ROWS ${folds.length}
static const u32 fold_first[FOLD_ROWS] = {${folds.map(([first]) => hex(first))}};
static const u8 fold_length[FOLD_ROWS] = {${folds.map(([a, b]) => b - a + 1)}};
static const u8 fold_stride[FOLD_ROWS] = {${folds.map((row) => row[2])}};
static const int fold_delta[FOLD_ROWS] = {${folds.map((row) => row[3])}};`)
