// Cases W-01 to W-08 and W-24 of hostile code, in each tier that ends what does not end by itself.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { createHost } from '../../index.ts'
import { Exchange } from '../../../wasi/index.ts'
import { createIsolatedRuntime, isolatedRuntime } from '../isolated-runtime.ts'
import { readFromLane } from '../from-lane.ts'
import { openProcess, openProgram } from '../process-lane.ts'
import { openThread } from '../thread-lane.ts'
import { cancelledBy, describe as describeCode, MODULES, run } from './modules.ts'
import type { Result, RunResult, Runtime } from '../../../../kernel/index.ts'

const here = createIsolatedRuntime({ tier: 'here' })
const TEXT = new TextEncoder().encode('hello, grid')
/** What ends them is what the test is about; with less of either a busy machine would come first. */
const ENDLESS = { fuel: Number.MAX_SAFE_INTEGER, wallMs: 300_000 }
const tellNothing = (): Promise<never> => Promise.reject(new Error('nothing is asked here'))
const HOSTILE_LANE = fileURLToPath(new URL('./hostile-lane-child.js', import.meta.url))
const OPENERS = {
  thread: () => openThread({ memoryBytes: undefined }),
  process: () => openProcess({ memoryBytes: undefined }),
}
const TIERS = { thread: openThread, process: openProcess } as const

for (const [tier, open] of Object.entries(TIERS) as [keyof typeof TIERS, (typeof TIERS)['thread']][]) {
  describe(`in a ${tier} of its own`, () => {
    const runtime = createIsolatedRuntime({ tier, lanes: 2 })
    after(() => runtime.close?.())

    test('code gives the bytes and the fuel that it gives here', async () => {
      for (const code of [
        MODULES.echo,
        MODULES.recurses,
        MODULES.loops,
        MODULES.growsMemory,
        MODULES.traps,
      ]) {
        const given = { input: TEXT, budget: { fuel: 5_000_000 } }
        const [there, expected] = [await run(runtime, code, given), await run(here, code, given)]
        assert.deepEqual(there, expected)
      }
      assert.deepEqual(runtime.profile(describeCode(MODULES.echo)), here.profile(describeCode(MODULES.echo)))
    })

    test('what may not run is not admitted, in the words used here', async () => {
      for (const code of [MODULES.hugeMemory, MODULES.hugeTable, TEXT]) {
        const [there, expected] = [
          await runtime.admit(code, describeCode(code)),
          await here.admit(code, describeCode(code)),
        ]
        assert.equal(there.refused?.code, 'ADMIT')
        assert.deepEqual(there, expected)
      }
      assert.deepEqual(await runtime.admit(MODULES.echo, describeCode(MODULES.echo)), { ok: { imports: [] } })
    })

    test('what loops ends with its time, and its place is good for the next one', async () => {
      for (const code of [MODULES.loops, MODULES.loopsAtStart, MODULES.growsTable]) {
        const { refused } = await run(runtime, code, { budget: { ...ENDLESS, wallMs: 60 } })
        assert.equal(refused?.code, 'BUDGET_TIME')
        assert.equal((await run(runtime, MODULES.echo, { input: TEXT })).refused, undefined)
      }
    })

    test('what its runtime would let go on is ended all the same', async () => {
      const controller = new AbortController()
      const looping = run(runtime, MODULES.loops, { budget: ENDLESS, cancel: cancelledBy(controller) })
      setTimeout(() => controller.abort(), 60)
      const ended = await looping
      assert.deepEqual([ended.refused?.code, ended.fuel], ['ABORTED', ENDLESS.fuel])
      assert.equal((await run(runtime, MODULES.echo, { input: TEXT })).refused, undefined)
    })

    test('others are answered while one loops', async () => {
      const controller = new AbortController()
      const looping = run(runtime, MODULES.loops, { budget: ENDLESS, cancel: cancelledBy(controller) })
      let isOver = false
      void looping.then(() => (isOver = true))
      for (let call = 0; call < 20; call++)
        assert.equal((await run(runtime, MODULES.echo, { input: TEXT })).refused, undefined)
      assert.equal(isOver, false)
      controller.abort()
      assert.equal((await looping).refused?.code, 'ABORTED')
    })

    test('a lane that is killed takes its run with it, and no other', async () => {
      const lane = open({ memoryBytes: undefined })
      const asked = lane.ask({ kind: 'admit', descriptor: new Uint8Array([0xff]), code: TEXT }, tellNothing)
      await assert.rejects(asked, { name: 'LaneEnded' })
      assert.ok(lane.isOver)
      await assert.rejects(lane.ask({ kind: 'admit', descriptor: TEXT, code: TEXT }, tellNothing), {
        name: 'LaneEnded',
      })
      await lane.end()
    })
  })
}

