/**
 * The runtime for WebAssembly, with its runs kept away from this thread (spec/isolation.md): in a thread, which ends
 * whatever does not end by itself, or in a confined process, which also bears what the engine itself does wrong. Results,
 * fuel and profile are those of a run in this thread.
 */
import { availableParallelism } from 'node:os'

import { createWasiRuntime, LaneEnded, LaneRuns, Lanes } from '../../wasi/index.ts'
import { nodePowers } from '../powers/clock.ts'
import { confinement } from './confinement.ts'
import { endedLane, openProcess } from './process-lane.ts'
import { openThread } from './thread-lane.ts'
import type { Descriptor, Result, RunCancel, Runtime, RunResult, RuntimeCall } from '../../../kernel/index.ts'
import type { AdmissionTimes, Lane, LaneSettings } from '../../wasi/index.ts'

/** Where code runs: in this thread, in one of its own, in a process of its own. */
export type Tier = 'here' | 'thread' | 'process'

export interface IsolationOptions {
  /** Where a handler runs and where its code is admitted; everything in processes without it. */
  readonly tier?: Tier | ((descriptor: Descriptor) => Tier)
  /** How many threads, and how many processes, there are at most; one for each processor by default. */
  readonly lanes?: number
  /** How many calls of one tier may wait for one, 256 by default; those beyond are `BUSY`. */
  readonly waiting?: number
  /** `bubblewrap` starts no process without it; by default it is used where it works. */
  readonly confinement?: 'best' | 'bubblewrap'
  /** See `WasiRuntimeOptions`: memory a handler can have here at most. */
  readonly memoryBytes?: number
}

const WAITING_MAX = 256
const LANES_MAX = 256

/**
 * A runtime of the kind `wasi` for `createKernel`; `createHost` makes one from its option `isolation`.
 * @throws {RangeError} for an option out of range
 */
export function createIsolatedRuntime(options: IsolationOptions = {}): Runtime {
  const settings = { memoryBytes: options.memoryBytes }
  return isolatedRuntime(options, {
    thread: () => openThread(settings),
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
  return new IsolatedRuntime(options, {
    thread: new LaneRuns(new Lanes(open.thread, lanes, waiting), times),
    process: new LaneRuns(new Lanes(open.process, lanes, waiting), times),
  })
}

class IsolatedRuntime implements Runtime {
  readonly kind = 'wasi'
  readonly #here: Runtime
  readonly #tier: (descriptor: Descriptor) => Tier
  readonly #runs: Readonly<Record<FarTier, LaneRuns>>

  constructor(
    { tier = 'process', memoryBytes }: IsolationOptions,
    runs: Readonly<Record<FarTier, LaneRuns>>,
  ) {
    const memory = memoryBytes === undefined ? {} : { memoryBytes }
    this.#here = createWasiRuntime({ monotonic: nodePowers().monotonic, ...memory })
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
