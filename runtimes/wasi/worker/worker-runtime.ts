/**
 * The runtime for WebAssembly with its runs in Web Workers: the page stays free, also while code is admitted and compiled,
 * and what does not end by itself is ended with its worker. Results, fuel and profile are those of a run in the page.
 */
import { CID } from 'multiformats/cid'

import { encodeDescriptor, refuse } from '../../../kernel/index.ts'
import { createAnswerer } from '../host/answerer.ts'
import { createWasiRuntime } from '../wasi-runtime.ts'
import { jobOf } from './messages.ts'
import { Place, PlaceEnded } from './place.ts'
import { Places } from './places.ts'
import type { Descriptor, Result, RunCancel, Runtime, RunResult, RuntimeCall } from '../../../kernel/index.ts'
import type { Answerer } from '../host/answerer.ts'
import type { AdmissionPolicy } from '../admission.ts'
import type { Ended, Question, Told, WorkerSettings } from './messages.ts'
import type { Tell } from './place.ts'

export interface WorkerRuntimeOptions {
  /** Starts a worker with the module `wasi-worker.js` of this folder; for pages that have it somewhere else. */
  readonly start?: () => Worker
  /** How many there are at most; one for each processor, and 4 where the browser does not say. */
  readonly workers?: number
  /** How many calls may wait for one, 256 by default; those beyond are `BUSY`. */
  readonly waiting?: number
  /** See `WasiRuntimeOptions`: memory a handler can have here at most. */
  readonly memoryBytes?: number
  /** What this page admits less of than the rules allow. */
  readonly admission?: AdmissionPolicy
}

const WORKERS = 4
const WORKERS_MAX = 64
const WAITING = 256
/** A run that is over its time ends by itself within a slice of fuel; one that does not is ended after this. */
const GRACE_MS = 25
/** No honest module of the size that is admitted takes an engine nearly as long. */
const ADMIT_MS = 10_000
/** The longest a timer can be set to. */
const TIMER_MS_MAX = 2 ** 31 - 1

/**
 * A runtime of the kind `wasi` for `createKernel` in a page.
 * @throws {RangeError} for an option out of range
 * @throws {TypeError} for an `admission` that cannot be, and where there are no Web Workers and `start` is not given
 */
export function createWorkerRuntime(options: WorkerRuntimeOptions = {}): Runtime {
  const { start, waiting = WAITING } = options
  const { workers = globalThis.navigator?.hardwareConcurrency || WORKERS } = options
  if (!Number.isInteger(workers) || workers < 1 || workers > WORKERS_MAX)
    throw new RangeError(`workers must be an integer from 1 to ${WORKERS_MAX}`)
  if (!Number.isSafeInteger(waiting) || waiting < 0) throw new RangeError('waiting must be a natural number')
  if (start === undefined && typeof Worker === 'undefined')
    throw new TypeError('start must be given where there are no Web Workers')
  const { memoryBytes, admission } = options
  const settings = { ...(memoryBytes === undefined ? {} : { memoryBytes }), ...(admission && { admission }) }
  const open = (): Place => new Place((start ?? startWorker)(), settings)
  return new WorkerRuntime(settings, new Places(open, workers, waiting))
}

/** Bundlers know this form, and put the module and all it imports where the page finds it. */
function startWorker(): Worker {
  return new Worker(new URL('./wasi-worker.js', import.meta.url), { type: 'module' })
}

class WorkerRuntime implements Runtime {
  readonly kind = 'wasi'
  /** Knows profiles; nothing runs in it. */
  readonly #here: Runtime
  readonly #places: Places

  constructor(settings: WorkerSettings, places: Places) {
    this.#here = createWasiRuntime(settings)
    this.#places = places
  }

  profile(descriptor: Descriptor): Uint8Array {
    return this.#here.profile(descriptor)
  }

  async admit(
    code: Uint8Array,
    descriptor: Descriptor,
  ): Promise<Result<{ readonly imports: readonly string[] }>> {
    const never = new AbortController().signal
    const job = { kind: 'admit', descriptor: encodeDescriptor(descriptor), code } as const
    const ended = await this.#work(never, ADMIT_MS, async (place) => place.ask(job, askNothing))
    if (ended === undefined) return refuse('BUSY', TOO_MANY)
    if (ended.kind === 'admitted') return ended.admitted
    if (ended.kind === 'late') return refuse('ADMIT', `the engine was not done with it after ${ADMIT_MS} ms`)
    return refuse('ADMIT', ended.kind === 'over' ? ended.how : 'the worker answered something else')
  }

