/** Handlers and programs that are components, beside those that are core modules: made new for each call. */
import { refuse } from '../../../kernel/index.ts'
import { replay } from '../host/replay.ts'
import { entryProblem, programProblem } from './entry.ts'
import { typesProblem } from './typed/types-problem.ts'
import { askingProblem, asksHost } from './promisegrid/interfaces.ts'
import { componentRuns, runComponent } from './run-component.ts'
import type { Descriptor, Result, RunCancel, RuntimeCall, RunResult } from '../../../kernel/index.ts'
import type { Answerer } from '../host/answerer.ts'
import type { HostRoom } from '../host/room.ts'
import type { MemoryPool } from '../memory-pool.ts'
import type { LoadedProgram } from '../program/open-program.ts'
import type { Settings } from '../settings.ts'
import type { PreparedComponent } from './prepare-component.ts'

export interface ComponentRuntimeOptions {
  readonly pool: MemoryPool
  readonly monotonic: (() => number) | undefined
  /** What components that ask share with core modules. */
  readonly room: HostRoom
  readonly answerer: (call: RuntimeCall) => Answerer
}

export class ComponentRuntime {
  readonly #options: ComponentRuntimeOptions
  readonly #typed = new WeakSet<Descriptor>()

  constructor(options: ComponentRuntimeOptions) {
    this.#options = options
  }

  admit(
    { entries, importNames }: PreparedComponent,
    descriptor: Descriptor,
    { entry }: Settings,
  ): Result<{ readonly imports: readonly string[] }> {
    const problem =
      askingProblem(importNames, descriptor) ??
      (entry === 'program'
        ? programProblem(entries)
        : (typesProblem(entries, descriptor) ??
          descriptor.methods
            .map((method) => entryProblem(entries, method))
            .find((found) => found !== undefined)))
    return problem === undefined ? { ok: { imports: importNames } } : refuse('ADMIT', problem)
  }

  /** Of a program with what it is called with, and of every other component without. */
  run(
    call: RuntimeCall,
    { programName }: Settings,
    prepared: PreparedComponent,
    cancel: RunCancel,
    program?: LoadedProgram,
  ): RunResult | Promise<RunResult> {
    const { importNames } = prepared
    const problem =
      askingProblem(importNames, call.descriptor) ??
      (program === undefined ? this.#methodProblem(call, prepared) : programProblem(prepared.entries))
    if (problem !== undefined) return { ...refuse('ADMIT', problem), fuel: 0 }
    const { pool, monotonic, room, answerer } = this.#options
    const run = { call, prepared, programName, pool, monotonic, program }
    if (!asksHost(importNames)) return runComponent(run)
    return replay({ call, cancel, room, answerer: answerer(call), run: componentRuns(run) })
  }

  #methodProblem({ descriptor, method }: RuntimeCall, { entries }: PreparedComponent): string | undefined {
    return this.#typesProblem(entries, descriptor) ?? entryProblem(entries, method)
  }

  /** Found once for each descriptor: they are the same objects call after call. */
  #typesProblem(entries: PreparedComponent['entries'], descriptor: Descriptor): string | undefined {
    if (this.#typed.has(descriptor)) return undefined
    const problem = typesProblem(entries, descriptor)
    if (problem === undefined) this.#typed.add(descriptor)
    return problem
  }
}
