/**
 * A NaN is made the one NaN where its bits leave the values of a function, and nobody can tell that it was not made so
 * at once: held for programs of every kind, and for each place where bits leave by itself.
 */
import assert from 'node:assert/strict'
import test from 'node:test'

import { fc } from '../../../conformance/test/laws.ts'
import { assemble } from './fixtures.ts'
import { floatProgram, INPUT_BYTES, MEMORY_BYTES, SETTLE } from './float-programs.ts'
import { runOriginal, runRewritten } from './harness.ts'
import type { FloatProgram } from './float-programs.ts'
import type { Running } from './harness.ts'

/** NaN of both widths with payloads of both signs, quiet and signalling, among numbers. */
const HOSTILE = [
  ...[0x7ff8_0000_0000_1234n, 0xfff0_0000_0000_0001n, 0xffff_ffff_ffff_ffffn, 0x7fc0_1234_ff80_0001n],
  ...[0x7ff0_0000_0000_0000n, 0xfff0_0000_0000_0000n, 0x3ff8_0000_0000_0000n, 0xffff_ffff_7f80_0001n],
  ...[0xc010_0000_4000_0000n, 0x0000_0000_0000_0000n, 0x8000_0000_8000_0000n, 0x7ff4_0000_7fa0_0000n],
]

const choices = fc.array(fc.nat(1_000), { minLength: 60, maxLength: 400, size: 'max' })
const inputs = fc.array(fc.constantFrom(...HOSTILE), { minLength: 8, maxLength: INPUT_BYTES / 8 })
/** Fuel is given in parts of this many units. */
const slices = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constant(1_000_000))

test('no program can tell that its NaN were not made the one NaN at once, nor does it take other fuel', () => {
  fc.assert(
    fc.property(choices, inputs, slices, (made, input, slice) => {
      const program = floatProgram(made)
      const running = runRewritten(assemble(program.text), slice)
      const found = memoryOf(running, input)
      assert.deepEqual(found, memoryOf(runOriginal(assemble(program.oracle)), input))
      assert.equal(running.fuelUsed, fuelOf(program, found))
    }),
    { numRuns: 300 },
  )
})

test('the same programs can tell where nothing is done about it', () => {
  const { failed } = fc.check(
    fc.property(choices, inputs, (made, input) => {
      const { text, oracle } = floatProgram(made)
      assert.deepEqual(
        memoryOf(runOriginal(assemble(text)), input),
        memoryOf(runOriginal(assemble(oracle)), input),
      )
    }),
    { numRuns: 300 },
  )
  assert.ok(failed)
})

function memoryOf(running: Running, input: readonly bigint[]): Buffer {
  const view = new BigUint64Array(running.memory.buffer, 0, INPUT_BYTES / 8)
  for (const at of view.keys()) view[at] = input[at % input.length] as bigint
  running.call('f')
  return Buffer.from(running.memory.buffer.slice(0, MEMORY_BYTES))
}

/** What the chapter says: each region at each of its turns, and what is called. */
function fuelOf({ regions, callsAt, callPrice }: FloatProgram, memory: Buffer): number {
  const calls = memory.readUInt32LE(callsAt) * callPrice
  return regions.reduce(
    (sum, { price, turnsAt }) => sum + price * (turnsAt === undefined ? 1 : memory.readUInt32LE(turnsAt)),
    calls,
  )
}

// ------------------------------------------------------------------------------------ where bits leave

/** A sum with a NaN of the guest, whose payload and sign most processors give on. */
const SUM = '(f64.add (f64.load (i32.const 0)) (f64.load (i32.const 8)))'
const LANES = '(f64x2.add (v128.load (i32.const 0)) (v128.load (i32.const 16)))'
const LOCAL = '(local.set $x (f64.mul (local.get $x) (f64.load (i32.const 0))))'
const COUNT = '(local.set $n (i32.add (local.get $n) (i32.const 1)))'
const bits = (value: string): string => `(i64.store (i32.const 64) (i64.reinterpret_f64 ${value}))`

