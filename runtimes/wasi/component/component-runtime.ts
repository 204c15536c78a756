/** Handlers that are components, beside those that are core modules: prepared once, made new for each call. */
import { refuse } from '../../../kernel/index.ts'
import { replay } from '../host/replay.ts'
import { ModuleCache } from '../module-cache.ts'
import { entryProblem } from './entry.ts'
import { isCodeOf } from '../shelf.ts'
import { writeComponentEntry } from '../shelf-entry.ts'
import { prepareComponent, prepareComponentFrom } from './prepare-component.ts'
import { typesProblem } from './typed/types-problem.ts'
import { askingProblem, asksHost } from './promisegrid/interfaces.ts'
import { componentRuns, runComponent } from './run-component.ts'
import type { Descriptor, Result, RunCancel, RuntimeCall, RunResult } from '../../../kernel/index.ts'
import type { Answerer } from '../host/answerer.ts'
import type { HostRoom } from '../host/room.ts'
import type { AdmissionPolicy } from '../admission.ts'
import type { MemoryPool } from '../memory-pool.ts'
import type { Settings } from '../settings.ts'
import type { Shelving } from '../shelf.ts'
import type { PreparedComponent } from './prepare-component.ts'

export interface ComponentRuntimeOptions {
  readonly pool: MemoryPool
  readonly cacheBytes: number
  readonly monotonic: (() => number) | undefined
  /** What components that ask share with core modules. */
  readonly room: HostRoom
  readonly answerer: (call: RuntimeCall) => Answerer
  readonly admission: AdmissionPolicy | undefined
  readonly shelf: Shelving
}

export class ComponentRuntime {
  readonly #options: ComponentRuntimeOptions
  readonly #prepared: ModuleCache<PreparedComponent>
  readonly #typed = new WeakSet<Descriptor>()

  constructor(options: ComponentRuntimeOptions) {
    this.#options = options
    this.#prepared = new ModuleCache(options.cacheBytes)
  }

  async admit(
    code: Uint8Array,
    descriptor: Descriptor,
    settings: Settings,
  ): Promise<Result<{ readonly imports: readonly string[] }>> {
    const { admission, shelf } = this.#options
    const prepared = await prepareComponent(code, settings.pagesMax, admission)
    if (prepared.refused !== undefined) return prepared
    const { entries, importNames } = prepared.ok
    const problem =
      askingProblem(importNames, descriptor) ??
      typesProblem(entries, descriptor) ??
      descriptor.methods.map((method) => entryProblem(entries, method)).find((found) => found !== undefined)
    if (problem !== undefined) return refuse('ADMIT', problem)
    if (shelf.isThere && isCodeOf(code, descriptor))
      shelf.put(settings, writeComponentEntry(prepared.ok.rewritten))
    return { ok: { imports: importNames } }
  }

  async run(call: RuntimeCall, settings: Settings, cancel: RunCancel): Promise<RunResult> {
    const { key, programName } = settings
    const { admission, shelf } = this.#options
    const prepared =
      this.#prepared.get(key) ??
      (await this.#prepared.load(key, () =>
        prepareComponentFrom(shelf, settings, () => call.loadCode(), admission),
      ))
    if (prepared.refused !== undefined) return { refused: prepared.refused, fuel: 0 }
    const { entries, importNames } = prepared.ok
    const problem =
      askingProblem(importNames, call.descriptor) ??
      this.#typesProblem(prepared.ok, call.descriptor) ??
      entryProblem(entries, call.method)
    if (problem !== undefined) return { ...refuse('ADMIT', problem), fuel: 0 }
    const { pool, monotonic, room, answerer } = this.#options
    const run = { call, prepared: prepared.ok, programName, pool, monotonic }
    if (!asksHost(importNames)) return runComponent(run)
    return replay({ call, cancel, room, answerer: answerer(call), run: componentRuns(run) })
  }

  /** Found once for each descriptor: they are the same objects call after call. */
  #typesProblem({ entries }: PreparedComponent, descriptor: Descriptor): string | undefined {
    if (this.#typed.has(descriptor)) return undefined
    const problem = typesProblem(entries, descriptor)
    if (problem === undefined) this.#typed.add(descriptor)
    return problem
  }

  close(): void {
    this.#prepared.clear()
  }
}
