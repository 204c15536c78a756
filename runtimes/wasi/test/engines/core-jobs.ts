/** A small module for each piece of the rewriter, and one for each way in which a run ends. */
import { ARITHMETIC } from '../arithmetic.ts'
import { asking } from '../asking.ts'
import { ECHO, reactor } from '../fixtures.ts'
import { exactly, job } from './make-job.ts'
import type { Arithmetic } from '../arithmetic.ts'
import type { Job } from './job.ts'

const HELLO = new TextEncoder().encode('hello')
/** Two doubles that are small integers as well, in their low halves. */
const OPERANDS = new Uint8Array(BigUint64Array.of(0x3ff8_0000_0000_002bn, 0xc00a_0000_0000_0011n).buffer)

/** A result of four bytes. */
const number = (value: string): string =>
  `(i32.store (i32.const 0) ${value}) (call $pack (i32.const 0) (i32.const 4))`

export async function coreJobs(): Promise<Job[]> {
  return [
    ...ARITHMETIC.map((each) => job(each.name, arithmetic(each), { input: OPERANDS })),
    ...GROWTH.map(([name, text]) => job(name, text, { descriptor: { limits: { memoryBytes: 2 ** 22 } } })),
    ...DEPTH.map(([name, text]) => job(name, text)),
    ...TRAPS.map(([name, body, more]) => job(`trap: ${name}`, reactor(body, more))),
    ...ENDINGS.map(([name, body, more]) => job(name, reactor(body, more), { input: HELLO })),
    ...INADMISSIBLE.map(([name, text]) => job(name, text)),
    job('no room for the arguments', FULL, { input: HELLO }),
    ...(await exactly(job('loops in loops', LOOPS, { input: Uint8Array.of(40) }))),
    ...(await exactly(job('bulk work and a page more', BULK))),
    ...(await exactly(job('bytes in and out', ECHO, { input: new Uint8Array(1000).fill(7) }))),
    ...(await exactly(askingJob())),
  ]
}