/** Each leaves bits of a NaN that arithmetic gave at 64. */
const SINKS: readonly (readonly [name: string, body: string])[] = [
  ['a store', `(f64.store (i32.const 64) ${SUM})`],
  ['an integer', bits(SUM)],
  ['a narrower store', `(f32.store (i32.const 64) (f32.demote_f64 ${SUM}))`],
  ['a local that is read and stored', `${LOCAL} ${LOCAL} (f64.store (i32.const 64) (local.get $x))`],
  ['a local that is kept on the stack', `(f64.store (i32.const 64) (local.tee $x ${SUM}))`],
  [
    'a local that was copied',
    `(local.set $x ${SUM}) (local.set $y (local.get $x)) ${bits('(local.get $y)')}`,
  ],
  [
    'a local after both halves of an if',
    `(if (i32.const 1) (then (local.set $x ${SUM})) (else (local.set $x (f64.load (i32.const 24))))) ${bits('(local.get $x)')}`,
  ],
  [
    'a local after a branch',
    `(block $b (local.set $x ${SUM}) (br_if $b (i32.const 1)) (local.set $x (f64.const 0))) ${bits('(local.get $x)')}`,
  ],
  [
    'a local at the next turn of a loop',
    `(loop $l ${bits('(local.get $x)')} (local.set $x ${SUM}) (local.set $n (i32.add (local.get $n) (i32.const 1))) (br_if $l (i32.lt_u (local.get $n) (i32.const 2))))`,
  ],
  ['a sign', `(f64.store (i32.const 64) (f64.copysign (f64.const 0) ${SUM}))`],
  ['a value that is given a sign', `(f64.store (i32.const 64) (f64.copysign ${SUM} (f64.const 1)))`],
  ['a value whose sign is changed', `(f64.store (i32.const 64) (f64.neg ${SUM}))`],
  ['a value whose sign is taken away', `(f64.store (i32.const 64) (f64.abs ${SUM}))`],
  ['a select', `(f64.store (i32.const 64) (select ${SUM} (f64.const 1) (i32.const 1)))`],
  ['a typed select', `(f64.store (i32.const 64) (select (result f64) (f64.const 1) ${SUM} (i32.const 0)))`],
  ['the result of a block', `(f64.store (i32.const 64) (block (result f64) ${SUM}))`],
  ['a branch with a value', `(f64.store (i32.const 64) (block $b (result f64) (br $b ${SUM})))`],
  [
    'a branch that may be taken',
    `(f64.store (i32.const 64) (block $b (result f64) (br_if $b ${SUM} (i32.const 1))))`,
  ],
  [
    'a branch by a table',
    `(f64.store (i32.const 64) (block $b (result f64) (br_table $b $b ${SUM} (i32.const 1))))`,
  ],
  ['a parameter of a loop', `${SUM} (loop (param f64) (local.set $x)) ${bits('(local.get $x)')}`],
  ['a global', `(global.set $g ${SUM}) (f64.store (i32.const 64) (global.get $g))`],
  ['a parameter', `(call $store ${SUM})`],
  ['a parameter of a call by table', `(call_indirect (param f64) ${SUM} (i32.const 0))`],
  ['the result of a function', `(f64.store (i32.const 64) (call $sum))`],
  ['the result of a return', `(f64.store (i32.const 64) (call $early))`],
  ['lanes', `(v128.store (i32.const 64) ${LANES})`],
  ['one lane', `(f64.store (i32.const 64) (f64x2.extract_lane 0 ${LANES}))`],
  [
    'lanes as those of another shape',
    `(v128.store (i32.const 64) (f32x4.pmin ${LANES} (v128.load (i32.const 32))))`,
  ],
  [
    'lanes taken in two shapes',
    `(local.set $v ${LANES}) (v128.store (i32.const 64) (f32x4.mul (local.get $v) (v128.const f32x4 1 1 1 1)))`,
  ],
  ['lanes of a local', `(local.set $v ${LANES}) (v128.store (i32.const 64) (local.get $v))`],
  ['lanes through integers', `(v128.store (i32.const 64) (v128.or (v128.load (i32.const 96)) ${LANES}))`],
]

const either = (one: string, other: string, which: 0 | 1): string =>
  `(if (i32.const ${which}) (then (local.set $x ${one})) (else (local.set $x ${other})))`
const GUEST = '(f64.load (i32.const 0))'
const ODD = '(f64.const -nan:0x1234)'

