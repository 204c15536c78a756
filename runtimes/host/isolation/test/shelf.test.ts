// Modules that are kept past the end of a host: threads share them, and no process has a say in what they are.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import wabt from 'wabt'

import { createWasiRuntime, readProgramResult, writeProgramCall } from '../../../wasi/index.ts'
import { createIsolatedRuntime, isolatedRuntime } from '../isolated-runtime.ts'
import { openProcess, openProgram } from '../process-lane.ts'
import { describe as describeCode, MODULES, run } from './modules.ts'
import type { Descriptor, RunResult, Runtime } from '../../../../kernel/index.ts'
import type { ModuleShelf } from '../../../wasi/index.ts'

const root = new URL('../../../../../', import.meta.url)
const component = readFileSync(new URL('runtimes/wasi/component/guest/built/count-lines.wasm', root))
const ofComponent: Descriptor = { ...describeCode(component), entry: 'component', methods: ['handle'] }
/** A program that is a component, and tells whoever names it no folders how it is called. */
const program = readFileSync(new URL('examples/16-program/pages.component.wasm', root))
const ofProgram: Descriptor = { ...describeCode(program), entry: 'program' }
const HOSTILE = fileURLToPath(new URL('./hostile-lane-child.js', import.meta.url))
const INPUT = new TextEncoder().encode('one\ntwo\n')

class Shelf implements ModuleShelf {
  readonly entries = new Map<string, Uint8Array>()
  puts = 0

  async get(name: string): Promise<Uint8Array | undefined> {
    return this.entries.get(name)
  }

  async put(name: string, entry: Uint8Array): Promise<void> {
    this.puts += 1
    this.entries.set(name, entry)
  }

  get names(): readonly string[] {
    return [...this.entries.keys()]
  }
}

const loads = async (): Promise<Uint8Array> => MODULES.echo
const gone = (): Promise<Uint8Array> => Promise.reject(new Error('the code is asked for'))

/** One run in a runtime of its own, as after a restart. */
async function once(runtime: Runtime, loadCode = loads): Promise<RunResult> {
  try {
    return await run(runtime, MODULES.echo, { input: INPUT, lends: { loadCode } })
  } finally {
    await runtime.close?.()
  }
}

async function onceOfComponent(runtime: Runtime): Promise<RunResult> {
  try {
    const lends = { descriptor: ofComponent, method: 'handle', loadCode: async () => component }
    return await run(runtime, component, { input: INPUT, lends })
  } finally {
    await runtime.close?.()
  }
}

async function onceOfProgram(runtime: Runtime): Promise<RunResult> {
  try {
    const lends = { descriptor: ofProgram, loadCode: async () => program }
    const input = writeProgramCall({ args: ['no', 'folders'], files: {} })
    return await run(runtime, program, { input, lends })
  } finally {
    await runtime.close?.()
  }
}

const expected = await once(createWasiRuntime())

describe('threads', () => {
  test('put there what they admit, and run what is there without its code', async () => {
    const shelf = new Shelf()
    const inThread = (): Runtime => createIsolatedRuntime({ tier: 'thread', lanes: 1, shelf })
    await assert.rejects(once(inThread(), gone), /asked for/)
    assert.deepEqual(await once(inThread()), expected)
    assert.equal(shelf.names.length, 1)
    assert.deepEqual(await once(inThread(), gone), expected)
    assert.deepEqual(await once(createWasiRuntime({ shelf }), gone), expected, 'also here')
  })

  test('put there what they were asked to admit', async () => {
    const shelf = new Shelf()
    const runtime = createIsolatedRuntime({ tier: 'thread', lanes: 1, shelf })
    assert.ok((await runtime.admit(MODULES.echo, describeCode(MODULES.echo))).ok)
    await runtime.admit(MODULES.traps, describeCode(MODULES.echo))
    await runtime.close?.()
    assert.equal(shelf.names.length, 1)
    assert.deepEqual(await once(createWasiRuntime({ shelf }), gone), expected)
  })

  test('admit code anew where what is there is none', async () => {
    const shelf = new Shelf()
    const inThread = (): Runtime => createIsolatedRuntime({ tier: 'thread', lanes: 1, shelf })
    await once(inThread())
    const [name] = shelf.names as [string]
    const entry = shelf.entries.get(name)
    shelf.entries.set(name, Uint8Array.of(1, 2, 3))
    assert.deepEqual(await once(inThread()), expected)
    assert.deepEqual(shelf.entries.get(name), entry)
  })
})

