import assert from 'node:assert/strict'
import test from 'node:test'
import { fc } from '../../../conformance/test/laws.ts'

import { Machine } from '../component/abi/machine.ts'
import { Place } from '../component/abi/place.ts'
import { flagsType } from '../component/types/flags.ts'
import { FlatReader } from '../component/types/flat.ts'
import { functionType } from '../component/types/function.ts'
import { borrowType, ownType } from '../component/types/handle.ts'
import { listType } from '../component/types/list.ts'
import { recordType, tupleType } from '../component/types/record.ts'
import { Resource } from '../component/types/resource.ts'
import { SCALAR_TYPES } from '../component/types/scalar.ts'
import { STRING_TYPE } from '../component/types/text.ts'
import { enumType, optionType, resultType, variantType } from '../component/types/variant.ts'
import { createComponentWorld } from '../component/wasi/world.ts'
import { Guest } from '../guest.ts'
import { HOST_EXPORT } from '../rewriter/exports.ts'
import { callOf, ECHO, fixture } from './fixtures.ts'
import type { CoreFunction } from '../component/link/core-value.ts'
import type { Encoding } from '../component/types/encoding.ts'
import type { FlatValue } from '../component/types/flat.ts'
import type { ValueType } from '../component/types/type.ts'
import type { Value } from '../component/types/value.ts'

const { bool, s8, u8, s16, u16, s32, u32, s64, u64, f32, f64, char } = SCALAR_TYPES
const { code, descriptor } = fixture(ECHO)
const PAGES = 4

interface Desk {
  readonly place: Place
  readonly memory: WebAssembly.Memory
}

/** A machine in the middle of a run, over a memory of its own; room is made from 1,024 on. */
function desk(encoding: Encoding = 'utf8'): Desk {
  const memory = new WebAssembly.Memory({ initial: PAGES })
  const machine = new Machine()
  const guest = new Guest(
    callOf(code, descriptor, { budget: { fuel: 1e9 } }),
    { view: () => new Uint8Array() },
    undefined,
  )
  machine.begin(guest, createComponentWorld(guest, 'test', false), [memory])
  guest.start({ exports: { [HOST_EXPORT.fuel]: machine.fuel, [HOST_EXPORT.stack]: machine.stack } })
  let top = 1_024
  const call = (_old: FlatValue, _length: FlatValue, alignment: FlatValue, length: FlatValue): number => {
    const at = Math.ceil(top / Number(alignment)) * Number(alignment)
    top = at + Number(length)
    return at
  }
  const realloc: CoreFunction = {
    sort: 'function',
    signature: 'iiii:i',
    source: { from: 'host', call: call as never },
  }
  return { place: new Place(machine, 0, { memory: 0, realloc, encoding }), memory }
}

/** A type, and values of it. */
interface Sample {
  readonly type: ValueType
  readonly values: fc.Arbitrary<Value>
}

const scalars: readonly Sample[] = [
  { type: bool, values: fc.boolean() },
  { type: s8, values: fc.integer({ min: -128, max: 127 }) },
  { type: u8, values: fc.integer({ min: 0, max: 255 }) },
  { type: s16, values: fc.integer({ min: -32_768, max: 32_767 }) },
  { type: u16, values: fc.integer({ min: 0, max: 65_535 }) },
  { type: s32, values: fc.integer() },
  { type: u32, values: fc.nat(0xffff_ffff) },
  { type: s64, values: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { type: u64, values: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  { type: f32, values: fc.float() },
  { type: f64, values: fc.double() },
  {
    type: char,
    values: fc
      .string({ unit: 'grapheme', minLength: 1 })
      .map((text) => String.fromCodePoint(text.codePointAt(0) ?? 65)),
  },
  { type: STRING_TYPE, values: fc.string({ unit: 'grapheme', maxLength: 20 }) },
  { type: listType(u8), values: fc.uint8Array({ maxLength: 20 }) },
  { type: enumType(['a', 'b', 'c']), values: fc.nat(2).map((index) => ({ index })) },
  { type: flagsType(names(3)), values: fc.nat(7) },
  { type: flagsType(names(12)), values: fc.nat(4_095) },
  { type: flagsType(names(32)), values: fc.nat(0xffff_ffff) },
]

function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `n${index}`)
}

function tupleOf(samples: readonly Sample[]): Sample {
  return {
    type: tupleType(samples.map(({ type }) => type)),
    values: fc.tuple(...samples.map(({ values }) => values)),
  }
}

