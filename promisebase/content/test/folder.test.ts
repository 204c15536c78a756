import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../conformance/test/laws.ts'
import { encodeDagCbor } from '../../cbor/encode.ts'
import { CODEC, hashBlock } from '../../cid.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { isFolderBlock } from '../folder-block.ts'
import { writeFolder } from '../folder-writer.ts'
import { findEntry, findPath, readFolder, walkFolder } from '../read-folder.ts'
import { openStore, randomBytes } from './kit.ts'
import type { CID } from 'multiformats/cid'
import type { CborInput } from '../../cbor/value.ts'
import type { Store } from '../../interface.ts'
import type { BlockSource } from '../block-source.ts'
import type { FolderEntry } from '../folder-entry.ts'

const content = hashBlock(nodeCrypto.sha256, CODEC.raw, randomBytes('file', 3))

const file = (name: string, size = 3): FolderEntry => ({
  name,
  kind: 'file',
  cid: content,
  size,
  isExecutable: false,
})
const link = (name: string, target: string): FolderEntry => ({ name, kind: 'link', target })

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

const byBytes = (a: FolderEntry, b: FolderEntry): number =>
  Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))

async function subfolder(store: Store, name: string, entries: readonly FolderEntry[]): Promise<FolderEntry> {
  return { name, kind: 'folder', ...(await writeFolder(store, entries)) }
}

test('gives back what was put into it, in the order of the bytes of the names', async () => {
  const store = await openStore()
  const program: FolderEntry = { name: 'run', kind: 'file', cid: content, size: 3, isExecutable: true }
  const inner = await subfolder(store, 'docs', [file('readme', 10)])
  const entries = [
    link('z', '../a/b'),
    program,
    inner,
    file('\u{10000}'),
    file('\uffff'),
    file('A'),
    file('...'),
  ]
  const { cid, size } = await writeFolder(store, entries)
  assert.equal(size, 3 + 10 + 4 * 3)
  const read = await all(readFolder(store, cid))
  assert.deepEqual(
    read.map(({ name }) => name),
    ['...', 'A', 'docs', 'run', 'z', '\uffff', '\u{10000}'],
  )
  assert.deepEqual(read, entries.toSorted(byBytes))
  assert.deepEqual(await writeFolder(store, entries.toReversed()), { cid, size })
  assert.deepEqual(await all(readFolder(store, (await writeFolder(store, [])).cid)), [])
})

test('is a round trip for any names, in any order, and finds each', async () => {
  const store = await openStore()
  const name = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 20 })
    .filter((text) => !/[/\0]|^[.]{1,2}$/.test(text))
  const law = fc.asyncProperty(fc.uniqueArray(name, { maxLength: 300 }), async (names) => {
    const { cid } = await writeFolder(
      store,
      names.map((each) => file(each)),
    )
    const sorted = names.map((each) => file(each)).toSorted(byBytes)
    assert.deepEqual(await all(readFolder(store, cid)), sorted)
    for (const each of names.slice(0, 5)) assert.deepEqual(await findEntry(store, cid, each), file(each))
  })
  await fc.assert(law, { numRuns: 25 })
})

test('keeps large folders in pages of 128 and finds a name by one block of each level', async () => {
  const store = await openStore()
  const names = Array.from({ length: 128 * 1024 + 1 }, (_, at) => at.toString(36).padStart(4, '0'))
  for (const count of [128, 129, 128 * 1024, 128 * 1024 + 1]) {
    const { cid } = await writeFolder(
      store,
      names.slice(0, count).map((name) => file(name)),
    )
    using snapshot = store.snapshot()
    const seen: CID[] = []
    const source: BlockSource = {
      getBlock: (each) => {
        seen.push(each)
        return snapshot.getBlock(each)
      },
    }
    const last = names[count - 1]!
    assert.deepEqual(await findEntry(source, cid, last), file(last))
    assert.equal(seen.length, count <= 128 ? 1 : count <= 128 * 1024 ? 2 : 3)
    assert.equal(await findEntry(source, cid, `${last}!`), undefined)
    assert.equal(await findEntry(source, cid, '!'), undefined)
    if (count > 1000) continue
    assert.equal((await all(readFolder(source, cid))).length, count)
  }
})

test('a changed file changes the blocks above it and no others', async () => {
  const store = await openStore()
  const names = Array.from({ length: 1000 }, (_, at) => `file ${at}`)
  const { cid } = await writeFolder(
    store,
    names.map((name) => file(name)),
  )
  const before = new Set(await blocksOf(store, cid))
  const changed = await writeFolder(
    store,
    names.map((name) => file(name, name === 'file 500' ? 4 : 3)),
  )
  const after = await blocksOf(store, changed.cid)
  assert.equal(after.filter((block) => !before.has(block)).length, 2)
})

