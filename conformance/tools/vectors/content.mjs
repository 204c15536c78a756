// Content of any length: where it is cut, the trees and folders over it, and files as IPFS keeps them. All of it is put
// together here by the specification, chunk by chunk, not by the store's own writers.
import { chapter, cidOf, concat, dag, dagCid, hex, rawCid, sha256, utf8 } from './kit.mjs'

const KIB = 1024
const USUAL = { min: 16 * KIB, normal: 64 * KIB, max: 256 * KIB }
const DAG_PB = 0x70

// ------------------------------------------------------------------------------------- what is written

/** The octets of a vector's pieces. */
function octetsOf(pieces) {
  return Buffer.concat(
    pieces.map(({ random, zeros, octets, length }) => {
      if (random !== undefined) return randomOctets(random, length)
      return zeros === undefined ? Buffer.from(octets, 'hex') : Buffer.alloc(zeros)
    }),
  )
}

function randomOctets(seed, length) {
  const digests = Array.from({ length: Math.ceil(length / 32) }, (_, count) => {
    const input = Buffer.concat([utf8(seed), Buffer.alloc(4)])
    input.writeUInt32BE(count, input.length - 4)
    return sha256(input)
  })
  return Buffer.concat(digests).subarray(0, length)
}

const GEAR = Array.from({ length: 32 }, (_, count) => {
  const digest = Buffer.from(sha256(concat(utf8('promisegrid:chunker/1'), [count])))
  return Array.from({ length: 8 }, (_word, word) => digest.readUInt32BE(4 * word))
}).flat()

/** The hash of the 32 octets before each place; what is further back has left the 32 bits. */
function hashesOf(octets) {
  const hashes = new Float64Array(octets.length + 1)
  for (let at = 0; at < octets.length; at++) hashes[at + 1] = (hashes[at] * 2 + GEAR[octets[at]]) % 2 ** 32
  return hashes
}

/** 32 octets whose hash is at least one bound and below another. */
function windowOf(least, below) {
  for (let turn = 0; ; turn++) {
    const octets = sha256(utf8(`window ${turn}`))
    const hash = hashesOf(octets)[32]
    if (hash >= least && hash < below) return octets
  }
}

function lengthsOf(octets, { min, normal, max }) {
  const hashes = hashesOf(octets)
  const lengths = []
  for (let start = 0; start < octets.length; start += lengths.at(-1)) {
    let length = Math.min(min, octets.length - start)
    const isCut = () =>
      hashes[start + length] < (length < normal ? 2 ** 32 / (4 * normal) : 2 ** 32 / (normal / 4))
    while (length < max && start + length < octets.length && !(length >= min && isCut())) length++
    lengths.push(length)
  }
  return lengths
}

function cutBy(octets, lengths) {
  let at = 0
  return lengths.map((length) => octets.subarray(at, (at += length)))
}

/** Groups from the left until one is left. */
function packed(items, most, join) {
  let level = items
  while (level.length > 1) {
    const groups = Array.from({ length: Math.ceil(level.length / most) }, (_, at) =>
      level.slice(at * most, (at + 1) * most),
    )
    level = groups.map(join)
  }
  return level[0]
}

const sum = (numbers) => numbers.reduce((all, each) => all + each, 0)
const sizesOf = (parts) => sum(parts.map(({ size }) => size))
const leafOf = (chunk) => ({ cid: rawCid(chunk), size: chunk.length, blockBytes: chunk.length })

const branchBlock = (parts) =>
  dag({ size: sizesOf(parts), tree: 2, parts: parts.map(({ cid, size }) => [cid, size]) })

function treeOf(chunks) {
  if (chunks.length === 0) return leafOf(Buffer.alloc(0))
  return packed(chunks.map(leafOf), 1024, (parts) => ({
    cid: dagCid(branchBlock(parts)),
    size: sizesOf(parts),
  }))
}

function varint(number) {
  const octets = []
  for (; number >= 128; number = Math.floor(number / 128)) octets.push((number % 128) + 128)
  return [...octets, number]
}
const number = (field, value) => [...varint(field * 8), ...varint(value)]
const bytes = (field, value) => [...varint(field * 8 + 2), ...varint(value.length), ...value]

