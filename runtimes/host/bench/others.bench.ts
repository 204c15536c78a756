/**
 * What others feel of guests that never end: short calls beside one that burns and the same calls alone, in the same
 * process and in turns, with one lane more than there are guests that burn; and how long after its time each of those is gone.
 */
import { createIsolatedRuntime } from '../isolation/isolated-runtime.ts'
import { assembled, callOf, ECHO, LOOP } from './guests.ts'
import type { Bench, Rig } from '../../../conformance/bench-kit.ts'
import type { Runtime, RuntimeCall } from '../../../kernel/index.ts'
import type { Tier } from '../isolation/isolated-runtime.ts'

/** How a burning guest ends: it sees by itself that its time is up, or it does not and its lane is taken away. */
type End = 'by-itself' | 'with-its-lane'

const TIERS: readonly Tier[] = ['thread', 'process']
const ENDS: readonly End[] = ['by-itself', 'with-its-lane']
const BURNING = 1
const WALL_MS = 100
const ENDLESS = Number.MAX_SAFE_INTEGER
/** Enough that guests burn and end several times while the calls of one batch are made. */
const CALLS = 400

export const benches: readonly Bench[] = TIERS.flatMap((tier) =>
  ENDS.map((end) => ({
    name: `isolation/others/${tier}-${end}`,
    unit: 'calls/s' as const,
    clock: 'wall' as const,
    batch: CALLS,
    notes: `1 KiB echoes, one after the other, beside ${BURNING} guest that burns, in ${BURNING + 1} lanes`,
    setup: () => setUp(tier, end),
  })),
)

async function setUp(tier: Tier, end: End): Promise<Rig> {
  const [echo, loop] = [await assembled(ECHO), await assembled(LOOP)]
  const runtime = createIsolatedRuntime({ tier, lanes: BURNING + 1 })
  const fire = new Fire(runtime, callOf(loop, { fuel: ENDLESS }), end)
  const [alone, beside]: [number[], number[]] = [[], []]
  return {
    prepare: async (batch) => {
      await fire.out()
      await echoes(runtime, callOf(echo), batch, alone)
      fire.light()
    },
    run: (batch) => echoes(runtime, callOf(echo), batch, beside),
    figures: () => ({
      'p99 ms beside': hundredth(beside),
      'p99 ms alone': hundredth(alone),
      'p99 ratio': hundredth(beside) / hundredth(alone),
      'stopped ms late, p99': hundredth(fire.lateMs),
    }),
    close: async () => {
      await fire.out()
      await runtime.close?.()
    },
  }
}

async function echoes(runtime: Runtime, call: RuntimeCall, count: number, tookMs: number[]): Promise<void> {
  for (let done = 0; done < count; done += 1) {
    const begun = performance.now()
    const { output, refused } = await runtime.run(call, unending)
    tookMs.push(performance.now() - begun)
    if (output?.length !== call.input.length) throw new Error(refused?.detail ?? 'wrong length')
  }
}

/** One guest that burns after the other, as many at a time as there are to be. */
class Fire {
  readonly lateMs: number[] = []
  readonly #runtime: Runtime
  readonly #call: RuntimeCall
  readonly #end: End
  #burns = false
  #burning: readonly Promise<void>[] = []

  constructor(runtime: Runtime, call: RuntimeCall, end: End) {
    this.#runtime = runtime
    this.#call = call
    this.#end = end
  }

  light(): void {
    this.#burns = true
    this.#burning = Array.from({ length: BURNING }, () => this.#burn())
  }

  async out(): Promise<void> {
    this.#burns = false
    await Promise.all(this.#burning)
  }

  async #burn(): Promise<void> {
    while (this.#burns) {
      const begun = performance.now()
      const { refused } = await (this.#end === 'by-itself' ? this.#withTime() : this.#withoutTime())
      if (refused?.code !== 'BUDGET_TIME' && refused?.code !== 'ABORTED')
        throw new Error(`a loop ended with ${refused?.code ?? 'a result'}`)
      this.lateMs.push(performance.now() - begun - WALL_MS)
    }
  }

  #withTime() {
    const budget = { ...this.#call.budget, wallMs: WALL_MS }
    return this.#runtime.run({ ...this.#call, budget }, unending)
  }

  /** The lane is told a time that never comes, so nothing in it looks at the clock: as where the engine hangs. */
  #withoutTime() {
    const budget = { ...this.#call.budget, wallMs: 600_000 }
    const signal = AbortSignal.timeout(WALL_MS)
    const cancel = {
      get aborted() {
        return signal.aborted
      },
      signal,
    }
    return this.#runtime.run({ ...this.#call, budget }, cancel)
  }
}

const unending = { aborted: false, signal: new AbortController().signal }

/** What one in a hundred of the later half is above; the earlier one is warm-up. */
function hundredth(tookMs: readonly number[]): number {
  const sorted = tookMs.slice(tookMs.length >> 1).sort((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0
}
