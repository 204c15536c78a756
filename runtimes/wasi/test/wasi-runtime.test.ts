import assert from 'node:assert/strict'
import test from 'node:test'

import { runtimeSuite } from '../../../conformance/suites/runtime.ts'
import { createWasiRuntime } from '../index.ts'
import { callOf, describeCode, ECHO, fixture, reactor, run, RunEnd } from './fixtures.ts'
import type { Runtime } from '../../../kernel/index.ts'

runtimeSuite({
  test,
  factory: () => ({
    runtime: createWasiRuntime(),
    echo: fixture(ECHO),
    count: fixture(
      reactor(
        `(i32.store8 (i32.const 64) (i32.add (i32.load8_u (i32.const 64)) (i32.const 1)))
         (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
         (i32.store8 (i32.const 65) (i32.mul (i32.load8_u (i32.const 64)) (global.get $calls)))
         (call $pack (i32.const 65) (i32.const 1))`,
        '(global $calls (mut i32) (i32.const 0))',
      ),
    ),
    trap: fixture(reactor('unreachable')),
    fail: fixture(reactor('(i64.const -3)')),
    spin: fixture(reactor('(loop $l (br $l)) (i64.const 0)')),
    malformed: { code: Uint8Array.of(1, 2, 3), descriptor: describeCode(Uint8Array.of(1, 2, 3)) },
  }),
})

const runtime = createWasiRuntime()

async function ends(text: string, code: string, changes: Parameters<typeof run>[2] = {}): Promise<string> {
  const { refused } = await run(runtime, fixture(text), changes)
  assert.equal(refused?.code, code, JSON.stringify(refused))
  return refused?.detail ?? ''
}

// ------------------------------------------------------------------------------------------- the reactor

test('passes the context to a method of four parameters', async () => {
  const text = `(module (memory 1 16) (global $free (mut i32) (i32.const 4096))
    (func (export "alloc") (param i32) (result i32)
      (global.get $free) (global.set $free (i32.add (global.get $free) (local.get 0))))
    (func (export "handle") (param $a i32) (param i32) (param $c i32) (param $len i32) (result i64)
      (i64.or (i64.shl (i64.extend_i32_u (local.get $c)) (i64.const 32)) (i64.extend_i32_u (local.get $len)))))`
  const { output } = await run(runtime, fixture(text), { context: Uint8Array.of(0xa1, 0x61, 0x78, 1) })
  assert.deepEqual(output, Uint8Array.of(0xa1, 0x61, 0x78, 1))
})

test('enters _initialize and a start function before the method, both metered', async () => {
  const text = (body: string): string =>
    reactor(
      '(i32.store8 (i32.const 0) (global.get $n)) (call $pack (i32.const 0) (i32.const 1))',
      `(global $n (mut i32) (i32.const 0))
       (func $start ${body} (global.set $n (i32.const 2))) (start $start)
       (func (export "_initialize") (global.set $n (i32.add (global.get $n) (i32.const 3))))`,
    )
  const { output } = await run(runtime, fixture(text('')))
  assert.deepEqual(output, Uint8Array.of(5))
  await ends(text('(loop $l (br $l))'), 'BUDGET_FUEL')
})

test('asks for no room for no bytes', async () => {
  const text = `(module (memory 1) (func (export "alloc") (param i32) (result i32) unreachable)
    (func (export "handle") (param i32 i32) (result i64) (i64.const 0)))`
  const { output } = await run(runtime, fixture(text))
  assert.deepEqual(output, new Uint8Array())
})

test('tells a code and a message of the handler apart, and shows the message escaped', async () => {
  assert.equal(await ends(reactor('(i64.const -7)'), 'HANDLER'), 'error 7')
  assert.equal(await ends(reactor('(i64.const -2147483648)'), 'HANDLER'), 'error 2147483648')
  const failing = reactor(
    '(i64.or (i64.const 0x8000000000000000) (call $pack (i32.const 16) (i32.const 12)))',
    '(data (i32.const 16) "\\1b[31mno\\n\\e2\\80\\ae!")',
  )
  assert.equal(await ends(failing, 'HANDLER'), '\\u{1b}[31mno\\n\\u{202e}!')
})