async function blocksOf(store: Store, cid: CID): Promise<string[]> {
  const seen: string[] = []
  using snapshot = store.snapshot()
  const getBlock = (each: CID): Promise<Uint8Array | undefined> => {
    seen.push(each.toString())
    return snapshot.getBlock(each)
  }
  await all(readFolder({ getBlock }, cid))
  return seen
}

test('walks down, each folder before what is in it, and finds a path', async () => {
  const store = await openStore()
  const deep = await subfolder(store, 'deep', [file('x'), link('up', '..')])
  const { cid } = await writeFolder(store, [await subfolder(store, 'a', [deep, file('b')]), file('c')])
  const paths = (await all(walkFolder(store, cid))).map(({ path, kind }) => `${kind} ${path}`)
  assert.deepEqual(paths, [
    'folder a',
    'file a/b',
    'folder a/deep',
    'link a/deep/up',
    'file a/deep/x',
    'file c',
  ])
  assert.deepEqual(await findPath(store, cid, 'a/deep/x'), file('x'))
  assert.deepEqual(await findPath(store, cid, 'a/deep/up'), link('up', '..'))
  assert.equal((await findPath(store, cid, 'a/deep'))?.kind, 'folder')
  for (const path of [
    '',
    '/',
    'a/',
    '/a',
    'a//deep',
    'a/./deep',
    'a/deep/..',
    'a/deep/up/a',
    'c/x',
    'd',
    'A',
  ])
    assert.equal(await findPath(store, cid, path), undefined, path)
  await assert.rejects(all(walkFolder(store, cid, { entriesMax: 5 })), { code: 'LIMIT' })
  const signal = AbortSignal.abort(new Error('enough'))
  await assert.rejects(all(walkFolder(store, cid, { signal })), /enough/)
})

test('walks no deeper and no further than its bounds, however few blocks hold it', async () => {
  const store = await openStore()
  let nested = await subfolder(store, 'n', [])
  for (let depth = 1; depth < 256; depth++) nested = await subfolder(store, 'n', [nested])
  assert.equal((await all(walkFolder(store, (nested as { cid: CID }).cid))).length, 255)
  const { cid } = await writeFolder(store, [nested])
  await assert.rejects(all(walkFolder(store, cid)), { code: 'LIMIT', message: /deeper than 256/ })
  let wide = await writeFolder(store, [])
  for (let depth = 0; depth < 10; depth++)
    wide = await writeFolder(
      store,
      ['a', 'b', 'c', 'd'].map((name) => ({ name, kind: 'folder', ...wide })),
    )
  await assert.rejects(all(walkFolder(store, wide.cid, { entriesMax: 1000 })), { code: 'LIMIT' })
})

test('refuses to write names and targets that are none, and names that are there twice', async () => {
  const store = await openStore()
  const long = 'ä'.repeat(127)
  await writeFolder(store, [file(`${long}x`), link('l', 't'.repeat(4095)), file('a b\n\\:*'), file('.git')])
  const other = hashBlock(nodeCrypto.sha256, CODEC.raw, Uint8Array.of(1))
  const wrong: FolderEntry[][] = [
    ...['', '.', '..', 'a/b', '/', 'a\0', '\ud800', `${long}xx`].map((name) => [file(name)]),
    ...['', 'a\0b', '\udfff', 't'.repeat(4096)].map((target) => [link('l', target)]),
    [file('a'), link('a', 'b')],
    [file('a', -1)],
    [file('a', 0.5)],
    [{ name: 'a', kind: 'folder', cid: other, size: 0 }],
  ]
  for (const entries of wrong)
    await assert.rejects(writeFolder(store, entries), RangeError, JSON.stringify(entries))
})

// ---------------------------------------------------------------------- blocks that are no folders

const item = (name: string): CborInput => [name, 'file', content, 3]
const dir = (...entries: CborInput[]): CborInput => ({ dir: 1, entries })

async function put(store: Store, value: CborInput): Promise<CID> {
  return store.transact((transaction) => transaction.putBlock(encodeDagCbor(value), CODEC.dagCbor))
}

async function assertRefused(store: Store, what: string, cid: CID, code = 'SHAPE'): Promise<void> {
  await assert.rejects(all(readFolder(store, cid)), { name: 'ContentError', code }, what)
}

