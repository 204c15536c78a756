/** Calls of good and hostile guests, mixed, in every tier, with a look at the memory after each part of them. */
import { Random } from '../../../../../conformance/fuzz/random.ts'
import { createIsolatedRuntime } from '../../isolated-runtime.ts'
import { endOf } from '../hostile-end.ts'
import { HOSTILE } from '../hostile-modules.ts'
import { cancelledBy, MODULES, run } from '../modules.ts'
import { memoryNow } from './memory.ts'
import type { Runtime } from '../../../../../kernel/index.ts'
import type { Tier } from '../../isolated-runtime.ts'
import type { Memory } from './memory.ts'

export interface Soaked {
  readonly calls: number
  readonly hostile: number
  /** Runs that were ended together with their place. */
  readonly ended: number
  readonly samples: readonly Memory[]
  /** Answers that were not the right ones. */
  readonly problems: readonly string[]
}

export interface SoakOptions {
  readonly size: number
  readonly seed: number
  /** Each costs collections of everything. */
  readonly samples?: number
  /** Keeps something of every call: what must be found. */
  readonly leaks?: boolean
}

const TIERS: readonly Tier[] = ['here', 'thread', 'process']
/** Looks at the memory, where nothing else is said; half of them count. */
const SAMPLES = 40
/** Calls at the same time: more than there are lanes, so that some wait. */
const AT_ONCE = 4
const LANES = 2
const HOSTILE_EVERY = 10
/** To make a process costs a thousand times as much as a call. */
const ENDED_EVERY = 500
const ENDS_AFTER_MS = 5
const INPUT_MOST = 4_096
/** So much of each call is kept by the control: in the heap and outside of it. */
const LEAKED = 131_072
const ENDLESS = Number.MAX_SAFE_INTEGER

/** What is admitted alone is refused in the same way each time; the sixty megabytes of W-14 would be all there is to see. */
const GUESTS = HOSTILE.filter((guest) => guest.case !== 'W-14')

class Soak {
  readonly #runtimes = new Map<Tier, Runtime>()
  readonly #random: Random
  readonly #leak: unknown[] | undefined
  readonly problems: string[] = []
  calls = 0
  hostile = 0
  ended = 0

  constructor({ seed, leaks }: SoakOptions) {
    this.#random = new Random(seed, 0)
    this.#leak = leaks === true ? [] : undefined
    for (const tier of TIERS) this.#runtimes.set(tier, createIsolatedRuntime({ tier, lanes: LANES }))
  }

  /** So many calls, some at once. */
  async part(size: number): Promise<void> {
    const end = this.calls + size
    const caller = async (): Promise<void> => {
      while (this.calls < end) await this.#call((this.calls += 1))
    }
    await Promise.all(Array.from({ length: AT_ONCE }, caller))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#runtimes.values()].map(async (runtime) => runtime.close?.()))
  }

  async #call(number: number): Promise<void> {
    const tier = this.#random.pick(TIERS)
    const runtime = this.#runtimes.get(tier) as Runtime
    if (number % ENDED_EVERY === 0) await this.#endless(runtime, tier)
    else if (this.#random.once(HOSTILE_EVERY)) await this.#attack(runtime, tier)
    else await this.#echo(runtime, tier)
    this.#leak?.push(
      new Uint8Array(LEAKED),
      Array.from({ length: LEAKED / 8 }, (_, at) => at + number / 3),
    )
  }

  async #echo(runtime: Runtime, tier: Tier): Promise<void> {
    const input = this.#random.bytes(this.#random.size(INPUT_MOST))
    const { output, refused } = await run(runtime, MODULES.echo, { input })
    const isRight = output !== undefined && Buffer.compare(output, input) === 0
    if (!isRight) this.problems.push(`${tier}: an echo gave ${refused?.code ?? 'other bytes'}`)
  }

  async #attack(runtime: Runtime, tier: Tier): Promise<void> {
    this.hostile += 1
    const guest = this.#random.pick(GUESTS)
    const { ends, tries } = guest
    const { refused } = await endOf(runtime, guest)
    if (refused?.code !== ends)
      this.problems.push(`${tier}: ${tries} ended with ${refused?.code ?? 'a result'}`)
  }

  /** Here its time ends it; elsewhere its caller gives up, and its place goes with it. */
  async #endless(runtime: Runtime, tier: Tier): Promise<void> {
    this.ended += 1
    const caller = new AbortController()
    const [wallMs, ends] = tier === 'here' ? [ENDS_AFTER_MS, 'BUDGET_TIME'] : [300_000, 'ABORTED']
    const timer = setTimeout(() => caller.abort(), ENDS_AFTER_MS)
    const budget = { fuel: ENDLESS, wallMs }
    const cancel = tier === 'here' ? {} : { cancel: cancelledBy(caller) }
    const { refused } = await run(runtime, MODULES.loops, { budget, ...cancel })
    clearTimeout(timer)
    if (refused?.code !== ends)
      this.problems.push(`${tier}: what never ends ended with ${refused?.code ?? 'a result'}`)
  }
}

export async function soak(options: SoakOptions): Promise<Soaked> {
  const soak = new Soak(options)
  const samples: Memory[] = []
  const { size, samples: parts = SAMPLES } = options
  try {
    for (let part = 1; part <= parts; part += 1) {
      await soak.part(Math.round((size * part) / parts) - soak.calls)
      samples.push(memoryNow())
    }
  } finally {
    await soak.close()
  }
  const { calls, hostile, ended, problems } = soak
  return { calls, hostile, ended, samples, problems }
}