test('reads nothing outside of the memory, wherever the handler points', async () => {
  for (const [pointer, length] of [
    [0x7fff_ffff, 64],
    [131_071, 2],
    [0, 131_073],
    [131_073, 0],
  ] as const) {
    const detail = await ends(reactor(`(call $pack (i32.const ${pointer}) (i32.const ${length}))`), 'TRAP')
    assert.match(detail, /of a memory of 131072/)
  }
  // A pointer with its highest bit set is an error message by the ABI, and is read as carefully.
  await ends(reactor('(call $pack (i32.const 0xfffffff0) (i32.const 64))'), 'TRAP')
})

test('refuses a result of two gigabytes for its length alone', async () => {
  await ends(reactor('(call $pack (i32.const 0) (i32.const 0x80000000))'), 'BUDGET_OUTPUT')
  await ends(reactor('(call $pack (i32.const 0) (i32.const -1))'), 'BUDGET_OUTPUT')
})

test('writes nothing outside of the memory, whatever alloc answers', async () => {
  const allocating = (answer: number): string =>
    `(module (memory 1) (func (export "alloc") (param i32) (result i32) (i32.const ${answer}))
      (func (export "handle") (param i32 i32) (result i64) (i64.const 0)))`
  for (const answer of [-1, -16, 65_530, 65_537]) {
    await ends(allocating(answer), 'TRAP', { input: new Uint8Array(64) })
  }
  assert.match(
    await ends(allocating(0), 'BUDGET_MEMORY', { input: new Uint8Array(1) }),
    /no room for 1 bytes/,
  )
})

test('follows a memory that grows in alloc and in the method', async () => {
  const text = `(module (memory 1 4) ${''}
    (func (export "alloc") (param i32) (result i32) (drop (memory.grow (i32.const 1))) (i32.const 70000))
    (func (export "handle") (param $p i32) (param $n i32) (result i64)
      (drop (memory.grow (i32.const 1)))
      (i32.store8 (i32.const 140000) (i32.load8_u (local.get $p)))
      (i64.or (i64.shl (i64.const 140000) (i64.const 32)) (i64.const 1))))`
  for (let times = 0; times < 3; times += 1) {
    const { output } = await run(runtime, fixture(text), { input: Uint8Array.of(42) })
    assert.deepEqual(output, Uint8Array.of(42))
  }
})

test('gives each run zeroed memory, tables as declared and globals as declared', async () => {
  const text = reactor(
    `(call $pack (i32.const 30000) (i32.load (i32.const 4)))
     (memory.fill (i32.const 4) (i32.const 1) (i32.const 60000))`,
  )
  for (let times = 0; times < 3; times += 1) {
    const { output } = await run(runtime, fixture(text))
    assert.deepEqual(output, new Uint8Array())
  }
})

// ------------------------------------------------------------------------------------------- admission

test('refuses a reactor without alloc, without its methods, or with other signatures', async () => {
  const handle = '(func (export "handle") (param i32 i32) (result i64) (i64.const 0))'
  const alloc = '(func (export "alloc") (param i32) (result i32) (i32.const 8))'
  const module = (text: string): string => `(module (memory 1) ${text})`
  assert.match(await ends(module(handle), 'ADMIT'), /exports no function "alloc"/)
  assert.match(await ends(module(alloc), 'ADMIT'), /exports no function "handle"/)
  assert.match(
    await ends(module(`${alloc} (func (export "handle") (param i32) (result i64) (i64.const 0))`), 'ADMIT'),
    /"handle" has signature i:I, expected is ii:I or iiii:I/,
  )
  assert.match(
    await ends(module(`${handle} ${alloc} (func (export "_initialize") (param i32))`), 'ADMIT'),
    /"_initialize" has signature i:/,
  )
})

test('refuses a method that is an export of the ABI', async () => {
  const { code } = fixture(ECHO)
  for (const method of ['alloc', '_initialize', '_start']) {
    const { refused } = await runtime.admit(code, describeCode(code, { methods: [method] }))
    assert.match(refused?.detail ?? '', /cannot be a method/)
  }
})

test('refuses descriptors it cannot serve', async () => {
  const { code } = fixture(ECHO)
  const refuses = async (changes: Parameters<typeof describeCode>[1], reason: RegExp): Promise<void> => {
    const { refused } = await runtime.admit(code, describeCode(code, changes))
    assert.equal(refused?.code, 'ADMIT')
    assert.match(refused?.detail ?? '', reason)
  }
  await refuses({ entry: 'call' }, /none of command, component, program, reactor/)
  await refuses({ imports: ['promisegrid:store/get'] }, /no host function/)
  await refuses({ name: 'a\0b' }, /zero byte/)
  await refuses({ limits: { memoryBytes: 131_071 } }, /2 pages .* 1 are allowed/)
})

