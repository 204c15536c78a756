/** Types of handlers: what a block may state, what is of a type, and what a node answers to what is not. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { fc } from '../../conformance/test/laws.ts'

import { CborFloat, CODEC, encodeDagCbor, hashBlock, nobleCrypto } from '../../promisebase/index.ts'
import { argumentsTypeRefusal, resultTypeRefusal } from '../types/check-call.ts'
import { valueProblem } from '../types/check-value.ts'
import { encodeTypes, readTypes } from '../types/handler-types.ts'
import { readValueType, writeValueType } from '../types/value-type.ts'
import { decodeCbor, DAG_CBOR_PROFILE } from '../../promisebase/index.ts'
import type { CborInput, CborValue } from '../../promisebase/index.ts'
import type { ValueType } from '../types/value-type.ts'

function valueOf(input: CborInput): CborValue {
  const decoded = decodeCbor(encodeDagCbor(input), DAG_CBOR_PROFILE)
  assert.ok(decoded.ok !== undefined || decoded.refused === undefined)
  return decoded.ok as CborValue
}

function typeOf(stated: CborInput): ValueType {
  const type = readValueType(valueOf(stated))
  assert.ok(type, JSON.stringify(stated))
  return type
}

const cid = hashBlock(nobleCrypto.sha256, CODEC.raw, new Uint8Array(0))
const many = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, 'u8']))
const deep = (levels: number): CborInput => (levels === 0 ? 'u8' : { tuple: [deep(levels - 1)] })

/** For each type what is of it, and what is not. */
const CASES: readonly (readonly [
  type: CborInput,
  are: readonly CborInput[],
  areNot: readonly CborInput[],
])[] = [
  ['bool', [true, false], [0, null, 'true']],
  ['u8', [0, 255], [-1, 256, 1.5, '1', new CborFloat(1)]],
  ['s8', [-128, 127], [-129, 128]],
  ['u16', [65_535], [65_536, -1]],
  ['s16', [-32_768], [-32_769, 32_768]],
  ['u32', [2 ** 32 - 1], [2 ** 32]],
  ['s32', [-(2 ** 31)], [2 ** 31]],
  ['u64', [0, 2n ** 64n - 1n], [-1, '0']],
  ['s64', [-(2n ** 63n), 2n ** 63n - 1n], [2n ** 63n, -(2n ** 63n) - 1n]],
  ['f64', [1, 0.1, new CborFloat(1), new CborFloat(1e300)], ['1', 2n ** 60n, null]],
  ['f32', [1, 0.5, new CborFloat(2)], [0.1, new CborFloat(1e300)]],
  ['char', ['a', '🐑'], ['', 'ab', 97]],
  ['string', ['', 'text'], [1, null, new Uint8Array(0)]],
  ['bytes', [new Uint8Array(2)], ['', [1, 2]]],
  ['link', [cid], [cid.toString(), cid.bytes]],
  [{ list: 'u8' }, [], []],
  [{ list: 'bool' }, [[], [true]], [true, [1], [true, null]]],
  [{ tuple: ['u8', 'string'] }, [[1, 'a']], [[1], [1, 'a', 2], ['a', 1]]],
  [{ option: 'u8' }, [null, 1], ['', 256]],
  [
    { record: { a: 'u8', b: { option: 'u8' } } },
    [{ a: 1 }, { a: 1, b: 2 }],
    [{}, { a: 1, b: null }, { a: 1, c: 1 }, [1], { b: 1 }, { a: 1, toString: 1 }],
  ],
  [
    { variant: { none: null, some: 'u8' } },
    ['none', { some: 1 }],
    ['some', { none: 1 }, { some: 256 }, { other: 1 }, { some: 1, none: 1 }, {}, 'toString', null],
  ],
  [{ flags: ['a', 'b'] }, [[], ['a'], ['a', 'b']], [['b', 'a'], ['a', 'a'], ['c'], 'a', [0]]],
]

