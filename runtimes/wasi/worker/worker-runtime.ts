/**
 * The runtime for WebAssembly with its runs in Web Workers: the page stays free, also while code is admitted and compiled,
 * and what does not end by itself is ended with its worker. Results, fuel and profile are those of a run in the page.
 */
import { LaneRuns } from '../lane/lane-runs.ts'
import { Lanes } from '../lane/lanes.ts'
import { createWasiRuntime } from '../wasi-runtime.ts'
import { openWorker } from './worker-lane.ts'
import type { Descriptor, Result, RunCancel, Runtime, RunResult, RuntimeCall } from '../../../kernel/index.ts'
import type { AdmissionPolicy } from '../admission.ts'
import type { LaneSettings } from '../lane/job.ts'

export interface WorkerRuntimeOptions {
  /** Starts a worker with the module `wasi-worker.js` of this folder; for pages that have it somewhere else. */
  readonly start?: () => Worker
  /** How many there are at most; one for each processor, and 4 where the browser does not say. */
  readonly workers?: number
  /**
   * How many calls may wait for one, 256 by default, and as many that handlers make of one another, which go first; those
   * beyond are `BUSY`.
   */
  readonly waiting?: number
  /** See `WasiRuntimeOptions`: memory a handler can have here at most. */
  readonly memoryBytes?: number
  /** What this page admits less of than the rules allow. */
  readonly admission?: AdmissionPolicy
}

const WORKERS = 4
const WORKERS_MAX = 64
const WAITING = 256

/**
 * A runtime of the kind `wasi` for `createKernel` in a page.
 * @throws {RangeError} for an option out of range
 * @throws {TypeError} for an `admission` that cannot be, and where there are no Web Workers and `start` is not given
 */
export function createWorkerRuntime(options: WorkerRuntimeOptions = {}): Runtime {
  const { start, waiting = WAITING } = options
  const { workers = globalThis.navigator?.hardwareConcurrency || WORKERS } = options
  if (!Number.isInteger(workers) || workers < 1 || workers > WORKERS_MAX)
    throw new RangeError(`workers must be an integer from 1 to ${WORKERS_MAX}`)
  if (!Number.isSafeInteger(waiting) || waiting < 0) throw new RangeError('waiting must be a natural number')
  if (start === undefined && typeof Worker === 'undefined')
    throw new TypeError('start must be given where there are no Web Workers')
  const { memoryBytes, admission } = options
  const settings = { ...(memoryBytes === undefined ? {} : { memoryBytes }), ...(admission && { admission }) }
  const lanes = new Lanes(() => openWorker(start ?? startWorker, settings), workers, waiting)
  return new WorkerRuntime(settings, new LaneRuns(lanes))
}

/** Bundlers know this form, and put the module and all it imports where the page finds it. */
function startWorker(): Worker {
  return new Worker(new URL('./wasi-worker.js', import.meta.url), { type: 'module' })
}

class WorkerRuntime implements Runtime {
  readonly kind = 'wasi'
  /** Knows profiles; nothing runs in it. */
  readonly #here: Runtime
  readonly #runs: LaneRuns

  constructor({ memoryBytes, admission }: LaneSettings, runs: LaneRuns) {
    this.#here = createWasiRuntime({
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      ...(admission && { admission }),
    })
    this.#runs = runs
  }

  profile(descriptor: Descriptor): Uint8Array {
    return this.#here.profile(descriptor)
  }

  admit(code: Uint8Array, descriptor: Descriptor): Promise<Result<{ readonly imports: readonly string[] }>> {
    return this.#runs.admit(code, descriptor)
  }

  run(call: RuntimeCall, cancel: RunCancel): Promise<RunResult> {
    return this.#runs.run(call, cancel)
  }

  close(): Promise<void> {
    return this.#runs.close()
  }
}