test('refuses a module that only the rewriter would have made right', async () => {
  // A function whose body leaves an operand too many: nothing the rewriter looks at, and wrong.
  const bytes = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1],
    ...[10, 6, 1, 4, 0, 0x41, 0, 0x0b],
  ])
  const { refused } = await runtime.admit(bytes, describeCode(bytes, { entry: 'command' }))
  assert.match(refused?.detail ?? '', /the engine does not accept/)
})

// ------------------------------------------------------------------------------------------- budgets

test('stops an endless loop and endless recursion, and says which', async () => {
  await ends(reactor('(loop $l (br $l)) (i64.const 0)'), 'BUDGET_FUEL')
  await ends(reactor('(call $handle (local.get 0) (local.get 1))'), 'BUDGET_DEPTH')
  const indirect = reactor(
    '(call_indirect (type $t) (local.get 0) (local.get 1) (i32.const 0))',
    '(type $t (func (param i32 i32) (result i64))) (table 1 funcref) (elem (i32.const 0) $handle)',
  )
  await ends(indirect, 'BUDGET_DEPTH')
})

test('recursion goes exactly as deep on every run', async () => {
  const text = reactor('(call $handle (local.get 0) (local.get 1))')
  const runs = await Promise.all([1, 2, 3].map(() => run(runtime, fixture(text))))
  assert.equal(new Set(runs.map(({ fuel }) => fuel)).size, 1)
})

for (const [name, slots] of [
  ['many locals', '(local i64 i64 i64 i64 i64 i64 i64 i64)'.repeat(400)],
  ['wide vectors', '(local v128 v128 v128 v128)'.repeat(500)],
] as const) {
  test(`counts frames by size: ${name} end by our count, not at the end of the engine's stack`, async () => {
    const text = reactor(`${slots} (call $handle (local.get 0) (local.get 1))`)
    assert.match(await ends(text, 'BUDGET_DEPTH'), /the stack of the run/)
  })
}

test('clamps growing memory the same for every grant', async () => {
  const growing = fixture(
    reactor(
      `(i32.store (i32.const 0) (memory.grow (i32.const 16)))
       (call $pack (i32.const 0) (i32.const 4))`,
    ),
  )
  const { output } = await run(runtime, growing)
  assert.deepEqual(output, Uint8Array.of(255, 255, 255, 255))
  const granted = 16 * 65_536
  assert.equal((await run(runtime, growing, { budget: { memoryBytes: granted } })).refused, undefined)
  const short = await run(runtime, growing, { budget: { memoryBytes: granted - 1 } })
  assert.equal(short.refused?.code, 'BUDGET_MEMORY')
  assert.equal(short.fuel, 0)
})

test('memory of a descriptor is the clamp of its module', async () => {
  const { code } = fixture(reactor('(call $pack (i32.const 0) (memory.size))').replace('2 16', '2'))
  const descriptor = describeCode(code, { limits: { memoryBytes: 3 * 65_536 } })
  assert.equal(
    (await run(runtime, { code, descriptor }, { budget: { memoryBytes: 3 * 65_536 } })).refused,
    undefined,
  )
  const short = await run(runtime, { code, descriptor }, { budget: { memoryBytes: 2 * 65_536 } })
  assert.equal(short.refused?.code, 'BUDGET_MEMORY')
})

test('a run without fuel for its instance runs nothing', async () => {
  const { refused, fuel } = await run(runtime, fixture(ECHO), { budget: { fuel: 100 } })
  assert.equal(refused?.code, 'BUDGET_FUEL')
  assert.equal(fuel, 100)
})

test('storms that make an engine work end for their fuel', async () => {
  const storm = (body: string, more = ''): string => reactor(`(loop $l ${body} (br $l)) (i64.const 0)`, more)
  await ends(storm('(memory.fill (i32.const 0) (i32.const 1) (i32.const 65536))'), 'BUDGET_FUEL')
  await ends(storm('(drop (memory.grow (i32.const 0)))'), 'BUDGET_FUEL')
  await ends(storm('(drop (table.grow (ref.null func) (i32.const 1)))', '(table 1 funcref)'), 'BUDGET_FUEL')
})

test('a segment outside of the memory ends the run, not the host', async () => {
  await ends(reactor('(i64.const 0)', '(data (i32.const 131071) "xx")'), 'TRAP')
})

