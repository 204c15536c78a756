/**
 * What a lane does, whatever it is: one job at a time through the runtime for WebAssembly. It is given data, and gives
 * data back; nothing of its host is within its reach.
 */
import { createWasiRuntime } from '../wasi-runtime.ts'
import { CannotAnswer, Channel, FarAnswerer } from './channel.ts'
import { Descriptors } from './descriptor-blocks.ts'
import { callOfJob } from './job.ts'
import type { RunCancel, Runtime, RunResult } from '../../../kernel/index.ts'
import type { Answer, FromLane, Job, LaneSettings, RunJob, ToLane } from './job.ts'

/** The way from inside a lane to its host. */
export interface Inside {
  send(message: FromLane): void
  listen(heard: (message: ToLane) => void): void
}

/** Serves jobs from now on; `monotonic` is read whenever a slice of fuel is used up. */
export function serveLane(
  inside: Inside,
  monotonic: () => number,
  { memoryBytes, admission }: LaneSettings,
): void {
  const channel = new Channel((message) => inside.send(message))
  const runtime = createWasiRuntime({
    monotonic,
    answerer: () => new FarAnswerer(channel),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(admission && { admission }),
  })
  const bench = new Bench(runtime, channel)
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
  readonly #descriptors = new Descriptors()

  constructor(runtime: Runtime, channel: Channel) {
    this.#runtime = runtime
    this.#channel = channel
  }

  async work(job: Job): Promise<Answer> {
    if (job.kind === 'run') return this.#run(job)
    const admitted = await this.#runtime.admit(job.code, this.#descriptors.read(job.descriptor))
    if (admitted.refused !== undefined) return { kind: 'refused', refused: admitted.refused, fuel: 0 }
    return { kind: 'admitted', imports: admitted.ok.imports }
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
