import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { CODEC, createMemoryBackend, createStore, encodeCbor, hashBlock } from '../../promisebase/index.ts'
import { nobleCrypto } from '../../promisebase/index.ts'
import { kernelRoots, namedByEntry } from '../named-by-entry.ts'
import { SPACE } from '../spaces.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const a = hashBlock(nobleCrypto.sha256, CODEC.raw, utf8('a'))
const b = hashBlock(nobleCrypto.sha256, CODEC.gridCbor, utf8('b'))
const named = (space: string, key: Uint8Array, value: Uint8Array) =>
  [...namedByEntry(space, key, value)].map(String)

test('every space of the kernel has a row that says whether its entries keep what they name', () => {
  const source = readFileSync(new URL('../named-by-entry.js', import.meta.url), 'utf8')
  for (const space of Object.keys(SPACE)) assert.match(source, new RegExp(`\\[SPACE\\.${space}\\]: '`))
})

test('keeps what is named in keys and values, also within bytes that were signed', () => {
  const value = encodeCbor(['x', encodeCbor({ a, inner: encodeCbor([b]) })])
  assert.deepEqual(named(SPACE.replay, utf8('key'), value), [String(a), String(b)])
  assert.deepEqual(named(SPACE.keySets, a.bytes, new Uint8Array(0)), [String(a)])
  assert.deepEqual(named('alice/notes', b.bytes, a.bytes), [String(b), String(a)])
  assert.deepEqual(named('.later', utf8('key'), a.bytes), [String(a)])
})

test('keeps nothing for a record of what was done, for half a CID and for other bytes', () => {
  for (const space of [SPACE.audit, SPACE.clock, SPACE.expiry, SPACE.evidence])
    assert.deepEqual(named(space, a.bytes, a.bytes), [])
  assert.deepEqual(named('notes', utf8('key'), a.bytes.slice(0, -1)), [])
  assert.deepEqual(named('notes', utf8('key'), new Uint8Array(200).fill(1)), [])
  assert.deepEqual(named('notes', Uint8Array.of(1), Uint8Array.of(1, 0x55, 0x12)), [])
})

test('tells each block that entries keep once', async () => {
  const store = await createStore({ backend: createMemoryBackend(), crypto: nobleCrypto })
  await store.transact((transaction) => {
    transaction.put('notes', utf8('1'), a.bytes)
    transaction.put('notes', utf8('2'), a.bytes)
    transaction.put(SPACE.results, b.bytes, a.bytes)
    transaction.put(SPACE.audit, utf8('3'), hashBlock(nobleCrypto.sha256, CODEC.raw, utf8('c')).bytes)
  })
  using snapshot = store.snapshot()
  const roots = []
  for await (const cid of kernelRoots(snapshot)) roots.push(String(cid))
  assert.deepEqual(roots.sort(), [String(a), String(b)].sort())
})
