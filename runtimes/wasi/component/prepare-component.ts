/** A component becomes what can be run: read, linked, and each core module in it rewritten and compiled. */
import { refuse } from '../../../kernel/index.ts'
import { factsProblem, importsProblem } from '../admission.ts'
import { Inadmissible, inadmissible } from '../rewriter/inadmissible.ts'
import { rewrite } from '../rewriter/rewrite.ts'
import { Machine } from './abi/machine.ts'
import { readComponent } from './binary/read-component.ts'
import { findEntries } from './entry.ts'
import { instantiate } from './link/instantiate.ts'
import { Linker } from './link/linker.ts'
import { offeredInstance } from './wasi/interfaces.ts'
import type { Result } from '../../../kernel/index.ts'
import type { AdmissionPolicy } from '../admission.ts'
import type { Clamped } from '../rewriter/limits.ts'
import type { Rewritten } from '../rewriter/rewrite.ts'
import type { CoreModule } from './core-module.ts'
import type { Entries } from './entry.ts'
import type { CoreItem } from './link/core-value.ts'
import type { CoreStep } from './link/linker.ts'
import type { Item } from './link/scope.ts'

/** One core instance to make in each run. */
export interface PreparedStep {
  readonly module: WebAssembly.Module
  readonly imports: readonly CoreItem[]
  /** The component instance whose it is. */
  readonly owner: number
  /** The memory it defines, among those of the component. */
  readonly ownMemory: number | undefined
  readonly hasStart: boolean
}

export interface PreparedComponent {
  readonly machine: Machine
  readonly steps: readonly PreparedStep[]
  readonly memories: readonly Clamped[]
  readonly entries: Entries
  readonly importNames: readonly string[]
  readonly instanceFuel: number
  /** What it counts for in the cache. */
  readonly bytes: number
}

/** Objects of a component that is linked, and of each module; and the code an engine makes, roughly. */
const BYTES_PER_COMPONENT = 64 * 1024
const BYTES_PER_MODULE = 32 * 1024
const BYTES_PER_CODE_BYTE = 4

export async function prepareComponent(
  code: Uint8Array,
  pagesMax: number,
  admission: AdmissionPolicy = {},
): Promise<Result<PreparedComponent>> {
  try {
    // A copy: nobody may change it between being checked and being compiled.
    const prepared = await prepare(new Uint8Array(code), pagesMax, admission)
    return { ok: prepared }
  } catch (error) {
    if (error instanceof Inadmissible) return refuse('ADMIT', error.message)
    if (!(error instanceof WebAssembly.CompileError)) throw error
    return refuse('ADMIT', `the engine does not accept a rewritten module: ${error.message}`)
  }
}

interface LinkedComponent {
  readonly linker: Linker
  readonly importNames: ReadonlySet<string>
  readonly exports: ReadonlyMap<string, Item>
}

/** Everything about a component that is known before its modules are compiled. @throws {Inadmissible} */
export function linkComponent(code: Uint8Array<ArrayBuffer>): LinkedComponent {
  const machine = new Machine()
  const linker = new Linker(machine)
  const importNames = new Set<string>()
  const exports = instantiate(linker, {
    definitions: readComponent(code),
    around: undefined,
    give: (name) => offeredInstance(machine, name, (imported) => importNames.add(imported)),
  })
  return { linker, importNames, exports }
}

async function prepare(
  code: Uint8Array<ArrayBuffer>,
  pagesMax: number,
  admission: AdmissionPolicy,
): Promise<PreparedComponent> {
  const { linker, importNames, exports } = linkComponent(code)
  const problem = importsProblem(admission, [...importNames])
  if (problem !== undefined) inadmissible(problem)
  const rewriting = new Rewriting(linker, pagesMax, admission)
  const steps: PreparedStep[] = []
  for (const step of linker.steps) steps.push(await rewriting.prepare(step))
  return {
    machine: linker.machine,
    steps,
    memories: rewriting.memories,
    entries: findEntries(exports),
    importNames: [...importNames],
    instanceFuel: rewriting.instanceFuel,
    bytes: BYTES_PER_COMPONENT + BYTES_PER_MODULE * steps.length + BYTES_PER_CODE_BYTE * rewriting.codeBytes,
  }
}

interface Compiled {
  readonly rewritten: Rewritten
  readonly module: WebAssembly.Module
}

/** Rewrites the modules of a component: each as often as it is made over memories of different sizes. */
class Rewriting {
  readonly memories: Clamped[] = []
  instanceFuel = 0
  codeBytes = 0
  readonly #admission: AdmissionPolicy
  /** Pages of each memory at most: what may be had, shared out evenly among those who define one. */
  readonly #share: number
  readonly #compiled = new Map<CoreModule, Map<string, Compiled>>()

  constructor(linker: Linker, pagesMax: number, admission: AdmissionPolicy) {
    this.#admission = admission
    this.#share = Math.floor(pagesMax / Math.max(1, linker.memories))
  }

  async prepare(step: CoreStep): Promise<PreparedStep> {
    const imported = step.definesMemory ? undefined : this.#importedMemory(step)
    const { rewritten, module } = await this.#compile(step.module, imported)
    this.instanceFuel += rewritten.instanceFuel
    const ownMemory = step.definesMemory ? this.memories.push(rewritten.memory) - 1 : undefined
    return { module, imports: step.imports, owner: step.owner, ownMemory, hasStart: rewritten.hasStart }
  }

  /** The maximum is known only now: a module may not rely on less than there may be. */
  #importedMemory({ memory, module }: CoreStep): Clamped | undefined {
    const given = memory === undefined ? undefined : this.memories[memory]
    const wanted = module.shape.imports.find(({ sort }) => sort === 'memory')
    if (given === undefined || wanted?.sort !== 'memory') return undefined
    if (given.max > wanted.memory.max)
      inadmissible('a core module is given a memory that may grow larger than it allows')
    return given
  }

  async #compile(module: CoreModule, memory: Clamped | undefined): Promise<Compiled> {
    const variants = this.#compiled.get(module) ?? new Map<string, Compiled>()
    this.#compiled.set(module, variants)
    const key = memory === undefined ? '' : `${memory.min}/${memory.max}`
    const known = variants.get(key)
    if (known !== undefined) return known
    const compiled = await this.#rewrite(module, memory)
    variants.set(key, compiled)
    return compiled
  }

  async #rewrite({ bytes }: CoreModule, memory: Clamped | undefined): Promise<Compiled> {
    const part = memory === undefined ? {} : { memory }
    const rewritten = rewrite(bytes, { pagesMax: this.#share, offer: () => undefined, part })
    if (rewritten.refused !== undefined) return inadmissible(rewritten.refused.detail)
    const problem = factsProblem(this.#admission, rewritten.ok.facts)
    if (problem !== undefined) inadmissible(problem)
    this.codeBytes += rewritten.ok.bytes.length
    return { rewritten: rewritten.ok, module: await WebAssembly.compile(rewritten.ok.bytes) }
  }
}