test('wall time is looked at when the guest is entered', async () => {
  let now = 0
  const slow = createWasiRuntime({ monotonic: () => (now += 100) })
  const enough = await run(slow, fixture(ECHO), { input: Uint8Array.of(1), budget: { wallMs: 10_000 } })
  assert.equal(enough.refused, undefined)
  const late = await run(slow, fixture(ECHO), { input: Uint8Array.of(1), budget: { wallMs: 150 } })
  assert.equal(late.refused?.code, 'BUDGET_TIME')
})

const COUNT_DOWN = reactor(`(local $left i32) (local.set $left (i32.const 500000))
  (loop $next (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
  (i64.const 0)`)
const STANDS_STILL = (): number => 0

test('wall time is looked at while the guest runs and never calls the host', async () => {
  let looks = 0
  const aging = createWasiRuntime({ monotonic: () => (looks += 1) })
  const endless = fixture(reactor('(loop $next (br $next)) unreachable'))
  const { refused, fuel } = await run(aging, endless, { budget: { fuel: 2_000_000_000, wallMs: 20 } })
  assert.equal(refused?.code, 'BUDGET_TIME')
  assert.ok(fuel < 100_000_000)
})

test('time ends a run that the host has charged past its slice', async () => {
  let looks = 0
  const aging = createWasiRuntime({ monotonic: () => (looks += 1) })
  const text = reactor(
    '(loop $next (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br $next)) unreachable',
  )
  const { refused } = await run(aging, fixture(text), { budget: { fuel: 2_000_000_000, wallMs: 20 } })
  assert.equal(refused?.code, 'BUDGET_TIME')
})

test('fuel is the same to the unit, given at once or in slices', async () => {
  const atOnce = createWasiRuntime()
  const inSlices = createWasiRuntime({ monotonic: STANDS_STILL })
  const { fuel } = await run(atOnce, fixture(COUNT_DOWN))
  assert.ok(fuel > 3_000_000)
  for (const subject of [atOnce, inSlices]) {
    const exact = await run(subject, fixture(COUNT_DOWN), { budget: { fuel } })
    assert.deepEqual([exact.refused, exact.fuel], [undefined, fuel])
    const short = await run(subject, fixture(COUNT_DOWN), { budget: { fuel: fuel - 1 } })
    assert.deepEqual([short.refused?.code, short.fuel], ['BUDGET_FUEL', fuel - 1])
  }
})

/** Functions that neither loop nor call, so that nothing looks at their fuel before what comes after them. */
const SMALL = `(func $small (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func $pair (param i32) (result i64)
    (drop (call $small (i32.const 1))) (drop (call $small (i32.const 2))) (i64.const 0))`

for (const [name, body] of [
  ['ends with them', '(call $pair (i32.const 0))'],
  [
    'loops after them',
    `(drop (call $pair (i32.const 0))) (loop $l (drop (call $small (i32.const 1)))
    (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (br_if $l (i32.lt_u (global.get $n) (i32.const 3))))
    (i64.const 0)`,
  ],
] as const) {
  test(`small functions are paid for to the unit by a run that ${name}`, async () => {
    const small = fixture(reactor(body, `(global $n (mut i32) (i32.const 0)) ${SMALL}`))
    const subject = createWasiRuntime()
    const { fuel, refused } = await run(subject, small)
    assert.equal(refused, undefined)
    const exact = await run(subject, small, { budget: { fuel } })
    assert.deepEqual([exact.refused, exact.fuel], [undefined, fuel])
    for (const less of [1, 2, 3, 4, 5, 9]) {
      const short = await run(subject, small, { budget: { fuel: fuel - less } })
      assert.deepEqual([short.refused?.code, short.fuel], ['BUDGET_FUEL', fuel - less])
    }
  })
}

test('a trap after small functions that could not be paid for is the end of the fuel', async () => {
  const trapping = fixture(reactor('(drop (call $pair (i32.const 0))) unreachable', SMALL))
  const subject = createWasiRuntime()
  const { refused, fuel } = await run(subject, trapping)
  assert.equal(refused?.code, 'TRAP')
  const exact = await run(subject, trapping, { budget: { fuel } })
  assert.deepEqual([exact.refused?.code, exact.fuel], ['TRAP', fuel])
  const short = await run(subject, trapping, { budget: { fuel: fuel - 1 } })
  assert.deepEqual([short.refused?.code, short.fuel], ['BUDGET_FUEL', fuel - 1])
})

