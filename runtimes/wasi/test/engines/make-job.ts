/** Rows of the table of runs, made on the node that compares: engines are given no text of modules, only modules. */
import { createWasiRuntime } from '../../index.ts'
import { assemble } from '../fixtures.ts'
import { runJob } from './answer.ts'
import { packed } from './job.ts'
import type { Budget, Descriptor } from '../../../../kernel/index.ts'
import type { Job } from './job.ts'

export interface JobChanges {
  readonly descriptor?: Partial<Descriptor>
  readonly method?: string
  readonly input?: Uint8Array
  readonly fuel?: number
  readonly blocks?: Job['blocks']
}

/** Enough for the largest of them, and soon used up by one that does not end. */
const FUEL = 50_000_000
const LIMITS: Budget = { memoryBytes: 16 * 2 ** 20 }

/** A call of a module, or of its text. */
export function job(name: string, code: Uint8Array | string, changes: JobChanges = {}): Job {
  const { method = 'handle', input = new Uint8Array(), fuel = FUEL, blocks = [] } = changes
  const descriptor = { runtime: 'wasi', entry: 'reactor', pure: true, public: false } as const
  return {
    name,
    code: packed(typeof code === 'string' ? assemble(code) : code),
    descriptor: { ...descriptor, methods: [method], imports: [], limits: LIMITS, ...changes.descriptor },
    method,
    input: packed(input),
    fuel,
    blocks,
  }
}

/** A job, the same with exactly the fuel that it takes, and with one unit less. */
export async function exactly(given: Job): Promise<Job[]> {
  const runtime = createWasiRuntime()
  const { fuel } = (await runJob(runtime, given)).ended
  await runtime.close?.()
  return [
    given,
    { ...given, name: `${given.name}, with exactly that fuel`, fuel },
    { ...given, name: `${given.name}, with one unit less`, fuel: fuel - 1 },
  ]
}
