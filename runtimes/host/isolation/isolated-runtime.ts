/**
 * The runtime for WebAssembly, with its runs kept away from this thread (spec/isolation.md): in a thread, which ends
 * whatever does not end by itself, or in a confined process, which also bears what the engine itself does wrong. Results,
 * fuel and profile are those of a run in this thread.
 */
import { availableParallelism } from 'node:os'

import { refuse } from '../../../kernel/index.ts'
import { createWasiRuntime } from '../../wasi/index.ts'
import { nodePowers } from '../powers/clock.ts'
import { confinement } from './confinement.ts'
import { blockOf, runJob, tellerOf } from './exchange.ts'
import { LaneEnded } from './lane.ts'
import { Lanes } from './lanes.ts'
import { endedLane, openProcess } from './process-lane.ts'
import { openThread } from './thread-lane.ts'
import type {
  Descriptor,
  RefusalCode,
  Result,
  RunCancel,
  Runtime,
  RunResult,
  RuntimeCall,
} from '../../../kernel/index.ts'
import type { Answer, Ask, Job, LaneSettings, Told } from './exchange.ts'
import type { Lane } from './lane.ts'

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

type Refused = Extract<Answer, { readonly kind: 'refused' }>

const WAITING_MAX = 256
const LANES_MAX = 256
/** A run that is over its time ends by itself within a slice of fuel; one that does not is ended after this. */
const GRACE_MS = 25
/** Times of admission, which has nobody who gives it one. */
export interface AdmissionTimes {
  /** From when there is a lane that has come up. */
  readonly admitMs: number
  /** For a lane. */
  readonly waitMs: number
}

/** No honest module of the size that is admitted takes an engine nearly as long. */
const ADMISSION: AdmissionTimes = { admitMs: 10_000, waitMs: 10_000 }

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

/** How a lane of each kind is made. */
export type Openers = Readonly<Record<Exclude<Tier, 'here'>, () => Lane>>

/** The same with lanes of another making. @throws {RangeError} for an option out of range */
export function isolatedRuntime(
  options: IsolationOptions,
  open: Openers,
  times: AdmissionTimes = ADMISSION,
): Runtime {
  const { lanes = availableParallelism(), waiting = WAITING_MAX } = options
  if (!Number.isInteger(lanes) || lanes < 1 || lanes > LANES_MAX)
    throw new RangeError(`lanes must be an integer from 1 to ${LANES_MAX}`)
  if (!Number.isSafeInteger(waiting) || waiting < 0) throw new RangeError('waiting must be a natural number')
  return new IsolatedRuntime(
    options,
    {
      thread: new Lanes(open.thread, lanes, waiting),
      process: new Lanes(open.process, lanes, waiting),
    },
    times,
  )
}

class IsolatedRuntime implements Runtime {
  readonly kind = 'wasi'
  readonly #here: Runtime
  readonly #tier: (descriptor: Descriptor) => Tier
  readonly #times: AdmissionTimes
  readonly #lanes: Readonly<Record<Exclude<Tier, 'here'>, Lanes>>

  constructor(
    { tier = 'process', memoryBytes }: IsolationOptions,
    lanes: Readonly<Record<Exclude<Tier, 'here'>, Lanes>>,
    times: AdmissionTimes,
  ) {
    this.#times = times
    const memory = memoryBytes === undefined ? {} : { memoryBytes }
    this.#here = createWasiRuntime({ monotonic: nodePowers().monotonic, ...memory })
    this.#tier = typeof tier === 'string' ? () => tier : tier
    this.#lanes = lanes
  }

  profile(descriptor: Descriptor): Uint8Array {
    return this.#here.profile(descriptor)
  }

  async admit(
    code: Uint8Array,
    descriptor: Descriptor,
  ): Promise<Result<{ readonly imports: readonly string[] }>> {
    const tier = this.#tier(descriptor)
    if (tier === 'here') return this.#here.admit(code, descriptor)
    const lanes = this.#lanes[tier]
    const { admitMs, waitMs } = this.#times
    const wait = AbortSignal.timeout(waitMs)
    const lane = await lanes.take(wait)
    if (lane === undefined)
      return refuse('BUSY', wait.aborted ? `no place was free within ${waitMs} ms` : TOO_MANY)
    const limit = new AbortController()
    const ended = await have({ lanes, lane, signal: limit.signal, given: 0 }, (lane) => {
      // The time is that of the engine: it begins when there is one.
      void lane.ready.then(() => setTimeout(() => limit.abort(), admitMs).unref())
      return lane.ask(admitJob(code, descriptor), askNothing)
    })
    if (ended instanceof LaneEnded) return { refused: died(ended, 0).refused }
    if (ended.kind === 'admitted') return { ok: { imports: ended.imports } }
    if (limit.signal.aborted) return refuse('ADMIT', `the engine was not done with it after ${admitMs} ms`)
    return { refused: refusedOf(ended).refused }
  }

  run(call: RuntimeCall, cancel: RunCancel): Promise<RunResult> | RunResult {
    const tier = this.#tier(call.descriptor)
    return tier === 'here' ? this.#here.run(call, cancel) : this.#runIn(tier, call, cancel)
  }

