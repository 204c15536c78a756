// Commits, what merge functions make, and what several heads come to.
import { CborFloat, createCid } from 'promisegrid/promisebase'
import {
  bytesOf,
  chapter,
  cidOf,
  concat,
  dag,
  dagCid,
  hex,
  mapInOrder,
  Raw,
  rawCid,
  unhex,
  utf8,
} from './kit.mjs'
import { without } from './genesis.mjs'

const functionCid = (name) => rawCid(utf8(`promisegrid:merge/${name}/1`))
const lines = functionCid('text-lines')

export function mergeChapter() {
  const { accept, refuse, ...made } = chapter('merge', 'spec/merge.md')
  commits(accept, refuse)
  functions(accept, refuse)
  heads(accept, refuse)
  return made
}

// --------------------------------------------------------------------------------------------- commits

const sortedCids = (cids) => [...cids].sort((a, b) => Buffer.compare(a.bytes, b.bytes))
const someCommits = (count) => sortedCids(Array.from({ length: count }, (_, at) => dagCid(dag({ at }))))

function commits(accept, refuse) {
  const content = rawCid(utf8('content'))
  const [one, two] = someCommits(2)
  const first = { commit: 1, content, height: 1, merge: [], parents: [] }
  const second = { ...first, height: 2, parents: [one] }
  const merged = { ...first, height: 3, parents: [one, two], merge: [lines], made: lines }
  const blockOf = (fields) => (fields instanceof Uint8Array ? fields : dag(without(fields)))
  const takes = (comment, fields) => {
    const { commit: _commit, ...said } = without(fields)
    const json = Object.entries(said).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(String) : typeof value === 'object' ? value.toString() : value,
    ])
    const cid = dagCid(blockOf(fields)).toString()
    accept(
      'commit',
      `commit: ${comment}`,
      { input: hex(blockOf(fields)) },
      { ...Object.fromEntries(json), cid },
    )
  }
  const refuses = (comment, fields, code = 'COMMIT') =>
    refuse('commit', `commit: ${comment}`, { input: hex(blockOf(fields)) }, code)

  takes('the first of a history', first)
  takes('everything an author says', {
    ...second,
    at: 1_800_000_000,
    by: 'alice',
    note: 'why',
    proposer: 'model',
  })
  takes('one that a function made', merged)
  takes('one that joins two heads by hand', { ...merged, made: undefined, by: 'alice' })
  takes('16 parents', { ...second, parents: someCommits(16) })
  takes('four functions', { ...first, merge: ['a', 'b', 'c', 'd'].map(functionCid) })
  takes('a function that is a descriptor', { ...first, merge: [one] })
  takes('content of another codec and hash', { ...first, content: createCid(0x0129, bytesOf(64, 7), 0x13) })
  takes('time 0', { ...first, at: 0 })
  takes('an author of 256 bytes', { ...first, by: 'a'.repeat(256) })

  refuses('not CBOR', unhex('ff'), 'DECODE')
  refuses('a byte more', concat(dag(first), [0]), 'DECODE')
  refuses('keys out of order', mapInOrder(['parents', []], ['commit', 1]), 'CANON')
  refuses('a float of 16 bits', mapInOrder(['at', new Raw('f97e00')]), 'CANON')
  refuses('more than 8,192 bytes', dag({ ...first, note: 'n'.repeat(8_192) }), 'LIMIT')
  refuses('a list', dag([]))
  refuses('an empty map', dag({}))
  refuses('another version', { ...first, commit: 2 })
  refuses('no version', { ...first, commit: undefined })
  refuses('a field that is not known', { ...first, x: 1 })
  refuses('__proto__', { ...first, ['__proto__']: undefined, constructor: 1 })
  refuses('no content', { ...first, content: undefined })
  refuses('content as text', { ...first, content: content.toString() })
  refuses('no parents', { ...first, parents: undefined })
  refuses('parents out of order', { ...second, parents: [two, one] })
  refuses('a parent twice', { ...second, parents: [one, one] })
  refuses('17 parents', { ...second, parents: someCommits(17) })
  refuses('a parent that is a raw block', { ...second, parents: [content] })
  refuses('no height', { ...first, height: undefined })
  refuses('height 0', { ...first, height: 0 })
  refuses('height 2 without parents', { ...first, height: 2 })
  refuses('height 1 with a parent', { ...second, height: 1 })
  refuses('a height that is text', { ...first, height: '1' })
  refuses('no functions', { ...first, merge: undefined })
  refuses('five functions', { ...first, merge: ['a', 'b', 'c', 'd', 'e'].map(functionCid) })
  refuses('a function twice', { ...first, merge: [lines, lines] })
  refuses('a function that is a dag-pb block', { ...first, merge: [cidOf(0x70, utf8('x'))] })
  refuses('made of one parent', { ...merged, parents: [one] })
  refuses('made of three parents', { ...merged, parents: someCommits(3) })
  refuses('made, with an author', { ...merged, by: 'alice' })
  refuses('made, with a time', { ...merged, at: 1 })
  refuses('made, with a note', { ...merged, note: 'n' })
  refuses('made, with a proposer', { ...merged, proposer: 'model' })
  refuses('a negative time', { ...first, at: -1 })
  refuses('a time beyond 2^53', { ...first, at: 2n ** 53n })
  refuses('an empty author', { ...first, by: '' })
  refuses('an author of 257 bytes', { ...first, by: 'a'.repeat(257) })
  refuses('an author of 129 letters and 258 bytes', { ...first, by: 'ä'.repeat(129) })
  refuses('an author that is null', { ...first, by: null })
  refuses('a note of 1,025 bytes', { ...first, note: 'n'.repeat(1_025) })
  refuses('a proposer of 65 bytes', { ...first, proposer: 'p'.repeat(65) })
}