test('refuses blocks that are no folder, and entries that are none', async () => {
  const store = await openStore()
  assert.equal((await all(readFolder(store, await put(store, dir(item('a'), item('b')))))).length, 2)
  const folder = hashBlock(nodeCrypto.sha256, CODEC.dagCbor, encodeDagCbor(dir()))
  const wrong: Record<string, CborInput> = {
    'a list': [1, 2],
    'another map': { dir: 1, entry: [] },
    'a map with more': { dir: 1, entries: [], more: 1 },
    'entries and pages': { dir: 1, entries: [], pages: [] },
    'another version': { dir: 2, entries: [] },
    'a version as text': { dir: '1', entries: [] },
    'entries as a map': { dir: 1, entries: {} },
    '129 entries': dir(...Array.from({ length: 129 }, (_, at) => item(String(1000 + at)))),
    'an entry as text': dir('a'),
    'an entry without anything': dir([]),
    'a file without a size': dir(['a', 'file', content]),
    'a file with a negative size': dir(['a', 'file', content, -1]),
    'a file with half a byte': dir(['a', 'file', content, 0.5]),
    'a file that is not executable, said twice': dir(['a', 'file', content, 3, false]),
    'a file with more': dir(['a', 'file', content, 3, true, 1]),
    'a file without content': dir(['a', 'file', 'content', 3]),
    'a folder that may be executed': dir(['a', 'folder', folder, 0, true]),
    'a folder that is no dag-cbor block': dir(['a', 'folder', content, 3]),
    'another kind': dir(['a', 'socket', content, 3]),
    'a link without a target': dir(['a', 'link']),
    'a link to nothing': dir(['a', 'link', '']),
    'a link to bytes': dir(['a', 'link', Uint8Array.of(1)]),
    'a link with a size': dir(['a', 'link', 'b', 3]),
    'names out of order': dir(item('b'), item('a')),
    'a name twice': dir(item('a'), item('a')),
    'names in the order of UTF-16': dir(item('\u{10000}'), item('\uffff')),
    'a name as bytes': dir([Uint8Array.of(97), 'file', content, 3]),
    'no pages': { dir: 1, pages: [] },
    'a page without a name': { dir: 1, pages: [[folder]] },
    'a page that is content': { dir: 1, pages: [['a', content]] },
    'a page with more': { dir: 1, pages: [['a', folder, 1]] },
    ...Object.fromEntries(
      ['', '.', '..', 'a/b', '../a', 'a\0', 'x'.repeat(256)].map((name) => [
        `the name ${name}`,
        dir(item(name)),
      ]),
    ),
  }
  for (const [what, value] of Object.entries(wrong)) await assertRefused(store, what, await put(store, value))
  await assertRefused(store, 'a block of another codec', content, 'MISSING')
  const raw = await store.transact((transaction) => transaction.putBlock(encodeDagCbor(dir())))
  await assertRefused(store, 'a folder as a raw block', raw)
  assert.deepEqual(
    [dir(), { dir: 2, pages: [] }, { dir: 1 }].map((value) => isFolderBlock(encodeDagCbor(value))),
    [...[true, true, false]],
  )
})

test('refuses pages that are not those of their index', async () => {
  const store = await openStore()
  const page = async (from: number, count: number): Promise<readonly [string, CID]> => {
    const names = Array.from({ length: count }, (_, at) => String(1000 + from + at))
    return [names[0] ?? '', await put(store, dir(...names.map(item)))]
  }
  const index = (...pages: (readonly [string, CID])[]): Promise<CID> => put(store, { dir: 1, pages })
  const good = await index(await page(0, 128), await page(128, 128), await page(256, 1))
  assert.equal((await all(readFolder(store, good))).length, 257)
  const [, second] = await page(128, 5)
  const twoLevels = await index(await page(128, 128), await page(256, 5))
  const wrong: Record<string, CID> = {
    'a page that is not full before another': await index(await page(0, 127), await page(128, 5)),
    'one page': await index(await page(0, 5)),
    'an empty page': await index(await page(0, 128), ['2000', (await page(0, 0))[1]]),
    'another first name': await index(await page(0, 128), ['1127x', second]),
    'a page that reaches into the next': await index(await page(0, 128), await page(100, 128)),
    'pages in the wrong order': await index(await page(128, 128), await page(0, 128)),
    'pages at two levels': await index(await page(0, 128), ['1128', twoLevels]),
  }
  for (const [what, cid] of Object.entries(wrong)) await assertRefused(store, what, cid)
  const absent = hashBlock(nodeCrypto.sha256, CODEC.dagCbor, Uint8Array.of(7))
  await assertRefused(
    store,
    'a page that is not here',
    await index(await page(0, 128), ['2', absent]),
    'MISSING',
  )
  await assert.rejects(findEntry(store, wrong['another first name']!, '1130'), { code: 'SHAPE' })
})

test('refuses a folder that does not hold what its entry says', async () => {
  const store = await openStore()
  const inner = await writeFolder(store, [file('a', 5)])
  const { cid } = await writeFolder(store, [{ name: 'sub', kind: 'folder', cid: inner.cid, size: 6 }])
  await assert.rejects(all(walkFolder(store, cid)), { code: 'SHAPE', message: /"sub" does not hold 6 bytes/ })
})
