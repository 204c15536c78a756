/**
 * What every runtime must do, whatever it runs. A runtime passes by handing in the same few handlers in its
 * own kind of code; what is special to a kind is tested beside it.
 */
import assert from 'node:assert/strict'

import type {
  Budget,
  Descriptor,
  Refusal,
  RunCancel,
  RunResult,
  Runtime,
  RuntimeCall,
} from 'promisegrid/kernel'

/** A handler in the code of the runtime under test, deployed as a protocol of its own. */
export interface RuntimeFixture {
  readonly code: Uint8Array
  readonly descriptor: Descriptor
}

/** A runtime, and handlers with one method `handle` each, written for it. */
export interface RuntimeUnderTest {
  readonly runtime: Runtime
  /** Returns its input. */
  readonly echo: RuntimeFixture
  /** Returns how often this instance has been called, as one byte: 1, unless instances are used again. */
  readonly count: RuntimeFixture
  /** Ends without a result, by a fault of its own. */
  readonly trap: RuntimeFixture
  /** Reports an error by its own word. */
  readonly fail: RuntimeFixture
  /** Never ends; absent where a runtime cannot stop what it runs. */
  readonly spin?: RuntimeFixture
  /** Is no code of this kind at all. */
  readonly malformed: RuntimeFixture
}

export interface RuntimeSuite {
  readonly test: (name: string, body: () => Promise<void>) => unknown
  /** Makes a new runtime for each test; it is closed afterwards. */
  readonly factory: () => RuntimeUnderTest | Promise<RuntimeUnderTest>
}

const BUDGET: Required<Budget> = {
  fuel: 20_000_000,
  memoryBytes: 64 * 1024 * 1024,
  outputBytes: 1024 * 1024,
  wallMs: 10_000,
}

/** Defines the tests of a runtime. */
export function runtimeSuite({ test, factory }: RuntimeSuite): void {
  const claim = (name: string, body: (subject: RuntimeUnderTest) => Promise<void>): void => {
    test(name, async () => {
      const subject = await factory()
      try {
        await body(subject)
      } finally {
        await subject.runtime.close?.()
      }
    })
  }
  profileClaims(claim)
  resultClaims(claim)
  refusalClaims(claim)
  budgetClaims(claim)
}

type Claim = (name: string, body: (subject: RuntimeUnderTest) => Promise<void>) => void

function profileClaims(claim: Claim): void {
  claim('has one profile for one descriptor, also for a copy of it', async ({ runtime, echo }) => {
    const copy = { ...echo.descriptor, limits: { ...echo.descriptor.limits } }
    assert.deepEqual(runtime.profile(echo.descriptor), runtime.profile(copy))
    assert.ok(runtime.profile(echo.descriptor).length > 0)
  })
  claim('is of the kind its descriptors name', async ({ runtime, echo }) => {
    assert.equal(runtime.kind, echo.descriptor.runtime)
  })
  claim('admits what it can run', async ({ runtime, echo, trap }) => {
    for (const { code, descriptor } of [echo, trap]) {
      const { refused } = await runtime.admit(code, descriptor)
      assert.equal(refused, undefined)
    }
  })
  claim('refuses what is no code at deploy and at every run', async ({ runtime, malformed }) => {
    const admitted = await runtime.admit(malformed.code, malformed.descriptor)
    assert.equal(admitted.refused?.code, 'ADMIT')
    for (let times = 0; times < 2; times += 1) {
      assert.equal(refusalOf(await run(runtime, malformed)).code, 'ADMIT')
    }
  })
}

function resultClaims(claim: Claim): void {
  claim('keeps what a handler returns, from no byte to many', async ({ runtime, echo }) => {
    for (const length of [0, 1, 1_024, 65_537]) {
      const input = Uint8Array.from({ length }, (_, index) => index % 251)
      assert.deepEqual(outputOf(await run(runtime, echo, { input })), input)
    }
  })
  claim('gives the same bytes and the same fuel each time', async ({ runtime, echo }) => {
    const input = new TextEncoder().encode('twice')
    const first = await run(runtime, echo, { input })
    assert.ok(first.fuel >= 0)
    assert.deepEqual(await run(runtime, echo, { input }), first)
  })
  claim('hands out bytes that no later run and no caller changes', async ({ runtime, echo }) => {
    const input = Uint8Array.of(1, 2, 3)
    const output = outputOf(await run(runtime, echo, { input }))
    input.fill(9)
    await run(runtime, echo, { input: Uint8Array.of(7, 7, 7) })
    assert.deepEqual(output, Uint8Array.of(1, 2, 3))
  })
  claim('keeps nothing of one call for the next', async ({ runtime, count }) => {
    for (let times = 0; times < 3; times += 1) {
      assert.deepEqual(outputOf(await run(runtime, count)), Uint8Array.of(1))
    }
  })
  claim('does not mix up calls that run at the same time', async ({ runtime, echo, trap }) => {
    const inputs = Array.from({ length: 20 }, (_, index) => Uint8Array.of(index))
    const results = await Promise.all(
      inputs.flatMap((input) => [run(runtime, echo, { input }), run(runtime, trap)]),
    )
    inputs.forEach((input, index) => {
      assert.deepEqual(outputOf(results[2 * index]), input)
      assert.equal(refusalOf(results[2 * index + 1]).code, 'TRAP')
    })
  })
}

