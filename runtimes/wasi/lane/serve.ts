/**
 * What a lane does, whatever it is: one job at a time through the runtime for WebAssembly. It is given data, and gives
 * data back; nothing of its host is within its reach.
 */
import { memoryBytesOf, readSettings } from '../settings.ts'
import { createWasiRuntime } from '../wasi-runtime.ts'
import { CannotAnswer, Channel, FarAnswerer } from './channel.ts'
import { Descriptors } from './descriptor-blocks.ts'
import { callOfJob } from './job.ts'
import { JobShelf } from './job-shelf.ts'
import { rewriteCode } from './rewrite-code.ts'
import type { Descriptor, RunCancel, Runtime, RunResult } from '../../../kernel/index.ts'
import type { Answer, CodeJob, FromLane, Job, LaneSettings, RunJob, ToLane } from './job.ts'

/** The way from inside a lane to its host. */
export interface Inside {
  send(message: FromLane): void
  listen(heard: (message: ToLane) => void): void
}

/** Serves jobs from now on; `monotonic` is read whenever a slice of fuel is used up. */
export function serveLane(inside: Inside, monotonic: () => number, settings: LaneSettings): void {
  const channel = new Channel((message) => inside.send(message))
  const bench = new Bench(channel, monotonic, settings)
  inside.listen((message) => {
    if ('id' in message) return channel.told(message)
    channel.begin(message.job)
    bench.work(message).then((answer) => channel.answer(answer), fail)
  })
  inside.send({ kind: 'ready' })
}

/** A fault of this program ends the lane, as its host sees. */
function fail(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

/** Nobody cancels in here: who gives up ends the lane. */
const never: RunCancel = { aborted: false, signal: new AbortController().signal }

class NeedsCode extends Error {}

class Bench {
  readonly #runtime: Runtime
  readonly #channel: Channel
  readonly #settings: LaneSettings
  readonly #shelf: JobShelf
  readonly #descriptors = new Descriptors()

  constructor(channel: Channel, monotonic: () => number, settings: LaneSettings) {
    this.#channel = channel
    this.#settings = settings
    this.#shelf = new JobShelf(channel, settings.keeps === true)
    const { memoryBytes, admission } = settings
    this.#runtime = createWasiRuntime({
      ...{ monotonic, shelf: this.#shelf, answerer: () => new FarAnswerer(channel) },
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      ...(admission && { admission }),
    })
  }

  async work(job: Job): Promise<Answer> {
    this.#shelf.begin(job)
    try {
      return await (job.kind === 'run' ? this.#run(job) : this.#read(job))
    } finally {
      this.#shelf.done()
    }
  }

  async #read(job: CodeJob): Promise<Answer> {
    const descriptor = this.#descriptors.read(job.descriptor)
    if (job.kind === 'rewrite') return this.#rewrite(job.code, descriptor)
    const admitted = await this.#runtime.admit(job.code, descriptor)
    if (admitted.refused !== undefined) return { kind: 'refused', refused: admitted.refused, fuel: 0 }
    return { kind: 'admitted', imports: admitted.ok.imports }
  }

  #rewrite(code: Uint8Array, descriptor: Descriptor): Answer {
    const { memoryBytes, admission } = this.#settings
    const settings = readSettings(descriptor, memoryBytesOf(memoryBytes))
    const made = settings.refused === undefined ? rewriteCode(code, settings.ok, admission) : settings
    if (made.refused !== undefined) return { kind: 'refused', refused: made.refused, fuel: 0 }
    return { kind: 'rewritten', entry: made.ok }
  }

  async #run(job: RunJob): Promise<Answer> {
    const call = callOfJob(job, this.#descriptors.read(job.descriptor), {
      missing: () => new NeedsCode(),
      askBlock: (cid) => this.#channel.askBlock(cid),
    })
    try {
      return answerOf(await this.#runtime.run(call, never))
    } catch (error) {
      if (error instanceof NeedsCode) return { kind: 'needs-code' }
      if (error instanceof CannotAnswer) return { kind: 'gave-up' }
      throw error
    }
  }
}

function answerOf(ended: RunResult): Answer {
  const { fuel } = ended
  if (ended.refused !== undefined) return { kind: 'refused', refused: ended.refused, fuel }
  if ('deferred' in ended) return { kind: 'deferred', fuel }
  const { output, blocks } = ended
  return { kind: 'output', output, fuel, ...(blocks === undefined ? {} : { blocks }) }
}
