/** Handlers that are components, beside those that are core modules: prepared once, made new for each call. */
import { refuse } from '../../../kernel/index.ts'
import { ModuleCache } from '../module-cache.ts'
import { entryProblem } from './entry.ts'
import { prepareComponent } from './prepare-component.ts'
import { runComponent } from './run-component.ts'
import type { Descriptor, Result, RuntimeCall, RunResult } from '../../../kernel/index.ts'
import type { AdmissionPolicy } from '../admission.ts'
import type { MemoryPool } from '../memory-pool.ts'
import type { Settings } from '../settings.ts'
import type { PreparedComponent } from './prepare-component.ts'

export interface ComponentRuntimeOptions {
  readonly pool: MemoryPool
  readonly cacheBytes: number
  readonly monotonic: (() => number) | undefined
  readonly admission: AdmissionPolicy | undefined
}

export class ComponentRuntime {
  readonly #options: ComponentRuntimeOptions
  readonly #prepared: ModuleCache<PreparedComponent>

  constructor(options: ComponentRuntimeOptions) {
    this.#options = options
    this.#prepared = new ModuleCache(options.cacheBytes)
  }

  async admit(
    code: Uint8Array,
    { methods }: Descriptor,
    settings: Settings,
  ): Promise<Result<{ readonly imports: readonly string[] }>> {
    const prepared = await prepareComponent(code, settings.pagesMax, this.#options.admission)
    if (prepared.refused !== undefined) return prepared
    const { entries, importNames } = prepared.ok
    const problem = methods
      .map((method) => entryProblem(entries, method))
      .find((found) => found !== undefined)
    return problem === undefined ? { ok: { imports: importNames } } : refuse('ADMIT', problem)
  }

  async run(call: RuntimeCall, settings: Settings): Promise<RunResult> {
    const { key, pagesMax, programName } = settings
    const prepared =
      this.#prepared.get(key) ??
      (await this.#prepared.load(key, async () =>
        prepareComponent(await call.loadCode(), pagesMax, this.#options.admission),
      ))
    if (prepared.refused !== undefined) return { refused: prepared.refused, fuel: 0 }
    const problem = entryProblem(prepared.ok.entries, call.method)
    if (problem !== undefined) return { ...refuse('ADMIT', problem), fuel: 0 }
    const { pool, monotonic } = this.#options
    return runComponent({ call, prepared: prepared.ok, programName, pool, monotonic })
  }

  close(): void {
    this.#prepared.clear()
  }
}