/** A node of dag-pb over these parts. */
function nodeBlock(parts, { type = 2, filesize = sizesOf(parts) } = {}) {
  const links = parts.flatMap(({ cid, blockBytes }) =>
    bytes(2, [...bytes(1, cid.bytes), ...bytes(2, []), ...number(3, blockBytes)]),
  )
  const data = [...number(1, type), ...number(3, filesize), ...parts.flatMap(({ size }) => number(4, size))]
  return Uint8Array.from([...links, ...bytes(1, data)])
}

function unixfsOf(chunks, links) {
  return packed(chunks.map(leafOf), links, (parts) => {
    const block = nodeBlock(parts)
    const blockBytes = block.length + sum(parts.map((part) => part.blockBytes))
    return { cid: cidOf(DAG_PB, block), size: sizesOf(parts), blockBytes }
  })
}

// ---------------------------------------------------------------------------------------------- cases

const blockOf = (cid, block) => ({ cid: cid.toString(), bytes: hex(block) })
const raw = (octets) => blockOf(rawCid(octets), octets)
const dagBlock = (value) => blockOf(dagCid(dag(value)), dag(value))

export function contentChapter() {
  const { accept, refuse, ...made } = chapter('content', 'spec/content.md')
  writtenCases(accept)
  readCases(accept, refuse)
  folderCases(accept, refuse)
  return made
}

function writtenCases(accept) {
  const writes = (comment, pieces, sizes) => {
    const chunks = lengthsOf(octetsOf(pieces), sizes ?? USUAL)
    const { cid, size } = treeOf(cutBy(octetsOf(pieces), chunks))
    accept('content', comment, { pieces, ...(sizes && { sizes }) }, { cid: cid.toString(), size, chunks })
  }
  const random = (seed, length) => ({ random: seed, length })
  writes('nothing', [])
  writes('one octet', [{ octets: '00' }])
  writes('16,384 octets: one chunk', [random('short', 16_384)])
  writes('without a pattern', [random('a', 100_000), random('b', 300_000)])
  writes('the same with an octet more in it', [random('a', 100_000), { octets: 'ff' }, random('b', 300_000)])
  writes('zeros: chunks as long as may be', [{ zeros: 600_001 }])
  writes('short chunks', [random('c', 60_000)], { min: 1024, normal: 2048, max: 4096 })
  writes('short chunks of a pattern', [{ zeros: 5_000 }, random('d', 3_000), { zeros: 5_000 }], {
    min: 1024,
    normal: 1024,
    max: 8192,
  })
  const edges = { min: 1024, normal: 4096, max: 16_384 }
  const [strict, loose] = [2 ** 32 / (4 * edges.normal), 2 ** 32 / (edges.normal / 4)]
  const ending = (place, least, below) => [
    { zeros: place - 32 },
    { octets: hex(windowOf(least, below)) },
    { zeros: 10_000 },
  ]
  writes('a hash below the first bound at min: cut there', ending(1024, 0, strict), edges)
  writes('a hash below the first bound before min: not cut there', ending(1023, 0, strict), edges)
  writes(
    'a hash below the second bound only, before normal: not cut there',
    ending(4095, strict, loose),
    edges,
  )
  writes('a hash below the second bound at normal: cut there', ending(4096, strict, loose), edges)
  const even = { min: 1024, normal: 1024, max: 1024 }
  writes('1,024 chunks: one branch', [{ zeros: 1024 * KIB }], even)
  writes('1,025 chunks: three branches', [{ zeros: 1024 * KIB + 1 }], even)
  const unixfs = (comment, pieces, layout) => {
    const octets = octetsOf(pieces)
    const count = Math.max(1, Math.ceil(octets.length / layout.chunkBytes))
    const chunks = Array.from({ length: count }, (_, at) =>
      octets.subarray(at * layout.chunkBytes, (at + 1) * layout.chunkBytes),
    )
    const { cid, size } = unixfsOf(chunks, layout.links)
    const lengths = chunks.map(({ length }) => length).filter((length) => length > 0)
    accept('content', comment, { pieces, unixfs: layout }, { cid: cid.toString(), size, chunks: lengths })
  }
  const kubo = { chunkBytes: 256 * KIB, links: 174 }
  unixfs('UnixFS: nothing', [], kubo)
  unixfs('UnixFS: one leaf', [random('e', 1000)], kubo)
  unixfs('UnixFS: two leaves', [random('f', 300_000)], kubo)
  unixfs('UnixFS: nodes over nodes', [random('g', 10 * KIB + 1)], { chunkBytes: KIB, links: 3 })
}

