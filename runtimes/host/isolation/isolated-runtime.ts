/**
 * The runtime for WebAssembly, with its runs kept away from this thread (spec/isolation.md): in a thread, which ends
 * whatever does not end by itself, or in a confined process, which also bears what the engine itself does wrong. Results,
 * fuel and profile are those of a run in this thread.
 */
import { availableParallelism } from 'node:os'

import { refuse } from '../../../kernel/index.ts'
import { createWasiRuntime } from '../../wasi/index.ts'
import { nodePowers } from '../node-powers.ts'
import { confinement } from './confinement.ts'
import { blockOf, runJob, tellerOf } from './exchange.ts'
import { LaneEnded, openProcess, openThread } from './lane.ts'
import { Lanes } from './lanes.ts'
import type {
  Descriptor,
  RefusalCode,
  Result,
  RunCancel,
  Runtime,
  RunResult,
  RuntimeCall,
} from '../../../kernel/index.ts'
import type { Answer, Ask, Job, Told } from './exchange.ts'
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
/** No honest module of the size that is admitted takes an engine nearly as long. */
const ADMIT_MS = 10_000

/**
 * A runtime of the kind `wasi` for `createKernel`; `createHost` makes one from its option `isolation`.
 * @throws {RangeError} for an option out of range
 */
export function createIsolatedRuntime(options: IsolationOptions = {}): Runtime {
  const { lanes = availableParallelism(), waiting = WAITING_MAX } = options
  if (!Number.isInteger(lanes) || lanes < 1 || lanes > LANES_MAX)
    throw new RangeError(`lanes must be an integer from 1 to ${LANES_MAX}`)
  if (!Number.isSafeInteger(waiting) || waiting < 0) throw new RangeError('waiting must be a natural number')
  return new IsolatedRuntime(options, lanes, waiting)
}

class IsolatedRuntime implements Runtime {
  readonly kind = 'wasi'
  readonly #here: Runtime
  readonly #tier: (descriptor: Descriptor) => Tier
  readonly #lanes: Readonly<Record<Exclude<Tier, 'here'>, Lanes>>

  constructor(
    { tier = 'process', confinement: needed, memoryBytes }: IsolationOptions,
    lanes: number,
    waiting: number,
  ) {
    const settings = { memoryBytes }
    const memory = memoryBytes === undefined ? {} : { memoryBytes }
    this.#here = createWasiRuntime({ monotonic: nodePowers().monotonic, ...memory })
    this.#tier = typeof tier === 'string' ? () => tier : tier
    this.#lanes = {
      thread: new Lanes(() => openThread(settings), lanes, waiting),
      process: new Lanes(() => openConfined(needed, settings), lanes, waiting),
    }
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
    const cancel = AbortSignal.timeout(ADMIT_MS)
    const ended = await this.#work(tier, cancel, 0, (lane) =>
      lane.ask(admitJob(code, descriptor), askNothing),
    )
    if (ended.kind === 'admitted') return { ok: { imports: ended.imports } }
    if (cancel.aborted) return refuse('ADMIT', `the engine was not done with it after ${ADMIT_MS} ms`)
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
    const { answerer, tell: answer } = tellerOf(call)
    const lanes = this.#lanes[tier]
    const tell = (ask: Ask): Promise<Told> =>
      callsAnother(ask) ? lanes.standing(() => answer(ask)) : answer(ask)
    const ended = await this.#work(tier, cancel.signal, call.budget.fuel, async (lane) => {
      const first = await lane.ask(job, tell)
      return first.kind === 'needs-code' ? lane.ask({ ...job, code: await call.loadCode() }, tell) : first
    })
    if (ended.kind === 'output') {
      const { output, fuel, blocks } = ended
      return { output, fuel, ...(blocks === undefined ? {} : { blocks }) }
    }
    if (ended.kind === 'deferred' && answerer.deferred !== undefined)
      return { deferred: answerer.deferred, fuel: ended.fuel }
    const { refused, fuel } = refusedOf(ended)
    return { refused, fuel }
  }

  /**
   * Has one lane for some time. It is ended when `signal` is aborted and it goes on nevertheless. What a run that took
   * its lane with it has used nobody knows: it counts as all it was given.
   */
  async #work(
    tier: Exclude<Tier, 'here'>,
    signal: AbortSignal,
    given: number,
    ask: (lane: Lane) => Promise<Answer>,
  ): Promise<Answer> {
    const lanes = this.#lanes[tier]
    const lane = await lanes.take(signal)
    if (lane === undefined) return noLane(signal)
    let timer: NodeJS.Timeout | undefined
    const abort = (): void => void (timer = setTimeout(() => void lane.end(), GRACE_MS))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    try {
      return await ask(lane)
    } catch (error) {
      if (!(error instanceof LaneEnded)) throw error
      return signal.aborted ? refused('ABORTED', 'ended with its place', given) : died(error, given)
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      lanes.giveBack(lane)
    }
  }
}

function openConfined(
  needed: IsolationOptions['confinement'],
  settings: Parameters<typeof openProcess>[0],
): Lane {
  if (needed !== 'bubblewrap' || confinement().bubblewrap !== undefined) return openProcess(settings)
  const reason = new LaneEnded('bubblewrap is asked for, and is not here or may not do its work', {
    wasReady: false,
    isOutOfMemory: false,
  })
  return { isOver: true, ask: () => Promise.reject(reason), end: () => Promise.resolve() }
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
  return refused('BUSY', 'too many runs wait already for a place of their own')
}

/** A lane that never came up is a fault of this node; one that died did so of what it ran. */
function died({ wasReady, isOutOfMemory, message }: LaneEnded, given: number): Refused {
  if (!wasReady) return refused('INTERNAL', `no place of its own could be made for the run: ${message}`)
  if (isOutOfMemory) return refused('BUDGET_MEMORY', 'the engine had no more memory', given)
  return refused('TRAP', `what ran it came to an end: ${message}`, given)
}

function refused(code: RefusalCode, detail: string, fuel = 0): Refused {
  return { kind: 'refused', refused: { code, detail }, fuel }
}

function refusedOf(answer: Answer): Refused {
  if (answer.kind === 'refused') return answer
  throw new TypeError(`a lane answered ${answer.kind}`)
}
