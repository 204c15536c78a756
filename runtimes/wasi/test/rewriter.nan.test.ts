import assert from 'node:assert/strict'
import test from 'node:test'

import { assemble } from './fixtures.ts'
import { runRewritten } from './harness.ts'

const NAN64 = 0x7ff8_0000_0000_0000n
const PAYLOAD64 = 0x7ff8_0000_0000_1234n
const SIGNALLING64 = -0x000f_ffff_ffff_fff1n
const NAN32 = 0x7fc0_0000
const PAYLOAD32 = 0x7fc0_1234

const operations = ['add', 'sub', 'mul', 'div', 'min', 'max']
const roundings = ['ceil', 'floor', 'trunc', 'nearest', 'sqrt']

for (const [width, cast, payload, nan] of [
  ['f64', 'i64', PAYLOAD64, NAN64],
  ['f32', 'i32', PAYLOAD32, NAN32],
] as const) {
  for (const operation of operations) {
    test(`${width}.${operation} of a NaN with a payload gives the one NaN`, () => {
      const f = compile(
        `(${cast}.reinterpret_${width}
        (${width}.${operation} (${width}.reinterpret_${cast} (local.get 0)) (${width}.const 1)))`,
        cast,
      )
      assert.equal(f(payload), nan)
    })
  }
  for (const operation of roundings) {
    test(`${width}.${operation} of a NaN with a payload gives the one NaN`, () => {
      const f = compile(
        `(${cast}.reinterpret_${width} (${width}.${operation} (${width}.reinterpret_${cast} (local.get 0))))`,
        cast,
      )
      assert.equal(f(payload), nan)
    })
  }
  for (const operation of ['neg', 'abs']) {
    test(`${width}.${operation} moves bits and keeps a payload`, () => {
      const f = compile(
        `(${cast}.reinterpret_${width} (${width}.${operation} (${width}.reinterpret_${cast} (local.get 0))))`,
        cast,
      )
      assert.notEqual(f(payload), nan)
    })
  }
}

test('a NaN that goes through neg after arithmetic comes out as minus the one NaN', () => {
  const f = compile(
    '(i64.reinterpret_f64 (f64.neg (f64.add (f64.reinterpret_i64 (local.get 0)) (f64.const 1))))',
    'i64',
  )
  assert.equal(BigInt.asUintN(64, f(SIGNALLING64) as bigint), NAN64 | (1n << 63n))
})

test('zero divided by zero is the one NaN, not the one of the processor', () => {
  const f = compile('(i64.reinterpret_f64 (f64.div (f64.const 0) (f64.const 0)))', 'i64')
  assert.equal(f(0n), NAN64)
})

test('promotion and demotion drop payloads', () => {
  const promote = compile(
    '(i64.reinterpret_f64 (f64.promote_f32 (f32.demote_f64 (f64.reinterpret_i64 (local.get 0)))))',
    'i64',
  )
  assert.equal(promote(PAYLOAD64), NAN64)
})

test('each lane of a vector is made canonical by itself', () => {
  const code = assemble(`(module (memory (export "memory") 1) (func (export "f") (param i32) (result i32)
    (v128.store (i32.const 0)
      (f32x4.add (i32x4.replace_lane 2 (f32x4.splat (f32.const 2)) (local.get 0)) (f32x4.splat (f32.const 1))))
    (v128.store (i32.const 16)
      (f64x2.mul (i64x2.splat (i64.const 0x7ff8000000001234)) (f64x2.splat (f64.const 1))))
    (i32.const 0)))`)
  const running = runRewritten(code)
  running.call('f', PAYLOAD32)
  const lanes = new DataView(running.memory.buffer)
  assert.deepEqual(
    [0, 4, 8, 12].map((at) => lanes.getUint32(at, true)),
    [0x4040_0000, 0x4040_0000, NAN32, 0x4040_0000],
  )
  assert.deepEqual([lanes.getBigUint64(16, true), lanes.getBigUint64(24, true)], [NAN64, NAN64])
})

function compile(body: string, type: 'i32' | 'i64'): (value: number | bigint) => unknown {
  const code = assemble(`(module (memory 1) (func (export "f") (param ${type}) (result ${type}) ${body}))`)
  return (value) => runRewritten(code).call('f', value)
}
