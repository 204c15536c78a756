import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { CarReader } from '@ipld/car'
import { fc } from '../../../conformance/test/laws.ts'
import { createMemoryBackend } from '../../backend-memory.ts'
import { CODEC, createCid } from '../../cid.ts'
import { HASH } from '../../hash.ts'
import { hashBlockAs } from '../../hasher.ts'
import { blockKey, entryKey, HEAD_KEY, labelKey } from '../../keys.ts'
import { openLevelBackend, restoreFolder } from '../../level/index.ts'
import { nobleHasher } from '../../noble-hasher.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { backup } from '../backup/backup.ts'
import { encodeManifest } from '../backup/manifest.ts'
import { encodePage } from '../backup/page.ts'
import { restore } from '../backup/restore.ts'
import { encodeHeader, joinBytes } from '../car/header.ts'
import { importCar } from '../car/import-car.ts'
import { openCar } from '../car/read-car.ts'
import { encodeSection } from '../car/section.ts'
import { inPieces, openMemoryStore } from './car-source.ts'
import type { Backend, Store } from '../../interface.ts'
import type { BackupReport } from '../backup/backup.ts'
import type { Manifest } from '../backup/manifest.ts'
import type { PageItem } from '../backup/page.ts'

const crypto = nodeCrypto
const bytesOf = (text: string) => new TextEncoder().encode(text)

async function backedUp(
  store: Store,
): Promise<{ readonly bytes: Uint8Array; readonly report: BackupReport }> {
  const parts: Uint8Array[] = []
  const report = await backup(store, (part) => void parts.push(part))
  return { bytes: joinBytes(parts), report }
}

/** Everything a backend holds. */
async function contentOf(backend: Backend): Promise<string[]> {
  const snapshot = backend.snapshot()
  const content: string[] = []
  for await (const [key, value] of snapshot.range({}))
    content.push(`${Buffer.from(key).toString('hex')} ${Buffer.from(value).toString('base64')}`)
  snapshot.close()
  return content
}

async function fill(store: Store, people: readonly string[]): Promise<void> {
  for (const person of people) {
    await store.transact(async (transaction) => {
      const cid = transaction.putBlock(bytesOf(`block of ${person}`))
      transaction.put('people', bytesOf(person), cid.bytes)
      transaction.put(`of ${person}`, new Uint8Array(0), new Uint8Array(0))
      await transaction.setLabel(person, await transaction.getLabel(person), cid)
    })
  }
}

test('restores a store exactly: blocks, entries, labels, the chain of commits and what was committed', async () => {
  const from = createMemoryBackend()
  await using store = await createStore({ backend: from, crypto })
  await fill(store, ['alice', 'bob'])
  const long = new Uint8Array(1024 * 1024).fill(7)
  const id = await store.transact((transaction) => {
    transaction.put('long', bytesOf('longest value'), long)
    transaction.put('long', new Uint8Array(1_024).fill(255), long.subarray(0, 64 * 1024 + 1))
    transaction.putBlock(long)
    transaction.putBlock(new Uint8Array(0))
    return transaction.id
  })
  const { bytes, report } = await backedUp(store)
  assert.equal(report.written, bytes.length)
  assert.deepEqual([report.sequence, report.blocks, report.entries, report.labels], [3, 4, 6, 2])
  const to = createMemoryBackend()
  const restored = await restore(inPieces(bytes, [1_000, 70_000]), to, { crypto, root: report.root })
  assert.ok(restored.ok, restored.refused?.detail)
  const { written: _written, ...rest } = report
  assert.deepEqual(restored.ok, rest)
  assert.deepEqual(await contentOf(to), await contentOf(from))
  await using other = await createStore({ backend: to, crypto })
  assert.equal(await other.committed(id), true)
  await fill(other, ['mallory'])
  assert.equal((await backedUp(other)).report.sequence, 4)
})

