// Lanes that a guest has taken over: whatever comes out of one, the host lives, the run ends with the right code, and
// the next run has a lane.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { StoreError } from '../../../../promisebase/index.ts'
import { FRAME_BYTES_MAX, FrameError, Frames, frameOf, readFrame } from '../frames.ts'
import { isolatedRuntime } from '../isolated-runtime.ts'
import { openProcess, openProgram } from '../process-lane.ts'
import { openThread } from '../thread-lane.ts'
import { collect } from './collect.ts'
import { cancelledBy, describe as describeCode, MODULES, run } from './modules.ts'
import type { HandlerState, RefusalCode, RunResult, Runtime, RuntimeCall } from '../../../../kernel/index.ts'
import type { Lane } from '../../../wasi/index.ts'

const HOSTILE = fileURLToPath(new URL('./hostile-lane-child.js', import.meta.url))
const FUEL = 1_000_000

/** What the run of a lane ends with that does this. Those that say nothing end when the caller gives up. */
const WAYS: Readonly<Record<string, RefusalCode | undefined>> = {
  'says a length of four gigabytes': 'TRAP',
  'says a length just above the bound': 'TRAP',
  'says a frame of no bytes': 'TRAP',
  'ends in the middle of a length': 'TRAP',
  'ends in the middle of a frame': 'TRAP',
  'says what is no CBOR': 'TRAP',
  'says what v8 would read': 'TRAP',
  'says what Node would obey': 'TRAP',
  'says something of the wrong type': 'TRAP',
  'says that it used less than no fuel': 'TRAP',
  'refuses with a code that there is not': 'TRAP',
  'gives blocks that are none': 'TRAP',
  'gives blocks beside what is no program': 'TRAP',
  'nests a million deep': 'TRAP',
  'claims an array of 2^32 items': 'TRAP',
  'answers another job': 'TRAP',
  'comes up twice': 'TRAP',
  'admits what was to run': 'TRAP',
  'gives up without a reason': 'TRAP',
  'defers to a promise that was not made': 'TRAP',
  'needs the code again and again': 'TRAP',
  'asks what there is no question for': 'TRAP',
  'asks what its descriptor does not name': 'TRAP',
  'asks with fields that are none': 'TRAP',
  'asks for more than its fuel pays': 'TRAP',
  'asks for a block that its arguments do not name': 'TRAP',
  'asks without end, and reads no answer': 'ABORTED',
  'says the beginning of a frame in single bytes, and nothing more': 'ABORTED',
  'never answers': 'ABORTED',
  'does not read its job': 'ABORTED',
  'closes its pipe and goes on': 'TRAP',
  'closes everything it has': 'TRAP',
  'ends without a word': 'TRAP',
  'is killed': 'TRAP',
  aborts: 'TRAP',
  'speaks before it has a job': 'TRAP',
  'never comes up': 'ABORTED',
  'answers twice': undefined,
  'answers once more when it has the next job': undefined,
}

/** Large enough that no pipe takes one in when nobody reads it. */
const VALUE = new Uint8Array(4 * 2 ** 20)

interface Asked {
  state: number
  blocks: number
}

/** A runtime whose lanes do these things, one lane after the other, each after some jobs done well; the rest behave. */
function hostileLanes(ways: readonly string[], behavesFirst: number): Runtime {
  const next = ways.values()
  const words = (): string[] => [HOSTILE, next.next().value ?? 'behaves', String(behavesFirst)]
  return isolatedRuntime(
    { lanes: 1 },
    {
      thread: () => assert.fail('no thread is asked for'),
      process: () => openProgram({ command: process.execPath, words: words() }),
    },
  )
}

const behaves = (runtime: Runtime): Promise<void> =>
  run(runtime, MODULES.echo).then((result) =>
    assert.deepEqual(result, { output: new Uint8Array(0), fuel: 1 }),
  )

/** These do not wait for a job. */
const AT_ONCE = ['speaks before it has a job', 'never comes up', 'does not read its job']

/** A call that may ask for state, and whose caller gives up in time. */
async function runAsking(runtime: Runtime, how: string, asked: Asked): Promise<RunResult> {
  const controller = new AbortController()
  const waits = how === 'asks without end, and reads no answer'
  let timer = WAYS[how] === 'ABORTED' && !waits ? setTimeout(() => controller.abort(), 600) : undefined
  const state = {
    get: async () => {
      asked.state += 1
      // From when it has asked: a busy machine may take its time to start it.
      if (waits) timer ??= setTimeout(() => controller.abort(), 600)
      return waits ? VALUE : undefined
    },
  } as Partial<HandlerState> as HandlerState
  const getBlock = async (): Promise<Uint8Array> => {
    asked.blocks += 1
    return VALUE
  }
  const descriptor = { ...describeCode(MODULES.echo), pure: false, imports: ['state'] }
  try {
    return await run(runtime, MODULES.echo, {
      budget: { fuel: how.startsWith('asks without') ? Number.MAX_SAFE_INTEGER : FUEL },
      // More than a pipe takes in, for the one that does not read it.
      input: new Uint8Array(how === 'does not read its job' ? 16 * 2 ** 20 : 4),
      cancel: cancelledBy(controller),
      lends: { descriptor, state, getBlock },
    })
  } finally {
    clearTimeout(timer)
  }
}

