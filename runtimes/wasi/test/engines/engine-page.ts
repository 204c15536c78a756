/** What a page makes of the jobs it is given, and what a worker of it does. */
import { answerAll } from './answer.ts'
import type { Job } from './job.ts'

export interface PageAnswer {
  readonly browser: string
  readonly page: readonly string[]
  readonly worker: readonly string[]
}

const jobs = (await (await fetch('/given.json')).json()) as Job[]
// Both at once: the worker has a thread of its own.
const [worker, page] = await Promise.all([answerInWorker(), answerAll(jobs)])
const answer: PageAnswer = { browser: navigator.userAgent, page, worker }
await fetch('/', { method: 'POST', body: JSON.stringify(answer) })

function answerInWorker(): Promise<readonly string[]> {
  const worker = new Worker(new URL('./engine-worker.js', import.meta.url), { type: 'module' })
  return new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<string[]>) => resolve(data))
    worker.addEventListener('error', ({ message }) => reject(new Error(`worker: ${message}`)))
    worker.postMessage(jobs)
  })
}