/** A module with `f` as a reactor: its parameters are read from the arguments, all it wrote is given. */
function arithmetic({ text, parameters }: Arithmetic): string {
  const result = /\(func \(export "f"\)[^]*?\(result (i32|i64)\)/.exec(text)?.[1] ?? ''
  const read = parameters.map((type, index) => `(${type}.load offset=${8 * index} (local.get $ptr))`)
  const named = text.replace('(func (export "f")', '(func $f (export "f")').trimEnd()
  return `${named.slice(0, -1)}
    (func (export "alloc") (param i32) (result i32) (i32.const 40000))
    (func (export "handle") (param $ptr i32) (param $len i32) (result i64)
      (${result}.store (i32.const 32760) (call $f ${read.join(' ')}))
      (i64.const 32768)))`
}

type Named = readonly [name: string, text: string]
type Ending = readonly [name: string, body: string, more?: string]

const LOOPS = reactor(`(local $n i32) (local $m i32) (local $sum i32)
  (local.set $n (i32.load8_u (local.get $ptr)))
  (loop $outer
    (local.set $m (local.get $n))
    (loop $inner
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (local.get $m)))
      (br_if $inner (local.tee $m (i32.sub (local.get $m) (i32.const 1)))))
    (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  ${number('(local.get $sum)')}`)

const BULK = reactor(
  `(memory.fill (i32.const 64) (i32.const 3) (i32.const 40000))
   (memory.copy (i32.const 66) (i32.const 65) (i32.const 40000))
   (memory.init $d (i32.const 100) (i32.const 1) (i32.const 5)) (data.drop $d)
   (drop (memory.grow (i32.const 1)))
   (call $pack (i32.const 0) (i32.const 50000))`,
  '(data $d "passive")',
)

const FULL = `(module (memory 1) (func (export "alloc") (param i32) (result i32) (i32.const 0))
  (func (export "handle") (param i32 i32) (result i64) (i64.const 0)))`

/** One unit at a time, until there is no more; then what was had. */
const GROWTH: readonly Named[] = [
  [
    'memory grows to its clamp',
    `(module (memory 1) (func (export "alloc") (param i32) (result i32) (i32.const 8))
      (func $pack (param i32 i32) (result i64) (i64.const 4))
      (func (export "handle") (param i32 i32) (result i64)
        (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
        ${number('(memory.size)')}))`,
  ],
  [
    'memory does not grow past its clamp at once',
    reactor(number('(i32.add (memory.grow (i32.const 60000)) (memory.size))')),
  ],
  [
    'a table grows to its clamp',
    reactor(
      `(loop $more (br_if $more (i32.ne (table.grow $t (ref.null func) (i32.const 1024)) (i32.const -1))))
       ${number('(table.size $t)')}`,
      '(table $t 0 funcref)',
    ),
  ],
  [
    'a table of its own maximum grows no further',
    reactor(
      `(drop (table.grow $t (ref.null extern) (i32.const 7)))
       ${number('(i32.add (table.grow $t (ref.null extern) (i32.const 1)) (table.size $t))')}`,
      '(table $t 1 8 externref)',
    ),
  ],
]

/** How deep it came stands in the fuel. */
const DEPTH: readonly Named[] = [
  ['recursion without end', reactor('(call $handle (local.get 0) (local.get 1))')],
  [
    'recursion through a table, without end',
    reactor(
      '(call_indirect (type $t) (local.get 0) (local.get 1) (i32.const 0))',
      '(type $t (func (param i32 i32) (result i64))) (table 1 funcref) (elem (i32.const 0) $handle)',
    ),
  ],
  [
    'recursion without end, with many locals and operands',
    reactor(
      `(local i64 i64 i64 i64 f64 f64) (i64.add (i64.const 1) (i64.add (i64.const 2)
        (call $handle (local.get 0) (local.get 1))))`,
    ),
  ],
  [
    'recursion without end, with vectors',
    reactor(
      `(local $v v128) (local.set $v (i32x4.splat (local.get 0)))
       (call $handle (i32x4.extract_lane 1 (local.get $v)) (local.get 1))`,
    ),
  ],
  [
    'recursion to a depth that is not too great',
    reactor(
      number('(call $down (i32.const 2000))'),
      `(func $down (param $n i32) (result i32) (if (result i32) (local.get $n)
        (then (i32.add (i32.const 3) (call $down (i32.sub (local.get $n) (i32.const 1))))) (else (i32.const 0))))`,
    ),
  ],
]

const NOTHING = '(i64.const 0)'
const TRAPS: readonly Ending[] = [
  ['unreachable', 'unreachable'],
  ['division by zero', number('(i32.div_u (i32.const 1) (local.get $len))')],
  [
    'a quotient too large',
    number('(i32.div_s (i32.const 0x80000000) (i32.sub (local.get $len) (i32.const 1)))'),
  ],
  ['a remainder by zero', `(i64.rem_s (i64.const 1) (i64.extend_i32_u (local.get $len)))`],
  ['an integer of NaN', number('(i32.trunc_f64_s (f64.div (f64.const 0) (f64.const 0)))')],
  ['an integer too large', number('(i32.trunc_f32_u (f32.const 1e30))')],
  ['a load outside', number('(i32.load (i32.const 0x20000))')],
  ['a store outside, by its offset', `(i64.store offset=0xfffffff0 (i32.const 64) ${NOTHING}) ${NOTHING}`],
  ['a vector outside', `(v128.store (i32.const 0x1fff1) (v128.const i64x2 1 2)) ${NOTHING}`],
  ['a fill outside', `(memory.fill (i32.const 0x1fff0) (i32.const 1) (i32.const 17)) ${NOTHING}`],
  ['a copy outside', `(memory.copy (i32.const 0) (i32.const 0x1fff0) (i32.const 17)) ${NOTHING}`],
  [
    'data outside of its segment',
    `(memory.init $d (i32.const 0) (i32.const 2) (i32.const 2)) ${NOTHING}`,
    '(data $d "abc")',
  ],
  ['data outside of the memory', NOTHING, '(data (i32.const 0x1ffff) "ab")'],
  ['elements outside of their table', NOTHING, '(table 1 funcref) (func $g) (elem (i32.const 1) $g)'],
  ['a place outside of a table', '(call_indirect (result i64) (i32.const 1))', '(table 1 funcref)'],
  ['a place of a table that is empty', '(call_indirect (result i64) (i32.const 0))', '(table 1 funcref)'],
  [
    'a function of another type',
    '(call_indirect (result i64) (i32.const 0))',
    '(table 1 funcref) (func $g) (elem (i32.const 0) $g)',
  ],
  ['a table read outside', number('(ref.is_null (table.get $t (i32.const 2)))'), '(table $t 2 externref)'],
  [
    'a table filled outside',
    `(table.fill $t (i32.const 1) (ref.null func) (i32.const 2)) ${NOTHING}`,
    '(table $t 2 funcref)',
  ],
  ['a start function', NOTHING, '(func $start unreachable) (start $start)'],
  ['a result outside of the memory', '(call $pack (i32.const 0x1ffff) (i32.const 2))'],
]

const ENDINGS: readonly Ending[] = [
  ['an error by its number', '(i64.const -7)'],
  [
    'an error in words',
    '(i64.or (i64.const 0x8000000000000000) (call $pack (local.get $ptr) (local.get $len)))',
  ],
  ['an endless loop', `(loop $l (br $l)) ${NOTHING}`],
  [
    'an endless fill',
    `(loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x20000)) (br $l)) ${NOTHING}`,
  ],
  ['a fill of four gigabytes', `(memory.fill (i32.const 0) (i32.const 1) (i32.const -1)) ${NOTHING}`],
  ['a result of two gigabytes', '(call $pack (i32.const 0) (i32.const 0x80000000))'],
  [
    'a start function and _initialize',
    number('(global.get $n)'),
    `(global $n (mut i32) (i32.const 0)) (func $start (global.set $n (i32.const 2))) (start $start)
     (func (export "_initialize") (global.set $n (i32.add (global.get $n) (i32.const 3))))`,
  ],
]

const INADMISSIBLE: readonly Named[] = [
  ['a module without its functions', '(module (memory 1))'],
  ['a memory larger than the clamp', '(module (memory 300))'],
  ['a function that no host has', '(module (import "env" "f" (func)) (memory 1))'],
]

/** Writes what it was given, reads it, another entry and a block that it makes, and lists all. */
function askingJob(): Job {
  const { code, descriptor } = asking(
    `(drop (call $state_put (local.get $ptr) (local.get $len) (local.get $ptr) (local.get $len)))
     (drop (call $state_put (i32.const 64) (i32.const 3) (local.get $ptr) (i32.const 2)))
     (drop (call $state_get (local.get $ptr) (local.get $len) (i32.const 200) (i32.const 64)))
     (i32.store (i32.const 300) (call $state_get (i32.const 65) (i32.const 2) (i32.const 264) (i32.const 36)))
     (local.set $n (call $block_put (local.get $ptr) (local.get $len) (i32.const 0x55) (i32.const 400) (i32.const 64)))
     (drop (call $block_get (i32.const 400) (local.get $n) (i32.const 500) (i32.const 64)))
     (local.set $n (call $state_range (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 9)
       (i32.const 600) (i32.const 400)))
     (drop (call $state_delete (i32.const 64) (i32.const 3)))
     (call $result (i32.const 200) (i32.add (i32.const 400) (local.get $n)))`,
    '(data (i32.const 64) "key")',
  )
  const { code: _, ...rest } = descriptor
  return job('a guest that asks its host', code, { descriptor: rest, input: HELLO })
}