/** Each leaves bits of the guest at 64, though arithmetic could have given them. */
const KEPT: readonly (readonly [name: string, body: string])[] = [
  ['a local that was given a sum or what was loaded', `${either(SUM, GUEST, 0)} ${bits('(local.get $x)')}`],
  ['the same, and a sum', `${either(SUM, GUEST, 1)} ${bits('(local.get $x)')}`],
  ['a local that was given a sum or a constant', `${either(SUM, ODD, 0)} ${bits('(local.get $x)')}`],
  ['a sum with another sign', `(local.set $x (f64.neg ${SUM})) ${bits('(local.get $x)')}`],
  ['a sum with another sign, or none', `${either(`(f64.neg ${SUM})`, SUM, 1)} ${bits('(local.get $x)')}`],
  [
    'a sum with a given sign',
    `(local.set $x (f64.copysign ${SUM} (f64.const -1))) ${bits('(local.get $x)')}`,
  ],
  ['a select of both', `(local.set $x (select ${SUM} ${GUEST} (i32.const 0))) ${bits('(local.get $x)')}`],
  [
    'a local that a later turn gives what was loaded',
    `(loop $l ${bits('(local.get $x)')} ${either(GUEST, SUM, 1)} ${COUNT} (br_if $l (i32.lt_u (local.get $n) (i32.const 2))))`,
  ],
  [
    'a local after an if that is passed over',
    `(local.set $x ${GUEST}) (if (i32.const 0) (then (local.set $x ${SUM}))) ${bits('(local.get $x)')}`,
  ],
]

for (const [name, body] of KEPT) {
  test(`bits of the guest stay what they are for ${name}`, () => {
    const found = bytesOf(runRewritten(assemble(moduleOf(body, SUM))))
    assert.deepEqual(found, bytesOf(runOriginal(assemble(moduleOf(settled(body), settled(SUM))))))
  })
}

for (const [name, body] of SINKS) {
  test(`the NaN of arithmetic is the one NaN for ${name}`, () => {
    const found = bytesOf(runRewritten(assemble(moduleOf(body, SUM))))
    assert.deepEqual(found, bytesOf(runOriginal(assemble(moduleOf(settled(body), settled(SUM))))))
  })

  test(`and would not be so by itself for ${name}`, (t) => {
    const [asIs, atOnce] = [moduleOf(body, SUM), moduleOf(settled(body), settled(SUM))].map((text) =>
      bytesOf(runOriginal(assemble(text))),
    )
    if (!givesOn) return t.skip('this processor gives the one NaN by itself')
    assert.notDeepEqual(asIs, atOnce)
  })
}

const givesOn = !bytesOf(runOriginal(assemble(moduleOf(`(f64.store (i32.const 64) ${SUM})`, SUM))))
  .subarray(0, 8)
  .equals(Buffer.from([0, 0, 0, 0, 0, 0, 0xf8, 0x7f]))

/** Every result of arithmetic is made the one NaN at once. */
function settled(body: string): string {
  return body
    .replaceAll(SUM, `(call $settle ${SUM})`)
    .replaceAll(LANES, `(call $settle_f64x2 ${LANES})`)
    .replaceAll(/\(f64\.mul (.*?)\)\)\)/g, '(call $settle (f64.mul $1))))')
    .replaceAll(/\(f32\.demote_f64 (.*)\)\)$/g, '(call $settle_f32 (f32.demote_f64 $1)))')
    .replaceAll(/\(f32x4\.mul (.*)\)\)$/g, '(call $settle_f32x4 (f32x4.mul $1)))')
}

function bytesOf(running: Running): Buffer {
  const view = new BigUint64Array(running.memory.buffer)
  view.set([0xfff8_0000_0000_1234n, 0x3ff0_0000_0000_0000n, 0xfff8_0000_7fc0_1234n, 0xfff8_0000_7fc0_1234n])
  running.call('f')
  return Buffer.from(running.memory.buffer.slice(64, 96))
}

function moduleOf(body: string, sum: string): string {
  return `(module (memory (export "memory") 1) (global $g (mut f64) (f64.const 0)) (table funcref (elem $store))
    ${SETTLE}
    (func $store (param f64) (f64.store (i32.const 64) (local.get 0)))
    (func $sum (result f64) ${sum})
    (func $early (result f64) (return ${sum}))
    (func (export "f") (result i32) (local $x f64) (local $y f64) (local $n i32) (local $v v128)
      ${body} (i32.const 0)))`
}