function readCases(accept, refuse) {
  const [abc, de, f] = ['abc', 'de', 'f'].map(utf8)
  const kib = Buffer.alloc(KIB, 7)
  const part = (octets) => [rawCid(octets), octets.length]
  const here = [abc, de, f, kib].map(raw)
  const question = (root, more = {}) => {
    const { blocks = [], ...asked } = more
    return { cid: root.cid, blocks: [root, ...here, ...blocks], ...asked }
  }
  const reads = (comment, root, octets, more) =>
    accept('content-read', comment, question(root, more), { octets: hex(octets) })
  const refuses = (comment, root, code, more) => refuse('content-read', comment, question(root, more), code)
  const flat = (change) => dagBlock({ size: 6, tree: 1, parts: [abc, de, f].map(rawCid), ...change })
  const tree = (change) => dagBlock({ size: 6, tree: 2, parts: [abc, de, f].map(part), ...change })

  reads('a raw block', raw(abc), abc)
  reads('a dag-cbor block that is no tree', dagBlock([1]), dag([1]))
  reads('version 1', flat({}), utf8('abcdef'))
  reads('version 1, a range', flat({}), utf8('cde'), { offset: 2, length: 3 })
  reads('version 2', tree({}), utf8('abcdef'))
  reads(
    'version 2, the same part twice',
    tree({ size: 7, parts: [part(abc), part(f), part(abc)] }),
    utf8('abcfabc'),
  )
  reads('version 2, a range', tree({}), utf8('cde'), { offset: 2, length: 3 })
  reads('a range beyond the end', tree({}), utf8('f'), { offset: 5, length: 100 })
  reads('no more than the bound', tree({}), utf8('ab'), { length: 2, bytesMax: 2 })
  const full = dagBlock({ size: 1024 * KIB, tree: 2, parts: Array.from({ length: 1024 }, () => part(kib)) })
  const short = dagBlock({ size: 3, tree: 2, parts: [part(abc)] })
  const linkTo = ({ cid }, block, size) => [dagCid(block), size, cid]
  const fullBlock = Buffer.from(full.bytes, 'hex')
  const shortBlock = Buffer.from(short.bytes, 'hex')
  const [toFull] = [linkTo(full, fullBlock, 1024 * KIB).slice(0, 2)]
  const toShort = linkTo(short, shortBlock, 3).slice(0, 2)
  const two = (parts, size = sum(parts.map(([, each]) => each))) => dagBlock({ size, tree: 2, parts })
  reads('two levels, the end', two([toFull, toShort]), utf8('\x07abc'), {
    offset: 1024 * KIB - 1,
    blocks: [full, short],
  })
  const node = (parts, change) => blockOf(cidOf(DAG_PB, nodeBlock(parts, change)), nodeBlock(parts, change))
  const leaves = [abc, de, f].map(leafOf)
  reads('UnixFS', node(leaves), utf8('abcdef'))
  reads('UnixFS, a range', node(leaves), utf8('cde'), { offset: 2, length: 3 })

  refuses('a tree of another version', tree({ tree: 3 }), 'SHAPE')
  refuses('parts of version 1 in version 2', flat({ tree: 2 }), 'SHAPE')
  refuses('parts of version 2 in version 1', tree({ tree: 1 }), 'SHAPE')
  refuses('a size that the parts do not have', tree({ size: 7 }), 'SHAPE')
  refuses('version 1: a size that the parts do not have', flat({ size: 7 }), 'SHAPE')
  refuses('version 1: more parts than the size', flat({ size: 3 }), 'SHAPE')
  refuses('a tree of one part', tree({ size: 3, parts: [part(abc)] }), 'SHAPE')
  refuses('a part of no octets', tree({ size: 3, parts: [part(abc), [rawCid(de), 0]] }), 'SHAPE')
  refuses('a part shorter than it says', tree({ parts: [part(abc), [rawCid(f), 3]] }), 'SHAPE')
  refuses(
    '65 parts of one octet',
    tree({ size: 65, parts: Array.from({ length: 65 }, () => part(f)) }),
    'SHAPE',
  )
  refuses('chunks beside branches', two([part(abc), toShort]), 'SHAPE', { blocks: [short] })
  refuses('a branch before others that is not full', two([toShort, toFull]), 'SHAPE', {
    blocks: [full, short],
  })
  const deep = two([toShort])
  const toDeep = [dagCid(Buffer.from(deep.bytes, 'hex')), 3]
  refuses('chunks at two depths', two([toFull, toDeep]), 'SHAPE', { blocks: [full, short, deep] })
  refuses('a part that is not here', tree({ size: 8, parts: [part(abc), part(utf8('other'))] }), 'MISSING')
  refuses(
    'above the bound, before a part is read',
    tree({ size: 8, parts: [part(abc), part(utf8('other'))] }),
    'LIMIT',
    { bytesMax: 7 },
  )
  refuses('a range above the bound', tree({}), 'LIMIT', { offset: 1, length: 3, bytesMax: 2 })
  refuses('UnixFS: a folder', node([], { type: 1 }), 'SHAPE')
  refuses('UnixFS: a size that the parts do not have', node(leaves, { filesize: 7 }), 'SHAPE')
  refuses('UnixFS: a part shorter than it says', node([leafOf(abc), { ...leafOf(de), size: 3 }]), 'SHAPE')
}