test('runs wait their turn, as many as may; those who give up do not take one', async () => {
  const runtime = createIsolatedRuntime({ tier: 'thread', lanes: 1, waiting: 1 })
  const controller = new AbortController()
  const first = new AbortController()
  const looping = run(runtime, MODULES.loops, { budget: ENDLESS, cancel: cancelledBy(first) })
  const waiting = run(runtime, MODULES.echo, { input: TEXT, cancel: cancelledBy(controller) })
  assert.equal((await run(runtime, MODULES.echo)).refused?.code, 'BUSY')
  controller.abort()
  assert.equal((await waiting).refused?.code, 'ABORTED')
  const next = run(runtime, MODULES.echo, { input: TEXT })
  first.abort()
  await looping
  assert.equal((await next).refused, undefined)
  await runtime.close?.()
  assert.equal((await run(runtime, MODULES.echo)).refused?.code, 'BUSY')
})

test('the time of a run goes on while it waits, and ends a lane that keeps no time itself', async () => {
  const hangs = (): ReturnType<typeof openProgram> =>
    openProgram({ command: process.execPath, words: [HOSTILE_LANE, 'never answers'] })
  const runtime = isolatedRuntime({ lanes: 1, waiting: 1 }, { ...OPENERS, process: hangs })
  const budget = { ...ENDLESS, wallMs: 300 }
  const [hung, waited] = await Promise.all([
    run(runtime, MODULES.echo, { budget }),
    run(runtime, MODULES.echo, { budget: { ...budget, wallMs: 50 } }),
  ])
  assert.deepEqual([hung.refused?.code, hung.fuel], ['BUDGET_TIME', ENDLESS.fuel])
  assert.deepEqual([waited.refused?.code, waited.fuel], ['BUDGET_TIME', 0])
  await runtime.close?.()
})

test('calls of one another end, though all lanes are held by those who call', async () => {
  const runtime = createIsolatedRuntime({ tier: 'thread', lanes: 1, waiting: 8 })
  const caller = { ...describeCode(MODULES.calls), pure: false, imports: ['call'] }
  // A busy machine may take seconds to start each of the threads, and whoever waits for one uses up its time.
  const budget = { wallMs: 300_000 }
  const calling = (deep: number): Promise<RunResult> => {
    const call = async (): Promise<Result<Uint8Array>> => {
      const { refused } = await (deep === 0 ? run(runtime, MODULES.echo, { budget }) : calling(deep - 1))
      return refused === undefined ? { ok: new Uint8Array(0) } : { refused }
    }
    const authority = { size: 1, fuel: 0, grant: () => assert.fail('nothing is lent'), call }
    return run(runtime, MODULES.calls, { budget, lends: { descriptor: caller, authority } })
  }
  const ended = await Promise.all([
    calling(2),
    calling(2),
    run(runtime, MODULES.echo, { budget }),
    calling(0),
  ])
  assert.deepEqual(
    ended.map(({ refused }) => refused),
    ended.map(() => undefined),
  )
  await runtime.close?.()
})

for (const tier of ['thread', 'process'] as const)
  test(`a call that a handler has made goes before runs that wait for longer for a ${tier}`, async () => {
    const runtime = createIsolatedRuntime({ tier, lanes: 1 })
    const budget = { wallMs: 300_000 }
    const controller = new AbortController()
    const ended: string[] = []
    const ends = async (who: string, running: Promise<RunResult>): Promise<void> => {
      assert.equal((await running).refused, undefined)
      ended.push(who)
    }
    const looping = run(runtime, MODULES.loops, { budget: ENDLESS, cancel: cancelledBy(controller) })
    const all = [
      ends('bob', run(runtime, MODULES.echo, { budget })),
      ends('mallory', run(runtime, MODULES.echo, { budget })),
      ends('nested', run(runtime, MODULES.echo, { budget, lends: { isNested: true } })),
    ]
    controller.abort()
    await looping
    await Promise.all(all)
    assert.deepEqual(ended, ['nested', 'bob', 'mallory'])
    await runtime.close?.()
  })

test('what no lane says ends it, and nothing else', async () => {
  const ask = { kind: 'asks', id: 0, job: 1, name: 'state_get', question: TEXT, room: { fuel: 1, bytes: 1 } }
  for (const message of [
    null,
    undefined,
    7,
    'ready',
    [],
    {},
    { kind: 'toString' },
    { kind: 'output', job: 1, output: 'text', fuel: 0 },
    { kind: 'output', job: 1, output: TEXT, fuel: Number.NaN },
    { kind: 'output', job: 1, output: TEXT, fuel: -1 },
    { kind: 'output', job: 1, output: TEXT, fuel: 0, blocks: [null] },
    { kind: 'output', job: 1, output: TEXT, fuel: 0, blocks: [{ bytes: TEXT, codec: 2 ** 28 }] },
    // A result, of what is no run.
    { kind: 'output', job: 1, output: TEXT, fuel: 0 },
    { kind: 'refused', job: 1, fuel: 0 },
    { kind: 'refused', job: 1, fuel: 0, refused: { code: 'toString', detail: '' } },
    { kind: 'refused', job: 1, fuel: 0, refused: { code: 'TRAP' } },
    { kind: 'refused', job: 1, fuel: 0, refused: { code: 'TRAP', detail: 'x'.repeat(65_537) } },
    { kind: 'refused', job: 1, fuel: 0, refused: { code: 'MISSING', detail: '', missing: ['all'] } },
    { kind: 'admitted', job: 1, imports: 'all' },
    { kind: 'admitted', imports: [] },
    { kind: 'admitted', job: 2, imports: [] },
    { kind: 'gave-up', job: 1 },
    { kind: 'rewritten', job: 1, entry: TEXT },
    { kind: 'keeps', job: 1, entry: TEXT },
    { kind: 'keeps', job: 1 },
    { kind: 'needs-code', job: 1 },
    { ...ask, id: undefined },
    { ...ask, question: null },
    { ...ask, room: null },
    { kind: 'asks-block', id: 0 },
  ]) {
    let isCut = false
    const exchange = new Exchange({ read: readFromLane, send: () => undefined, cut: () => (isCut = true) })
    const asked = exchange.ask({ kind: 'admit', descriptor: TEXT, code: TEXT }, tellNothing)
    void exchange.heard(message)
    await assert.rejects(asked, { name: 'LaneEnded' }, JSON.stringify(message))
    assert.ok(exchange.isOver && isCut)
  }
})

