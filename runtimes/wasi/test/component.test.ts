import assert from 'node:assert/strict'
import test from 'node:test'

import { createWasiRuntime } from '../index.ts'
import { built, builtComponent, component } from './components.ts'
import { ECHO, fixture, run } from './fixtures.ts'
import type { RunResult } from '../../../kernel/index.ts'
import type { CallChanges, Fixture } from './fixtures.ts'

const runtime = createWasiRuntime()
const utf8 = new TextEncoder()

const echo = built('echo')
const reverse = built('reverse')
const shapes = built('shapes')
const countLines = built('count-lines', { methods: ['count', 'fail'], name: 'lines' })

async function ends(fixtureOf: Fixture, changes: CallChanges, code: string, detail: RegExp): Promise<void> {
  const { refused } = await run(runtime, fixtureOf, changes)
  assert.equal(refused?.code, code, refused?.detail)
  assert.match(refused?.detail ?? '', detail)
}

function order(number: number): CallChanges {
  return { input: Uint8Array.of(number) }
}

// ------------------------------------------------------------------------------------------ methods

test('a component in text and one in C answer for their method', async () => {
  const input = utf8.encode('forwards')
  assert.deepEqual((await run(runtime, echo, { input })).output, input)
  assert.deepEqual((await run(runtime, reverse, { input })).output, utf8.encode('sdrawrof'))
})

test('no arguments are an empty list, and an empty list is no result', async () => {
  assert.deepEqual((await run(runtime, reverse)).output, new Uint8Array())
})

