/** Says that it is up; then runs the one module it is told to, and posts what that gives. */
import { parentPort } from 'node:worker_threads'

import { createWasiRuntime } from '../index.ts'
import { callOf, outputOf } from './bench-call.ts'
import { marked, READINGS } from './readings.ts'

const runtime = createWasiRuntime({ monotonic: () => performance.now() })
parentPort?.on('message', (mark: number) => {
  const call = callOf(marked(mark), {
    entry: 'command',
    method: 'run',
    input: READINGS,
    pages: 64,
    fuel: 1e8,
  })
  void outputOf(runtime, call).then((report) => parentPort?.postMessage(report))
})
parentPort?.postMessage('up')
