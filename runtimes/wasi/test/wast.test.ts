// Scripts in the form of the WebAssembly specification tests, before and after the rewriter. Those here are our own; `npm run
// test:wast -- FOLDER` plays any others.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { assemble } from './fixtures.ts'
import { plainMachine } from './wast/machine.ts'
import { play } from './wast/play.ts'
import { readScript } from './wast/script.ts'
import type { Machine } from './wast/machine.ts'
import type { WastAction, WastCommand, WastScript, WastValue } from './wast/script.ts'

const RUN = fileURLToPath(new URL('./wast/run.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'promisegrid-wast-'))
after(() => rmSync(folder, { recursive: true }))

const i32 = (value: number): WastValue => ({ type: 'i32', value: String(value >>> 0) })
const i64 = (value: bigint): WastValue => ({ type: 'i64', value: String(BigInt.asUintN(64, value)) })
const f32 = (bits: number): WastValue => ({ type: 'f32', value: String(bits) })
const nan: WastValue = { type: 'f32', value: 'nan:canonical' }
const invoke = (field: string, args: readonly WastValue[] = [], module?: string): WastAction => ({
  type: 'invoke',
  field,
  args,
  ...(module === undefined ? {} : { module }),
})

type Unplaced = WastCommand extends infer Command
  ? Command extends { readonly line: number }
    ? Omit<Command, 'line'>
    : never
  : never

/** A script of these modules and commands, also as files; a module stands before what acts on it. */
function script(name: string, steps: readonly (string | Unplaced)[]): WastScript {
  let files = 0
  const commands = steps.map((step, at): WastCommand => {
    if (typeof step !== 'string') return { ...step, line: at } as WastCommand
    const filename = `${name}.${files++}.wasm`
    writeFileSync(join(folder, filename), assemble(step, { check: false }))
    return { type: 'module', line: at, filename }
  })
  const path = join(folder, `${name}.json`)
  writeFileSync(path, JSON.stringify({ source_filename: `${name}.wast`, commands }))
  return readScript(path)
}

const returns = (action: WastAction, ...expected: readonly WastValue[]): Unplaced => ({
  type: 'assert_return',
  action,
  expected,
})
const traps = (action: WastAction): Unplaced => ({ type: 'assert_trap', action })

const SCRIPTS = [
  script('numbers', [
    `(module
      (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func (export "div") (param i64 i64) (result i64) (i64.div_s (local.get 0) (local.get 1)))
      (func (export "two") (param i32) (result i32 i64) (local.get 0) (i64.extend_i32_s (local.get 0)))
      (func (export "sqrt") (param f32) (result f32) (f32.sqrt (local.get 0)))
      (func (export "trunc") (param f32) (result i32) (i32.trunc_f32_s (local.get 0)))
      (func $down (export "down") (param i32) (result i32)
        (if (result i32) (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 7))))
      (func $ever (export "ever") (call $ever)))`,
    returns(invoke('add', [i32(-1), i32(3)]), i32(2)),
    returns(invoke('div', [i64(-7n), i64(2n)]), i64(-3n)),
    traps(invoke('div', [i64(1n), i64(0n)])),
    traps(invoke('div', [i64(-(2n ** 63n)), i64(-1n)])),
    returns(invoke('two', [i32(-5)]), i32(-5), i64(-5n)),
    returns(invoke('sqrt', [f32(0xbf800000)]), nan),
    returns(invoke('sqrt', [f32(0x80000000)]), f32(0x80000000)),
    traps(invoke('trunc', [f32(0x7f800000)])),
    returns(invoke('down', [i32(500)]), i32(7)),
    { type: 'assert_exhaustion', action: invoke('ever') },
    returns(invoke('down', [i32(500)]), i32(7)),
  ]),
  script('memories', [
    `(module
      (memory (export "memory") 1 3) (data (i32.const 0) "abc") (data $late "xyz")
      (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
      (func (export "init") (memory.init $late (i32.const 100) (i32.const 0) (i32.const 3)))
      (func (export "drop") (data.drop $late)))`,
    returns(invoke('load', [i32(1)]), i32(98)),
    traps(invoke('load', [i32(-1)])),
    returns(invoke('grow', [i32(2)]), i32(1)),
    returns(invoke('grow', [i32(1)]), i32(-1)),
    returns(invoke('load', [i32(3 * 65_536 - 1)]), i32(0)),
    returns(invoke('fill', [i32(10), i32(9), i32(5)])),
    returns(invoke('load', [i32(14)]), i32(9)),
    traps(invoke('fill', [i32(-4), i32(1), i32(8)])),
    returns(invoke('init')),
    returns(invoke('load', [i32(102)]), i32(122)),
    returns(invoke('drop')),
    traps(invoke('init')),
  ]),
  script('modules', [
    `(module $tools
      (global (export "count") (mut i32) (i32.const 5))
      (table (export "table") 4 8 funcref) (memory (export "memory") 1)
      (func (export "seven") (result i32) (i32.const 7)))`,
    { type: 'register', as: 'tools' },
    `(module
      (import "tools" "seven" (func $seven (result i32)))
      (import "tools" "count" (global $count (mut i32)))
      (import "tools" "table" (table 4 funcref))
      (import "tools" "memory" (memory 1))
      (import "spectest" "global_i32" (global $six i32))
      (import "spectest" "print_i32" (func $print (param i32)))
      (type $number (func (result i32)))
      (elem (i32.const 1) $seven $own)
      (func $own (result i32) (global.get $count))
      (func (export "bump") (global.set $count (i32.add (global.get $count) (i32.const 1))) (call $print (global.get $count)))
      (func (export "at") (param i32) (result i32) (call_indirect (type $number) (local.get 0)))
      (func (export "six") (result i32) (global.get $six))
      (func (export "keep") (i32.store (i32.const 8) (global.get $count)))
      (func (export "kept") (result i32) (i32.load (i32.const 8))))`,
    returns(invoke('at', [i32(1)]), i32(7)),
    returns(invoke('at', [i32(2)]), i32(5)),
    returns(invoke('bump')),
    returns(invoke('at', [i32(2)]), i32(6)),
    traps(invoke('at', [i32(0)])),
    traps(invoke('at', [i32(99)])),
    returns(invoke('six'), i32(666)),
    returns(invoke('keep')),
    returns(invoke('kept'), i32(6)),
    `(module
      (import "tools" "memory" (memory 1))
      (import "tools" "count" (global $count (mut i32)))
      (global (export "again") i32 (i32.const 3))
      (func (export "see") (result i32) (i32.load (i32.const 8))))`,
    returns(invoke('see'), i32(6)),
    returns({ type: 'get', field: 'again' }, i32(3)),
  ]),
]

describe('scripts', () => {
  for (const each of SCRIPTS)
    test(`${each.name} says the same of modules before and after they are rewritten`, () => {
      const { same, different, engine, refused } = play(each)
      assert.deepEqual([different, engine, [...refused]], [[], [], []])
      assert.equal(same, each.commands.filter(({ type }) => type.startsWith('assert')).length)
    })

  test('find a rewriter that changes what a module does', () => {
    const breaks: Machine = {
      name: 'off by one',
      instantiate: (bytes, registry) => {
        const exports = { ...plainMachine().instantiate(bytes, registry) }
        const add = exports['add'] as ((a: number, b: number) => number) | undefined
        return add === undefined ? exports : { ...exports, add: (a: number, b: number) => add(a, b) + 1 }
      },
    }
    assert.deepEqual(play(SCRIPTS[0] as WastScript, () => breaks).different, ['line 1: 3, not 2'])
  })

  test('count what is on modules that are not admitted, what the engine does not hold, and what cannot be asked', () => {
    const odd = script('odd', [
      '(module (memory i64 1) (func (export "one") (result i32) (i32.const 1)))',
      returns(invoke('one'), i32(1)),
      '(module (func (export "one") (result i32) (i32.const 1)))',
      returns(invoke('one'), i32(2)),
      {
        type: 'assert_return',
        action: invoke('one'),
        expected: [{ type: 'v128', value: ['1', '2', '3', '4'] }],
      },
      { type: 'assert_invalid' },
    ])
    const { same, different, engine, refused, skipped } = play(odd)
    assert.deepEqual([same, different, engine, skipped], [0, [], ['line 3: 1'], 2])
    assert.equal(
      [...refused.values()].reduce((sum, count) => sum + count, 0),
      1,
    )
  })
})

test('npm run test:wast plays a folder and tells how it went', () => {
  const { status, stdout } = spawnSync(process.execPath, [RUN, folder], { encoding: 'utf8' })
  assert.equal(status, 0, stdout)
  assert.match(stdout, /scripts: \d+ assertions the same, 0 different/)
  assert.equal(spawnSync(process.execPath, [RUN]).status, 2)
  assert.notEqual(spawnSync(process.execPath, [RUN, join(folder, 'nothing-here')]).status, 0)
})
