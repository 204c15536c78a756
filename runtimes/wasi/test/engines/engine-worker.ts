/** Answers the jobs that a page sends to this worker. */
import { answerAll } from './answer.ts'
import type { Job } from './job.ts'

addEventListener('message', ({ data }: MessageEvent<Job[]>) => {
  void answerAll(data).then((lines) => postMessage(lines))
})
