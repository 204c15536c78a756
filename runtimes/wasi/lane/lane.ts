/** Where one job at a time is worked on, out of this thread, and what is said with it meanwhile. */
import { Unaskable } from '../host/strict-answerer.ts'
import type { Answer, Ask, FromLane, Job, Told, ToLane } from './job.ts'

export interface Lane {
  /**
   * Has a job done; `tell` answers what is asked meanwhile.
   * @throws {LaneEnded} when the lane came to an end before its answer
   * @throws what `tell` throws, after which the lane has given its job up or is over
   */
  ask(job: Job, tell: Tell): Promise<Answer>
  /** When it has come up, or is over without. */
  readonly ready: Promise<void>
  readonly isOver: boolean
  /** Ends it at once, whatever it does. */
  end(): Promise<void>
}

interface Circumstances {
  readonly wasReady?: boolean
  readonly isOutOfMemory?: boolean
  readonly isOfEarlier?: boolean
}

/** A lane that ended before it answered. */
export class LaneEnded extends Error {
  override readonly name = 'LaneEnded'
  /** Whether it had come up: if not, no job has anything to do with it. */
  readonly wasReady: boolean
  readonly isOutOfMemory: boolean
  /** Whether it ended for something about an earlier job. */
  readonly isOfEarlier: boolean

  constructor(how: string, { wasReady = false, isOutOfMemory = false, isOfEarlier = false }: Circumstances) {
    super(how)
    this.wasReady = wasReady
    this.isOutOfMemory = isOutOfMemory
    this.isOfEarlier = isOfEarlier
  }
}

/** Answers what a lane asks. @throws {Unaskable} where no guest can ask that; what the run ends with */
export type Tell = (ask: Ask) => Promise<Told>

/** The way to a lane. */
export interface Line {
  /** What it said; undefined for what no lane says. A host that cannot believe its lanes reads it field by field. */
  read(message: unknown): FromLane | undefined
  /** Resolves when it is under way; what is not read by the lane is not. */
  send(message: ToLane): Promise<void> | void
  /** Ends whatever is at its other end. */
  cut(): void
}

/** An engine that loads this package takes a fraction of it, also on a busy machine. */
const START_MS = 10_000
/** A lane that was told to give up does so as soon as it hears of it. */
const GIVE_UP_MS = 25

interface Working {
  readonly job: Job
  readonly tell: Tell
  readonly resolve: (answer: Answer) => void
  readonly reject: (reason: unknown) => void
  /** What the host could not answer for. */
  fault?: { readonly error: unknown; readonly timer: ReturnType<typeof setTimeout> }
  /** From then on the run may have done something. */
  hasAsked: boolean
}

type Said = Exclude<FromLane, { readonly kind: 'ready' }>
type Asked = Extract<FromLane, { readonly id: number }>

/** What the kinds of lanes have in common: a job, questions about it, its answer, and an end that is told once. */
export class Exchange {
  readonly ready: Promise<void>
  readonly #line: Line
  readonly #starting: ReturnType<typeof setTimeout>
  #up: () => void = () => undefined
  #isReady = false
  #ended: LaneEnded | undefined
  #working: Working | undefined
  /** The number of the job that was given last. */
  #job = 0

  constructor(line: Line) {
    this.#line = line
    this.ready = new Promise((resolve) => (this.#up = resolve))
    this.#starting = setTimeout(() => this.over(`it had not come up after ${START_MS} ms`), START_MS)
    // Of Node alone, whose process it must not keep alive.
    ;(this.#starting as { unref?: () => void }).unref?.()
  }

  get isOver(): boolean {
    return this.#ended !== undefined
  }

  ask(tell: Tell, job: Job): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended)
      this.#working = { job, tell, resolve, reject, hasAsked: false }
      this.#job += 1
      void this.#line.send({ ...job, job: this.#job })
    })
  }

  /** Something came. Whoever can wait gives it no more before this resolves: so much, and no more, is kept of it. */
  heard(message: unknown): Promise<void> | void {
    const said = this.#line.read(message)
    if (said === undefined) return this.over('it said what no lane says')
    if (said.kind === 'ready') return this.#comesUp()
    const working = this.#working
    if (working === undefined || said.job !== this.#job) return this.#unasked(said)
    return 'id' in said ? this.#tell(working, said) : this.#answered(working, said)
  }

  over(how: string, why: Circumstances = {}): void {
    if (this.#ended !== undefined) return
    this.#ended = new LaneEnded(how, { wasReady: this.#isReady, ...why })
    clearTimeout(this.#starting)
    this.#up()
    const working = this.#done()
    working?.reject(working.fault === undefined ? this.#ended : working.fault.error)
    this.#line.cut()
  }

  #comesUp(): void {
    if (this.#isReady) return this.over('it came up twice')
    this.#isReady = true
    clearTimeout(this.#starting)
    this.#up()
  }

  /** Nobody waits for it: it was answered already, or was never asked. */
  #unasked({ job }: Said): void {
    const isOfEarlier = this.#working?.hasAsked === false && job < this.#job
    this.over('it spoke without being asked', { isOfEarlier })
  }

  #answered(working: Working, { job: _, ...answer }: Exclude<Said, Asked>): void {
    const { fault } = working
    if (fault === undefined && !isAnswerTo(working.job, answer as Answer))
      return this.over('it gave an answer to something else')
    this.#done()
    if (fault === undefined) working.resolve(answer as Answer)
    else working.reject(fault.error)
  }

  #done(): Working | undefined {
    const working = this.#working
    clearTimeout(working?.fault?.timer)
    this.#working = undefined
    return working
  }

  async #tell(working: Working, { job: _, id, ...ask }: Asked): Promise<void> {
    working.hasAsked = true
    const told = await this.#toldOf(working, ask as Ask)
    if (told !== undefined && this.#working === working) await this.#line.send({ ...told, id })
  }

  /** Where the host cannot answer, the run ends with its fault, and the lane goes on to the next one. */
  async #toldOf(working: Working, ask: Ask): Promise<Told | undefined> {
    try {
      return await working.tell(ask)
    } catch (error) {
      if (this.#working !== working) return undefined
      if (error instanceof Unaskable) return void this.over(error.message)
      const timer = setTimeout(() => this.over('it did not give up'), GIVE_UP_MS)
      working.fault ??= { error, timer }
      return { kind: 'cannot' }
    }
  }
}

/** Code is asked for once, and results are of runs alone. */
function isAnswerTo(job: Job, { kind }: Answer): boolean {
  if (kind === 'refused') return true
  if (job.kind === 'admit') return kind === 'admitted'
  return kind === 'output' || kind === 'deferred' || (kind === 'needs-code' && job.code === undefined)
}
