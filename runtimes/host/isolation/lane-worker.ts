/**
 * The program inside a lane, in a thread or a process of its own: one job at a time through the runtime for
 * WebAssembly. It is given data, and gives data back; nothing of the host is within its reach.
 */
import { parentPort, workerData } from 'node:worker_threads'

import { createWasiRuntime } from '../../wasi/index.ts'
import { CannotAnswer, Channel, FarAnswerer } from './channel.ts'
import { callOfJob, Descriptors } from './exchange.ts'
import { openLine } from './line.ts'
import type { RunCancel, RunResult } from '../../../kernel/index.ts'
import type { Answer, Job, LaneSettings, RunJob } from './exchange.ts'

/** Nobody cancels in here: who gives up ends the lane. */
const never: RunCancel = { aborted: false, signal: new AbortController().signal }

class NeedsCode extends Error {}

const settings = (workerData ?? JSON.parse(process.argv[2] ?? '{}')) as Partial<LaneSettings>
const line = openLine()
const channel = new Channel((message) => line.send(message))
const parent = process.ppid

/** Read whenever a slice of fuel is used up: where nothing else ends a process with its host, this does. */
function monotonic(): number {
  // A thread is its host, and whose child that is does not matter.
  if (parentPort === null && process.ppid !== parent) process.exit()
  return performance.now()
}

const runtime = createWasiRuntime({
  monotonic,
  answerer: () => new FarAnswerer(channel),
  ...(settings.memoryBytes === undefined ? {} : { memoryBytes: settings.memoryBytes }),
})
const descriptors = new Descriptors()

async function answer(job: Job): Promise<Answer> {
  if (job.kind === 'run') return run(job)
  const admitted = await runtime.admit(job.code, descriptors.read(job.descriptor))
  if (admitted.refused !== undefined) return { kind: 'refused', refused: admitted.refused, fuel: 0 }
  return { kind: 'admitted', imports: admitted.ok.imports }
}

async function run(job: RunJob): Promise<Answer> {
  const call = callOfJob(job, descriptors.read(job.descriptor), {
    missing: () => new NeedsCode(),
    askBlock: (cid) => channel.askBlock(cid),
  })
  try {
    return answerOf(await runtime.run(call, never))
  } catch (error) {
    if (error instanceof NeedsCode) return { kind: 'needs-code' }
    if (error instanceof CannotAnswer) return { kind: 'gave-up' }
    throw error
  }
}

function answerOf(ended: RunResult): Answer {
  const { fuel } = ended
  if (ended.refused !== undefined) return { kind: 'refused', refused: ended.refused, fuel }
  if ('deferred' in ended) return { kind: 'deferred', fuel }
  const { output, blocks } = ended
  return { kind: 'output', output, fuel, ...(blocks === undefined ? {} : { blocks }) }
}

line.listen((message) => {
  if ('id' in message) return channel.told(message)
  channel.begin(message.job)
  void answer(message).then((told) => channel.answer(told))
})
line.send({ kind: 'ready' })
