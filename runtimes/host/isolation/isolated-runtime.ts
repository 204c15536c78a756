/**
 * The runtime for WebAssembly, with its runs kept away from this thread (spec/isolation.md): in a thread, which ends
 * whatever does not end by itself, or in a confined process, which also bears what the engine itself does wrong. Results,
 * fuel and profile are those of a run in this thread.
 */
import { availableParallelism } from 'node:os'

import { createWasiRuntime, endedLane, LaneEnded, laneGiving, LaneRuns, Lanes } from '../../wasi/index.ts'
import { nodePowers } from '../powers/clock.ts'
import { confinement } from './confinement.ts'
import { openProcess } from './process-lane.ts'
import { openThread } from './thread-lane.ts'
import type { Descriptor, Result, RunCancel, Runtime, RunResult, RuntimeCall } from '../../../kernel/index.ts'
import type {
  AdmissionPolicy,
  AdmissionTimes,
  Lane,
  LaneSettings,
  ModuleShelf,
  Shelving,
} from '../../wasi/index.ts'

/** Where code runs: in this thread, in one of its own, in a process of its own. */
export type Tier = 'here' | 'thread' | 'process'

export interface IsolationOptions {
  /** Where a handler runs and where its code is admitted; everything in processes without it. */
  readonly tier?: Tier | ((descriptor: Descriptor) => Tier)
  /**
   * How many threads, and how many processes, work at a time; one for each processor by default. One that waits for another
   * handler does not count: so there are more where handlers call one another.
   */
  readonly lanes?: number
  /**
   * How many calls of one tier may wait for one, 256 by default, and as many that handlers make of one another, which go
   * first; those beyond are `BUSY`.
   */
  readonly waiting?: number
  /** `bubblewrap` starts no process without it; by default it is used where it works. */
  readonly confinement?: 'best' | 'bubblewrap'
  /** See `WasiRuntimeOptions`: memory a handler can have here at most. */
  readonly memoryBytes?: number
  /** What this host admits less of than the rules allow. */
  readonly admission?: AdmissionPolicy
  /** Where admitted modules are kept past the end of this runtime. */
  readonly shelf?: ModuleShelf
}

const WAITING_MAX = 256
const LANES_MAX = 256

/**
 * A runtime of the kind `wasi` for `createKernel`; `createHost` makes one from its option `isolation`.
 * @throws {RangeError} for an option out of range
 * @throws {TypeError | RangeError} for an `admission` that cannot be
 */
export function createIsolatedRuntime(options: IsolationOptions = {}): Runtime {
  const { memoryBytes, admission, shelf } = options
  const settings = { memoryBytes, admission }
  return isolatedRuntime(options, {
    thread: () => openThread({ ...settings, keeps: shelf !== undefined }),
    process: () => openConfined(options.confinement, settings),
  })
}

/** Tiers that have lanes. */
type FarTier = Exclude<Tier, 'here'>

/** How a lane of each kind is made. */
export type Openers = Readonly<Record<FarTier, () => Lane>>

/** The same with lanes of another making. @throws {RangeError} for an option out of range */
export function isolatedRuntime(options: IsolationOptions, open: Openers, times?: AdmissionTimes): Runtime {
  const { lanes = availableParallelism(), waiting = WAITING_MAX } = options
  if (!Number.isInteger(lanes) || lanes < 1 || lanes > LANES_MAX)
    throw new RangeError(`lanes must be an integer from 1 to ${LANES_MAX}`)
  if (!Number.isSafeInteger(waiting) || waiting < 0) throw new RangeError('waiting must be a natural number')
  const { memoryBytes, admission, shelf } = options
  const given = laneGiving({ memoryBytes, admission, shelf }, (code, descriptor) =>
    thread.rewrite(code, descriptor),
  )
  const thread = new LaneRuns(new Lanes(open.thread, lanes, waiting), { times, giving: given.thread })
  const process = new LaneRuns(new Lanes(open.process, lanes, waiting), { times, giving: given.process })
  return new IsolatedRuntime(options, { thread, process }, given.shelf)
}

class IsolatedRuntime implements Runtime {
  readonly kind = 'wasi'
  readonly #here: Runtime
  readonly #tier: (descriptor: Descriptor) => Tier
  readonly #runs: Readonly<Record<FarTier, LaneRuns>>
  readonly #shelf: Shelving

  constructor(
    { tier = 'process', memoryBytes, admission, shelf }: IsolationOptions,
    runs: Readonly<Record<FarTier, LaneRuns>>,
    shelving: Shelving,
  ) {
    this.#shelf = shelving
    this.#here = createWasiRuntime({
      monotonic: nodePowers().monotonic,
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      ...(admission && { admission }),
      ...(shelf && { shelf }),
    })
    this.#tier = typeof tier === 'string' ? () => tier : tier
    this.#runs = runs
  }

  profile(descriptor: Descriptor): Uint8Array {
    return this.#here.profile(descriptor)
  }

  admit(code: Uint8Array, descriptor: Descriptor): Promise<Result<{ readonly imports: readonly string[] }>> {
    return this.#place(descriptor).admit(code, descriptor)
  }

  async run(call: RuntimeCall, cancel: RunCancel): Promise<RunResult> {
    return this.#place(call.descriptor).run(call, cancel)
  }

  async close(): Promise<void> {
    await Promise.all([this.#here.close?.(), ...Object.values(this.#runs).map((runs) => runs.close())])
    await this.#shelf.close()
  }

  #place(descriptor: Descriptor): Pick<Runtime, 'admit' | 'run'> {
    const tier = this.#tier(descriptor)
    return tier === 'here' ? this.#here : this.#runs[tier]
  }
}

function openConfined(needed: IsolationOptions['confinement'], settings: LaneSettings): Lane {
  if (needed !== 'bubblewrap' || confinement().bubblewrap !== undefined) return openProcess(settings)
  return endedLane(new LaneEnded('bubblewrap is asked for, and is not here or may not do its work', {}))
}
