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
import { readComponentEntry, writeComponentEntry } from '../shelf-entry.ts'
import { offeredInstance } from './wasi/interfaces.ts'
import type { Result } from '../../../kernel/index.ts'
import type { AdmissionPolicy } from '../admission.ts'
import type { Clamped } from '../rewriter/limits.ts'
import type { Rewritten } from '../rewriter/rewrite.ts'
import type { Settings } from '../settings.ts'
import type { Shelving } from '../shelf.ts'
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

/** One that was prepared just now. */
export interface PreparedNow extends PreparedComponent {
  /** Its core modules, in the order in which they are first made. */
  readonly rewritten: readonly Rewritten[]
}

/** Objects of a component that is linked, and of each module; and the code an engine makes, roughly. */
const BYTES_PER_COMPONENT = 64 * 1024
const BYTES_PER_MODULE = 32 * 1024
const BYTES_PER_CODE_BYTE = 4

export async function prepareComponent(
  code: Uint8Array,
  pagesMax: number,
  admission: AdmissionPolicy = {},
  kept?: readonly Rewritten[],
): Promise<Result<PreparedNow>> {
  try {
    // A copy: nobody may change it between being checked and being compiled.
    const prepared = await prepare(new Uint8Array(code), { pagesMax, admission, kept })
    return { ok: prepared }
  } catch (error) {
    if (error instanceof Inadmissible) return refuse('ADMIT', error.message)
    if (!(error instanceof WebAssembly.CompileError)) throw error
    return refuse('ADMIT', `the engine does not accept a rewritten module: ${error.message}`)
  }
}

/** The same with a shelf: how the modules of a component go together is read anew, what is in them is not. */
export async function prepareComponentFrom(
  shelf: Shelving,
  settings: Settings,
  code: Uint8Array,
  entry: Uint8Array | undefined,
  admission?: AdmissionPolicy,
): Promise<Result<PreparedComponent>> {
  const kept = readComponentEntry(entry)
  const ready = kept && (await prepareComponent(code, settings.pagesMax, admission, kept))
  const prepared =
    ready?.ok === undefined ? await prepareComponent(code, settings.pagesMax, admission) : ready
  if (prepared.ok === undefined) return prepared
  const { rewritten, ...component } = prepared.ok
  if (prepared !== ready) shelf.put(settings, writeComponentEntry(rewritten))
  return { ok: component }
}

/** All of {@link prepareComponent} that needs no engine: the core modules, in the order in which they are first made. */
export function rewriteComponent(
  code: Uint8Array,
  pagesMax: number,
  admission: AdmissionPolicy = {},
): Result<readonly Rewritten[]> {
  try {
    const { linker } = linkAdmitted(new Uint8Array(code), admission)
    const rewriting = new Rewriting(linker, { pagesMax, admission })
    for (const step of linker.steps) rewriting.rewrite(step)
    return { ok: rewriting.rewritten }
  } catch (error) {
    if (error instanceof Inadmissible) return refuse('ADMIT', error.message)
    throw error
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

interface Rewrites {
  readonly pagesMax: number
  readonly admission: AdmissionPolicy
  /** What the rewriter made of this code before. */
  readonly kept?: readonly Rewritten[] | undefined
}

/** @throws {Inadmissible} */
function linkAdmitted(code: Uint8Array<ArrayBuffer>, admission: AdmissionPolicy): LinkedComponent {
  const linked = linkComponent(code)
  const problem = importsProblem(admission, [...linked.importNames])
  if (problem !== undefined) inadmissible(problem)
  return linked
}

async function prepare(code: Uint8Array<ArrayBuffer>, rewrites: Rewrites): Promise<PreparedNow> {
  const { linker, importNames, exports } = linkAdmitted(code, rewrites.admission)
  const rewriting = new Rewriting(linker, rewrites)
  const compiled = new Map<Rewritten, WebAssembly.Module>()
  const steps: PreparedStep[] = []
  for (const step of linker.steps) {
    const { rewritten, ownMemory } = rewriting.rewrite(step)
    const module = compiled.get(rewritten) ?? (await compile(step.module, rewritten))
    compiled.set(rewritten, module)
    const { imports, owner } = step
    steps.push({ module, imports, owner, ownMemory, hasStart: rewritten.hasStart })
  }
  const { memories, instanceFuel, rewritten } = rewriting
  const codeBytes = rewritten.reduce((sum, { bytes }) => sum + bytes.length, 0)
  return {
    ...{ machine: linker.machine, steps, memories, instanceFuel },
    entries: findEntries(exports),
    importNames: [...importNames],
    rewritten,
    bytes: BYTES_PER_COMPONENT + BYTES_PER_MODULE * steps.length + BYTES_PER_CODE_BYTE * codeBytes,
  }
}

/** Also the original is looked at: else an index into what the rewriter adds could make a wrong module right. */
async function compile({ bytes }: CoreModule, rewritten: Rewritten): Promise<WebAssembly.Module> {
  if (!WebAssembly.validate(bytes)) inadmissible('the engine does not accept a core module')
  return WebAssembly.compile(rewritten.bytes)
}

interface RewrittenStep {
  readonly rewritten: Rewritten
  readonly ownMemory: number | undefined
}

/** Rewrites the modules of a component: each as often as it is made over memories of different sizes. */
class Rewriting {
  readonly memories: Clamped[] = []
  readonly rewritten: Rewritten[] = []
  instanceFuel = 0
  readonly #rewrites: Rewrites
  /** Pages of each memory at most: what may be had, shared out evenly among those who define one. */
  readonly #share: number
  readonly #known = new Map<CoreModule, Map<string, Rewritten>>()

  constructor(linker: Linker, rewrites: Rewrites) {
    this.#rewrites = rewrites
    this.#share = Math.floor(rewrites.pagesMax / Math.max(1, linker.memories))
  }

  rewrite(step: CoreStep): RewrittenStep {
    const imported = step.definesMemory ? undefined : this.#importedMemory(step)
    const rewritten = this.#variant(step.module, imported)
    this.instanceFuel += rewritten.instanceFuel
    const ownMemory = step.definesMemory ? this.memories.push(rewritten.memory) - 1 : undefined
    return { rewritten, ownMemory }
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

  #variant(module: CoreModule, memory: Clamped | undefined): Rewritten {
    const variants = this.#known.get(module) ?? new Map<string, Rewritten>()
    this.#known.set(module, variants)
    const key = memory === undefined ? '' : `${memory.min}/${memory.max}`
    const known = variants.get(key)
    if (known !== undefined) return known
    const rewritten = this.#next(module, memory)
    this.rewritten.push(rewritten)
    variants.set(key, rewritten)
    return rewritten
  }

  #next({ bytes }: CoreModule, memory: Clamped | undefined): Rewritten {
    const { kept, admission } = this.#rewrites
    if (kept !== undefined) return kept[this.rewritten.length] ?? inadmissible('a module is not kept')
    const part = memory === undefined ? {} : { memory }
    const rewritten = rewrite(bytes, { pagesMax: this.#share, offer: () => undefined, part })
    if (rewritten.refused !== undefined) return inadmissible(rewritten.refused.detail)
    const problem = factsProblem(admission, rewritten.ok.facts)
    return problem === undefined ? rewritten.ok : inadmissible(problem)
  }
}