describe('admission', () => {
  const ENDS = { admitMs: 10_000, waitMs: 10_000 }
  const one = (ends: typeof ENDS, waiting = 4): Runtime =>
    isolatedRuntime({ tier: 'thread', lanes: 1, waiting }, OPENERS, ends)
  const loop = (runtime: Runtime, controller: AbortController): Promise<RunResult> =>
    run(runtime, MODULES.loops, { budget: ENDLESS, cancel: cancelledBy(controller) })
  const admit = (runtime: Runtime): ReturnType<Runtime['admit']> =>
    runtime.admit(MODULES.echo, describeCode(MODULES.echo))

  test('that finds no place in time is BUSY, and says nothing of the code', async () => {
    const runtime = one({ ...ENDS, waitMs: 50 })
    const controller = new AbortController()
    const looping = loop(runtime, controller)
    assert.equal((await admit(runtime)).refused?.code, 'BUSY')
    controller.abort()
    await looping
    await runtime.close?.()
  })

  test('is BUSY at once where too many wait already', async () => {
    const runtime = one(ENDS, 0)
    const controller = new AbortController()
    const looping = loop(runtime, controller)
    assert.equal((await admit(runtime)).refused?.code, 'BUSY')
    controller.abort()
    await looping
    await runtime.close?.()
  })

  test('has its time from when it has a place', async () => {
    const runtime = one({ admitMs: 2_500, waitMs: 60_000 })
    const controller = new AbortController()
    const looping = loop(runtime, controller)
    setTimeout(() => controller.abort(), 2_600)
    assert.deepEqual(await admit(runtime), { ok: { imports: [] } })
    await looping
    await runtime.close?.()
  })

  test('of an engine that is not done in time is refused, and the engine ended', async () => {
    const runtime = isolatedRuntime(
      { tier: 'process', lanes: 1 },
      {
        ...OPENERS,
        process: () => openProgram({ command: process.execPath, words: [HOSTILE_LANE, 'never answers'] }),
      },
      { ...ENDS, admitMs: 50 },
    )
    assert.equal((await admit(runtime)).refused?.code, 'ADMIT')
    await runtime.close?.()
  })
})

test('each handler runs where the host says', async () => {
  const asked: string[] = []
  const strangers = describeCode(MODULES.echo).code
  const runtime = createIsolatedRuntime({
    lanes: 1,
    tier: ({ code }) => {
      asked.push(code.toString())
      return code.equals(strangers) ? 'thread' : 'here'
    },
  })
  assert.equal((await run(runtime, MODULES.echo)).refused, undefined)
  assert.equal((await run(runtime, MODULES.traps)).refused?.code, 'TRAP')
  assert.deepEqual(asked, [strangers.toString(), describeCode(MODULES.traps).code.toString()])
  await runtime.close?.()
})

test('a host isolates what is deployed to it', async () => {
  await using host = await createHost({ isolation: { tier: 'process', lanes: 1 } })
  const protocol = await host.deploy(MODULES.echo, { entry: 'reactor', methods: ['run'] })
  const to = await host.identity('alice')
  const capability = await host.promise({
    to: to.principal,
    by: host.root,
    resource: { kind: 'code', protocol },
    methods: ['run'],
  })
  const answer = await host.call({ protocol, method: 'run', input: TEXT, as: to, capabilities: [capability] })
  assert.deepEqual(answer.status === 'kept' && answer.bytes, TEXT)
  await assert.rejects(host.deploy(MODULES.hugeMemory, { entry: 'reactor', methods: ['run'] }), /ADMIT|pages/)
})

test('refuses options that mean nothing', () => {
  for (const options of [{ lanes: 0 }, { lanes: 1.5 }, { lanes: 1_000 }, { waiting: -1 }])
    assert.throws(() => createIsolatedRuntime(options), RangeError)
})