test('tells what is of a type from what is not', () => {
  for (const [stated, are, areNot] of CASES.filter(([type]) => JSON.stringify(type) !== '{"list":"u8"}')) {
    const type = typeOf(stated)
    for (const value of are) assert.equal(valueProblem(type, valueOf(value), 'it'), undefined)
    for (const value of areNot) assert.match(valueProblem(type, valueOf(value), 'it') ?? 'is', /^it/)
  }
})

test('says where a value is wrong', () => {
  const type = typeOf({
    list: { record: { name: 'string', at: { tuple: ['u8', { variant: { x: 'u8' } }] } } },
  })
  const problem = (value: CborInput): string | undefined => valueProblem(type, valueOf(value), 'arguments')
  assert.equal(problem([{ name: 'a', at: [1, { x: 2 }] }]), undefined)
  assert.equal(problem([{ name: 'a', at: [1, { x: 256 }] }]), 'arguments[0].at[1].x is no u8')
  assert.equal(problem([{ at: [1, { x: 1 }] }]), 'arguments[0].name is missing')
  assert.equal(problem([{ name: 'a', at: [1, { x: 1 }], b: 1 }]), 'arguments[0] has no "b"')
})

test('looks at a value, and not at all that it might have had: of a thousand fields that may be left out none is looked for', () => {
  let looks = 0
  class Watched extends Map<string, ValueType> {
    override *[Symbol.iterator](): ReturnType<Map<string, ValueType>[typeof Symbol.iterator]> {
      for (const entry of super[Symbol.iterator]()) {
        looks += 1
        yield entry
      }
    }
  }
  const names = Array.from({ length: 1_000 }, (_, at) => `n${at}`)
  const optional = { kind: 'option', of: { kind: 'scalar', name: 'u8' } } as const
  const fields = new Watched(names.map((name) => [name, optional]))
  const list: ValueType = { kind: 'list', of: { kind: 'record', fields } }
  const empty = Array.from({ length: 1_000 }, () => ({}))
  for (let round = 0; round < 3; round += 1) assert.equal(valueProblem(list, valueOf(empty), 'it'), undefined)
  assert.equal(valueProblem(list, valueOf([...empty, { n7: 1, n8: 256 }]), 'it'), 'it[1000].n8 is no u8')
  assert.ok(looks <= names.length, `looked at ${looks} fields`)
})

test('reads no type that a block may not state', () => {
  for (const stated of [
    ...['u7', '', 'toString', null, 1, [], {}, { list: 'u8' }, { list: null }, { option: { option: 'u8' } }],
    ...[{ tuple: [] }, { tuple: 'u8' }, { record: {} }, { record: [] }, { variant: {} }, { flags: [] }],
    ...[{ flags: ['a', 'a'] }, { flags: [1] }, { flags: Array.from({ length: 33 }, (_, at) => `f${at}`) }],
    ...[{ record: { '': 'u8' } }, { record: { __proto_: 'u8' } }, { record: { '0': 'u8' } }],
    ...[{ record: new Map([['__proto__', 'u8']]) }, { record: new Map([['a b', 'u8']]) }],
    ...[{ record: many(129) }, { tuple: Array.from({ length: 129 }, () => 'u8') }, deep(33)],
    ...[{ list: 'u16', option: 'u8' }, { unknown: 'u8' }, { constructor: 'u8' }],
  ])
    assert.equal(readValueType(valueOf(stated as CborInput)), undefined, JSON.stringify(stated))
  assert.ok(readValueType(valueOf({ record: many(128) })))
  assert.ok(readValueType(valueOf(deep(32))))
})