test('restores whatever was written, and backs it up to the same bytes again', async () => {
  const step = fc.record({
    key: fc.uint8Array({ maxLength: 6 }),
    value: fc.uint8Array({ maxLength: 20 }),
    space: fc.constantFrom('a', 'b', 'ß'),
    kind: fc.constantFrom('put', 'delete', 'block', 'label'),
  })
  const law = fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
    const from = createMemoryBackend()
    await using store = await createStore({ backend: from, crypto })
    for (const { key, value, space, kind } of steps) {
      await store.transact(async (transaction) => {
        if (kind === 'put') transaction.put(space, key, value)
        if (kind === 'delete') transaction.delete(space, key)
        if (kind === 'block') transaction.putBlock(value)
        if (kind === 'label')
          await transaction.setLabel(space, await transaction.getLabel(space), transaction.putBlock(value))
      })
    }
    const { bytes, report } = await backedUp(store)
    const to = createMemoryBackend()
    assert.equal((await restore([bytes], to, { crypto })).refused, undefined)
    assert.deepEqual(await contentOf(to), await contentOf(from))
    await using other = await createStore({ backend: to, crypto })
    const again = await backedUp(other)
    assert.deepEqual(again.bytes, bytes)
    assert.equal(String(again.report.root), String(report.root))
  })
  await fc.assert(law, { numRuns: 40 })
})

test('backs up one moment while a writer goes on', async () => {
  const from = createMemoryBackend()
  await using store = await createStore({ backend: from, crypto })
  await store.transact((transaction) => {
    for (let i = 0; i < 12_000; i++) transaction.put('many', bytesOf(`${i}`.padStart(6)), bytesOf(`${i}`))
  })
  await fill(store, ['alice', 'bob'])
  const before = await contentOf(from)
  let isOver = false
  let commits = 0
  const parts: Uint8Array[] = []
  const writing = (async () => {
    for (; !isOver; commits++) {
      await fill(store, ['mallory', `guest ${commits}`])
      await store.transact((transaction) => transaction.delete('people', bytesOf('alice')))
      await new Promise(setImmediate)
    }
  })()
  await backup(store, async (part) => {
    parts.push(part)
    await new Promise(setImmediate)
  })
  isOver = true
  await writing
  assert.ok(commits > 2, 'nobody wrote meanwhile')
  const to = createMemoryBackend()
  assert.equal((await restore(parts, to, { crypto })).refused, undefined)
  assert.deepEqual(await contentOf(to), before)
})

test('is a CAR that other tools read: all blocks are there, and the root leads to every one', async () => {
  await using store = await openMemoryStore()
  await fill(store, ['alice', 'bob'])
  const { bytes, report } = await backedUp(store)
  const reader = await CarReader.fromBytes(bytes)
  assert.deepEqual((await reader.getRoots()).map(String), [String(report.root)])
  assert.ok(await reader.has(createCid(CODEC.raw, crypto.sha256(bytesOf('block of alice')))))
  await using other = await openMemoryStore()
  const imported = await importCar(other, [bytes])
  assert.equal(imported.ok?.roots[0]?.complete, true)
  // A store that holds a backup among its blocks can be backed up and restored as well.
  const nested = await backedUp(other)
  const to = createMemoryBackend()
  assert.equal((await restore([nested.bytes], to, { crypto })).ok?.blocks, imported.ok.blocks)
})

test('refuses every beginning of a backup, names the byte, and leaves nothing', async () => {
  await using store = await openMemoryStore()
  await fill(store, ['alice', 'bob'])
  const { bytes } = await backedUp(store)
  const edges: number[] = []
  const car = (await openCar([bytes])).ok!
  for (let next = await car.next(); next.ok; next = await car.next()) edges.push(next.ok.offset)
  const lengths = Array.from({ length: 60 }, (_, i) => Math.floor((i * bytes.length) / 60))
  for (const length of [...edges, ...lengths, bytes.length - 1]) {
    const to = createMemoryBackend()
    const { refused } = await restore([bytes.slice(0, length)], to, { crypto })
    assert.equal(refused?.code, 'TRUNCATED', `${length}: ${refused?.detail}`)
    assert.match(refused.detail, new RegExp(`at byte ${length}$`))
    assert.deepEqual(await contentOf(to), [])
  }
})

test('refuses a backup in which any byte was changed, or takes it for another root', async () => {
  await using store = await openMemoryStore()
  await fill(store, ['alice'])
  const { bytes, report } = await backedUp(store)
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice()
    changed[at]! ^= 1 << (at % 8)
    const to = createMemoryBackend()
    const { refused } = await restore([changed], to, { crypto, root: report.root })
    assert.ok(refused, `byte ${at} was changed and nobody noticed`)
    assert.deepEqual(await contentOf(to), [])
  }
})

// --------------------------------------------------------------------------------- backups made by hand

function sectionOf(bytes: Uint8Array, codec: number) {
  return { cid: createCid(codec, crypto.sha256(bytes)), bytes }
}

interface Forgery {
  readonly pages: readonly (readonly PageItem[])[]
  readonly blocks?: readonly Uint8Array[]
  readonly manifest?: Partial<Manifest> | Record<string, unknown>
  readonly after?: Uint8Array
}