function folderCases(accept, refuse) {
  const content = utf8('hello')
  const file = (name) => [name, 'file', rawCid(content), 5]
  const json = ([name, kind, what, size, executable]) => ({
    ...{ name, kind },
    ...(kind === 'link' ? { target: what } : { cid: what.toString(), size }),
    ...(executable ? { executable } : {}),
  })
  const dir = (entries) => dagBlock({ dir: 1, entries })
  const asked = (root, blocks = []) => ({ cid: root.cid, blocks: [root, ...blocks] })
  const takes = (comment, entries, root = dir(entries), blocks = []) =>
    accept('folder', `folder: ${comment}`, asked(root, blocks), { entries: entries.map(json) })
  const refuses = (comment, root, code = 'SHAPE', blocks = []) =>
    refuse('folder', `folder: ${comment}`, asked(root, blocks), code)
  const sub = dag({ dir: 1, entries: [] })

  takes('nothing', [])
  takes('a file, a program, a folder and a link', [
    file('a'),
    [...file('b'), true],
    ['c', 'folder', dagCid(sub), 0],
    ['d', 'link', '../a'],
  ])
  takes('names in the order of their octets', [
    file('A'),
    file('a'),
    file('a.b'),
    file('aa'),
    file('\uffff'),
    file('\u{10000}'),
  ])
  const many = Array.from({ length: 129 }, (_, at) => file(String(1000 + at)))
  const pages = [many.slice(0, 128), many.slice(128)].map((entries) => ({
    entries,
    block: dag({ dir: 1, entries }),
  }))
  const index = (list) =>
    dagBlock({ dir: 1, pages: list.map(({ entries, block }) => [entries[0][0], dagCid(block)]) })
  const blocks = pages.map(({ block }) => blockOf(dagCid(block), block))
  takes('129 entries: two pages', many, index(pages), blocks)

  refuses('another version', dagBlock({ dir: 2, entries: [] }))
  refuses('a folder with more', dagBlock({ dir: 1, entries: [], more: 1 }))
  refuses('a folder as a raw block', raw(sub))
  refuses('names that descend', dir([file('b'), file('a')]))
  refuses('a name twice', dir([file('a'), file('a')]))
  for (const name of ['', '.', '..', 'a/b', 'a\0', 'x'.repeat(256)])
    refuses(`the name ${JSON.stringify(name.slice(0, 8))} of ${name.length}`, dir([file(name)]))
  refuses('a file without a size', dir([file('a').slice(0, 3)]))
  refuses('a file that is no program, said twice', dir([[...file('a'), false]]))
  refuses('a folder that is a raw block', dir([['a', 'folder', rawCid(content), 5]]))
  refuses('another kind', dir([['a', 'socket', rawCid(content), 5]]))
  refuses('a link to nothing', dir([['a', 'link', '']]))
  refuses('129 entries in one page', dir(many))
  refuses('one page under an index', index(pages.slice(0, 1)), 'SHAPE', blocks)
  refuses('pages in the wrong order', index(pages.toReversed()), 'SHAPE', blocks)
  refuses('a page that is not here', index(pages), 'MISSING', blocks.slice(0, 1))
}
