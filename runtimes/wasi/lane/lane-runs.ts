/**
 * Runs and admissions in lanes of one kind (spec/isolation.md): each has one for a while, which is ended when the time is
 * up, or the caller gives up, and it goes on nevertheless.
 */
import { refuse } from '../../../kernel/index.ts'
import { blocksProblem } from './given-blocks.ts'
import { giveCode } from './giving.ts'
import { codeJob, runJob } from './job.ts'
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
import type { Giving } from './giving.ts'
import type { Answer, Ask, CodeJob, RunJob, Told } from './job.ts'
import type { Keep, Lane, Tell } from './lane.ts'
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

export interface LaneRunsOptions {
  readonly times?: AdmissionTimes | undefined
  /** What lanes have of code; the code itself without it. */
  readonly giving?: Giving | undefined
}

export class LaneRuns {
  readonly #lanes: Lanes
  readonly #times: AdmissionTimes
  readonly #giving: Giving

  constructor(lanes: Lanes, { times = ADMISSION, giving = giveCode }: LaneRunsOptions = {}) {
    this.#lanes = lanes
    this.#times = times
    this.#giving = giving
  }

  async admit(
    code: Uint8Array,
    descriptor: Descriptor,
  ): Promise<Result<{ readonly imports: readonly string[] }>> {
    const judged = await this.#giving.judge?.(code, descriptor)
    if (judged?.refused !== undefined) return { refused: judged.refused }
    const admitted = await this.#read('admit', code, descriptor)
    if (admitted.refused !== undefined) return admitted
    return admitted.ok.kind === 'admitted' ? { ok: { imports: admitted.ok.imports } } : wrong(admitted.ok)
  }

  /** What the rewriter makes of it, where these lanes may be believed. */
  async rewrite(code: Uint8Array, descriptor: Descriptor): Promise<Result<Uint8Array>> {
    const made = await this.#read('rewrite', code, descriptor)
    if (made.refused !== undefined) return made
    return made.ok.kind === 'rewritten' ? { ok: made.ok.entry } : wrong(made.ok)
  }

  async #read(kind: CodeJob['kind'], code: Uint8Array, descriptor: Descriptor): Promise<Result<Ended>> {
    const { admitMs, waitMs } = this.#times
    const waiting = new RunTime().begin(waitMs)
    // A process waits for what is rewritten for it, and holds a lane of its own kind.
    const lane = await this.#lanes.take(waiting.signal, kind === 'rewrite')
    waiting.done()
    if (lane === undefined)
      return refuse('BUSY', waiting.isUp ? `no place was free within ${waitMs} ms` : TOO_MANY)
    const time = new RunTime()
    const ended = await have({ lanes: this.#lanes, lane, time, given: 0 }, () => {
      // The time is that of the engine: it begins when there is one.
      void lane.ready.then(() => time.begin(admitMs))
      return lane.ask(codeJob(kind, code, descriptor), askNothing, this.#keepOf(descriptor))
    })
    time.done()
    if (ended instanceof LaneEnded) return { refused: died(ended, 0).refused }
    if (time.isUp) return refuse('ADMIT', `the engine was not done with it after ${admitMs} ms`)
    return ended.kind === 'refused' ? { refused: ended.refused } : { ok: ended }
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
    const ended = await this.#work(time, call, async (lane) => {
      await lane.ready
      const budget = { ...call.budget, wallMs: time.leftMs }
      const last = await this.#asked(lane, { ...job, budget }, { call, time, tell })
      if (last.kind === 'deferred' && teller.deferred === undefined)
        return lie(lane, 'it spoke of a promise that was not made')
      const wrong = last.kind === 'output' ? blocksProblem(call.descriptor, last) : undefined
      return wrong === undefined ? last : lie(lane, wrong)
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

  /** First without code, then with what is given for it, and where that cannot be used with the code itself. */
  async #asked(lane: Lane, job: RunJob, { call, time, tell }: Asking): Promise<Answer> {
    const keep = this.#keepOf(call.descriptor)
    const first = await lane.ask(job, tell)
    if (first.kind !== 'needs-code') return first
    const given = await time.within(this.#giving.give(call))
    if (given === undefined) throw new LaneEnded('it had not been given its code', { wasReady: true })
    if (given.refused !== undefined) return { kind: 'refused', refused: given.refused, fuel: 0 }
    const second = await lane.ask({ ...job, ...given.ok }, tell, keep)
    if (second.kind !== 'needs-code') return second
    return lane.ask({ ...job, code: await call.loadCode() }, tell, keep)
  }

  #keepOf(descriptor: Descriptor): Keep | undefined {
    const giving = this.#giving
    return giving.keep === undefined ? undefined : (entry) => giving.keep?.(descriptor, entry)
  }

  /** Has one lane for some time; another one where the first ended for what an earlier run had left in it. */
  async #work(
    time: RunTime,
    { budget: { fuel: given }, isNested }: RuntimeCall,
    ask: (lane: Lane) => Promise<Answer>,
  ): Promise<Ended> {
    const lanes = this.#lanes
    const lane = await lanes.take(time.signal, isNested)
    if (lane === undefined) return noLane(time)
    const ended = await have({ lanes, lane, time, given }, () => ask(lane))
    if (!(ended instanceof LaneEnded)) return ended
    const next = await lanes.take(time.signal, isNested)
    if (next === undefined) return noLane(time)
    const again = await have({ lanes, lane: next, time, given }, () => ask(next))
    return again instanceof LaneEnded ? died(again, given) : again
  }
}

/** How a job ended that had a lane. */
type Ended = Exclude<Answer, { readonly kind: 'needs-code' | 'gave-up' }>
type Refused = Extract<Answer, { readonly kind: 'refused' }>

interface Asking {
  readonly call: RuntimeCall
  readonly time: RunTime
  readonly tell: Tell
}

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
  return answer.kind === 'refused' ? answer : wrong(answer)
}

function wrong({ kind }: Ended): never {
  throw new TypeError(`a lane answered ${kind}`)
}
