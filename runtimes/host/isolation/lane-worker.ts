/**
 * The program inside a lane, in a thread or a process of its own: one job at a time through the runtime for
 * WebAssembly. It is given data, and gives data back; nothing of the host is within its reach.
 */
import { parentPort, workerData } from 'node:worker_threads'

import { createWasiRuntime } from '../../wasi/index.ts'
import { callOfJob, Descriptors } from './exchange.ts'
import type { RunCancel } from '../../../kernel/index.ts'
import type { Answer, Job, LaneSettings, RunJob } from './exchange.ts'

/** Nobody cancels in here: who gives up ends the lane. */
const never: RunCancel = { aborted: false, signal: new AbortController().signal }

class NeedsCode extends Error {}

const settings = (workerData ?? JSON.parse(process.argv[2] ?? '{}')) as Partial<LaneSettings>
const runtime = createWasiRuntime({
  monotonic: () => performance.now(),
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
  const call = callOfJob(job, descriptors.read(job.descriptor), () => new NeedsCode())
  try {
    const ended = await runtime.run(call, never)
    if (ended.refused !== undefined) return { kind: 'refused', refused: ended.refused, fuel: ended.fuel }
    if (!('output' in ended) || ended.output === undefined) throw new TypeError('a run without output')
    return { kind: 'output', output: ended.output, fuel: ended.fuel }
  } catch (error) {
    if (error instanceof NeedsCode) return { kind: 'needs-code' }
    throw error
  }
}

const tell = (told: Answer): void => {
  if (parentPort === null) process.send?.(told)
  else parentPort.postMessage(told)
}
const source = parentPort ?? process
source.on('message', (job: Job) => void answer(job).then(tell))
tell({ kind: 'ready' })
