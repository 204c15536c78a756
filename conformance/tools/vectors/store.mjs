// What a store keeps above its blocks: streams, keys of typed spaces, and a backup. All of it is put together here by the
// specification, octet by octet, not by the store's own writers.
import { chapter, concat, dag, dagCid, hex, rawCid, sha256, utf8 } from './kit.mjs'

const GROUP = 32

export function streamChapter() {
  const { accept, refuse, ...made } = chapter('stream', 'spec/streams.md')
  const texts = (count) => Array.from({ length: count }, (_, at) => `entry ${at}`)
  const appends = (comment, entries) => {
    const { head, length, size } = streamOf(entries.map(utf8))
    accept('stream', comment, { entries: entries.map((text) => hex(utf8(text))) }, facts(head, length, size))
  }
  appends('one entry', ['tides'])
  appends('an entry of no octets, and the same entry twice', ['', 'tides', 'tides'])
  appends('31 entries: no group', texts(31))
  appends('32 entries: one group and nothing beside it', texts(32))
  appends('33 entries', texts(33))
  appends('1,024 entries: a group of groups', texts(1024))
  appends('1,057 entries: one item in each level', texts(1057))

  const stream = streamOf(texts(33).map(utf8))
  const read = ({ head, blocks }) => ({ cid: dagCid(head).toString(), blocks: [head, ...blocks].map(block) })
  const reads = (comment, given, entries) =>
    accept('stream-read', comment, read(given), {
      entries: entries.map((text) => rawCid(utf8(text)).toString()),
    })
  reads('a group and an entry', stream, texts(33))
  reads('two entries', streamOf([utf8('a'), utf8('b')]), ['a', 'b'])

  const [a, b] = ['a', 'b'].map((text) => [rawCid(utf8(text)), 1])
  const two = { stream: 1, length: 2, size: 2, levels: [[a, b]] }
  const refuses = (comment, change, code = 'SHAPE', blocks = []) =>
    refuse('stream-read', comment, read({ head: dag({ ...two, ...change }), blocks }), code)
  refuses('a stream of another version', { stream: 2 })
  refuses('a key that no head has', { more: 1 })
  refuses('more entries than it lists', { length: 3 })
  refuses('fewer entries than it lists', { length: 1 })
  refuses('a size that its entries do not have', { size: 3 })
  refuses('a last level of nothing', { levels: [[a, b], []] })
  refuses('a level that is no list', { levels: [2] })
  refuses('an entry without a size', { levels: [[a, [b[0]]]] })
  const grouped = (items, size = items.length) => [
    { length: 33, size: size + 1, levels: [[a], [[dagCid(dag(items)), size]]] },
    'SHAPE',
    [dag(items)],
  ]
  const full = Array.from({ length: GROUP }, () => a)
  refuses('a group that is not full', ...grouped(full.slice(1), 31))
  refuses('a group of another size than its head says', ...grouped(full, 33))
  refuses('a group that is not here', grouped(full)[0], 'MISSING')
  refuse('stream-read', 'a block that is no head', read({ head: dag([1]), blocks: [] }), 'SHAPE')
  return made
}

function facts(head, length, size) {
  return { head: dagCid(head).toString(), length, size }
}

/** The head over entries, and the groups below it. */
function streamOf(entries) {
  const blocks = []
  const levels = []
  let items = entries.map((octets) => [rawCid(octets), octets.length])
  while (items.length > 0) {
    const rest = items.length % GROUP
    const whole = items.length - rest
    levels.push(items.slice(whole))
    const groups = Array.from({ length: whole / GROUP }, (_, at) => items.slice(at * GROUP, (at + 1) * GROUP))
    items = groups.map((group) => {
      blocks.push(dag(group))
      return [dagCid(dag(group)), sizeOf(group)]
    })
  }
  const size = entries.reduce((sum, { length }) => sum + length, 0)
  return {
    head: dag({ stream: 1, length: entries.length, size, levels }),
    blocks,
    length: entries.length,
    size,
  }
}

function sizeOf(items) {
  return items.reduce((sum, [, size]) => sum + size, 0)
}

function block(bytes) {
  return { cid: dagCid(bytes).toString(), bytes: hex(bytes) }
}