// ------------------------------------------------------------------------------------------- functions

function functions(accept, refuse) {
  const asked = (name, [base, left, right], block) => ({
    function: functionCid(name).toString(),
    ...(base === undefined ? {} : { base: hex(block(base)) }),
    left: hex(block(left)),
    right: hex(block(right)),
  })
  const over = (name, block) => ({
    gives: (comment, base, left, right, merged) =>
      accept('merge', `${name}: ${comment}`, asked(name, [base, left, right], block), {
        content: hex(block(merged)),
      }),
    refuses: (comment, base, left, right, code = 'CONFLICT') =>
      refuse('merge', `${name}: ${comment}`, asked(name, [base, left, right], block), code),
  })
  const valueOf = (value) => (value instanceof Uint8Array ? value : dag(value))
  sets(over('set-union', valueOf))
  counters(over('counter', valueOf))
  maps(over('map', valueOf))
  mapsOfCounters(over('map-of-counter', valueOf))
  mapsOfSets(over('map-of-set-union', valueOf))
  jsons(over('json', valueOf))
  texts(over('text-lines', (text) => (text instanceof Uint8Array ? text : utf8(text))))
}

function sets({ gives, refuses }) {
  gives('what both have added', ['a'], ['a', 'b'], ['a', 'c'], ['a', 'b', 'c'])
  gives('what one has removed is removed', ['a', 'b'], ['b'], ['a', 'b', 'c'], ['b', 'c'])
  gives('what both have removed is removed', ['a', 'b'], ['b'], ['b'], ['b'])
  gives('what one removed and the other added is what each did', ['a'], [], ['a', 'b'], ['b'])
  gives('without a base it is the union', undefined, ['a', 'b'], ['b', 'c'], ['a', 'b', 'c'])
  gives('what both added alike is there once', [], ['a', 'b'], ['b', 'c'], ['a', 'b', 'c'])
  gives(
    'items of any kind, in the order of their encodings',
    [],
    [7, 'a', ['x']],
    [-1, null],
    [7, -1, 'a', ['x'], null],
  )
  gives('shorter texts before longer ones', [], ['b'], ['aa'], ['b', 'aa'])
  refuses('a list that is not sorted', [], ['b', 'a'], ['c'], 'SHAPE')
  refuses('an item twice', [], ['a', 'a'], ['c'], 'SHAPE')
  refuses('a base that is not sorted', ['b', 'a'], ['a'], ['c'], 'SHAPE')
  refuses('a map', [], { a: 1 }, ['c'], 'SHAPE')
  refuses('content that is not dag-cbor', [], unhex('9f6161ff'), ['c'], 'SHAPE')
}