/** A backup of these pages, its blocks behind the last one; the manifest is right unless said otherwise. */
function forge({ pages, blocks = [], manifest = {}, after = new Uint8Array(0) }: Forgery): Uint8Array {
  const sections: Uint8Array[] = []
  let previous: Manifest['last'] | null = null
  for (const items of pages) {
    const page = sectionOf(encodePage({ items, previous }), CODEC.dagCbor)
    sections.push(encodeSection(page))
    previous = page.cid
  }
  const bytes = blocks.reduce((sum, block) => sum + 35 + block.length, 41)
  const counts = { sequence: 0, pages: pages.length, blocks: blocks.length, entries: 0, labels: 0, bytes }
  const root = sectionOf(
    encodeManifest({ ...counts, last: previous!, ...manifest } as Manifest),
    CODEC.dagCbor,
  )
  const raw = blocks.map((block) => encodeSection(sectionOf(block, CODEC.raw)))
  return joinBytes([encodeHeader([root.cid]), encodeSection(root), ...sections, ...raw, after])
}

const HEAD: PageItem = [HEAD_KEY, new Uint8Array(40)]
const ALICE = bytesOf('alice')
const alice = createCid(CODEC.raw, crypto.sha256(ALICE))

test('takes a backup made by hand, when all of it is right', async () => {
  const to = createMemoryBackend()
  const restored = await restore([forge({ pages: [[HEAD], [alice]], blocks: [ALICE] })], to, { crypto })
  // Pages are not cut where this implementation cuts them: the same state, but not the backup of it.
  assert.equal(restored.refused?.code, 'SHAPE')
  const whole = await restore([forge({ pages: [[HEAD, alice]], blocks: [ALICE] })], to, { crypto })
  assert.equal(whole.ok?.blocks, 1, whole.refused?.detail)
  await using store = await createStore({ backend: to, crypto })
  using snapshot = store.snapshot()
  assert.deepEqual(await snapshot.getBlock(alice), ALICE)
})

