/** Says that it is up; then runs the one module it is told to, and posts what that gives. */
import { parentPort, workerData } from 'node:worker_threads'

import { callOf, outputOf } from '../../wasi/bench/bench-call.ts'
import { FEW_READINGS, marked } from '../../wasi/bench/readings.ts'
import { createWasiRuntime } from '../../wasi/index.ts'
import { openModuleFolder } from '../data-folder/modules.ts'

const { folder } = workerData as { readonly folder: string }
const shelf = openModuleFolder(folder, { bytesMax: 1_000_000_000 })
const runtime = createWasiRuntime({ monotonic: () => performance.now(), shelf })
parentPort?.on('message', (mark: number) => {
  const call = callOf(marked(mark), {
    entry: 'command',
    method: 'run',
    input: FEW_READINGS,
    pages: 64,
    fuel: 1e8,
  })
  void outputOf(runtime, call).then((report) => parentPort?.postMessage(report))
})
parentPort?.postMessage('up')