function counters({ gives, refuses }) {
  gives('both differences are added', 10, 13, 8, 11)
  gives('both have added the same', 1, 2, 2, 3)
  gives('below zero', 0, -3, 2, -1)
  gives('without a base both are added', undefined, 3, 4, 7)
  gives('beyond 2^53', 1, 2n ** 60n, 2, 2n ** 60n + 1n)
  gives('the most there is', 0, 2n ** 64n - 2n, 1, 2n ** 64n - 1n)
  gives('the least there is', 0, -(2n ** 64n) + 1n, -1, -(2n ** 64n))
  refuses('one more than the most', 0, 2n ** 64n - 1n, 1, 'LIMIT')
  refuses('one less than the least', 0, -(2n ** 64n), -1, 'LIMIT')
  refuses('a float', 0, new CborFloat(1), 2, 'SHAPE')
  refuses('a text', 0, '1', 2, 'SHAPE')
  refuses('a base that is a list', [], 1, 2, 'SHAPE')
}

function maps({ gives, refuses }) {
  gives('what each side changed', { a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 2 }, { a: 2, b: 2 })
  gives('what each side added', {}, { a: 1 }, { b: 1 }, { a: 1, b: 1 })
  gives('what one side removed', { a: 1, b: 1 }, { b: 1 }, { a: 1, b: 2 }, { b: 2 })
  gives('what both sides removed', { a: 1, b: 1, c: 1 }, { b: 1 }, { c: 1 }, {})
  gives('what both did alike', { a: 1 }, { a: 2, b: 1 }, { a: 2, c: 1 }, { a: 2, b: 1, c: 1 })
  gives('without a base', undefined, { a: 1 }, { b: 2 }, { a: 1, b: 2 })
  gives(
    'the key __proto__',
    unhex('a0'),
    unhex('a1 69 5f5f70726f746f5f5f 01'),
    { b: 1 },
    unhex('a2 6162 01 69 5f5f70726f746f5f5f 01'),
  )
  refuses('one value changed in two ways', { a: 1 }, { a: 2 }, { a: 3 })
  refuses('one key added in two ways', {}, { a: 2 }, { a: 3 })
  refuses('removed here and changed there', { a: 1 }, {}, { a: 2 })
  refuses('maps in maps are whole', { a: {} }, { a: { x: 1 } }, { a: { y: 1 } })
  refuses('an integer and a float of one value', { a: 0 }, { a: 1 }, { a: new CborFloat(1) })
  refuses('a list', {}, [], { a: 1 }, 'SHAPE')
}

function mapsOfCounters({ gives, refuses }) {
  gives('counts add up key by key', { a: 1 }, { a: 3, b: 1 }, { a: 2, b: 1, c: 5 }, { a: 4, b: 2, c: 5 })
  gives('both have added the same to a key', { a: 1, b: 0 }, { a: 2, b: 0 }, { a: 2, b: 5 }, { a: 3, b: 5 })
  gives('counts of one key that both added', {}, { a: 3 }, { a: 4 }, { a: 7 })
  refuses('removed here and counted there', { a: 1 }, {}, { a: 2 })
  refuses('a value that is no count', { a: 1 }, { a: 'x' }, { a: 2 }, 'SHAPE')
}

function mapsOfSets({ gives, refuses }) {
  gives(
    'sets join key by key',
    { a: ['x'] },
    { a: ['x', 'y'] },
    { a: ['z'], b: [] },
    { a: ['y', 'z'], b: [] },
  )
  gives('sets of one key that both added', {}, { a: ['x'] }, { a: ['y'] }, { a: ['x', 'y'] })
  refuses('removed here and changed there', { a: ['x'] }, {}, { a: [] })
  refuses('a value that is no set', { a: [] }, { a: ['y', 'x'] }, { a: ['z'] }, 'SHAPE')
}