function variantOf(samples: readonly (Sample | undefined)[]): Sample {
  const cases = samples.map((sample, index) => ({ name: `c${index}`, type: sample?.type }))
  const each = samples.map((sample, index) =>
    sample === undefined ? fc.constant({ index }) : sample.values.map((value) => ({ index, value })),
  )
  return { type: variantType(cases), values: fc.oneof(...each) }
}

function compounds(inner: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  const some = fc.array(inner, { minLength: 1, maxLength: 4 })
  return fc.oneof(
    some.map(tupleOf),
    some.map((samples) => ({
      ...tupleOf(samples),
      type: recordType(
        names(samples.length),
        samples.map(({ type }) => type),
      ),
    })),
    inner.map(({ type, values }) => ({
      type: listType(type),
      values: type === u8 ? fc.uint8Array({ maxLength: 5 }) : fc.array(values, { maxLength: 5 }),
    })),
    fc.array(fc.option(inner, { nil: undefined }), { minLength: 1, maxLength: 5 }).map(variantOf),
    inner.map((sample) => ({ type: optionType(sample.type), values: variantOf([undefined, sample]).values })),
    fc.tuple(inner, inner).map(([good, bad]) => ({
      type: resultType(good.type, bad.type),
      values: variantOf([good, bad]).values,
    })),
  )
}

const leaf = fc.constantFrom(...scalars)
const samples = fc.oneof(leaf, compounds(leaf), compounds(compounds(leaf)))

test('what is stored in memory is loaded from it, for values of any type, in any encoding', () => {
  fc.assert(
    fc.property(
      samples.chain(({ type, values }) => fc.tuple(fc.constant(type), values)),
      fc.constantFrom<Encoding>('utf8', 'utf16', 'latin1+utf16'),
      ([type, value], encoding) => {
        const { place } = desk(encoding)
        type.store(place, 64, value)
        assert.deepEqual(type.load(place, 64), value)
      },
    ),
    { numRuns: 400 },
  )
})

test('what is lowered to parameters is lifted from them, for values of any type', () => {
  fc.assert(
    fc.property(
      samples.chain(({ type, values }) => fc.tuple(fc.constant(type), values)),
      ([type, value]) => {
        const { place } = desk()
        const flat: FlatValue[] = []
        if (functionType([type], undefined).passesInMemory) return
        type.lower(place, value, flat)
        assert.equal(flat.length, type.flat.length)
        flat.forEach((each, index) =>
          assert.equal(typeof each, type.flat[index] === 'i64' ? 'bigint' : 'number'),
        )
        assert.deepEqual(type.lift(place, new FlatReader(flat)), value)
      },
    ),
    { numRuns: 400 },
  )
})

// --------------------------------------------------------------------------------------- known bytes

function stored(type: ValueType, value: Value, length: number, encoding: Encoding = 'utf8'): string {
  const { place, memory } = desk(encoding)
  type.store(place, 64, value)
  return Buffer.from(memory.buffer, 64, length).toString('hex')
}

test('lays values out as the canonical ABI says', () => {
  const record = recordType(['a', 'b', 'c'], [u8, u32, u16])
  assert.equal(record.size, 12)
  assert.equal(stored(record, [1, 2, 3], 12), '010000000200000003000000')
  const variant = variantType([
    { name: 'none', type: undefined },
    { name: 'long', type: u64 },
  ])
  assert.equal(variant.size, 16)
  assert.equal(stored(variant, { index: 1, value: 5n }, 16), '01000000000000000500000000000000')
  assert.deepEqual(
    variantType([
      { name: 'a', type: f32 },
      { name: 'b', type: u32 },
      { name: 'c', type: tupleType([f64, u32]) },
    ]).flat,
    ['i32', 'i64', 'i32'],
  )
  assert.equal(enumType(names(257)).size, 2)
  assert.equal(flagsType(names(9)).size, 2)
})

test('writes strings in each encoding, and tells latin1 from utf16 by a bit of the length', () => {
  assert.equal(stored(STRING_TYPE, 'ä', 8), '0004000002000000')
  assert.equal(stored(STRING_TYPE, 'ä', 8, 'utf16'), '0004000001000000')
  assert.equal(stored(STRING_TYPE, 'ä', 8, 'latin1+utf16'), '0004000001000000')
  assert.equal(stored(STRING_TYPE, 'ł', 8, 'latin1+utf16'), '0004000001000080')
})