test('what a type is written as is read as the same type', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/)
  const { type } = fc.letrec<{ type: ValueType; inner: ValueType }>((tie) => ({
    inner: fc.constantFrom<ValueType>({ kind: 'scalar', name: 'u16' }, { kind: 'scalar', name: 'string' }),
    type: fc.oneof(
      { maxDepth: 4 },
      tie('inner'),
      tie('type').map((of): ValueType => ({ kind: 'list', of })),
      tie('inner').map((of): ValueType => ({ kind: 'option', of })),
      fc
        .array(tie('type'), { minLength: 1, maxLength: 3 })
        .map((items): ValueType => ({ kind: 'tuple', items })),
      fc
        .array(fc.tuple(name, tie('type')), { minLength: 1, maxLength: 3 })
        .map((fields): ValueType => ({ kind: 'record', fields: new Map(fields) })),
      fc
        .array(fc.tuple(name, fc.option(tie('type'), { nil: undefined })), { minLength: 1, maxLength: 3 })
        .map((cases): ValueType => ({ kind: 'variant', cases: new Map(cases) })),
      fc
        .uniqueArray(name, { minLength: 1, maxLength: 32 })
        .map((names): ValueType => ({ kind: 'flags', names })),
    ),
  }))
  fc.assert(fc.property(type, (each) => assert.deepEqual(readValueType(valueOf(writeValueType(each))), each)))
})

test('reads a block of methods and no other', () => {
  const method = { arguments: { name: 'string' }, result: 'u32' }
  const read = (block: CborInput): string => readTypes(encodeDagCbor(block)).refused?.code ?? 'read'
  assert.equal(read({ format: 1, methods: { greet: method } }), 'read')
  assert.equal(read({ format: 1, methods: { greet: { arguments: {}, result: null } } }), 'read')
  for (const block of [
    ...[[], 1, {}, { format: 2, methods: { greet: method } }, { format: 1, methods: {} }, { format: 1 }],
    { format: 1, methods: { greet: method }, more: 1 },
    { format: 1, methods: { greet: { arguments: { name: 'string' } } } },
    { format: 1, methods: { greet: { ...method, more: 1 } } },
    { format: 1, methods: { greet: { arguments: [], result: null } } },
    { format: 1, methods: { greet: { arguments: {}, result: 'u7' } } },
    { format: 1, methods: Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`m${at}`, method])) },
  ])
    assert.equal(read(block as CborInput), 'DESCRIPTOR', JSON.stringify(block))
  const long = { record: many(128) }
  const methods = Object.fromEntries(
    Array.from({ length: 64 }, (_, at) => [`m${at}`, { arguments: { a: long }, result: long }]),
  )
  assert.equal(read({ format: 1, methods }), 'DESCRIPTOR', 'a block that is too long')
  assert.equal(readTypes(new Uint8Array(3)).refused?.code, 'DESCRIPTOR')
  const optional: ValueType = { kind: 'option', of: { kind: 'option', of: { kind: 'scalar', name: 'u8' } } }
  assert.throws(() => encodeTypes(new Map([['m', { arguments: new Map(), result: optional }]])), TypeError)
})

test('checks arguments and results as one item, or as nothing', () => {
  const types = readTypes(
    encodeDagCbor({
      format: 1,
      methods: {
        greet: { arguments: { name: 'string' }, result: 'u32' },
        rest: { arguments: {}, result: null },
      },
    }),
  ).ok
  const [greet, rest] = [types?.get('greet'), types?.get('rest')]
  assert.ok(greet && rest)
  const bytes = encodeDagCbor({ name: 'alice' })
  assert.equal(argumentsTypeRefusal(greet, bytes), undefined)
  assert.equal(argumentsTypeRefusal(rest, new Uint8Array(0)), undefined)
  assert.equal(resultTypeRefusal(greet, encodeDagCbor(7)), undefined)
  assert.equal(resultTypeRefusal(rest, new Uint8Array(0)), undefined)
  for (const wrong of [new Uint8Array(0), encodeDagCbor({}), bytes.subarray(1), Uint8Array.of(...bytes, 0)])
    assert.equal(argumentsTypeRefusal(greet, wrong)?.code, 'SHAPE')
  assert.equal(argumentsTypeRefusal(rest, encodeDagCbor({}))?.code, 'SHAPE')
  for (const wrong of [new Uint8Array(0), encodeDagCbor('7'), encodeDagCbor(-1)])
    assert.equal(resultTypeRefusal(greet, wrong)?.code, 'TRAP')
  assert.equal(resultTypeRefusal(rest, encodeDagCbor(7))?.code, 'TRAP')
})
