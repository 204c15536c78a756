/** Components of a few bytes that say much: what they would cost is counted before it is paid. */
import assert from 'node:assert/strict'
import test from 'node:test'

import { functionType } from '../component/types/function.ts'
import { SCALAR_TYPES } from '../component/types/scalar.ts'
import { isSame, isSameFunction } from '../component/types/same.ts'
import { recordType } from '../component/types/record.ts'
import { toValues } from '../component/typed/to-value.ts'
import { listType } from '../component/types/list.ts'
import { enumType, optionType } from '../component/types/variant.ts'
import { COMPONENT_BOUNDS } from '../component/bounds.ts'
import { createWasiRuntime, readComponentTypes } from '../index.ts'
import { bytesOf, component, externName, leb, list, name, section, types } from './components.ts'
import { assemble } from './fixtures.ts'
import type { ValueType } from '../component/types/type.ts'

const runtime = createWasiRuntime()
type Bytes = readonly number[]

async function refusal(code: Uint8Array, methods: readonly string[] = ['run0']): Promise<string> {
  const { refused } = await runtime.admit(code, component(code, { methods }).descriptor)
  assert.equal(refused?.code, 'ADMIT')
  return refused?.detail ?? ''
}

const few = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `n${index.toString(36)}`)

// ------------------------------------------------------------------------- types that name each other

const LIBRARY =
  '(module (memory (export "m") 1) (func (export "f") (param i32)) (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 0))'

/** Functions, each lifted for itself, that take a record of so many fields, each of them of an enum of so many names. */
function takesRecord(fields: number, names: number, functions: number): Uint8Array {
  const enumeration: Bytes = [0x6d, ...list(few(names).map(name))]
  const record: Bytes = [0x72, ...list(few(fields).map((field) => [...name(field), 0]))]
  const taking: Bytes = [0x40, ...list([[...name('x'), 1]]), 0x01, 0x00]
  const lift: Bytes = [
    0x00,
    0x00,
    0x00,
    ...list([
      [0x03, 0x00],
      [0x04, 0x01],
    ]),
    0x02,
  ]
  const each = Array.from({ length: functions }, (_, index) => index)
  return bytesOf(
    section(1, [...assemble(LIBRARY)]),
    section(2, list([[0x00, 0x00, 0x00]])),
    section(
      6,
      list([
        [0x00, 0x00, 0x01, 0x00, ...name('f')],
        [0x00, 0x00, 0x01, 0x00, ...name('r')],
        [0x00, 0x02, 0x01, 0x00, ...name('m')],
      ]),
    ),
    types(enumeration, record, taking),
    section(8, list(each.map(() => lift))),
    section(11, list(each.map((index) => [...externName(`run${index}`), 0x01, ...leb(index), 0x00]))),
  )
}

test('a type that names a large one in every field is not written down', async () => {
  // 9,680 names are stated, and 65,000 are not: that many fit into no block of types.
  assert.match(await refusal(takesRecord(80, 120, 1)), /^the descriptor names no types/)
  assert.match(await refusal(takesRecord(250, 259, 1)), /exports neither/)
})

test('types of many methods are not written down when those of the first are too many already', async () => {
  const methods = few(4).map((_, index) => `run${index}`)
  assert.match(await refusal(takesRecord(80, 120, 1)), /^the descriptor names no types/)
  assert.match(await refusal(takesRecord(80, 120, 4), methods), /^types: there are more of them/)
  assert.match(
    readComponentTypes(takesRecord(17, 1, 65)).refused?.detail ?? '',
    /^types: there are more of them/,
  )
  assert.ok(readComponentTypes(takesRecord(17, 1, 64)).ok)
})

/** Counts how often it is looked into. */
function watched(type: ValueType): { readonly type: ValueType; readonly looks: () => number } {
  let looks = 0
  const { form } = type
  const seen = { ...type }
  Object.defineProperty(seen, 'form', { get: () => ((looks += 1), form) })
  return { type: seen, looks: () => looks }
}

test('two types are compared once, however often they meet', () => {
  const [one, other] = [watched(enumType(few(300))), watched(enumType(few(300)))]
  const recordOf = (type: ValueType): ValueType =>
    recordType(
      few(4_000),
      few(4_000).map(() => type),
    )
  const taking = (type: ValueType) => functionType([recordOf(type)], SCALAR_TYPES.u8)
  for (let round = 0; round < 10; round += 1) assert.ok(isSameFunction(taking(one.type), taking(other.type)))
  assert.equal(one.looks(), 1)
  assert.equal(other.looks(), 1)
})

test('types that differ are found to differ, also beside those that are the same', () => {
  const [some, same, others] = [enumType(few(3)), enumType(few(3)), enumType(['a', 'b', 'c'])]
  assert.ok(isSame(some, same))
  assert.ok(!isSame(some, others))
  assert.ok(!isSame(others, some))
  assert.ok(!isSame(recordType(['a', 'b'], [some, some]), recordType(['a', 'b'], [same, others])))
  assert.ok(!isSameFunction(functionType([some], undefined), functionType([others], undefined)))
  assert.ok(!isSameFunction(functionType([some], undefined), functionType([some, some], undefined)))
  assert.ok(!isSameFunction(functionType([some], some), functionType([some], others)))
})

test('values of many parts are not made of empty maps by the million', () => {
  const names = few(120)
  const record = recordType(
    names,
    names.map(() => optionType(SCALAR_TYPES.u8)),
  )
  const made = (count: number): number => {
    const given = new Map([['a', Array.from({ length: count }, () => new Map())]])
    return (toValues(['a'], [listType(record)], given)[0] as readonly unknown[]).length
  }
  const most = Math.floor(COMPONENT_BOUNDS.valuesOfCall / record.parts)
  assert.equal(made(most), most)
  assert.throws(() => made(most + 1), {
    name: 'Halt',
    code: 'TRAP',
    message: /more than 262144 values in lists/,
  })
})

// --------------------------------------------------------------------------- modules made many times

/** A module of so many bytes of data, and a global that is 1 more than what it is given. */
function addsToGlobal(bytes: number): Bytes {
  const module = (...sections: readonly Bytes[]): Bytes => [
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...sections.flat(),
  ]
  const imported = section(2, list([[...name('a'), ...name('g'), 0x03, 0x7f, 0x00]]))
  const global = section(6, list([[0x7f, 0x00, 0x23, 0x00, 0x41, 0x01, 0x6a, 0x0b]]))
  const passive = section(11, list([[0x01, ...leb(bytes), ...new Uint8Array(bytes)]]))
  return module(imported, global, section(12, leb(1)), passive)
}

test('a module is not made anew for each of many instances', async () => {
  const gives = '(module (global (export "g") i32 (i32.const 7)))'
  const often = (instances: number): Uint8Array =>
    bytesOf(
      section(1, [...assemble(gives)]),
      section(1, addsToGlobal(300_000)),
      section(
        2,
        list([
          [0x00, 0x00, 0x00],
          ...Array.from({ length: instances }, (): Bytes => [
            0x00,
            0x01,
            ...list([[...name('a'), 0x12, 0x00]]),
          ]),
        ]),
      ),
    )
  assert.match(await refusal(often(50)), /exports neither/, 'only the method is missing')
  assert.match(await refusal(often(60)), /more than 16777216 bytes of core modules/)
})