  async run(call: RuntimeCall, cancel: RunCancel): Promise<RunResult> {
    if (cancel.aborted) return { ...refuse('ABORTED', 'cancelled before it began'), fuel: 0 }
    const answerer = createAnswerer(call)
    const job = jobOf(call)
    const tell = teller(call, answerer, this.#places)
    const ended = await this.#work(cancel.signal, call.budget.wallMs, async (place) => {
      const first = await place.ask(job, tell)
      return first.kind === 'needs-code' ? place.ask({ ...job, code: await call.loadCode() }, tell) : first
    })
    return resultOf(ended, call, cancel, answerer)
  }

  async close(): Promise<void> {
    this.#places.close()
  }

  /** Has one worker for so long at most; undefined where none is to be had. */
  async #work(
    signal: AbortSignal,
    wallMs: number,
    ask: (place: Place) => Promise<Ended>,
  ): Promise<Worked | undefined> {
    const place = await this.#places.take(signal)
    if (place === undefined) return undefined
    let isLate = false
    const late = (): void => {
      isLate = true
      place.end('its time was up')
    }
    const timers = [setTimeout(late, Math.min(wallMs + GRACE_MS, TIMER_MS_MAX))]
    const abort = (): void => void timers.push(setTimeout(() => place.end('called off'), GRACE_MS))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    try {
      return await ask(place)
    } catch (error) {
      if (!(error instanceof PlaceEnded)) throw error
      return isLate ? { kind: 'late' } : { kind: 'over', how: error.message }
    } finally {
      for (const timer of timers) clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      this.#places.giveBack(place)
    }
  }
}

/** What comes of a job, or that the worker was ended: for its time, or for something else. */
type Worked = Ended | { readonly kind: 'late' } | { readonly kind: 'over'; readonly how: string }

const TOO_MANY = 'too many calls wait already for a worker'

/** What a run that took its worker with it has used nobody knows: it counts as all it was given. */
function resultOf(
  ended: Worked | undefined,
  { budget }: RuntimeCall,
  { signal }: RunCancel,
  { deferred }: Answerer,
): RunResult {
  if (ended === undefined) {
    const none = signal.aborted ? refuse('ABORTED', 'cancelled before it began') : refuse('BUSY', TOO_MANY)
    return { ...none, fuel: 0 }
  }
  if (ended.kind === 'output') {
    const { output, fuel, blocks } = ended
    return { output, fuel, ...(blocks === undefined ? {} : { blocks }) }
  }
  if (ended.kind === 'refused') return { refused: ended.refused, fuel: ended.fuel }
  if (ended.kind === 'deferred' && deferred !== undefined) return { deferred, fuel: ended.fuel }
  const { fuel } = budget
  if (signal.aborted) return { ...refuse('ABORTED', 'ended with its worker'), fuel }
  if (ended.kind === 'late') return { ...refuse('BUDGET_TIME', `${budget.wallMs} ms have passed`), fuel }
  const how = ended.kind === 'over' ? ended.how : `it answered ${ended.kind}`
  return { ...refuse('TRAP', `its worker came to an end: ${how}`), fuel }
}

/** Tells a worker what it asks, from the powers of its call. */
function teller(call: RuntimeCall, answerer: Answerer, places: Places): Tell {
  const tell = async (question: Question): Promise<Told> => {
    const { id } = question
    if (question.kind === 'asks-block') {
      return { id, kind: 'told-block', bytes: await call.getBlock?.(CID.decode(question.cid)) }
    }
    const answer = await answerer.ask(question.name, question.question, question.room)
    await answerer.readAhead()
    return { id, kind: 'told', answer, defers: answerer.deferred !== undefined }
  }
  return (question) =>
    question.kind === 'asks' && question.name === 'call'
      ? places.standing(() => tell(question))
      : tell(question)
}

/** Nothing is asked while code is looked at. */
function askNothing(): Promise<never> {
  return Promise.reject(new TypeError('a worker asked something without a call'))
}