function refusalClaims(claim: Claim): void {
  claim('names a fault of the handler, and goes on serving', async ({ runtime, trap, echo }) => {
    assert.equal(refusalOf(await run(runtime, trap)).code, 'TRAP')
    assert.deepEqual(outputOf(await run(runtime, echo, { input: Uint8Array.of(5) })), Uint8Array.of(5))
  })
  claim('passes on the word of a handler that refuses', async ({ runtime, fail }) => {
    const refused = refusalOf(await run(runtime, fail))
    assert.equal(refused.code, 'HANDLER')
    assert.ok(refused.detail.length > 0)
  })
  claim('asks for no code and runs nothing once cancelled', async ({ runtime, echo }) => {
    const call = callOf(echo, {})
    let asked = false
    const watched = { ...call, loadCode: () => ((asked = true), call.loadCode()) }
    assert.equal(
      refusalOf(await runtime.run(watched, { aborted: true, signal: AbortSignal.abort() })).code,
      'ABORTED',
    )
    assert.equal(asked, false)
  })
  claim('lets a failure of the store through: it is not the handler’s', async ({ runtime, echo }) => {
    const broken = { ...callOf(echo, {}), loadCode: () => Promise.reject(new Error('disk')) }
    await assert.rejects(async () => runtime.run(broken, unending()), /disk/)
    assert.deepEqual(outputOf(await run(runtime, echo, { input: Uint8Array.of(6) })), Uint8Array.of(6))
  })
}

function budgetClaims(claim: Claim): void {
  claim('returns as many bytes as are granted and not one more', async ({ runtime, echo }) => {
    const input = new Uint8Array(100)
    const enough = await run(runtime, echo, { input, budget: { outputBytes: 100 } })
    assert.equal(outputOf(enough).length, 100)
    const short = await run(runtime, echo, { input, budget: { outputBytes: 99 } })
    assert.equal(refusalOf(short).code, 'BUDGET_OUTPUT')
  })
  claim('runs on exactly the fuel it reports, and not on less', async ({ runtime, echo }) => {
    const input = new Uint8Array(1_000)
    const { fuel } = await run(runtime, echo, { input })
    if (fuel === 0) return
    assert.equal(outputOf(await run(runtime, echo, { input, budget: { fuel } })).length, 1_000)
    const short = await run(runtime, echo, { input, budget: { fuel: fuel - 1 } })
    assert.equal(refusalOf(short).code, 'BUDGET_FUEL')
    assert.equal(short.fuel, fuel - 1)
  })
  claim('stops what never ends, says what it cost, and goes on serving', async ({ runtime, spin, echo }) => {
    if (spin === undefined) return
    const stopped = await run(runtime, spin, { budget: { fuel: 1_000_000, wallMs: 300 } })
    assert.ok(['BUDGET_FUEL', 'BUDGET_TIME'].includes(refusalOf(stopped).code))
    assert.ok(stopped.fuel <= 1_000_000)
    assert.deepEqual(outputOf(await run(runtime, echo, { input: Uint8Array.of(8) })), Uint8Array.of(8))
  })
}

interface CallChanges {
  readonly input?: Uint8Array
  readonly budget?: Budget
}

function callOf({ code, descriptor }: RuntimeFixture, { input, budget }: CallChanges): RuntimeCall {
  return {
    protocol: descriptor.code,
    descriptor,
    method: 'handle',
    input: input ?? new Uint8Array(),
    context: Uint8Array.of(0xa0),
    budget: { ...BUDGET, ...budget },
    loadCode: async () => code,
  }
}

/** Nothing ends it early. */
function unending(): RunCancel {
  return { aborted: false, signal: new AbortController().signal }
}

async function run(runtime: Runtime, fixture: RuntimeFixture, changes: CallChanges = {}): Promise<RunResult> {
  return runtime.run(callOf(fixture, changes), unending())
}

function outputOf(result: RunResult | undefined): Uint8Array {
  assert.ok(result?.output !== undefined, `refused: ${JSON.stringify(result?.refused)}`)
  return result.output
}

function refusalOf(result: RunResult | undefined): Refusal {
  assert.ok(result?.refused !== undefined, 'kept what should have been refused')
  return result.refused
}