describe('processes', () => {
  const noThread = { thread: () => assert.fail('a thread is made to rewrite what is there') }

  test('run what their host has rewritten, which is done once', async () => {
    const shelf = new Shelf()
    assert.deepEqual(await once(createIsolatedRuntime({ lanes: 1, shelf })), expected)
    assert.equal(shelf.names.length, 1)
    const again = isolatedRuntime({ lanes: 1, shelf }, { ...noThread, process: () => openProcess({}) })
    assert.deepEqual(await once(again), expected)
    assert.equal(shelf.puts, 1)
  })

  test('take what was put there by this host elsewhere', async () => {
    const shelf = new Shelf()
    await once(createWasiRuntime({ shelf }))
    const runtime = isolatedRuntime({ lanes: 1, shelf }, { ...noThread, process: () => openProcess({}) })
    assert.deepEqual(await once(runtime), expected)
  })

  test('cannot put anything there', async () => {
    const shelf = new Shelf()
    const liar = openProgram.bind(null, {
      command: process.execPath,
      words: [HOSTILE, 'keeps what it likes'],
    })
    const runtime = isolatedRuntime({ lanes: 1, shelf }, { ...noThread, process: liar })
    const { refused } = await once(runtime)
    assert.equal(refused?.code, 'TRAP')
    assert.equal(shelf.puts, 0)
  })

  test('a module that no engine has looked at is nowhere taken for one that was', async () => {
    // The rewriter lets it pass, and leaves it to the engine.
    const parsed = (await wabt()).parseWat(
      'wrong.wat',
      `(module (memory 1) (global i64 (i64.const 0))
        (func (export "alloc") (param i32) (result i32) (i32.const 0))
        (func (export "run") (param i32 i32) (result i64) (global.set 0 (i64.const 1)) (i64.const 0)))`,
    )
    const wrong = parsed.toBinary({}).buffer
    const shelf = new Shelf()
    const end = async (runtime: Runtime): Promise<string> => {
      const { refused } = await run(runtime, wrong)
      await runtime.close?.()
      return `${refused?.code} ${refused?.detail}`
    }
    const inProcess = (): Runtime => createIsolatedRuntime({ lanes: 1, shelf })
    const refused = 'ADMIT the engine does not accept the module'
    assert.equal(await end(inProcess()), refused)
    const [name] = shelf.names as [string]
    assert.match(name, /\.unjudged$/)
    // As if the rewriter had made a right module of it.
    const right = new Shelf()
    await once(createWasiRuntime({ shelf: right }))
    const [made] = [...right.entries.values()] as [Uint8Array]
    shelf.entries.set(name, made)
    assert.equal(await end(inProcess()), refused)
    assert.equal(await end(createIsolatedRuntime({ tier: 'thread', lanes: 1, shelf })), refused)
    assert.equal(await end(createWasiRuntime({ shelf })), refused)
    // Under the name of one that an engine has looked at, it would run.
    shelf.entries.set(name.replace('.unjudged', ''), made)
    assert.equal(await end(createWasiRuntime({ shelf })), 'undefined undefined')
  })
})

const COMPONENTS = { component: onceOfComponent, 'program that is a component': onceOfProgram }

for (const [what, onceOf] of Object.entries(COMPONENTS))
  for (const tier of ['here', 'thread', 'process'] as const)
    test(`the modules of a ${what} are rewritten once in the tier ${tier}`, async () => {
      const shelf = new Shelf()
      const fresh = (): Runtime => createIsolatedRuntime({ tier, lanes: 1, shelf })
      const first = await onceOf(fresh())
      assert.ok(first.output !== undefined, first.refused?.detail)
      assert.equal(shelf.puts, 1)
      assert.deepEqual(await onceOf(fresh()), first)
      assert.equal(shelf.puts, 1)
      const [name] = shelf.names as [string]
      const entry = shelf.entries.get(name) as Uint8Array
      for (const wrong of [Uint8Array.of(0x80), Uint8Array.of(0x81, 1), entry.subarray(1)]) {
        shelf.entries.set(name, wrong)
        assert.deepEqual(await onceOf(fresh()), first)
      }
      // Processes are not believed when they say that what they were given cannot be used.
      if (tier !== 'process') assert.deepEqual(shelf.entries.get(name), entry)
    })

test('a program that is a component ends alike in each tier, and takes from any what is kept of it', async () => {
  const without = await onceOfProgram(createWasiRuntime())
  assert.ok(readProgramResult(without.output ?? new Uint8Array()).ok !== undefined, without.refused?.detail)
  const shelf = new Shelf()
  for (const tier of ['process', 'thread', 'here'] as const)
    assert.deepEqual(await onceOfProgram(createIsolatedRuntime({ tier, lanes: 1, shelf })), without)
  assert.equal(shelf.puts, 1)
  assert.doesNotMatch(shelf.names.join(' '), /unjudged/)
})
