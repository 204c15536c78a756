import assert from 'node:assert/strict'
import test from 'node:test'

import { FUEL } from '../rewriter/fuel.ts'
import { assemble } from './fixtures.ts'
import { fuelOf, rewritten, runRewritten } from './harness.ts'

const f = (parameters: string, body: string): Uint8Array =>
  assemble(`(module (memory 1 4) (table $t 2 10 funcref) (func (export "f") ${parameters} ${body}))`)

test('each instruction costs one, the end of the function included', () => {
  assert.equal(fuelOf(f('', ''), 'f'), 1)
  assert.equal(fuelOf(f('', 'nop nop'), 'f'), 3)
  assert.equal(fuelOf(f('', 'block nop end'), 'f'), 4)
  assert.equal(fuelOf(f('', '(drop (i32.add (i32.const 1) (i32.const 2)))'), 'f'), 5)
})

test('what stands in a function is paid for when it is entered, reached or not', () => {
  const either = f('(param i32)', 'local.get 0 if nop nop nop else nop end')
  assert.equal(fuelOf(either, 'f', 1), fuelOf(either, 'f', 0))
  assert.equal(fuelOf(either, 'f', 1), 9)
  assert.equal(fuelOf(f('', 'return nop nop'), 'f'), 4)
})

test('the body of a loop is paid for each time it begins, inner loops apart', () => {
  const loop = f(
    '(param $n i32)',
    `loop $outer
       loop $inner nop end
       (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1))))
     end`,
  )
  // Outside: loop, end. Outer body: loop, local.get, i32.const, i32.sub, local.tee, br_if, end. Inner: nop, end.
  assert.equal(fuelOf(loop, 'f', 1), 2 + 7 + 2)
  assert.equal(fuelOf(loop, 'f', 10), 2 + 10 * (7 + 2))
})

test('a call costs what it stands for and what is called', () => {
  const code = assemble(`(module (memory 1) (func $g nop nop) (func (export "f") call $g call $g))`)
  assert.equal(fuelOf(code, 'f'), 3 + 2 * 3)
})

test('bulk work on memory costs one for each 16 bytes', () => {
  const fill = f('(param $n i32)', '(memory.fill (i32.const 0) (i32.const 1) (local.get $n))')
  const copy = f('(param $n i32)', '(memory.copy (i32.const 0) (i32.const 1) (local.get $n))')
  for (const code of [fill, copy]) {
    assert.equal(fuelOf(code, 'f', 0), 5)
    assert.equal(fuelOf(code, 'f', 15), 5)
    assert.equal(fuelOf(code, 'f', 16), 6)
    assert.equal(fuelOf(code, 'f', 65_535), 5 + 4_095)
  }
})

test('growing memory costs by the page, and only an attempt where it cannot succeed', () => {
  const grow = f('(param i32) (result i32)', '(memory.grow (local.get 0))')
  assert.equal(fuelOf(grow, 'f', 0), 3 + FUEL.grow)
  assert.equal(fuelOf(grow, 'f', 2), 3 + FUEL.grow + 2 * 4_096)
  assert.equal(fuelOf(grow, 'f', 5), 3 + FUEL.grow)
  assert.equal(fuelOf(grow, 'f', -1), 3 + FUEL.grow)
})

test('work on tables costs by the element', () => {
  const grow = f('(param i32) (result i32)', '(table.grow $t (ref.null func) (local.get 0))')
  assert.equal(fuelOf(grow, 'f', 3), 4 + FUEL.grow + 3 * FUEL.element)
  assert.equal(fuelOf(grow, 'f', 11), 4 + FUEL.grow)
  const fill = f('', '(table.fill $t (i32.const 0) (ref.null func) (i32.const 2))')
  assert.equal(fuelOf(fill, 'f'), 5 + 2 * FUEL.element)
})

test('a fill of four gigabytes ends for fuel, before the engine looks at it', () => {
  const running = runRewritten(f('', '(memory.fill (i32.const 0) (i32.const 1) (i32.const -1))'))
  running.fuelLeft = 1_000n
  assert.throws(() => running.call('f'), WebAssembly.RuntimeError)
  assert.ok(running.fuelLeft < 0n)
})

test('exactly enough is enough, and one less is not', () => {
  const code = f('(param $n i32)', 'loop (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))) end')
  const price = BigInt(fuelOf(code, 'f', 100))
  const running = runRewritten(code)
  running.fuelLeft = price
  running.call('f', 100)
  assert.equal(running.fuelLeft, 0n)
  running.fuelLeft = price - 1n
  assert.throws(() => running.call('f', 100), WebAssembly.RuntimeError)
  assert.ok(running.fuelLeft < 0n)
})

test('an instance costs by what the engine makes for it', () => {
  const price = (text: string): number => rewritten(assemble(`(module ${text})`)).instanceFuel
  const least = price('(memory 1)')
  assert.equal(least, FUEL.instance + 4_096)
  assert.equal(price('(memory 3)'), least + 2 * 4_096)
  assert.equal(price('(memory 1) (func (export "f"))'), least + FUEL.entity)
  assert.equal(price('(memory (export "memory") 1)'), least + FUEL.entity)
  assert.equal(price(`(memory 1) (data (i32.const 0) "${'x'.repeat(33)}")`), least + FUEL.entity + 2)
  assert.equal(price('(memory 1) (global i32 (i32.const 0))'), least + FUEL.entity)
  assert.equal(
    price('(memory 1) (table 5 funcref) (func $f) (elem (i32.const 0) $f $f)'),
    least + FUEL.entity + 7 * FUEL.element,
  )
})