// ------------------------------------------------------------------------------------------------ spaces

export function spaceChapter() {
  const { accept, refuse, ...made } = chapter('space', 'spec/spaces.md')
  const writes = (comment, type, key, octets) => {
    accept('space-key', comment, { type, key }, { octets: octets.replaceAll(' ', '') })
    accept('space-key-read', `${comment}, read`, { type, octets: octets.replaceAll(' ', '') }, { key })
  }
  const refuses = (comment, type, octets) =>
    refuse('space-key-read', comment, { type, octets: octets.replaceAll(' ', '') }, 'CORRUPT')
  writes('text', 'text', 'tides é', '7469646573 20 c3a9')
  writes('no text', 'text', '', '')
  writes('octets', 'bytes', '00ff', '00ff')
  writes('zero', 'uint', 0, '0000000000000000')
  writes('2^53-1', 'uint', 2 ** 53 - 1, '001fffffffffffff')
  writes('a bigint of zero', 'bigint', '0', '8000')
  writes('a bigint above zero', 'bigint', '256', '8002 0100')
  writes('a bigint below zero', 'bigint', '-256', '7ffe feff')
  writes('a bigint above 2^64', 'bigint', '18446744073709551616', '8009 010000000000000000')
  writes('a tuple of text and uint', ['text', 'uint'], ['a', 1], '61 0001 0000000000000001')
  writes('text with a zero in a tuple', ['text', 'text'], ['a\0', ''], '61 00ff 0001 0001')
  writes(
    'a tuple in a tuple',
    [['bytes', 'bigint'], 'text'],
    [['00', '-1'], 'b'],
    '00ff 0001 7fff fe 62 0001',
  )
  writes('no elements', [], [], '')

  refuses('text that is no UTF-8', 'text', 'c3')
  refuses('a uint of seven octets', 'uint', '00000000000000')
  refuses('a uint of nine octets', 'uint', '000000000000000001')
  refuses('2^53', 'uint', '0020000000000000')
  refuses('a bigint with a leading zero', 'bigint', '8002 0001')
  refuses('a bigint below zero with a leading zero', 'bigint', '7ffe fffe')
  refuses('a bigint that is cut short', 'bigint', '8002 01')
  refuses('a bigint with an octet more', 'bigint', '8001 0101')
  refuses('a head that is cut short', 'bigint', '80')
  refuses('a tuple that ends before its last element', ['text', 'uint'], '61 0001')
  refuses('a tuple with an octet more', ['text'], '61 0001 00')
  refuses('text in a tuple that does not end', ['text'], '61')
  refuses('a zero in a tuple that is not escaped', ['text'], '61 0002 0001')
  return made
}

// ------------------------------------------------------------------------------------------------ backup

export function backupChapter() {
  const { accept, refuse, ...made } = chapter('backup', 'spec/backup.md')
  const whole = backupOf(tinyStore())
  const totals = { sequence: 1, pages: 1, blocks: 1, entries: 1, labels: 1 }
  accept(
    'backup',
    'one commit: a block, an entry and a label',
    { input: whole.car },
    {
      root: whole.root,
      ...totals,
      bytes: whole.bytes,
    },
  )
  const nothing = backupOf([[Uint8Array.of(1), Buffer.alloc(40)]])
  accept(
    'backup',
    'a store in which nothing was committed',
    { input: nothing.car },
    {
      ...{ root: nothing.root, sequence: 0, pages: 1, blocks: 0, entries: 0, labels: 0 },
      bytes: nothing.bytes,
    },
  )
  const refuses = (comment, input, code, more = {}) => refuse('backup', comment, { input, ...more }, code)
  const changed = (change) => backupOf(tinyStore(), change).car
  refuses('another root than the one that was asked for', whole.car, 'HASH', { root: nothing.root })
  refuses('cut by an octet', whole.car.slice(0, -2), 'TRUNCATED')
  refuses('without its last block', changed({ sections: (all) => all.slice(0, -1) }), 'TRUNCATED')
  refuses('a block more', changed({ sections: (all) => [...all, all.at(-1)] }), 'SHAPE')
  refuses(
    'a block before its page',
    changed({ sections: ([first, ...rest]) => [first, ...rest.reverse()] }),
    'SHAPE',
  )
  refuses('one bit of the block', `${whole.car.slice(0, -1)}${whole.car.endsWith('0') ? 1 : 0}`, 'HASH')
  refuses('a manifest of another version', changed({ manifest: { backup: 2 } }), 'VERSION')
  refuses('a manifest that counts an entry more', changed({ manifest: { entries: 2 } }), 'SHAPE')
  refuses('a manifest of two pages', changed({ manifest: { pages: 2 } }), 'TRUNCATED')
  refuses('a page that follows another one', changed({ previous: rawCid(utf8('page')) }), 'SHAPE')
  refuses('keys that do not ascend', changed({ items: (all) => [...all].reverse() }), 'SHAPE')
  refuses(
    'a key that no store has',
    changed({ items: (all) => [...all, [Uint8Array.of(0x40), utf8('x')]] }),
    'SHAPE',
  )
  refuses('a commit whose hash is not that of its record', changed({ items: withoutRecord }), 'SHAPE')
  const bare = carOf([rawCid(utf8('x'))], [[rawCid(utf8('x')), utf8('x')]])
  refuses('a CAR that is no backup', bare, 'SHAPE')
  return made
}

