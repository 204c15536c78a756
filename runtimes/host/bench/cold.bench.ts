/**
 * The first call of a module, 53 KB of compiled C: read, rewritten, judged, compiled, run; or, when it is known, taken from
 * the folder of modules, compiled, run. Each is one the engine has not seen, for it knows code again by its bytes.
 */
import { Worker } from 'node:worker_threads'

import { scratchFolder } from '../../../conformance/bench-kit.ts'
import { callOf, outputOf } from '../../wasi/bench/bench-call.ts'
import { checkReport, FEW_READINGS, marked } from '../../wasi/bench/readings.ts'
import { createWasiRuntime } from '../../wasi/index.ts'
import { admit } from '../../wasi/prepare.ts'
import { readSettings } from '../../wasi/settings.ts'
import { entryOf } from '../../wasi/shelf.ts'
import { openModuleFolder } from '../data-folder/modules.ts'
import type { Bench, Rig } from '../../../conformance/bench-kit.ts'
import type { RuntimeCall } from '../../../kernel/index.ts'
import type { ModuleShelf } from '../../wasi/index.ts'

const CALLING = { entry: 'command', method: 'run', input: FEW_READINGS, pages: 64, fuel: 1e8 } as const
const ROOM = { bytesMax: 1_000_000_000 }

export const benches: readonly Bench[] = [
  {
    name: 'wasi/cold/known',
    unit: 'ms/call',
    clock: 'thread',
    notes: 'in the folder of modules, on a node that has been up for a while',
    setup: () => coldRig(true),
  },
  {
    name: 'wasi/cold/first',
    unit: 'ms/call',
    clock: 'thread',
    baseline: { file: 'browser-wasi-shim.mjs', name: 'wasi/cold/first' },
    notes:
      'a module never seen before, on a node that has been up for a while; the baseline compiles and runs it',
    setup: () => coldRig(false),
  },
  {
    name: 'wasi/start/known',
    unit: 'ms/call',
    batch: 2,
    notes: 'in the folder of modules, as the very first of a thread that has just started',
    setup: () => startRig(true),
  },
  {
    name: 'wasi/start/first',
    unit: 'ms/call',
    batch: 2,
    notes: 'never seen before, as the very first of a thread: the rewriter has not been compiled either',
    setup: () => startRig(false),
  },
]

async function coldRig(isKnown: boolean): Promise<Rig> {
  const folder = await scratchFolder()
  const shelf = openModuleFolder(folder.path, ROOM)
  const runtime = createWasiRuntime({ monotonic: () => performance.now(), shelf })
  let next = 0
  let calls: RuntimeCall[] = []
  return {
    prepare: async (batch) => {
      calls = Array.from({ length: batch }, () => callOf(marked((next += 1)), CALLING))
      if (isKnown) for (const call of calls) await shelve(shelf, call)
    },
    run: async () => {
      for (const call of calls) checkReport(await outputOf(runtime, call))
    },
    close: async () => {
      await runtime.close?.()
      await folder.remove()
    },
  }
}

/** Puts a module on the shelf that no engine has compiled. */
async function shelve(shelf: ModuleShelf, { descriptor, loadCode }: RuntimeCall): Promise<void> {
  const settings = readSettings(descriptor, descriptor.limits.memoryBytes ?? 0)
  if (settings.ok === undefined) throw new Error(settings.refused.detail)
  const admitted = await admit(await loadCode(), settings.ok.pagesMax)
  if (admitted.ok === undefined) throw new Error(admitted.refused.detail)
  await shelf.put(...entryOf(settings.ok, admitted.ok))
}

async function startRig(isKnown: boolean): Promise<Rig> {
  const folder = await scratchFolder()
  const shelf = openModuleFolder(folder.path, ROOM)
  let workers: { readonly worker: Worker; readonly mark: number }[] = []
  let next = 0
  const end = async (): Promise<void> =>
    void (await Promise.all(workers.map(({ worker }) => worker.terminate())))
  return {
    prepare: async (batch) => {
      await end()
      workers = Array.from({ length: batch }, () => {
        const workerData = { folder: folder.path }
        const worker = new Worker(new URL('./cold-worker.js', import.meta.url), { workerData })
        return { worker, mark: (next += 1) }
      })
      if (isKnown) for (const { mark } of workers) await shelve(shelf, callOf(marked(mark), CALLING))
      await Promise.all(workers.map(({ worker }) => heard(worker)))
    },
    run: async () => {
      for (const { worker, mark } of workers) {
        const answer = heard(worker)
        worker.postMessage(mark)
        checkReport((await answer) as Uint8Array)
      }
    },
    close: async () => {
      await end()
      await folder.remove()
    },
  }
}

function heard(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}
