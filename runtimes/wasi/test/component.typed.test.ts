/** Components whose methods have types of their own: DAG-CBOR is lowered into them, and their results are lifted. */
import assert from 'node:assert/strict'
import test from 'node:test'

import {
  CborFloat,
  CODEC,
  DAG_CBOR_PROFILE,
  decodeCbor,
  encodeDagCbor,
  hashBlock,
  nobleCrypto,
} from '../../../promisebase/index.ts'
import { createWasiRuntime, readComponentTypes } from '../index.ts'
import { built, builtComponent } from './components.ts'
import { run } from './fixtures.ts'
import type { CborInput, CborValue } from '../../../promisebase/index.ts'
import type { Descriptor } from '../../../kernel/index.ts'
import type { CallChanges } from './fixtures.ts'

const runtime = createWasiRuntime()
const METHODS = ['mean', 'rest', 'sort', 'split']
const cidOf = (block: Uint8Array | undefined) =>
  hashBlock(nobleCrypto.sha256, CODEC.dagCbor, block ?? new Uint8Array(0))
const types = cidOf(readComponentTypes(builtComponent('shelf'), METHODS).ok)
const shelf = (changes: Partial<Descriptor> = {}) => built('shelf', { methods: METHODS, types, ...changes })

async function called(method: string, given: CborInput | undefined, changes: CallChanges = {}) {
  const input = given === undefined ? new Uint8Array(0) : encodeDagCbor(given)
  return run(runtime, shelf(), { method, input, ...changes })
}

async function told(method: string, given: CborInput): Promise<CborValue> {
  const ended = await called(method, given)
  assert.ok('output' in ended && ended.output !== undefined, JSON.stringify(ended.refused))
  const decoded = decodeCbor(ended.output, DAG_CBOR_PROFILE)
  assert.equal(decoded.refused, undefined)
  return decoded.ok as CborValue
}

async function refused(method: string, given: CborInput | undefined): Promise<string> {
  const ended = await called(method, given)
  return `${ended.refused?.code}: ${ended.refused?.detail}`
}

const novel = {
  title: 'b',
  year: 1900,
  genre: 'novel',
  marks: ['lent'],
  rating: 4.5,
  'bytes-long': 2n ** 63n,
}
const poem = { title: 'a', year: 2000, genre: 'poetry', marks: [], 'bytes-long': 7 }

test('values of every kind go into a component and come back', async () => {
  const sorted = await told('sort', { books: [novel, poem], by: 'by-title' })
  assert.deepEqual(encodeDagCbor(sorted), encodeDagCbor([poem, novel]))
  const later = await told('sort', { books: [novel, poem], by: { 'from-year': 1950 } })
  assert.deepEqual(encodeDagCbor(later), encodeDagCbor([poem]))
  assert.deepEqual(await told('sort', { books: [], by: 'by-title' }), [])
  const cover = Uint8Array.of(1, 2)
  assert.deepEqual(await told('split', { name: ['abc', 'a'], cover }), [3, -97, new Map([['ok', cover]])])
  const none = await told('split', { name: ['', 'ß'], cover: new Uint8Array(0) })
  assert.deepEqual(none, [0, null, new Map([['error', 7]])])
})

test('a float of a result is a float, and what DAG-CBOR has not is a trap', async () => {
  assert.deepEqual(await told('mean', { ratings: [1, new CborFloat(3)] }), new CborFloat(2))
  assert.deepEqual(await told('mean', { ratings: [0.5] }), 0.5)
  assert.match(await refused('mean', { ratings: [] }), /^TRAP: the result has the number NaN/)
  const huge = new CborFloat(Number.MAX_VALUE)
  assert.match(await refused('mean', { ratings: [huge, huge] }), /^TRAP: the result has the number Infinity/)
})

test('a method without arguments and without a result is called with nothing and gives nothing', async () => {
  const ended = await called('rest', undefined)
  assert.deepEqual('output' in ended && ended.output, new Uint8Array(0))
  assert.match(await refused('rest', {}), /^SHAPE: it takes no arguments/)
})

test('the error of a method with types is the error of the handler', async () => {
  assert.equal(await refused('sort', { books: [], by: { 'from-year': 0 } }), 'HANDLER: error 404')
})

test('refuses arguments that are not of their types before the component is entered', async () => {
  for (const [given, where] of [
    [undefined, /not one item/],
    [{ books: [] }, /arguments\.by is missing/],
    [{ books: [{ ...poem, year: 65_536 }], by: 'by-title' }, /arguments\.books\[0\]\.year is no u16/],
    [{ books: [{ ...poem, more: 1 }], by: 'by-title' }, /has no "more"/],
    [{ books: [], by: 'by-year' }, /arguments\.by is none of by-title, from-year/],
    [[], /arguments is no map/],
  ] as const) {
    const detail = await refused('sort', given as CborInput | undefined)
    assert.match(detail, /^SHAPE: /)
    assert.match(detail, where)
  }
})

test('admits a component with types under a descriptor that names them, and under no other', async () => {
  const admitted = async (changes: Partial<Descriptor>): Promise<string> => {
    const { code, descriptor } = shelf(changes)
    return (await runtime.admit(code, descriptor)).refused?.detail ?? 'admitted'
  }
  assert.equal(await admitted({}), 'admitted')
  const fewer = cidOf(readComponentTypes(builtComponent('shelf'), ['rest']).ok)
  assert.equal(await admitted({ methods: ['rest'], types: fewer }), 'admitted')
  assert.match(
    await admitted({ types: fewer }),
    /^the descriptor names other types, those of the component are baf/,
  )
  const { types: _types, ...untyped } = shelf().descriptor
  assert.match((await runtime.admit(shelf().code, untyped)).refused?.detail ?? '', /names no types/)
  // The code may have been named by CID alone: the same at every call.
  const named = { code: shelf().code, descriptor: untyped }
  assert.equal((await run(runtime, named, { method: 'rest' })).refused?.code, 'ADMIT')
  // Those of bytes need none, and may have what their author states.
  assert.equal(readComponentTypes(builtComponent('echo')).ok, undefined)
  const { code, descriptor } = built('echo', { types })
  assert.equal((await runtime.admit(code, descriptor)).refused, undefined)
  assert.equal(readComponentTypes(Uint8Array.of(1, 2, 3)).refused?.code, 'ADMIT')
})

test('the same call takes the same fuel, and exactly that much is enough', async () => {
  const given = { books: [novel, poem], by: 'by-title' }
  const { fuel } = await called('sort', given)
  assert.equal((await called('sort', given)).fuel, fuel)
  assert.equal((await called('sort', given, { budget: { fuel } })).refused, undefined)
  assert.equal((await called('sort', given, { budget: { fuel: fuel - 1 } })).refused?.code, 'BUDGET_FUEL')
})
