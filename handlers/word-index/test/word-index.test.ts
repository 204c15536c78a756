import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fc } from '../../../conformance/test/laws.ts'

import { CODE_SHA256, CODE_URL, DESCRIPTOR, EXITS } from '../descriptor.ts'
import { runCommand } from './wasi-command.ts'

interface Entry {
  readonly word: string
  readonly count: number
  readonly on: number
  readonly lines: readonly number[]
}
interface Index {
  readonly lines: number
  readonly words: number
  readonly distinct: number
  readonly bytes: number
  readonly memory: number
  readonly listed: number
  readonly index: readonly Entry[]
}

const TEXT_BYTES_MAX = 4 * 1024 * 1024
const code = readFileSync(CODE_URL)
const module = new WebAssembly.Module(code)
const utf8 = (text: string) => new TextEncoder().encode(text)

function run(input: Uint8Array, method = 'run', chunk?: number): Index {
  const end = runCommand(module, ['word-index', method], input, chunk)
  assert.equal(end.exit, 0, end.stderr)
  assert.equal(end.stderr, '')
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(end.stdout)) as Index
}

// ---------------------------------------------------------- the same index, made with JavaScript's own means

const bytesOf = (text: string) => utf8(text).length

/** Folds one code point where that keeps its length in UTF-8. */
function fold(point: string): string {
  if (point === 'ς') return 'σ'
  const lower = point.toLowerCase()
  return [...lower].length === 1 && bytesOf(lower) === bytesOf(point) ? lower : point
}

function reference(text: string): Omit<Index, 'memory'> {
  const entries = new Map<string, { count: number; on: Set<number> }>()
  const lines = text.split('\n')
  lines.forEach((line, number) => {
    for (const [word] of line.matchAll(/[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}\p{N}]+)*/gu)) {
      const folded = Array.from(word, fold).join('')
      const entry = entries.get(folded) ?? { count: 0, on: new Set() }
      entries.set(folded, { count: entry.count + 1, on: entry.on.add(number + 1) })
    }
  })
  const index = [...entries]
    .map(([word, { count, on }]) => ({ word, count, on: on.size, lines: [...on].slice(0, 4) }))
    .sort((a, b) => b.count - a.count || Buffer.compare(utf8(a.word), utf8(b.word)))
  return {
    lines: lines.length - (lines.at(-1) === '' ? 1 : 0),
    words: index.reduce((sum, entry) => sum + entry.count, 0),
    distinct: index.length,
    bytes: bytesOf(text),
    listed: index.length,
    index,
  }
}

function assertSame(text: string, chunk?: number): void {
  const { memory, ...found } = run(utf8(text), 'run', chunk)
  assert.deepEqual(found, reference(text))
  assert.ok(memory <= DESCRIPTOR.limits.memoryBytes!)
}

const TEXTS: Readonly<Record<string, string>> = {
  english: "The quick brown fox.\nThe lazy dog -- the DOG's dog, don't 'quote' it.\r\n\r\nThe end\n",
  french: 'L’été À la plage, l’Été à Évian; cœur, CŒUR\nnaïve NAÏVE 1er 1ER',
  greek: 'Σίσυφος ΣΊΣΥΦΟΣ σίσυφος\nΆνθρωπος ΆΝΘΡΩΠΟΣ Ὀδυσσεύς ὀδυσσεύσ',
  russian: 'Ёж и ёж, Подъезд ПОДЪЕЗД\nЇжак їжак Ѐѐ\n',
  turkishAndGerman: 'İstanbul istanbul ISPARTA ısparta STRASSE straße STRAẞE',
  arabicAndHebrew: 'السلام عليكم، السلام\nשָׁלוֹם שלום',
  indic: 'नमस्ते दुनिया। नमस्ते १२३\nবাংলা ভাষা',
  eastAsian: '東京都、東京都。日本語\n한국어 한국어! ＡＢＣ ａｂｃ',
  beyondBmp: '𐐀𐐨 𐐨𐐀 😀word😀 𝒳 𠀀𠀀',
  marksAndControls: '\ufeffbom e\u0301tude ÉTUDE \u200bzero\u200bwidth a\0b _under_score',
  apostrophes: "' '' a' 'a a'b a''b a'’b o’o' x’\ny",
  lines: 'a\na\na a\na\na\na\n\n\nb',
}

for (const [name, text] of Object.entries(TEXTS)) {
  test(`indexes like the reference: ${name}`, () => {
    assertSame(text)
    assertSame(text, 3)
  })
}