test('refuses backups whose parts do not belong together', async () => {
  const label: PageItem = [labelKey('alice'), alice.bytes]
  const entry: PageItem = [entryKey('people', ALICE), ALICE]
  const longName = Uint8Array.of(0x20, 1, 1, ...new Uint8Array(300))
  const other = sectionOf(encodePage({ items: [HEAD], previous: alice }), CODEC.dagCbor)
  const refusals: readonly (readonly [string, Uint8Array, string])[] = [
    ['a CAR without roots', encodeHeader([]), 'SHAPE'],
    ['a CAR with two roots', encodeHeader([other.cid, other.cid]), 'SHAPE'],
    [
      'a root that is a raw block',
      joinBytes([encodeHeader([alice]), encodeSection({ cid: alice, bytes: ALICE })]),
      'SHAPE',
    ],
    ['a root that is no manifest', joinBytes([encodeHeader([other.cid]), encodeSection(other)]), 'SHAPE'],
    ['a manifest of version 2', forge({ pages: [[HEAD]], manifest: { backup: 2 } }), 'VERSION'],
    ['a manifest with one count more', forge({ pages: [[HEAD]], manifest: { more: 1 } }), 'SHAPE'],
    ['a count below zero', forge({ pages: [[HEAD]], manifest: { blocks: -1 } }), 'SHAPE'],
    ['a block more than there are', forge({ pages: [[HEAD]], manifest: { blocks: 1 } }), 'SHAPE'],
    ['a label more than there are', forge({ pages: [[HEAD]], manifest: { labels: 1 } }), 'SHAPE'],
    ['a byte more than there are', forge({ pages: [[HEAD]], manifest: { bytes: 42 } }), 'SHAPE'],
    ['another commit than the newest', forge({ pages: [[HEAD]], manifest: { sequence: 1 } }), 'SHAPE'],
    ['a page more than there are', forge({ pages: [[HEAD]], manifest: { pages: 2 } }), 'TRUNCATED'],
    ['no page at all', forge({ pages: [], manifest: { last: alice } }), 'SHAPE'],
    ['another last page', forge({ pages: [[HEAD]], manifest: { last: alice } }), 'SHAPE'],
    ['a page of no items', forge({ pages: [[]] }), 'SHAPE'],
    ['no head', forge({ pages: [[entry]], manifest: { entries: 1 } }), 'SHAPE'],
    ['a head that is cut', forge({ pages: [[[HEAD_KEY, new Uint8Array(39)]]] }), 'SHAPE'],
    [
      'a head without its records',
      forge({
        pages: [[[HEAD_KEY, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, ...new Uint8Array(32))]]],
        manifest: { sequence: 1 },
      }),
      'SHAPE',
    ],
    ['a key twice', forge({ pages: [[HEAD, entry, entry]] }), 'SHAPE'],
    ['keys out of order', forge({ pages: [[HEAD, label, entry]] }), 'SHAPE'],
    ['the version of a store', forge({ pages: [[[Uint8Array.of(0), ALICE], HEAD]] }), 'SHAPE'],
    ['a key of no store', forge({ pages: [[HEAD, [Uint8Array.of(0x40), ALICE]]] }), 'SHAPE'],
    ['a key of nothing', forge({ pages: [[HEAD, [new Uint8Array(0), ALICE]]] }), 'SHAPE'],
    ['a name that is too long', forge({ pages: [[HEAD, [longName, ALICE]]] }), 'SHAPE'],
    [
      'a name longer than its key',
      forge({ pages: [[HEAD, [Uint8Array.of(0x20, 0, 9, 65), ALICE]]] }),
      'SHAPE',
    ],
    ['bytes under the name of a block', forge({ pages: [[HEAD, [blockKey(alice), ALICE]]] }), 'SHAPE'],
    ['other bytes under it', forge({ pages: [[HEAD, [blockKey(alice), bytesOf('bob')]]] }), 'SHAPE'],
    [
      'a block under the name of another',
      forge({ pages: [[HEAD, [blockKey(alice), alice]]], blocks: [ALICE] }),
      'SHAPE',
    ],
    [
      'another block than the one named',
      forge({ pages: [[HEAD, alice]], blocks: [bytesOf('bob')] }),
      'SHAPE',
    ],
    ['a block that is not there', forge({ pages: [[HEAD, alice]] }), 'TRUNCATED'],
    ['a block that nobody named', forge({ pages: [[HEAD]], blocks: [ALICE] }), 'SHAPE'],
    ['bytes behind the end', forge({ pages: [[HEAD]], after: Uint8Array.of(5) }), 'TRUNCATED'],
    [
      'a long value that is a short one',
      forge({ pages: [[HEAD, [entryKey('people', ALICE), alice]]], blocks: [ALICE] }),
      'SHAPE',
    ],
  ]
  for (const [what, bytes, code] of refusals) {
    const to = createMemoryBackend()
    const { refused } = await restore([bytes], to, { crypto })
    assert.equal(refused?.code, code, `${what}: ${refused?.detail}`)
    assert.match(refused.detail, /at byte \d+$/, what)
    assert.deepEqual(await contentOf(to), [], what)
  }
})

test('refuses another backup than the one that was asked for', async () => {
  await using store = await openMemoryStore()
  const first = await backedUp(store)
  await fill(store, ['alice'])
  const second = await backedUp(store)
  const to = createMemoryBackend()
  assert.equal((await restore([first.bytes], to, { crypto, root: second.report.root })).refused?.code, 'HASH')
  assert.equal((await restore([second.bytes], to, { crypto, root: second.report.root })).refused, undefined)
})

test('refuses to restore over a store, and over anything else', async () => {
  await using store = await openMemoryStore()
  const { bytes } = await backedUp(store)
  const to = createMemoryBackend()
  await to.batch([{ type: 'put', key: Uint8Array.of(9), value: ALICE }], { durable: true })
  const before = await contentOf(to)
  assert.equal((await restore([bytes], to, { crypto })).refused?.code, 'OCCUPIED')
  assert.deepEqual(await contentOf(to), before)
})

test('begins no backup of a store that is damaged', async () => {
  const backend = createMemoryBackend()
  await using store = await createStore({ backend, crypto })
  await fill(store, ['alice'])
  const cid = createCid(CODEC.raw, crypto.sha256(bytesOf('block of alice')))
  await backend.batch([{ type: 'put', key: blockKey(cid), value: ALICE }], { durable: true })
  let pieces = 0
  await assert.rejects(
    backup(store, () => void pieces++),
    { name: 'StoreError', code: 'CORRUPT' },
  )
  assert.equal(pieces, 0)
})

