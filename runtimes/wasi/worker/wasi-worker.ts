/** The program of a Web Worker: one job at a time through the runtime for WebAssembly. It holds no key and no store. */
import { CID } from 'multiformats/cid'

import { createWasiRuntime } from '../wasi-runtime.ts'
import { callOfJob, descriptorOf } from './messages.ts'
import type { Deferred, RunCancel, Runtime, RunResult } from '../../../kernel/index.ts'
import type { Answerer } from '../host/answerer.ts'
import type { Ended, FromWorker, Job, Question, RunJob, Told, ToWorker } from './messages.ts'

/** Nobody cancels in here: who gives up ends the worker. */
const never: RunCancel = { aborted: false, signal: new AbortController().signal }
/** Stands for the promise, which the page knows: the identity CID of nothing. */
const PROMISE_OF_PAGE: Deferred = { promise: CID.decode(Uint8Array.of(1, 0x55, 0, 0)) }

class NeedsCode extends Error {}

const asked = new Map<number, (told: Told) => void>()
let questions = 0
let runtime: Runtime | undefined

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if ('id' in data) {
    asked.get(data.id)?.(data)
    asked.delete(data.id)
  } else if (data.kind === 'settings') {
    runtime = createWasiRuntime({ monotonic: () => performance.now(), answerer, ...data.settings })
  } else {
    const { kind } = data
    // A fault of this program: the page hears of it as of any other end of a worker.
    void work(data).then(send, (error: unknown) => reportError(new Error(`${kind}: ${String(error)}`)))
  }
})

function send(message: FromWorker): void {
  postMessage(message)
}

async function work(job: Job): Promise<Ended> {
  if (runtime === undefined) throw new TypeError('a job came before the settings')
  if (job.kind === 'run') return run(runtime, job)
  return { kind: 'admitted', admitted: await runtime.admit(job.code, descriptorOf(job.descriptor)) }
}

async function run(runtime: Runtime, job: RunJob): Promise<Ended> {
  const loadCode = async (): Promise<Uint8Array> => {
    if (job.code === undefined) throw new NeedsCode()
    return job.code
  }
  try {
    return endedOf(await runtime.run(callOfJob(job, descriptorOf(job.descriptor), loadCode, askBlock), never))
  } catch (error) {
    if (error instanceof NeedsCode) return { kind: 'needs-code' }
    throw error
  }
}

function endedOf(result: RunResult): Ended {
  const { fuel } = result
  if (result.refused !== undefined) return { kind: 'refused', refused: result.refused, fuel }
  if ('deferred' in result) return { kind: 'deferred', fuel }
  const { output, blocks } = result
  return { kind: 'output', output, fuel, ...(blocks === undefined ? {} : { blocks }) }
}

// ------------------------------------------------------------------------------------ asking the page

type Unnumbered<T> = T extends { readonly id: number } ? Omit<T, 'id'> : never

function ask(question: Unnumbered<Question>): Promise<Told> {
  const id = (questions += 1)
  return new Promise((resolve) => {
    asked.set(id, resolve)
    send({ ...question, id } as Question)
  })
}

async function askBlock(cid: Uint8Array): Promise<Uint8Array | undefined> {
  const told = await ask({ kind: 'asks-block', cid })
  return told.kind === 'told-block' ? told.bytes : undefined
}

/** Answers from powers that the page holds. */
function answerer(): Answerer {
  let defers = false
  return {
    get deferred() {
      return defers ? PROMISE_OF_PAGE : undefined
    },
    ask: async (name, question, room) => {
      const told = await ask({ kind: 'asks', name, question, room })
      if (told.kind !== 'told') throw new TypeError('the page told a block instead of an answer')
      defers = told.defers
      return told.answer
    },
    // The page reads ahead when it is told what to.
    readAhead: async () => undefined,
  }
}