test('every NaN is the one NaN', () => {
  assert.equal(stored(f32, NaN, 4), '0000c07f')
  assert.equal(stored(f64, NaN, 8), '000000000000f87f')
  const { place, memory } = desk()
  new DataView(memory.buffer).setUint32(64, 0xffc0_1234, true)
  f32.store(place, 72, f32.load(place, 64))
  assert.equal(Buffer.from(memory.buffer, 72, 4).toString('hex'), '0000c07f')
})

test('numbers are as wide as their type, whatever a guest passes', () => {
  const { place } = desk()
  const lifted = (type: ValueType, value: FlatValue): Value => type.lift(place, new FlatReader([value]))
  assert.equal(lifted(u8, 0x1ff), 0xff)
  assert.equal(lifted(s8, 0x80), -128)
  assert.equal(lifted(u16, -1), 0xffff)
  assert.equal(lifted(u32, -1), 0xffff_ffff)
  assert.equal(lifted(u64, -1n), 2n ** 64n - 1n)
  assert.equal(lifted(bool, 2), true)
  assert.equal(lifted(flagsType(names(3)), -1), 7)
})

// ------------------------------------------------------------------------------------------- refusals

function traps(action: () => unknown, detail: RegExp): void {
  assert.throws(
    action,
    (error: Error & { code?: string }) => error.code === 'TRAP' && detail.test(error.message),
  )
}

test('traps on extents that end outside of the memory, whatever their numbers', () => {
  const end = PAGES * 65_536
  for (const [at, length] of [
    [end, 1],
    [end - 3, 4],
    [0, end + 1],
    [0xffff_fff0, 64],
    [0xffff_ffff, 0xffff_ffff],
    [-1, 2],
  ] as const) {
    const { place } = desk()
    traps(() => STRING_TYPE.lift(place, new FlatReader([at, length])), /of a memory of|more than/)
    traps(() => listType(u8).lift(place, new FlatReader([at, length])), /of a memory of|more than/)
  }
  assert.equal(STRING_TYPE.lift(desk().place, new FlatReader([end, 0])), '', 'nothing, at the very end')
})

test('traps on values that lists of one call hold too many of, over all lists together', () => {
  const { place } = desk()
  const lists = listType(u16)
  const half = [0, 100_000] as const
  lists.lift(place, new FlatReader(half))
  lists.lift(place, new FlatReader(half))
  traps(() => lists.lift(place, new FlatReader(half)), /more than 262144 values/)
  place.begin()
  assert.equal((lists.lift(place, new FlatReader(half)) as readonly Value[]).length, 100_000)
})

test('charges lists by their elements and bytes before they are made', () => {
  const { place } = desk()
  const before = place.machine.guest.fuelUsed
  listType(tupleType([u8, u8])).lift(place, new FlatReader([0, 10]))
  assert.equal(place.machine.guest.fuelUsed - before, 16 * 10 * 3)
  listType(u8).lift(place, new FlatReader([0, 160]))
  assert.equal(place.machine.guest.fuelUsed - before, 480 + 10)
})

test('handles mean what they were made for, and nothing once they are gone', () => {
  const { place } = desk()
  const [file, door] = [new Resource('file'), new Resource('door')]
  const flat: FlatValue[] = []
  ownType(file).lower(place, 7, flat)
  const own = (resource: Resource): Value => ownType(resource).lift(place, new FlatReader(flat))
  traps(() => own(door), /not of type door/)
  assert.equal(borrowType(file).lift(place, new FlatReader(flat)), 7)
  traps(() => own(file), /lent to a call/)
  place.scope.giveBack()
  assert.equal(own(file), 7)
  traps(() => own(file), /there is no handle 1/)
})

test('a borrowed handle cannot be given away', () => {
  const { place } = desk()
  const file = new Resource('file', 5)
  const flat: FlatValue[] = []
  borrowType(file).lower(place, 7, flat)
  assert.equal(place.scope.borrowed, 1)
  traps(() => ownType(file).lift(place, new FlatReader(flat)), /is borrowed/)
})

test('an instance has so many handles and no more', () => {
  const { place } = desk()
  const file = new Resource('file')
  for (let left = 16_384; left > 0; left -= 1) place.handles.addOwn(file, 0)
  traps(() => place.handles.addOwn(file, 0), /more than 16384 handles/)
})