test('work dearer than a slice is done when the budget has enough for it', async () => {
  const text = `(module (memory (export "memory") 600 1000)
    (func (export "_start") (memory.fill (i32.const 0) (i32.const 1) (i32.const 38000000))))`
  const command = fixture(text, { entry: 'command' })
  const inSlices = createWasiRuntime({ monotonic: STANDS_STILL })
  const { refused, fuel } = await run(inSlices, command)
  assert.equal(refused, undefined)
  assert.equal(fuel, (await run(createWasiRuntime(), command)).fuel)
  const short = await run(inSlices, command, { budget: { fuel: fuel - 1 } })
  assert.equal(short.refused?.code, 'BUDGET_FUEL')
})

test('indices of functions mean the same after the host has put in its own', async () => {
  const text = reactor(
    `(i64.extend_i32_u (i32.sub (call_indirect $t (type $f) (i32.const 0)) (i32.const 7)))
     (drop) (call_indirect $u (type $f) (i32.const 0)) (drop) (table.set $t (i32.const 1) (global.get $r))
     (table.set $u (i32.const 0) (ref.func $nine))
     (i32.store (i32.const 0) (i32.add (i32.mul (call_indirect $t (type $f) (i32.const 1)) (i32.const 10))
       (call_indirect $u (type $f) (i32.const 0))))
     (call $pack (i32.const 0) (i32.const 1))`,
    `(type $f (func (result i32))) (table $t 2 funcref) (table $u 1 funcref)
     (func $seven (result i32) (i32.const 7)) (func $eight (result i32) (i32.const 8))
     (func $nine (result i32) (i32.const 9))
     (elem (table $t) (i32.const 0) func $seven) (elem (table $u) (i32.const 0) funcref (ref.func $eight))
     (elem declare func $nine) (global $r funcref (ref.func $eight))`,
  )
  const { output, refused } = await run(createWasiRuntime(), fixture(text))
  assert.deepEqual([refused, output?.[0]], [undefined, 89])
})

// ------------------------------------------------------------------------------------------ preparation

test('prepares code once for many calls at the same time, and again after closing', async () => {
  const own = createWasiRuntime()
  let loads = 0
  const { code, descriptor } = fixture(ECHO)
  const call = { ...callOf(code, descriptor), loadCode: async () => ((loads += 1), code) }
  const start = (subject: Runtime) => subject.run(call, new RunEnd())
  await Promise.all([start(own), start(own), start(own)])
  await start(own)
  assert.equal(loads, 1)
  await own.close?.()
  await start(own)
  assert.equal(loads, 2)
})

test('keeps no more modules than their bytes allow, and runs all the same', async () => {
  const own = createWasiRuntime({ moduleCacheBytes: 1, poolBytes: 0 })
  for (let times = 0; times < 2; times += 1) {
    const { output } = await run(own, fixture(ECHO), { input: Uint8Array.of(3) })
    assert.deepEqual(output, Uint8Array.of(3))
  }
})

test('a call cancelled while its code is prepared does not run', async () => {
  const own = createWasiRuntime()
  const { code, descriptor } = fixture(ECHO)
  const cancel = new RunEnd()
  const running = own.run(callOf(code, descriptor), cancel)
  cancel.abort()
  assert.equal((await running).refused?.code, 'ABORTED')
})

test('the profile tells clamps apart and nothing else', () => {
  const { code, descriptor } = fixture(ECHO)
  const other = describeCode(code, { name: 'other', methods: ['x'], limits: { fuel: 5 } })
  const smaller = describeCode(code, { limits: { memoryBytes: 1 << 20 } })
  assert.deepEqual(runtime.profile(other), runtime.profile(descriptor))
  assert.notDeepEqual(runtime.profile(smaller), runtime.profile(descriptor))
})

test('memory stays flat over many calls of many shapes', async () => {
  const echo = fixture(ECHO)
  const growing = fixture(
    reactor('(drop (memory.grow (i32.const 1))) (call $pack (local.get 0) (local.get 1))'),
  )
  const trapping = fixture(reactor('unreachable'))
  const calls = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) {
      await run(runtime, echo, { input: new Uint8Array(1_024) })
      if (index % 50 === 0) await run(runtime, growing)
      if (index % 50 === 25) await run(runtime, trapping)
    }
  }
  await calls(2_000)
  const before = process.memoryUsage().rss
  await calls(Number(process.env['PROMISEGRID_CALLS'] ?? 5_000))
  assert.ok(process.memoryUsage().rss - before < 96 * 1024 * 1024)
})
