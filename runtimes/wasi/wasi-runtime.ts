/**
 * The runtime for core WebAssembly modules: prepared once per code and memory clamp, then a fresh instance
 * for every call, metered, over a zeroed memory. Runs happen in this thread: fuel ends every loop, and wall
 * time is looked at whenever the guest is entered, calls the host, or has used up a slice of its fuel.
 */
import { LIMITS, refuse } from '../../kernel/index.ts'
import { CODEC, hashBlock, nobleCrypto } from '../../promisebase/index.ts'
import { checkPolicy } from './admission.ts'
import { checkAbi, methodProblem } from './abi.ts'
import { ComponentRuntime } from './component/component-runtime.ts'
import { prepareComponent } from './component/prepare-component.ts'
import { execute } from './execute.ts'
import { createAnswerer } from './host/answerer.ts'
import { coreRuns } from './host/core-runs.ts'
import { hostImportProblem } from './host/groups.ts'
import { replay } from './host/replay.ts'
import { HostRoom } from './host/room.ts'
import { MemoryPool } from './memory-pool.ts'
import { ModuleCache } from './module-cache.ts'
import { admit, compile } from './prepare.ts'
import { checkLayer, isComponent, isComponentCode, prepareCode } from './prepared-code.ts'
import { InputRooms } from './program/input-room.ts'
import { loadProgram } from './program/load-program.ts'
import { entryOf, prepareFrom } from './shelf.ts'
import { isEntry, pagesOf, profileBlock, readSettings } from './settings.ts'
import type { Descriptor, Result, RunCancel, Runtime, RuntimeCall, RunResult } from '../../kernel/index.ts'
import type { Answerer } from './host/answerer.ts'
import type { AdmissionPolicy } from './admission.ts'
import type { Prepared } from './prepare.ts'
import type { PreparedCode } from './prepared-code.ts'
import type { LoadedProgram } from './program/open-program.ts'
import type { Entry, Settings } from './settings.ts'
import type { ModuleShelf } from './shelf.ts'

export interface WasiRuntimeOptions {
  /**
   * Memory a handler can have here at most. It is part of the profile of every handler whose descriptor does
   * not ask for less: nodes that are to share results use the same number.
   */
  readonly memoryBytes?: number
  /** Memories kept for use again; 32 MiB by default. */
  readonly poolBytes?: number
  /** Compiled modules kept; 128 MiB by default, by an estimate of what an engine needs. */
  readonly moduleCacheBytes?: number
  /** Where admitted modules are kept past the end of this runtime; nowhere without it. Not those of components. */
  readonly shelf?: ModuleShelf
  /** What this host admits less of than the rules allow. */
  readonly admission?: AdmissionPolicy
  /** Milliseconds that only grow. Without it wall time is bounded by the fuel alone. */
  readonly monotonic?: () => number
  /** What answers guests that ask their host; without it the powers of their call do, which are then held here. */
  readonly answerer?: (call: RuntimeCall) => Answerer
}

const POOL_BYTES = 32 * 1024 * 1024
const MODULE_CACHE_BYTES = 128 * 1024 * 1024
/** Inputs of programs that are being loaded, all of them together. */
const INPUT_BYTES = 128 * 1024 * 1024

/**
 * Runs WASI commands and reactors (spec/handler-abi.md). Needs nothing but the WebAssembly engine.
 * @throws {TypeError | RangeError} for an `admission` that cannot be
 */
export function createWasiRuntime(options: WasiRuntimeOptions = {}): Runtime {
  return new WasiRuntime(options)
}