function jsons({ gives, refuses }) {
  gives(
    'paths in depth',
    { a: { x: 1, y: 1 } },
    { a: { x: 2, y: 1 } },
    { a: { x: 1, y: 2 } },
    { a: { x: 2, y: 2 } },
  )
  gives('a map that both added, path by path', {}, { a: { x: 1 } }, { a: { y: 2 } }, { a: { x: 1, y: 2 } })
  gives(
    'lists by their entries',
    { a: [1, 2, 3] },
    { a: [0, 1, 2, 3] },
    { a: [1, 2, 3, 4] },
    { a: [0, 1, 2, 3, 4] },
  )
  gives(
    'entries that are maps',
    [{ x: 1 }, 2, { y: 1 }],
    [{ x: 2 }, 2, { y: 1 }],
    [{ x: 1 }, 2, { y: 3 }],
    [{ x: 2 }, 2, { y: 3 }],
  )
  gives('one side alone', 1, 1, 'two', 'two')
  gives(
    'links are whole',
    { a: lines, b: 1 },
    { a: rawCid(utf8('x')), b: 1 },
    { a: lines, b: 2 },
    { a: rawCid(utf8('x')), b: 2 },
  )
  refuses('one place changed in two ways', { a: { x: 1 } }, { a: { x: 2 } }, { a: { x: 3 } })
  refuses('neighbours in a list', [1, 2], [0, 2], [1, 3])
  refuses('two lists without a base', undefined, [1], [2])
  refuses('a map here and a list there', { a: 1 }, { a: {} }, { a: [] })
  refuses('removed here and changed in depth there', { a: { x: 1 } }, {}, { a: { x: 2 } })
  refuses('content that is not dag-cbor', {}, unhex('00 00'), { a: 1 }, 'SHAPE')
}

function texts({ gives, refuses }) {
  gives('changes apart', 'a\nb\nc\n', 'A\nb\nc\n', 'a\nb\nC\n', 'A\nb\nC\n')
  gives('an insertion and a deletion', 'a\nb\nc\n', 'x\na\nb\nc\n', 'a\nb\n', 'x\na\nb\n')
  gives('the same change on both sides', 'a\nb\nc\nd\n', 'a\nB\nc\nd\n', 'a\nB\nc\nD\n', 'a\nB\nc\nD\n')
  gives('a last line without its end', 'a\nb\nc', 'A\nb\nc', 'a\nb\nc\n', 'A\nb\nc\n')
  gives('carriage returns belong to their lines', 'a\r\nb\nc\n', 'a\nb\nc\n', 'a\r\nb\nC\n', 'a\nb\nC\n')
  gives('a byte order mark is a letter', '\ufeffa\nb\nc\n', '\ufeffa\nb\nC\n', 'a\nb\nc\n', 'a\nb\nC\n')
  gives('lines that repeat', 'x\nx\nx\n', 'x\nx\nx\nx\n', 'y\nx\nx\nx\n', 'y\nx\nx\nx\nx\n')
  gives('one text from nothing, the same on both sides', undefined, 'a\n', 'a\n', 'a\n')
  gives('all of it removed on one side', 'a\n', '', 'a\n', '')
  refuses('one line changed in two ways', 'a\nb\nc\n', 'a\nX\nc\n', 'a\nY\nc\n')
  refuses('lines side by side', 'a\nb\n', 'A\nb\n', 'a\nB\n')
  refuses('two insertions in one place', 'a\nb\n', 'a\nx\nb\n', 'a\ny\nb\n')
  refuses('two texts from nothing', undefined, 'a\n', 'b\n')
  refuses('changed here and removed there', 'a\nb\nc\n', 'a\nX\nc\n', 'a\nc\n')
  refuses('not UTF-8', 'a\n', unhex('ff'), 'b\n', 'SHAPE')
  refuses('a base with a surrogate', unhex('eda080'), 'a\n', 'b\n', 'SHAPE')
  const many = (count, letter) => Array.from({ length: count }, (_, at) => `${letter}${at}\n`).join('')
  gives(
    '2,048 lines deleted and inserted',
    many(1_024, 'a'),
    many(1_024, 'b'),
    many(1_024, 'a'),
    many(1_024, 'b'),
  )
  refuses('2,050 lines deleted and inserted', many(1_025, 'a'), many(1_025, 'b'), many(1_025, 'a'), 'LIMIT')
}

// ----------------------------------------------------------------------------------------------- heads

/** Histories that share their blocks; `c` is a commit on others, written by somebody unless it says `made`. */
function history() {
  const contents = new Map()
  const commits = new Map()
  const content = (text) => {
    const cid = rawCid(utf8(text))
    contents.set(cid.toString(), hex(utf8(text)))
    return cid
  }
  const c = (text, parents = [], fields = {}) => {
    const height = 1 + Math.max(0, ...parents.map((parent) => commits.get(parent.toString()).height))
    const merge = fields.merge ?? [lines]
    const block = without({
      commit: 1,
      content: content(text),
      height,
      merge,
      parents: sortedCids(parents),
      ...fields,
    })
    const cid = dagCid(dag(block))
    commits.set(cid.toString(), { height, bytes: hex(dag(block)) })
    return cid
  }
  const made = (text, parents, by = lines, fields = {}) => c(text, parents, { made: by, ...fields })
  const asked = (heads) => ({
    contents: [...contents].map(([cid, bytes]) => ({ cid, bytes })),
    commits: [...commits.values()].map(({ bytes }) => bytes),
    heads: heads.map(String),
  })
  return { c, made, asked }
}

