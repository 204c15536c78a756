/**
 * Runs and admissions in lanes of one kind (spec/isolation.md): each has one for a while, which is ended when the time is
 * up, or the caller gives up, and it goes on nevertheless.
 */
import { refuse } from '../../../kernel/index.ts'
import { admitJob, runJob } from './job.ts'
import { LaneEnded } from './lane.ts'
import { RunTime } from './run-time.ts'
import { tellerOf } from './teller.ts'
import type {
  Descriptor,
  RefusalCode,
  Result,
  RunCancel,
  RunResult,
  RuntimeCall,
} from '../../../kernel/index.ts'
import type { Answer, Ask, Told } from './job.ts'
import type { Lane } from './lane.ts'
import type { Lanes } from './lanes.ts'

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

export class LaneRuns {
  readonly #lanes: Lanes
  readonly #times: AdmissionTimes

  constructor(lanes: Lanes, times: AdmissionTimes = ADMISSION) {
    this.#lanes = lanes
    this.#times = times
  }

  async admit(
    code: Uint8Array,
    descriptor: Descriptor,
  ): Promise<Result<{ readonly imports: readonly string[] }>> {
    const { admitMs, waitMs } = this.#times
    const waiting = new RunTime().begin(waitMs)
    const lane = await this.#lanes.take(waiting.signal)
    waiting.done()
    if (lane === undefined)
      return refuse('BUSY', waiting.isUp ? `no place was free within ${waitMs} ms` : TOO_MANY)
    const time = new RunTime()
    const had = { lanes: this.#lanes, lane, time, given: 0 }
    const ended = await have(had, () => {
      // The time is that of the engine: it begins when there is one.
      void lane.ready.then(() => time.begin(admitMs))
      return lane.ask(admitJob(code, descriptor), askNothing)
    })
    time.done()
    if (ended instanceof LaneEnded) return { refused: died(ended, 0).refused }
    if (ended.kind === 'admitted') return { ok: { imports: ended.imports } }
    if (time.isUp) return refuse('ADMIT', `the engine was not done with it after ${admitMs} ms`)
    return { refused: refusedOf(ended).refused }
  }

  async run(call: RuntimeCall, cancel: RunCancel): Promise<RunResult> {
    const time = new RunTime(cancel.signal).begin(call.budget.wallMs)
    try {
      return await this.#run(call, time)
    } finally {
      time.done()
    }
  }

  close(): Promise<void> {
    return this.#lanes.close()
  }

  async #run(call: RuntimeCall, time: RunTime): Promise<RunResult> {
    const job = runJob(call)
    const teller = tellerOf(call)
    const tell = (ask: Ask): Promise<Told> =>
      callsAnother(ask) ? this.#lanes.standing(() => teller.tell(ask)) : teller.tell(ask)
    const ended = await this.#work(time, call.budget.fuel, async (lane) => {
      await lane.ready
      const budget = { ...call.budget, wallMs: time.leftMs }
      const first = await lane.ask({ ...job, budget }, tell)
      const last =
        first.kind === 'needs-code'
          ? await lane.ask({ ...job, budget, code: await call.loadCode() }, tell)
          : first
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
  async #work(time: RunTime, given: number, ask: (lane: Lane) => Promise<Answer>): Promise<Ended> {
    const lanes = this.#lanes
    const lane = await lanes.take(time.signal)
    if (lane === undefined) return noLane(time)
    const ended = await have({ lanes, lane, time, given }, () => ask(lane))
    if (!(ended instanceof LaneEnded)) return ended
    const next = await lanes.take(time.signal)
    if (next === undefined) return noLane(time)
    const again = await have({ lanes, lane: next, time, given }, () => ask(next))
    return again instanceof LaneEnded ? died(again, given) : again
  }
}

/** How a job ended that had a lane. */
type Ended = Exclude<Answer, { readonly kind: 'needs-code' | 'gave-up' }>
type Refused = Extract<Answer, { readonly kind: 'refused' }>

interface Had {
  readonly lanes: Lanes
  readonly lane: Lane
  readonly time: RunTime
  /** Fuel of the run. */
  readonly given: number
}

/**
 * The lane is ended when the time is over and it goes on nevertheless. What a run that took its lane with it has used
 * nobody knows: it counts as all it was given. A run that has nothing to do with the end of its lane gets that.
 */
async function have(
  { lanes, lane, time, given }: Had,
  ask: () => Promise<Answer>,
): Promise<Ended | LaneEnded> {
  const { signal } = time
  let timer: ReturnType<typeof setTimeout> | undefined
  const abort = (): void => void (timer = setTimeout(() => void lane.end(), GRACE_MS))
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  try {
    return (await ask()) as Ended
  } catch (error) {
    if (!(error instanceof LaneEnded)) throw error
    if (signal.aborted) return late(time, 'ended with its place', given)
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

/** Whether the answer is the work of another handler, which may be in need of a lane. */
function callsAnother(ask: Ask): boolean {
  return ask.kind === 'asks' && ask.name === 'call'
}

/** Nothing is asked while code is looked at. */
function askNothing(): Promise<never> {
  return Promise.reject(new TypeError('a lane asked something without a call'))
}

function noLane(time: RunTime): Refused {
  return time.signal.aborted ? late(time, 'it had not begun') : refused('BUSY', TOO_MANY)
}

const TOO_MANY = 'too many runs wait already for a place of their own'

function late({ isUp }: RunTime, how: string, given = 0): Refused {
  return isUp ? refused('BUDGET_TIME', `its time was up: ${how}`, given) : refused('ABORTED', how, given)
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

function refusedOf(answer: Ended): Refused {
  if (answer.kind === 'refused') return answer
  throw new TypeError(`a lane answered ${answer.kind}`)
}