test('backs up blocks of further hashes where they can be checked, and says so where they cannot', async () => {
  const backend = createMemoryBackend()
  const store = await createStore({ backend, crypto, hasher: nobleHasher })
  const cid = hashBlockAs(nobleHasher, HASH.blake3, CODEC.raw, ALICE)
  await store.transact((transaction) => transaction.putBlockAs(cid, ALICE))
  const { bytes } = await backedUp(store)
  await using plain = await createStore({ backend, crypto })
  await assert.rejects(backedUp(plain), { name: 'StoreError', code: 'HASH' })
  const to = createMemoryBackend()
  assert.equal((await restore([bytes], to, { crypto })).refused?.code, 'HASH')
  assert.equal((await restore([bytes], to, { crypto, hasher: nobleHasher })).refused, undefined)
  assert.deepEqual(await contentOf(to), await contentOf(backend))
})

test('stops at a signal, backing up and restoring, and leaves nothing', async () => {
  await using store = await openMemoryStore()
  await fill(store, ['alice'])
  const { bytes } = await backedUp(store)
  const aborted = new AbortController()
  const stop = () => aborted.abort(new Error('enough'))
  await assert.rejects(backup(store, stop, { signal: aborted.signal }), /enough/)
  for (const phase of ['writing', 'verifying']) {
    const controller = new AbortController()
    const to = createMemoryBackend()
    const onProgress = (progress: { phase: string }) => {
      if (progress.phase === phase) controller.abort(new Error('enough'))
    }
    await assert.rejects(restore([bytes], to, { crypto, signal: controller.signal, onProgress }), /enough/)
    assert.deepEqual(await contentOf(to), [])
  }
})

test('hands on what the source or the sink throws, and leaves nothing', async () => {
  await using store = await openMemoryStore()
  await fill(store, ['alice'])
  const { bytes } = await backedUp(store)
  const fail = () => Promise.reject(new Error('the disk is full'))
  await assert.rejects(backup(store, fail), /the disk is full/)
  async function* broken() {
    yield bytes.slice(0, 900)
    await fail()
  }
  const to = createMemoryBackend()
  await assert.rejects(restore(broken(), to, { crypto }), /the disk is full/)
  assert.deepEqual(await contentOf(to), [])
})

test('takes a store of another making for a mistake of the caller', async () => {
  await using store = await openMemoryStore()
  const wrapped = {
    ...store,
    snapshot: () => ({ ...store.snapshot(), close() {}, [Symbol.dispose]() {} }),
  } as unknown as Store
  await assert.rejects(
    backup(wrapped, () => undefined),
    TypeError,
  )
})

// ------------------------------------------------------------------------------------------- folders

test('restores a folder, and leaves none where it is refused', async () => {
  const folder = await temporaryFolder()
  try {
    const [from, to] = [join(folder.path, 'from'), join(folder.path, 'to')]
    await using store = await createStore({ backend: await openLevelBackend(from), crypto })
    await fill(store, ['alice', 'bob'])
    const { bytes, report } = await backedUp(store)
    const cut = await restoreFolder([bytes.slice(0, -1)], to, { crypto })
    assert.equal(cut.refused?.code, 'TRUNCATED')
    assert.deepEqual(await readdir(folder.path), ['from'])
    const failing = (function* () {
      yield bytes.slice(0, 900)
      throw new Error('the network is gone')
    })()
    await assert.rejects(restoreFolder(failing, to, { crypto }), /the network is gone/)
    assert.deepEqual(await readdir(folder.path), ['from'])
    const restored = await restoreFolder(inPieces(bytes, [4_096]), to, { crypto, root: report.root })
    assert.equal(restored.ok?.labels, 2, restored.refused?.detail)
    assert.equal((await restoreFolder([bytes], to, { crypto })).refused?.code, 'OCCUPIED')
    await assert.rejects(restoreFolder([bytes], from, { crypto }), { name: 'StoreError', code: 'LOCKED' })
    await using other = await createStore({ backend: await openLevelBackend(to), crypto })
    assert.deepEqual((await backedUp(other)).bytes, bytes)
  } finally {
    await folder.remove()
  }
})

test('restores beside files that are none of a store', async () => {
  const folder = await temporaryFolder()
  try {
    await using store = await openMemoryStore()
    const { bytes } = await backedUp(store)
    await writeFile(join(folder.path, 'alice.key'), 'secret')
    assert.equal(
      (await restoreFolder([bytes.slice(0, 99)], folder.path, { crypto })).refused?.code,
      'TRUNCATED',
    )
    assert.deepEqual(await readdir(folder.path), ['alice.key'])
    assert.equal((await restoreFolder([bytes], folder.path, { crypto })).refused, undefined)
    assert.deepEqual((await readdir(folder.path)).sort(), ['alice.key', 'level'])
  } finally {
    await folder.remove()
  }
})