/** The lane of this runtime does what is said, and whoever comes next has one that behaves. */
async function isOvercome(runtime: Runtime, how: string): Promise<void> {
  const asked: Asked = { state: 0, blocks: 0 }
  const before = process.memoryUsage()
  const { refused, fuel } = await runAsking(runtime, how, asked)
  assert.equal(refused?.code, WAYS[how], refused?.detail)
  assert.ok(fuel <= (how.startsWith('asks without') ? Number.MAX_SAFE_INTEGER : FUEL))
  await behaves(runtime)
  collect()
  const { external } = process.memoryUsage()
  assert.ok(external - before.external < 64 * 2 ** 20, `${external - before.external} bytes were kept`)
  if (how.startsWith('asks for more')) assert.equal(asked.state, Math.floor(FUEL / (4_096 + 4)))
  // The second answer waits for the first to be read.
  if (how.startsWith('asks without')) assert.equal(asked.state, 1)
  assert.equal(asked.blocks, 0)
}

describe('a lane that', () => {
  const later = Object.keys(WAYS).filter((how) => !AT_ONCE.includes(how))
  // What runs after one was lost runs in the next, which has a way of its own then: half as many processes.
  const one = hostileLanes(later, 1)
  before(() => behaves(one))
  after(() => one.close?.())

  for (const how of later) test(how, () => isOvercome(one, how))
  for (const how of AT_ONCE)
    test(how, async () => {
      const runtime = hostileLanes([how], 0)
      await isOvercome(runtime, how)
      await runtime.close?.()
    })

  test('behaves is a lane like any other', async () => {
    const runtime = hostileLanes([], 0)
    for (let runs = 0; runs < 2; runs++) await behaves(runtime)
    await runtime.close?.()
  })

  test('cannot be started is a fault of this node', async () => {
    const runtime = isolatedRuntime(
      { lanes: 1 },
      {
        thread: () => assert.fail('no thread is asked for'),
        process: () => openProgram({ command: '/nowhere/node', words: [] }),
      },
    )
    assert.equal((await run(runtime, MODULES.echo)).refused?.code, 'INTERNAL')
    await runtime.close?.()
  })
})

describe('a store that fails while a guest asks it', () => {
  const TIERS = { thread: openThread, process: openProcess } as const
  for (const tier of ['thread', 'process'] as const)
    test(`ends the run with its own error, and not the ${tier}`, async () => {
      let opened = 0
      const open = (): Lane => {
        opened += 1
        return TIERS[tier]({ memoryBytes: undefined })
      }
      const runtime = isolatedRuntime({ tier, lanes: 1 }, { thread: open, process: open })
      const descriptor = { ...describeCode(MODULES.calls), pure: false, imports: ['call'] }
      const failing = (code: 'LIMIT' | 'IO'): Partial<RuntimeCall> => {
        const call = (): Promise<never> => Promise.reject(new StoreError(code))
        const authority = { size: 1, fuel: 0, grant: () => assert.fail('nothing is lent'), call }
        return { descriptor, authority }
      }
      for (const code of ['LIMIT', 'IO', 'LIMIT'] as const)
        await assert.rejects(run(runtime, MODULES.calls, { lends: failing(code) }), { code })
      assert.equal((await run(runtime, MODULES.echo)).refused, undefined)
      assert.equal(opened, 1)
      await runtime.close?.()
    })
})

describe('frames', () => {
  const messages = [{ kind: 'ready' }, { kind: 'output', output: new Uint8Array(300), fuel: 7 }, {}]
  const bytes = Buffer.concat(messages.map((message) => frameOf(message)))

  test('are the same however they are cut', () => {
    for (const size of [1, 2, 3, 5, 100, bytes.length]) {
      const frames = new Frames()
      const read: unknown[] = []
      for (let at = 0; at < bytes.length; at += size)
        for (const frame of frames.take(bytes.subarray(at, at + size)))
          read.push({ ...(readFrame(frame) as object) })
      assert.deepEqual(read, messages)
      assert.equal(frames.isAmid, false)
    }
  })

  test('that have not ended are known', () => {
    const frames = new Frames()
    assert.deepEqual([...frames.take(bytes.subarray(0, 3))], [])
    assert.equal(frames.isAmid, true)
  })

  test('above the bound are refused by their length alone', () => {
    const head = (length: number): Uint8Array => {
      const bytes = new Uint8Array(4)
      new DataView(bytes.buffer).setUint32(0, length)
      return bytes
    }
    assert.deepEqual([...new Frames().take(head(FRAME_BYTES_MAX))], [])
    assert.throws(() => [...new Frames().take(head(FRAME_BYTES_MAX + 1))], FrameError)
  })

  test('leave out what is not there, and keep names that mean something to JavaScript', () => {
    const read = readFrame(frameOf({ a: undefined, ['__proto__']: 1, b: [{ c: undefined }] }).subarray(4))
    assert.deepEqual(Object.keys(read as object), ['b', '__proto__'])
    assert.deepEqual({ ...(read as { b: object[] }).b[0] }, {})
  })

  test('that hold a tag, or a key that is no text, say nothing', () => {
    for (const body of [[0xd8, 42, 0x41, 0], [0xc1, 0], [0xa1, 1, 1], [0xf7], []])
      assert.equal(readFrame(Uint8Array.from(body)), undefined)
  })
})