class WasiRuntime implements Runtime {
  readonly kind = 'wasi'
  readonly #memoryBytes: number
  readonly #pool: MemoryPool
  readonly #modules: ModuleCache
  readonly #admission: AdmissionPolicy | undefined
  readonly #shelf: ModuleShelf | undefined
  /** What is being put on the shelf: nobody waits for it but who closes. */
  readonly #shelving = new Set<Promise<void>>()
  readonly #monotonic: (() => number) | undefined
  readonly #room = new HostRoom()
  readonly #answerer: (call: RuntimeCall) => Answerer
  readonly #settings = new WeakMap<Descriptor, Result<Settings>>()
  readonly #profiles: Readonly<Record<Entry, Map<number, Uint8Array>>> = {
    command: new Map(),
    component: new Map(),
    program: new Map(),
    reactor: new Map(),
  }
  readonly #inputs = new InputRooms(INPUT_BYTES)
  readonly #components: ComponentRuntime

  constructor(options: WasiRuntimeOptions) {
    this.#memoryBytes = Math.min(options.memoryBytes ?? LIMITS.memoryBytes, LIMITS.memoryBytes)
    this.#pool = new MemoryPool(options.poolBytes ?? POOL_BYTES)
    this.#modules = new ModuleCache(options.moduleCacheBytes ?? MODULE_CACHE_BYTES)
    if (options.admission !== undefined) checkPolicy(options.admission)
    this.#admission = options.admission
    this.#shelf = options.shelf
    this.#monotonic = options.monotonic
    this.#answerer = options.answerer ?? createAnswerer
    this.#components = new ComponentRuntime({
      ...{ pool: this.#pool, monotonic: options.monotonic },
      ...{ room: this.#room, answerer: this.#answerer },
    })
  }

  profile(descriptor: Descriptor): Uint8Array {
    const pages = pagesOf(descriptor, this.#memoryBytes)
    const entry = isEntry(descriptor.entry) ? descriptor.entry : 'reactor'
    const known = this.#profiles[entry].get(pages) ?? profileBlock(pages, entry)
    this.#profiles[entry].set(pages, known)
    return known.slice()
  }

  async admit(
    code: Uint8Array,
    descriptor: Descriptor,
  ): Promise<Result<{ readonly imports: readonly string[] }>> {
    const settings = this.#settingsOf(descriptor)
    if (settings.refused !== undefined) return settings
    const layer = checkLayer(isComponentCode(code), settings.ok.entry)
    if (layer.refused !== undefined) return layer
    if (isComponentCode(code)) return this.#admitComponent(code, descriptor, settings.ok)
    const admitted = await admit(code, settings.ok.pagesMax, this.#admission)
    if (admitted.refused !== undefined) return admitted
    const prepared = await compile(admitted.ok)
    if (prepared.refused !== undefined) return prepared
    const problem = hostImportProblem(prepared.ok.asks, descriptor)
    if (problem !== undefined) return refuse('ADMIT', problem)
    const fits = checkAbi(prepared.ok.exports, descriptor)
    if (fits.refused !== undefined) return fits
    if (this.#shelf !== undefined && isCodeOf(code, descriptor))
      this.#keep(...entryOf(settings.ok, admitted.ok, this.#admission))
    return { ok: { imports: prepared.ok.importNames } }
  }

  async #admitComponent(
    code: Uint8Array,
    descriptor: Descriptor,
    settings: Settings,
  ): Promise<Result<{ readonly imports: readonly string[] }>> {
    const prepared = await prepareComponent(code, settings.pagesMax, this.#admission)
    return prepared.refused === undefined
      ? this.#components.admit(prepared.ok, descriptor, settings)
      : prepared
  }

  async run(call: RuntimeCall, cancel: RunCancel): Promise<RunResult> {
    if (cancel.aborted) return aborted()
    const settings = this.#settingsOf(call.descriptor)
    if (settings.refused !== undefined) return { refused: settings.refused, fuel: 0 }
    if (settings.ok.entry === 'program') return this.#runProgram(call, settings.ok, cancel)
    const ready = this.#modules.get(settings.ok.key)
    if (ready !== undefined) return this.#execute(call, settings.ok, ready, cancel)
    const prepared = await this.#prepare(call, settings.ok)
    return cancel.aborted ? aborted() : this.#execute(call, settings.ok, prepared, cancel)
  }

  async #runProgram(call: RuntimeCall, settings: Settings, cancel: RunCancel): Promise<RunResult> {
    const room = this.#inputs.open()
    try {
      const prepared = this.#modules.get(settings.key) ?? (await this.#prepare(call, settings))
      if (prepared.refused !== undefined) return { refused: prepared.refused, fuel: 0 }
      const program = await loadProgram(call, room, cancel)
      if (cancel.aborted) return aborted()
      if (program.refused !== undefined) return { refused: program.refused, fuel: 0 }
      return await this.#execute(call, settings, prepared, cancel, program.ok)
    } finally {
      room.leave()
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#shelving)
    this.#pool.clear()
    this.#modules.clear()
  }

  #settingsOf(descriptor: Descriptor): Result<Settings> {
    const known = this.#settings.get(descriptor)
    if (known !== undefined) return known
    const settings = readSettings(descriptor, this.#memoryBytes)
    this.#settings.set(descriptor, settings)
    return settings
  }

  #prepare(call: RuntimeCall, settings: Settings): Promise<Result<PreparedCode>> {
    return this.#modules.load(settings.key, async () =>
      this.#shelf === undefined || settings.entry === 'component'
        ? prepareCode(await call.loadCode(), settings.pagesMax, this.#admission)
        : prepareFrom(this.#shelf, settings, () => call.loadCode(), this.#keep, this.#admission),
    )
  }

  readonly #keep = (name: string, entry: Uint8Array): void => {
    // A shelf that fails is as good as none: it costs time, and no call is refused for it.
    const put = this.#shelf?.put(name, entry).catch(() => undefined)
    if (put === undefined) return
    this.#shelving.add(put)
    void put.then(() => this.#shelving.delete(put))
  }

  #execute(
    call: RuntimeCall,
    settings: Settings,
    prepared: Result<PreparedCode>,
    cancel: RunCancel,
    program?: LoadedProgram,
  ): RunResult | Promise<RunResult> {
    if (prepared.refused !== undefined) return { refused: prepared.refused, fuel: 0 }
    const layer = checkLayer(isComponent(prepared.ok), settings.entry)
    if (layer.refused !== undefined) return { refused: layer.refused, fuel: 0 }
    return isComponent(prepared.ok)
      ? this.#components.run(call, settings, prepared.ok, cancel, program)
      : this.#executeModule(call, settings, prepared.ok, cancel, program)
  }

  #executeModule(
    call: RuntimeCall,
    settings: Settings,
    prepared: Prepared,
    cancel: RunCancel,
    program?: LoadedProgram,
  ): RunResult | Promise<RunResult> {
    const problem = entryProblem(call, settings, prepared)
    if (problem !== undefined) return { ...refuse('ADMIT', problem), fuel: 0 }
    const shared = { pool: this.#pool, monotonic: this.#monotonic }
    const execution = { call, settings, prepared, program, ...shared }
    if (prepared.asks.length === 0) return execute(execution)
    const answerer = this.#answerer(call)
    return replay({ call, cancel, room: this.#room, answerer, run: coreRuns(execution) })
  }
}

/** The same as at admission, for the one method: code is named by CID and may never have been deployed here. */
function entryProblem(
  call: RuntimeCall,
  settings: Settings,
  { asks, exports }: Prepared,
): string | undefined {
  const unnamed = hostImportProblem(asks, call.descriptor)
  if (unnamed !== undefined) return unnamed
  if (settings.entry === 'reactor') {
    const alloc = checkAbi(exports, { entry: 'reactor', methods: [] })
    return alloc.refused?.detail ?? methodProblem(exports, call.method)
  }
  if (call.method.includes('\0')) return 'a method with a zero byte cannot be an argument of a program'
  return checkAbi(exports, { entry: 'command', methods: [] }).refused?.detail
}

/** The kernel hands over what its store has verified; who admits code may hand over any. */
function isCodeOf(code: Uint8Array, { code: named }: Descriptor): boolean {
  return hashBlock(nobleCrypto.sha256, CODEC.raw, code).equals(named)
}

function aborted(): RunResult {
  return { ...refuse('ABORTED', 'cancelled before it began'), fuel: 0 }
}