test('what a component reports as an error is the error of the handler', async () => {
  await ends(reverse, { input: utf8.encode('#') }, 'HANDLER', /^error 42$/)
  await ends(reverse, { input: utf8.encode('!no \u001b[31mred') }, 'HANDLER', /^no \\u\{1b\}\[31mred$/)
  await ends(reverse, { input: utf8.encode('*') }, 'TRAP', /unreachable/)
})

test('an error message that is not UTF-8 is a trap', async () => {
  await ends(reverse, { input: Uint8Array.of(0x21, 0xff) }, 'TRAP', /a string that is not utf-8/)
})

test('nothing of one call reaches the next', async () => {
  const first = await run(runtime, shapes, order(0))
  await run(runtime, shapes, order(4))
  assert.deepEqual(await run(runtime, shapes, order(0)), first)
})

// ------------------------------------------------------------------- between components of a component

test('a resource lives in one component and is used by another, and its destructor runs', async () => {
  const { output } = await run(runtime, shapes, order(0))
  assert.deepEqual(output, Uint8Array.of(35, 0, 0, 0, 0, 0, 0, 0))
})

test('a record of every kind of field crosses two memories and two encodings and comes back', async () => {
  const { output = new Uint8Array() } = await run(runtime, shapes, order(1))
  const view = new DataView(output.buffer, output.byteOffset)
  assert.equal(view.getUint8(0), 1, 'the case of the variant')
  assert.equal(view.getUint8(8), 2, 'the enum')
  assert.equal(view.getFloat64(16, true), 1.5)
  assert.equal(view.getUint32(28, true), 1, 'strings')
  assert.equal(view.getUint8(32), 1, 'the option')
  assert.equal(view.getUint32(36, true), 0x1f41f)
  assert.equal(view.getInt8(40), -5)
  assert.equal(view.getBigUint64(48, true), 2n ** 40n + 1n)
  assert.equal(view.getUint8(56), 5, 'the flags')
  assert.equal(new TextDecoder('utf-16le').decode(output.subarray(64)), 'pär')
})

test('refuses handles that were dropped, never were, or are dropped twice', async () => {
  for (const number of [2, 3, 4]) await ends(shapes, order(number), 'TRAP', /there is no handle/)
})

test('refuses values that their type does not have', async () => {
  await ends(shapes, order(5), 'TRAP', /case 3 of a variant of 3/)
  await ends(shapes, order(6), 'TRAP', /55296 is not the number of a character/)
  await ends(shapes, order(9), 'TRAP', /a string that is not utf-16le/)
})

test('refuses lists outside of the memory, or at an odd address', async () => {
  await ends(shapes, order(7), 'TRAP', /bytes 300 to 65836 of a memory of 65536/)
  await ends(shapes, order(8), 'TRAP', /address 301 is not aligned to 4/)
})

test('refuses a list longer than values may be in one call, before any is made', async () => {
  await ends(shapes, order(10), 'TRAP', /more than 262144 values in lists of one call/)
})

// ----------------------------------------------------------------------------------------- programs

test('a program in C reads the arguments, finds its name and method, and writes the result', async () => {
  const input = utf8.encode('one\ntwo\nthree\n')
  const { output } = await run(runtime, countLines, { method: 'count', input })
  assert.equal(new TextDecoder().decode(output), 'count: 3 lines\n')
})

test('a program that fails says so, with what it wrote', async () => {
  await ends(countLines, { method: 'fail' }, 'HANDLER', /exit code 1; it wrote: 0 lines/)
})

test('a program may write no more than it is granted', async () => {
  const budget = { outputBytes: 4 }
  await ends(countLines, { method: 'count', budget }, 'BUDGET_OUTPUT', /more than 4 bytes were written/)
})

test('names what a component asks the host for', async () => {
  const admitted = await runtime.admit(countLines.code, countLines.descriptor)
  const imports = admitted.ok?.imports ?? []
  assert.ok(imports.some((name) => /^wasi:cli\/stdin@0\.2\.\d+#get-stdin$/.test(name)))
  assert.deepEqual((await runtime.admit(echo.code, echo.descriptor)).ok?.imports, [])
})

// ------------------------------------------------------------------------------------------ budgets

async function fuelOf(fixtureOf: Fixture, changes: CallChanges): Promise<RunResult & { fuel: number }> {
  return run(runtime, fixtureOf, changes)
}

test('the same call takes the same fuel, and exactly that much is enough', async () => {
  for (const [fixtureOf, changes] of [
    [echo, { input: utf8.encode('again') }],
    [shapes, order(1)],
    [countLines, { method: 'count', input: utf8.encode('\n') }],
  ] as const) {
    const { fuel } = await fuelOf(fixtureOf, changes)
    assert.equal((await fuelOf(fixtureOf, { ...changes, budget: { fuel } })).refused, undefined)
    const short = await fuelOf(fixtureOf, { ...changes, budget: { fuel: fuel - 1 } })
    assert.equal(short.refused?.code, 'BUDGET_FUEL')
    assert.equal(short.fuel, fuel - 1)
  }
})

test('fuel is given out in slices without changing what is counted', async () => {
  const timed = createWasiRuntime({ monotonic: () => 0 })
  const { fuel } = await run(runtime, countLines, { method: 'count' })
  assert.equal((await run(timed, countLines, { method: 'count' })).fuel, fuel)
})

test('arguments that are copied in and out take fuel by their bytes', async () => {
  const small = await fuelOf(echo, { input: new Uint8Array(16) })
  const large = await fuelOf(echo, { input: new Uint8Array(16 + 1600) })
  assert.equal(large.fuel - small.fuel, 200)
})

test('a component that makes handles without end runs out of something', async () => {
  await ends(shapes, { ...order(11), budget: { fuel: 1_000_000 } }, 'BUDGET_FUEL', /used up/)
})

test('a component is refused where all its memories together are more than is granted', async () => {
  const budget = { memoryBytes: 65_536 }
  const small = built('shapes', { limits: { memoryBytes: 2 * 65_536 } })
  await ends(small, { ...order(0), budget }, 'BUDGET_MEMORY', /may use 131072 bytes/)
  assert.equal(
    (await run(runtime, small, { ...order(0), budget: { memoryBytes: 131_072 } })).refused,
    undefined,
  )
})

test('refuses a component whose memories do not fit into what its descriptor asks for', async () => {
  const tight = built('shapes', { limits: { memoryBytes: 65_536 } })
  await ends(tight, order(0), 'ADMIT', /1 pages of memory at least, 0 are allowed/)
})

test('a result longer than granted is refused', async () => {
  const budget = { outputBytes: 3 }
  await ends(echo, { input: utf8.encode('four'), budget }, 'BUDGET_OUTPUT', /4 bytes, 3 are allowed/)
})

test('ends when the wall time is over', async () => {
  let now = 0
  const late = createWasiRuntime({ monotonic: () => (now += 6_000) })
  const { refused } = await run(late, countLines, { method: 'count' })
  assert.equal(refused?.code, 'BUDGET_TIME')
})

// ------------------------------------------------------------------------------------ mallory's tries

const misbehaving = built('misbehaving')

test('the stack is one for all modules of a component, and its end is the same everywhere', async () => {
  const first = await run(runtime, misbehaving, order(0))
  assert.equal(first.refused?.code, 'BUDGET_DEPTH')
  // Twice as many rounds fit where only calls inside of a module take their frame.
  assert.ok(first.fuel < 130_000, `${first.fuel} units until the end`)
  assert.deepEqual(await run(createWasiRuntime(), misbehaving, order(0)), first)
})

test('the fuel is one for all modules of a component', async () => {
  await ends(misbehaving, { ...order(1), budget: { fuel: 1_000_000 } }, 'BUDGET_FUEL', /used up/)
})

test('refuses to make handles without end, and to drop what is none', async () => {
  await ends(misbehaving, order(2), 'TRAP', /more than 16384 handles/)
  await ends(misbehaving, order(3), 'TRAP', /there is no handle 0/)
})

test('a module grows the memory of another as far as that may grow, and is not told it is out of memory', async () => {
  const { output } = await run(runtime, misbehaving, order(4))
  assert.deepEqual(output, Uint8Array.of(4, 0, 0, 0))
})

test('refuses calls out of a component while it makes room', async () => {
  const input = new Uint8Array(13).fill(4)
  await ends(misbehaving, { input }, 'TRAP', /called out where it may not/)
  assert.equal((await run(runtime, misbehaving, { input: input.subarray(1) })).refused, undefined)
})

// ---------------------------------------------------------------------------------------- admission

test('refuses methods that the component does not export', async () => {
  const other = built('echo', { methods: ['handle', 'other'] })
  const { refused } = await runtime.admit(other.code, other.descriptor)
  assert.match(refused?.detail ?? '', /exports neither wasi:cli\/run nor a function "other"/)
  await ends(echo, { method: 'other' }, 'ADMIT', /"other"/)
})

test('refuses a module as a component, and a component as a module', async () => {
  const { code } = fixture(ECHO)
  await ends(component(code), {}, 'ADMIT', /the code is a module, and its entry "component"/)
  await ends(
    built('echo', { entry: 'reactor' }),
    {},
    'ADMIT',
    /the code is a component, and its entry "reactor"/,
  )
})

test('refuses a program whose imports are not granted, by name', async () => {
  const bytes = builtComponent('count-lines')
  const text = 'wasi:cli/environment'
  const at = Buffer.from(bytes).indexOf(text)
  bytes.set(utf8.encode('wasi:sok/environment'), at)
  const asking = component(bytes, { methods: ['count'] })
  await ends(asking, { method: 'count' }, 'ADMIT', /"wasi:sok\/environment@0\.2\.\d+#get-\S+" is not offered/)
})

test('the profile of a component names the version of this chapter, and that of a module does not', () => {
  const decode = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)
  assert.match(decode(runtime.profile(echo.descriptor)), /component/)
  assert.doesNotMatch(decode(runtime.profile({ ...echo.descriptor, entry: 'reactor' })), /component/)
})

test('two runtimes on other modules in between agree', async () => {
  await run(runtime, fixture(ECHO), { input: utf8.encode('x') })
  const other = createWasiRuntime()
  assert.deepEqual(await run(other, shapes, order(1)), await run(runtime, shapes, order(1)))
})