test('indexes like the reference, whatever the text', () => {
  const piece = fc.oneof(
    fc.constantFrom(' ', '\n', "'", '’', 'a', 'A', 'б', 'Б', 'ς', 'Σ', '語', '𐐀', '.', '\r'),
    fc.string({ unit: 'grapheme', maxLength: 4 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => assertSame(pieces.join(''))),
    { numRuns: 300 },
  )
})

test('knows every code point of its Unicode version', (t) => {
  if (process.versions['unicode'] !== '17.0') {
    t.skip(`the tables are of Unicode 17.0, this Node has ${process.versions['unicode']}`)
    return
  }
  const points: string[] = []
  for (let point = 1; point <= 0x10ffff; point++) {
    if (point < 0xd800 || point > 0xdfff) points.push(String.fromCodePoint(point))
  }
  // A space keeps each apart, so that every one is judged alone.
  for (let at = 0; at < points.length; at += 150_000) assertSame(points.slice(at, at + 150_000).join(' '))
})

test('lists the twenty most frequent words for top', () => {
  const text = utf8(Array.from({ length: 300 }, (_, number) => `w${(number * number) % 97}`).join(' '))
  const top = run(text, 'top')
  const all = run(text)
  assert.equal(top.listed, 20)
  assert.deepEqual(top.index, all.index.slice(0, 20))
  assert.equal(top.distinct, all.distinct)
})

test('answers an empty input with an empty index', () => {
  assertSame('')
  assert.equal(run(new Uint8Array(), 'top').listed, 0)
})

test('takes one word as long as the longest text', () => {
  const found = run(new Uint8Array(TEXT_BYTES_MAX).fill(0x5a))
  assert.equal(found.index[0]?.word.length, TEXT_BYTES_MAX)
  assert.equal(found.index[0]?.word[0], 'z')
})

test('stays within 16 MiB on 4 MiB of the most distinct words it takes', () => {
  const words = Array.from({ length: 199_000 }, (_, number) => `${number}`.padStart(20, 'x'))
  const text = utf8(words.join('\n'))
  assert.ok(text.length > TEXT_BYTES_MAX * 0.99 && text.length <= TEXT_BYTES_MAX)
  const end = runCommand(module, ['word-index', 'run'], text)
  assert.equal(end.exit, 0, end.stderr)
  assert.ok(end.memoryBytes <= 16 * 1024 * 1024)
  assert.ok(end.stdout.length <= DESCRIPTOR.limits.outputBytes!)
})

function assertRefused(argv: readonly string[], input: Uint8Array, exit: number, says: RegExp): void {
  const end = runCommand(module, argv, input)
  assert.equal(end.exit, exit, end.stderr)
  assert.match(end.stderr, says)
  assert.equal(end.stdout.length, 0)
  assert.ok(EXITS[exit])
}

test('refuses every method but run and top', () => {
  for (const method of ['', 'runs', 'ru', 'Run', 'topp', 'x'.repeat(300)]) {
    assertRefused(['word-index', method], utf8('a'), 1, /run/)
  }
  assertRefused(['word-index'], utf8('a'), 1, /got 0/)
  assertRefused([], utf8('a'), 1, /got 0/)
  assertRefused(['word-index', 'run', 'top'], utf8('a'), 1, /got 2/)
})

test('refuses what is not UTF-8 and says where', () => {
  const malformed = [
    [0x80],
    [0xc0, 0x80],
    [0xc1, 0xbf],
    [0xc3],
    [0xc3, 0x41],
    [0xe0, 0x9f, 0xbf],
    [0xe2, 0x82],
    [0xed, 0xa0, 0x80],
    [0xf0, 0x8f, 0xbf, 0xbf],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf5, 0x80, 0x80, 0x80],
    [0xff],
  ]
  for (const bytes of malformed) {
    assertRefused(['word-index', 'run'], Uint8Array.of(0x61, 0x20, ...bytes), 2, /byte 2\n$/)
    assertRefused(['word-index', 'run'], Uint8Array.of(0x61, ...bytes), 2, /byte 1\n$/)
    assertRefused(['word-index', 'run'], Uint8Array.of(0x61, 0x27, ...bytes), 2, /byte 2\n$/)
  }
})

test('refuses bytes that are not UTF-8 exactly where the platform does', () => {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(0x80, 0xbf, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0x27, 0x61))
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 12 }), (bytes) => {
      const input = Uint8Array.from(bytes)
      let exit = 0
      try {
        decoder.decode(input)
      } catch {
        exit = 2
      }
      assert.equal(runCommand(module, ['word-index', 'run'], input).exit, exit)
    }),
    { numRuns: 2000 },
  )
})

test('refuses one byte and one word too many', () => {
  assertRefused(['word-index', 'run'], new Uint8Array(TEXT_BYTES_MAX + 1).fill(0x61), 3, /4194304 bytes/)
  const words = Array.from({ length: 200_001 }, (_, number) => number.toString(36)).join(' ')
  assertRefused(['word-index', 'run'], utf8(words), 4, /200000 distinct/)
  assert.equal(run(utf8(words.slice(0, words.lastIndexOf(' ')))).distinct, 200_000)
})

test('is the recorded code, with only the imports of a command', () => {
  assert.equal(createHash('sha256').update(code).digest('hex'), CODE_SHA256)
  assert.ok(code.length < 20_000)
  const imports = WebAssembly.Module.imports(module)
  assert.ok(imports.every((one) => one.module === 'wasi_snapshot_preview1'))
  assert.deepEqual(imports.map((one) => one.name).sort(), [
    'args_get',
    'args_sizes_get',
    'fd_read',
    'fd_write',
    'proc_exit',
  ])
})

test('is what its sources give', (t) => {
  const tool = fileURLToPath(new URL('../../../../conformance/tools/build-guests.mjs', import.meta.url))
  if (!existsSync(tool)) {
    t.skip('the sources are not here')
    return
  }
  const built = spawnSync(process.execPath, [tool, '--check', 'word-index'], { encoding: 'utf8' })
  if (built.stdout.includes('skipped')) t.skip(built.stdout.trim())
  else assert.equal(built.status, 0, built.stderr)
})