function heads(accept, refuse) {
  const gives = (comment, told, asked, left, conflicts = []) => {
    const sorted = (pair) => sortedCids(pair).map(String)
    const expected = { heads: sorted(left), conflicts: conflicts.map(sorted).sort() }
    accept('merge-heads', `heads: ${comment}`, asked(told), expected)
  }
  const fork = (texts, fields = {}) => {
    const { c, made, asked } = history()
    const base = c(texts[0], [], fields)
    const [x, y] = texts.slice(1).map((text, at) => c(text, [base], { by: ['alice', 'bob'][at], ...fields }))
    return { c, made, asked, base, x, y }
  }
  const apart = ['a\nb\nc\n', 'A\nb\nc\n', 'a\nb\nC\n']
  const clash = ['a\n', 'x\n', 'y\n']
  {
    const { made, asked, base, x, y } = fork(apart)
    const merged = made('A\nb\nC\n', [x, y])
    gives('two that can be merged', [x, y], asked, [merged])
    gives('told in the other order', [y, x], asked, [merged])
    gives('one and its ancestor', [x, base], asked, [x])
    gives('one and its merge with another', [merged, x], asked, [merged])
  }
  {
    const { asked, x, y } = fork(clash)
    gives('two in conflict stay', [x, y], asked, [x, y], [[x, y]])
  }
  {
    const { c, made, asked, x, y } = fork(clash)
    const resolved = c('both\n', [x, y], { by: 'carol' })
    gives('a conflict that somebody resolved', [x, y, resolved], asked, [resolved])
    const other = c('both\n', [x, y], { by: 'dave' })
    const joined = made('both\n', [resolved, other])
    gives('resolved twice in the same way', [resolved, other], asked, [joined])
    const third = c('neither\n', [x, y], { by: 'erin' })
    gives(
      'resolved in two ways, over ancestors in conflict',
      [resolved, third],
      asked,
      [resolved, third],
      [[resolved, third]],
    )
  }
  {
    const fields = { merge: [] }
    const { made, asked, x, y } = fork(['a\n', 'b\n', 'b\n'], fields)
    gives('one content, and no function', [x, y], asked, [made('b\n', [x, y], functionCid('same'), fields)])
  }
  {
    const { made, asked, x, y } = fork(['a\n', 'b\n', 'b\n'])
    gives('one content: the first function made it', [x, y], asked, [made('b\n', [x, y])])
  }
  {
    const fields = { merge: [functionCid('no-such')] }
    const { asked, x, y } = fork(['a\n', 'b\n', 'b\n'], fields)
    gives('one content, and a function that is not here', [x, y], asked, [x, y], [[x, y]])
  }
  {
    const later = functionCid('last-writer')
    const fields = { merge: [lines, later] }
    const { c, made, asked, base, x } = fork(clash, fields)
    const z = c('z\n', [base], { by: 'carol', at: 5, ...fields })
    const merged = made('z\n', [x, z], later, fields)
    gives('a second function where the first finds a conflict', [x, z], asked, [merged])
  }
  {
    const unknown = functionCid('no-such')
    const { asked, x, y } = fork(clash, { merge: [unknown, functionCid('last-writer')] })
    gives('no later function where one is not here', [x, y], asked, [x, y], [[x, y]])
  }
  {
    const { c, asked } = history()
    const base = c('a\n')
    const [x, y] = [c('x\n', [base], { merge: [] }), c('y\n', [base])]
    gives('two that are to be merged by different functions', [x, y], asked, [x, y], [[x, y]])
  }
  {
    const { c, made, asked } = history()
    const base = c('a\nb\nc\nd\ne\n')
    const x = c('A\nb\nc\nd\ne\n', [base], { by: 'alice' })
    const y = c('a\nb\nc\nd\nE\n', [base], { by: 'bob' })
    const p = c('A\nb2\nc\nd\nE\n', [x, y], { by: 'alice' })
    const q = c('A\nb\nc\nd2\nE\n', [x, y], { by: 'bob' })
    const merged = made('A\nb2\nc\nd2\nE\n', [p, q])
    gives('criss-crossed: the common ancestors are merged first', [p, q], asked, [merged])
  }
  {
    const { c, made, asked } = history()
    const base = c('1\n2\n3\n4\n5\n')
    const x = c('x\n2\n3\n4\n5\n', [base], { by: 'alice' })
    const y = c('1\n2\ny\n4\n5\n', [base], { by: 'bob' })
    const z = c('1\n2\n3\n4\nz\n', [base], { by: 'carol' })
    const text = { [x]: 'x', [y]: 'y', [z]: 'z' }
    const merged = (...of) => {
      const has = (each) => of.includes(each)
      return [has(x) ? text[x] : '1', '2', has(y) ? text[y] : '3', '4', has(z) ? text[z] : '5', ''].join('\n')
    }
    const [first, second, third] = sortedCids([x, y, z])
    const two = made(merged(first, second), [first, second])
    const [left, right] = sortedCids([two, third])
    const three = made(merged(x, y, z), [left, right])
    gives('three: the first two in the order of CIDs, then the next', [z, y, x], asked, [three])
    const otherTwo = made(merged(second, third), [second, third])
    const otherThree = made(merged(x, y, z), [otherTwo, first])
    const [kept] = sortedCids([three, otherThree])
    gives('merges of the same commits in two ways: the smaller CID stays', [three, otherThree], asked, [kept])
    gives('told in the other order too', [otherThree, three], asked, [kept])
    gives('a merge gives way to one of more', [two, otherThree], asked, [otherThree])
  }
  {
    const { c, made, asked } = history()
    const base = c('1\n2\n3\n4\n5\n6\n7\n')
    const x = c('x\n2\n3\n4\n5\n6\n7\n', [base], { by: 'alice' })
    const y = c('1\n2\ny\n4\n5\n6\n7\n', [base], { by: 'bob' })
    const z = c('1\n2\n3\n4\nz\n6\n7\n', [base], { by: 'carol' })
    for (const by of ['dave', 'erin', 'frank']) {
      const p = c(`x\n${by}\ny\n4\nz\n6\n7\n`, [x, y, z], { by })
      const q = c(`x\n2\ny\n4\nz\n6\n${by}\n`, [x, y, z], { by })
      const merged = made(`x\n${by}\ny\n4\nz\n6\n${by}\n`, [p, q])
      gives(`three common ancestors are merged one after another, by ${by}`, [p, q], asked, [merged])
    }
  }
  headsRefused(refuse, fork, apart)
}

