import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../conformance/test/laws.ts'
import { createMemoryBackend } from '../../backend-memory.ts'
import { encodeDagCbor } from '../../cbor/encode.ts'
import { CODEC } from '../../cid.ts'
import { readContentStream } from '../../content/read-stream.ts'
import { writeContent } from '../../content/write-content.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { appendToStream, stageAppend, streamHead } from '../append.ts'
import { readStream } from '../read-stream.ts'
import { openStreamHead, positionAtOffset, streamEntries } from '../stream-entries.ts'
import type { CborInput } from '../../cbor/value.ts'
import type { Store } from '../../interface.ts'
import type { ReadStreamOptions } from '../read-stream.ts'
import type { StreamEntry } from '../stream-entries.ts'

const open = () => createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = async (entry: StreamEntry) => new TextDecoder().decode(await entry.bytes())

async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

async function texts(store: Store, name: string, options?: ReadStreamOptions): Promise<string[]> {
  const found: string[] = []
  for await (const entry of readStream(store, name, options)) found.push(await textOf(entry))
  return found
}

const fill = (store: Store, name: string, count: number) =>
  store.transact((transaction) =>
    stageAppend(
      transaction,
      name,
      Array.from({ length: count }, (_, index) => bytes(String(index))),
    ),
  )

async function blocksOf(store: Store): Promise<number> {
  return (await store.verify()).blocks
}

