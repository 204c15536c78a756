/** The adapter of CARs, by CARs made here: it must find what is wrong, in every kind of file that it knows. */
import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'

import { nodeCrypto } from 'promisegrid'
import { CODEC, createMemoryBackend, createStore, encodeDagCbor, exportCar } from 'promisegrid/promisebase'

import { carHamt } from '../sets/car-hamt.ts'
import { goFuzzInputs } from '../sets/go-fuzz.ts'
import { runSet } from '../sets/run-set.ts'
import { openVectorSet } from '../vector-sets.ts'
import type { CID } from 'multiformats/cid'
import type { Transaction } from 'promisegrid/promisebase'
import type { VectorSet } from '../vector-sets.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** What is wrong with a set of these files. */
async function findings(files: Readonly<Record<string, Uint8Array | string>>): Promise<readonly string[]> {
  const text = (file: string): string =>
    typeof files[file] === 'string' ? files[file] : new TextDecoder().decode(files[file])
  const set: VectorSet = {
    files: () => Object.keys(files),
    path: (file) => file,
    text,
    json: (file) => JSON.parse(text(file)) as unknown,
    bytes: (file) => (typeof files[file] === 'string' ? utf8(files[file]) : files[file]!.slice()),
  }
  const run = await runSet('car-hamt', set, carHamt)
  assert.equal(run.report.outOfScope, 0)
  return run.findings.map(({ detail }) => detail)
}

async function carOf(work: (transaction: Transaction) => CID): Promise<Uint8Array> {
  await using store = await createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
  const root = await store.transact(work)
  using snapshot = store.snapshot()
  const pieces: Uint8Array[] = []
  for await (const piece of exportCar(snapshot, [root])) pieces.push(piece)
  return new Uint8Array(Buffer.concat(pieces))
}

const node = (transaction: Transaction, value: Parameters<typeof encodeDagCbor>[0]): CID =>
  transaction.putBlock(encodeDagCbor(value), CODEC.dagCbor)

const entry = (word: string, ...places: readonly number[]) => [utf8(word), [places]]

/** A root with a bucket at place 0 and a node below at place 7. */
const hashMap = (below: Parameters<typeof encodeDagCbor>[0] = [Uint8Array.of(2), [[entry('tides', 3, 0)]]]) =>
  carOf((transaction) =>
    node(transaction, {
      hashAlg: 0x22,
      bucketSize: 2,
      hamt: [Uint8Array.of(0x81), [[entry('alice', 1, 0), entry('bob', 2, 4)], node(transaction, below)]],
    }),
  )

const WORDS = '{"alice": [[1, 0]], "bob": [[2, 4]], "tides": [{"column": 0, "line": 3}]}'

describe('a HashMap in a CAR', () => {
  it('passes where its entries are those of the file beside it', async () => {
    assert.deepEqual(await findings({ 'hamt.car': await hashMap(), 'hamt.json': WORDS }), [])
  })

  const wrong: Readonly<Record<string, readonly [json: string, says: RegExp]>> = {
    'an entry more': [WORDS.replace('}]}', '}], "moons": []}'), /3 entries of 4/],
    'an entry less': [WORDS.replace('"bob": [[2, 4]], ', ''), /bob has another value/],
    'another value': [WORDS.replace('"line": 3', '"line": 4'), /tides has another value/],
  }
  for (const [what, [json, says]] of Object.entries(wrong))
    it(`is wrong where that file has ${what}`, async () => {
      const [found, ...more] = await findings({ 'hamt.car': await hashMap(), 'hamt.json': json })
      assert.match(String(found), says)
      assert.deepEqual(more, [])
    })

  const misshapen: Readonly<Record<string, Parameters<typeof hashMap>[0]>> = {
    'more bits than elements': [Uint8Array.of(6), [[entry('tides', 3, 0)]]],
    'a bucket that is too full': [Uint8Array.of(2), [[entry('a', 0), entry('b', 0), entry('c', 0)]]],
    'a bucket of nothing': [Uint8Array.of(2), [[]]],
    'keys that do not ascend': [Uint8Array.of(2), [[entry('tides', 3, 0), entry('moons', 3, 0)]]],
    'a node that is none': { tides: 3 },
  }
  for (const [what, below] of Object.entries(misshapen))
    it(`is wrong with ${what}`, async () => {
      const found = await findings({ 'hamt.car': await hashMap(below), 'hamt.json': WORDS })
      assert.equal(found.length, 1)
    })
})

test('a CAR whose name says that readers refuse it is wrong when it is taken, and the other way round', async () => {
  const car = await carOf((transaction) => transaction.putBlock(utf8('tides')))
  const turned = car.slice()
  turned[turned.length - 1]! ^= 1
  assert.deepEqual(await findings({ 'sample.car': car, 'sample-corrupt-section.car': turned }), [])
  const found = await findings({ 'badsectionlength.car': car, 'sample.car': turned })
  assert.match(String(found[0]), /taken, though/)
  assert.match(String(found[1]), /refused: /)
})

test('a published CAR is wrong when one number of the file beside it was changed', async (t) => {
  const set = openVectorSet('car-hamt')
  if (set.skipped !== undefined) return t.skip(set.skipped)
  const json = set.files().filter((file) => file.endsWith('-basic.json'))
  if (json.length === 0) return t.skip('the set has no such CAR')
  for (const file of json) {
    const car = set.bytes(file.replace(/json$/, 'car'))
    const says = set.text(file)
    assert.deepEqual(await findings({ 'a.car': car, 'a.json': says }), [])
    for (const key of ['blockOffset', 'blockLength', 'length', 'offset', 'version']) {
      const changed = says.replace(new RegExp(`"${key}": (\\d+)`), (_, value) => `"${key}": ${value}1`)
      assert.equal((await findings({ 'a.car': car, 'a.json': changed })).length, 1, key)
    }
  }
})

test('a file of the fuzzer of Go is read as the bytes it stands for', async () => {
  const text = 'go test fuzz v1\n[]byte("\\n\\xa2\\x00\\"\\u00e9\\177ab")\n[]byte(`raw\\n`)\nint(3)\n'
  const [quoted, raw, ...more] = goFuzzInputs(text)
  assert.deepEqual([...quoted!], [10, 0xa2, 0, 34, 0xc3, 0xa9, 0x7f, 97, 98])
  assert.deepEqual(raw, utf8('raw\\n'))
  assert.deepEqual(more, [])
  assert.deepEqual(await findings({ 'v2/testdata/fuzz/FuzzReader/0a': text }), [])
  assert.equal((await findings({ 'v2/testdata/fuzz/FuzzReader/0a': 'go test fuzz v1\n' })).length, 1)
})