function withoutRecord(items) {
  return items.filter((item) => item[0]?.[0] !== 2)
}

const uint = (length, value) => {
  const bytes = Buffer.alloc(length)
  bytes.writeUIntBE(value, length - Math.min(length, 6), Math.min(length, 6))
  return bytes
}

/** Keys and values after one transaction: `notes/a` = `value`, and a label that points at a block. */
function tinyStore() {
  const content = utf8('content')
  const id = Buffer.alloc(16, 7)
  const blockKey = concat([0x10, 0x12, 0x20], sha256(content))
  const entryKey = concat([0x20], uint(2, 5), utf8('notes'), utf8('a'))
  const labelKey = concat([0x30], utf8('root'))
  const label = rawCid(content).bytes
  const put = (key, value) =>
    concat([1], octets(key), octets(concat(value, uint(4, crc32c(concat(key, value))))))
  const writes = [concat([2], octets(blockKey)), put(entryKey, utf8('value')), put(labelKey, label)]
  const zeros = Buffer.alloc(32)
  const hash = sha256(concat(uint(8, 1), zeros, uint(2, 1), id, ...writes))
  return [
    [Uint8Array.of(1), concat(uint(8, 1), hash)],
    [Uint8Array.of(2, 0, 1), concat(uint(8, 1), zeros, hash, uint(2, 1), id)],
    [concat([3], id), uint(8, 1)],
    [blockKey, content],
    [entryKey, utf8('value')],
    [labelKey, label],
  ]
}

function octets(bytes) {
  return concat(uint(4, bytes.length), bytes)
}

/** CRC-32C of RFC 3720, bit by bit. */
function crc32c(bytes) {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

/** All in one page. */
function backupOf(
  entries,
  { items = (all) => all, sections = (all) => all, manifest = {}, previous = null } = {},
) {
  const kinds = entries.map(([key]) => key[0])
  const count = (kind) => kinds.filter((each) => each === kind).length
  const blocks = entries.filter(([key]) => key[0] === 0x10).map(([, value]) => [rawCid(value), value])
  const listed = entries.map(([key, value]) => (key[0] === 0x10 ? rawCid(value) : [key, value]))
  const page = dag({ items: items(listed), previous })
  const bytes = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  const [, head] = entries[0]
  const root = dag({
    ...{ backup: 1, sequence: head[7], pages: 1, blocks: count(0x10), entries: count(0x20) },
    ...{ labels: count(0x30), bytes, last: dagCid(page) },
    ...manifest,
  })
  const all = [[dagCid(root), root], [dagCid(page), page], ...blocks]
  return { car: carOf([dagCid(root)], sections(all)), root: dagCid(root).toString(), bytes }
}

function carOf(roots, sections) {
  const header = dag({ roots, version: 1 })
  const parts = sections.map(([cid, bytes]) =>
    concat(varint(cid.bytes.length + bytes.length), cid.bytes, bytes),
  )
  return hex(concat(varint(header.length), header, ...parts))
}

function varint(value) {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}