/** Octets that are not like one another, the same for each seed. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24)
}

test('gives back what was appended, in order, with positions and offsets', async () => {
  const store = await open()
  const places = []
  for (const text of ['one', '', 'three']) places.push(await appendToStream(store, 'log', bytes(text)))
  assert.deepEqual(await texts(store, 'log'), ['one', '', 'three'])
  assert.deepEqual(
    places.map(({ position, offset, size }) => [position, offset, size]),
    [
      [0, 0, 3],
      [1, 3, 0],
      [2, 3, 5],
    ],
  )
  using now = store.snapshot()
  const head = await streamHead(now, 'log')
  assert.deepEqual([head?.length, head?.size, String(head?.cid)], [3, 8, String(places[2]!.head)])
  assert.deepEqual(await texts(store, 'log', { from: 1, to: 2 }), [''])
  assert.deepEqual(await texts(store, 'log', { from: 7 }), [])
  assert.deepEqual(await texts(store, 'none'), [])
  assert.equal(await streamHead(now, 'none'), undefined)
  await store.close()
})

test('a head names everything before it, whatever is appended later', async () => {
  const store = await open()
  const { head } = await appendToStream(store, 'log', bytes('a'))
  await fill(store, 'log', 40)
  const then: string[] = []
  for await (const entry of streamEntries(store, await openStreamHead(store, head)))
    then.push(await textOf(entry))
  assert.deepEqual(then, ['a'])
  await store.close()
})

test('any list of entries is found by position and by offset, and has one head however it was appended', async () => {
  const lengths = fc.array(fc.nat(3), { maxLength: 1_100 })
  await fc.assert(
    fc.asyncProperty(lengths, fc.nat(), fc.nat(), async (list, cutAt, seek) => {
      const store = await open()
      const entries = list.map((length, index) => new Uint8Array(length).fill(index))
      const cut = cutAt % (list.length + 1)
      await store.transact((transaction) => stageAppend(transaction, 'once', entries))
      await store.transact((transaction) => stageAppend(transaction, 'twice', entries.slice(0, cut)))
      await store.transact((transaction) => stageAppend(transaction, 'twice', entries.slice(cut)))
      using now = store.snapshot()
      const head = (await streamHead(now, 'once'))!
      assert.equal(String(head.cid), String((await streamHead(now, 'twice'))?.cid))
      const from = seek % (list.length + 1)
      const found = await listOf(streamEntries(now, head, { from, to: from + 3 }))
      assert.deepEqual(
        found.map(({ position, size }) => [position, size]),
        list.slice(from, from + 3).map((size, index) => [from + index, size]),
      )
      const offset = seek % (head.size + 1)
      let [position, end] = [0, 0]
      while (position < list.length && (end += list[position]!) <= offset) position++
      assert.equal(await positionAtOffset(now, head, offset), position)
      await store.close()
    }),
    { numRuns: 25 },
  )
})

test('finds an entry of a long stream in a few blocks', async () => {
  const store = await open()
  await fill(store, 'log', 5_000)
  using now = store.snapshot()
  let reads = 0
  const counting = { getBlock: (cid: Parameters<typeof now.getBlock>[0]) => (reads++, now.getBlock(cid)) }
  const head = (await streamHead(now, 'log'))!
  const [entry] = await listOf(streamEntries(counting, head, { from: 4_321, to: 4_322 }))
  assert.equal(await textOf(entry!), '4321')
  assert.equal(await positionAtOffset(counting, head, entry!.offset), 4_321)
  assert.ok(reads <= 8, `${reads} blocks`)
  await store.close()
})

test('appends at the same time all land, once, in one order', async () => {
  const store = await open()
  const others = store.transact(
    async (transaction) => void (await stageAppend(transaction, 'log', [bytes('x'), bytes('y')])),
    { retries: 99 },
  )
  const names = Array.from({ length: 200 }, (_, index) => String(index))
  const places = await Promise.all(names.map((name) => appendToStream(store, 'log', bytes(name))))
  await others
  const found = await texts(store, 'log')
  assert.equal(found.length, 202)
  for (const [index, { position }] of places.entries()) assert.equal(found[position], names[index])
  assert.equal(found[found.indexOf('x') + 1], 'y', 'what was staged together stays together')
  await store.close()
})

test('follows what is appended, and ends with the signal or the store', async () => {
  const store = await open()
  const abort = new AbortController()
  const [all, tail, stopped]: [string[], string[], string[]] = [[], [], []]
  const collect = async (into: string[], options: ReadStreamOptions) => {
    for await (const entry of readStream(store, 'log', { follow: true, ...options })) {
      into.push(await textOf(entry))
      if (entry.position === 2) abort.abort(new Error('enough'))
    }
  }
  const following = collect(all, {})
  const ahead = collect(tail, { from: 90, to: 93 })
  const aborted = assert.rejects(collect(stopped, { signal: abort.signal }), /enough/)
  for (let index = 0; index < 50; index++) await appendToStream(store, 'log', bytes(String(index)))
  await store.transact((transaction) => transaction.put('other', bytes('k'), bytes('v')))
  await Promise.all(
    Array.from({ length: 50 }, (_, index) => appendToStream(store, 'log', bytes(String(index + 50)))),
  )
  await aborted
  await ahead
  const { length } = all
  assert.ok(length <= 100)
  while (all.length < 100) await new Promise((resolve) => setImmediate(resolve))
  await store.close()
  await following
  assert.deepEqual(
    all,
    Array.from({ length: 100 }, (_, index) => String(index)),
  )
  assert.deepEqual(tail, ['90', '91', '92'])
  assert.deepEqual(stopped, ['0', '1', '2'])
})

test('cuts long entries by content, and keeps the same content once in all streams', async () => {
  const store = await open()
  const long = noise(1_500_000, 1)
  const first = await appendToStream(store, 'a', long)
  const before = await blocksOf(store)
  const again = await appendToStream(store, 'b', [long.subarray(0, 700_000), long.subarray(700_000)])
  assert.equal(String(again.cid), String(first.cid))
  assert.equal(await blocksOf(store), before, 'streams of the same entries are the same blocks')
  await appendToStream(store, 'b', [bytes('one more octet before it: '), long])
  assert.ok((await blocksOf(store)) - before < 8, 'only what is different is new')
  assert.equal(again.size, 1_500_000)
  const [entry] = await listOf(readStream(store, 'b', { to: 1 }))
  await assert.rejects(entry!.bytes(), { code: 'LIMIT' })
  assert.deepEqual(await entry!.bytes(2_000_000), long)
  const middle = await listOf(readContentStream(store, entry!.cid, { offset: 999_999, length: 2 }))
  assert.deepEqual(Buffer.concat(middle), Buffer.from(long.subarray(999_999, 1_000_001)))
  const staged = await store.transact((transaction) => stageAppend(transaction, 'c', [noise(400_000, 2)]))
  assert.equal(String(staged[0]?.cid), String((await writeContent(store, noise(400_000, 2))).cid))
  await store.close()
})

test('refuses a label that is no stream, and heads that are not what they say', async () => {
  const store = await open()
  const { cid } = await appendToStream(store, 'log', bytes('a'))
  const item = [cid, 1]
  const bad: [CborInput, RegExp][] = [
    [{ size: 1, tree: 1, parts: [cid] }, /no head/],
    [{ stream: 2, length: 1, size: 1, levels: [[item]] }, /no head/],
    [{ stream: 1, length: 1, size: 1, levels: [[item]], more: 1 }, /no head/],
    [{ stream: 1, length: -1, size: 1, levels: [[item]] }, /lengths/],
    [{ stream: 1, length: 2, size: 1, levels: [[item]] }, /length/],
    [{ stream: 1, length: 1, size: 2, levels: [[item]] }, /size/],
    [{ stream: 1, length: 1, size: 1, levels: [[item], []] }, /length/],
    [{ stream: 1, length: 33, size: 2, levels: [[item], [item]] }, /group|list|item/],
    [{ stream: 1, length: 1, size: 1, levels: [[[cid]]] }, /no CID and size/],
    [{ stream: 1, length: 1, size: 1, levels: [['a']] }, /no CID and size/],
    [{ stream: 1, length: 33, size: 33, levels: Array(2).fill(Array(33).fill(item)) }, /no list/],
  ]
  for (const [index, [head, why]] of bad.entries()) {
    await store.transact((transaction) =>
      transaction.setLabel(
        `bad${index}`,
        undefined,
        transaction.putBlock(encodeDagCbor(head), CODEC.dagCbor),
      ),
    )
    await assert.rejects(texts(store, `bad${index}`), { code: 'SHAPE', message: why }, String(index))
    if (index !== 7)
      await assert.rejects(appendToStream(store, `bad${index}`, bytes('b')), { code: 'SHAPE' }, String(index))
  }
  await assert.rejects(texts(store, 'log', { from: -1 }), RangeError)
  await assert.rejects(texts(store, 'log', { offset: 0.5 }), RangeError)
  await store.close()
  await assert.rejects(appendToStream(store, 'log', bytes('b')), { code: 'CLOSED' })
  await assert.rejects(texts(store, 'log'), { code: 'CLOSED' })
})

test('says that a stream it follows was set back', async () => {
  const store = await open()
  const { head } = await appendToStream(store, 'log', bytes('a'))
  const second = await appendToStream(store, 'log', bytes('b'))
  const entries = readStream(store, 'log', { follow: true })
  await entries.next()
  await entries.next()
  const waiting = entries.next()
  await store.transact((transaction) => transaction.setLabel('log', second.head, head))
  await assert.rejects(waiting, { code: 'SHAPE', message: /set back/ })
  await store.close()
})