function headsRefused(refuse, fork, apart) {
  const refuses = (comment, code, told, asked, missing = {}) =>
    refuse('merge-heads', `heads: ${comment}`, { ...asked(told), ...missing }, code)
  {
    const { made, asked, x, y } = fork(apart)
    refuses('a merge with other content', 'MERGE', [x, y, made('mallory\n', [x, y])], asked)
    refuses('a merge by another function', 'MERGE', [made('A\nb\nC\n', [x, y], functionCid('same'))], asked)
    const merge = []
    refuses(
      'a merge by a function its parents do not name',
      'MERGE',
      [made('A\nb\nC\n', [x, y], lines, { merge })],
      asked,
    )
  }
  {
    const { c, made, asked, base, x } = fork(apart)
    refuses('a merge with its own ancestor', 'MERGE', [made('A\nb\nc\n', [base, x])], asked)
    refuses('a false height', 'COMMIT', [c('x\n', [x], { height: 4 })], asked)
    refuses(
      'a false height below',
      'COMMIT',
      [c('y\n', [c('x\n', [x], { height: 2 })], { height: 3 })],
      asked,
    )
    refuses('content, not a commit', 'COMMIT', [rawCid(utf8(apart[0]))], asked)
    refuses('a parent that is not here', 'MISSING', [x], asked, { commits: asked([]).commits.slice(1) })
    refuses('content that is not here', 'MISSING', [x], asked, { contents: asked([]).contents.slice(1) })
  }
  {
    const unknown = functionCid('no-such')
    const { made, asked, x, y } = fork(apart, { merge: [unknown] })
    refuses(
      'a merge by a function that is not here',
      'FUNCTION',
      [made('x\n', [x, y], unknown, { merge: [unknown] })],
      asked,
    )
  }
}