  async close(): Promise<void> {
    await Promise.all([this.#here.close?.(), ...Object.values(this.#lanes).map((lanes) => lanes.close())])
  }

  async #runIn(tier: Exclude<Tier, 'here'>, call: RuntimeCall, cancel: RunCancel): Promise<RunResult> {
    const job = runJob(call)
    const teller = tellerOf(call)
    const lanes = this.#lanes[tier]
    const tell = (ask: Ask): Promise<Told> =>
      callsAnother(ask) ? lanes.standing(() => teller.tell(ask)) : teller.tell(ask)
    const ended = await this.#work(lanes, cancel.signal, call.budget.fuel, async (lane) => {
      const first = await lane.ask(job, tell)
      const last =
        first.kind === 'needs-code' ? await lane.ask({ ...job, code: await call.loadCode() }, tell) : first
      if (last.kind === 'deferred' && teller.deferred === undefined)
        return lie(lane, 'it spoke of a promise that was not made')
      return last
    })
    if (ended.kind === 'output') {
      const { output, fuel, blocks } = ended
      return { output, fuel, ...(blocks === undefined ? {} : { blocks }) }
    }
    // The kernel holds the fuel of results against their budget; that of other ends nobody would.
    if (ended.kind === 'deferred' && teller.deferred !== undefined)
      return { deferred: teller.deferred, fuel: Math.min(ended.fuel, call.budget.fuel) }
    const { refused, fuel } = refusedOf(ended)
    return { refused, fuel: Math.min(fuel, call.budget.fuel) }
  }

  /** Has one lane for some time; another one where the first ended for what an earlier run had left in it. */
  async #work(
    lanes: Lanes,
    signal: AbortSignal,
    given: number,
    ask: (lane: Lane) => Promise<Answer>,
  ): Promise<Ended> {
    const lane = await lanes.take(signal)
    if (lane === undefined) return noLane(signal)
    const ended = await have({ lanes, lane, signal, given }, ask)
    if (!(ended instanceof LaneEnded)) return ended
    const next = await lanes.take(signal)
    if (next === undefined) return noLane(signal)
    const again = await have({ lanes, lane: next, signal, given }, ask)
    return again instanceof LaneEnded ? died(again, given) : again
  }
}

/** How a job ended that had a lane. */
type Ended = Exclude<Answer, { readonly kind: 'needs-code' | 'gave-up' }>

interface Had {
  readonly lanes: Lanes
  readonly lane: Lane
  readonly signal: AbortSignal
  /** Fuel of the run. */
  readonly given: number
}

/**
 * The lane is ended when `signal` is aborted and it goes on nevertheless. What a run that took its lane with it has
 * used nobody knows: it counts as all it was given. A run that has nothing to do with the end of its lane gets that.
 */
async function have(
  { lanes, lane, signal, given }: Had,
  ask: (lane: Lane) => Promise<Answer>,
): Promise<Ended | LaneEnded> {
  let timer: NodeJS.Timeout | undefined
  const abort = (): void => void (timer = setTimeout(() => void lane.end(), GRACE_MS))
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  try {
    return (await ask(lane)) as Ended
  } catch (error) {
    if (!(error instanceof LaneEnded)) throw error
    if (signal.aborted) return refused('ABORTED', 'ended with its place', given)
    return error.isOfEarlier ? error : died(error, given)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    lanes.giveBack(lane)
  }
}

/** What was said cannot be so: nothing more is heard of it. */
async function lie(lane: Lane, how: string): Promise<never> {
  await lane.end()
  throw new LaneEnded(how, { wasReady: true })
}

function openConfined(needed: IsolationOptions['confinement'], settings: LaneSettings): Lane {
  if (needed !== 'bubblewrap' || confinement().bubblewrap !== undefined) return openProcess(settings)
  return endedLane(new LaneEnded('bubblewrap is asked for, and is not here or may not do its work', {}))
}

/** Whether the answer is the work of another handler, which may be in need of a lane. */
function callsAnother(ask: Ask): boolean {
  return ask.kind === 'asks' && ask.name === 'call'
}

/** Nothing is asked while code is looked at. */
function askNothing(): Promise<never> {
  return Promise.reject(new TypeError('a lane asked something without a call'))
}

function admitJob(code: Uint8Array, descriptor: Descriptor): Job {
  return { kind: 'admit', descriptor: blockOf(descriptor), code }
}

function noLane(signal: AbortSignal): Refused {
  if (signal.aborted) return refused('ABORTED', 'cancelled before it began')
  return refused('BUSY', TOO_MANY)
}

const TOO_MANY = 'too many runs wait already for a place of their own'

/** A lane that never came up is a fault of this node; one that died did so of what it ran. */
function died({ wasReady, isOutOfMemory, message }: LaneEnded, given: number): Refused {
  if (!wasReady) return refused('INTERNAL', `no place of its own could be made for the run: ${message}`)
  if (isOutOfMemory) return refused('BUDGET_MEMORY', 'the engine had no more memory', given)
  return refused('TRAP', `what ran it came to an end: ${message}`, given)
}

function refused(code: RefusalCode, detail: string, fuel = 0): Refused {
  return { kind: 'refused', refused: { code, detail }, fuel }
}

function refusedOf(answer: Ended): Refused {
  if (answer.kind === 'refused') return answer
  throw new TypeError(`a lane answered ${answer.kind}`)
}
