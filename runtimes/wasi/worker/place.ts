/** One worker, which has one job at a time; ended, whatever it does, when its page has waited long enough. */
import type { Ended, FromWorker, Job, Question, Told, ToWorker, WorkerSettings } from './messages.ts'

/** Answers what a worker asks. */
export type Tell = (question: Question) => Promise<Told>

/** A worker that ended before it answered. */
export class PlaceEnded extends Error {
  override readonly name = 'PlaceEnded'
}

interface Working {
  readonly tell: Tell
  readonly resolve: (ended: Ended) => void
  readonly reject: (reason: unknown) => void
}

export class Place {
  readonly #worker: Worker
  #working: Working | undefined
  #over: PlaceEnded | undefined

  constructor(worker: Worker, settings: WorkerSettings) {
    this.#worker = worker
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => this.#heard(data))
    worker.addEventListener('messageerror', () => this.end('it said what cannot be copied'))
    worker.addEventListener('error', ({ message }) => this.end(message || 'its module cannot be loaded'))
    this.#send({ kind: 'settings', settings })
  }

  get isOver(): boolean {
    return this.#over !== undefined
  }

  /** @throws {PlaceEnded} when it ends before its answer; what `tell` throws, after which it is over */
  ask(job: Job, tell: Tell): Promise<Ended> {
    return new Promise((resolve, reject) => {
      if (this.#over !== undefined) return reject(this.#over)
      this.#working = { tell, resolve, reject }
      this.#send(job)
    })
  }

  /** At once, whatever it does; `reason` is what who waits for it is told. */
  end(how: string, reason?: unknown): void {
    if (this.#over !== undefined) return
    this.#over = new PlaceEnded(how)
    this.#worker.terminate()
    this.#done()?.reject(reason ?? this.#over)
  }

  #heard(message: FromWorker): void {
    if ('id' in message) void this.#tell(message)
    else this.#done()?.resolve(message)
  }

  /** Where the host cannot answer, the run ends with its fault. */
  async #tell(question: Question): Promise<void> {
    const working = this.#working
    if (working === undefined) return
    try {
      const told = await working.tell(question)
      if (this.#working === working) this.#send(told)
    } catch (error) {
      this.end('its host could not answer', error)
    }
  }

  #done(): Working | undefined {
    const working = this.#working
    this.#working = undefined
    return working
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message)
  }
}
