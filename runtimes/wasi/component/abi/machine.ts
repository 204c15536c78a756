/**
 * All that lives while a component runs: the instances of its core modules, the state of its component instances,
 * and the two counters they share. One per prepared component, made new for each run; runs of one thread never
 * overlap.
 */
import { Halt } from '../../halt.ts'
import { FUEL } from '../../rewriter/fuel.ts'
import { STACK } from '../../rewriter/stack.ts'
import { CANONICAL_FRAME } from '../bounds.ts'
import { HandleTable } from './handle-table.ts'
import type { Guest } from '../../guest.ts'
import type { CoreCall, CoreFunction } from '../link/core-value.ts'
import type { ComponentWorld } from '../wasi/world.ts'

export interface InstanceState {
  readonly handles: HandleTable
  /** Whether it may call out: not while it makes room, or tidies up after a call. */
  mayLeave: boolean
  /** Whether it is being called: nobody enters it a second time. */
  isEntered: boolean
}

export class Machine {
  readonly fuel = new WebAssembly.Global({ value: 'i64', mutable: true }, 0n)
  readonly stack = new WebAssembly.Global({ value: 'i32', mutable: true }, 0)
  /** What guests ask for more fuel by. */
  readonly refill = (): void => this.guest.refill()
  readonly #exports: WebAssembly.Exports[] = []
  readonly #memories: WebAssembly.Memory[] = []
  /** One for each memory, here and nowhere else: whoever keeps a view past the run keeps its memory. */
  readonly #views: DataView[] = []
  #instances: InstanceState[] = []
  #guest: Guest | undefined
  #world: ComponentWorld | undefined

  begin(guest: Guest, world: ComponentWorld, memories: readonly WebAssembly.Memory[]): void {
    this.#guest = guest
    this.#world = world
    this.#memories.push(...memories)
    this.fuel.value = 0n
    this.stack.value = STACK.units
  }

  /** Lets go of everything of a run. */
  end(): void {
    this.#guest = undefined
    this.#world = undefined
    this.#exports.length = 0
    this.#memories.length = 0
    this.#views.length = 0
    this.#instances = []
  }

  add(exports: WebAssembly.Exports): void {
    this.#exports.push(exports)
  }

  instance(index: number): InstanceState {
    return (this.#instances[index] ??= { handles: new HandleTable(), mayLeave: true, isEntered: false })
  }

  memory(index: number): WebAssembly.Memory {
    return this.#memories[index] as WebAssembly.Memory
  }

  /** The bytes of a memory as they are now: growing replaces the buffer. */
  view(index: number): DataView {
    const { buffer } = this.memory(index)
    const known = this.#views[index]
    return known?.buffer === buffer ? known : (this.#views[index] = new DataView(buffer))
  }

  export(instance: number, name: string): WebAssembly.ImportValue {
    return this.#exports[instance]?.[name] as WebAssembly.ImportValue
  }

  function({ source }: CoreFunction): CoreCall {
    return source.from === 'host' ? source.call : (this.export(source.instance, source.name) as CoreCall)
  }

  get guest(): Guest {
    if (this.#guest === undefined) throw new Error('a host function was called outside of a run')
    return this.#guest
  }

  get world(): ComponentWorld {
    if (this.#world === undefined) throw new Error('a host function was called outside of a run')
    return this.#world
  }

  charge(units: number): void {
    this.guest.charge(units)
  }

  chargeBytes(bytes: number): void {
    this.guest.chargeBytes(bytes)
  }

  /** What every call through the canonical ABI begins with; `parts` is how much its type says. */
  chargeCall(parts: number): void {
    this.guest.charge(FUEL.hostCall + FUEL.element * parts)
    this.guest.checkTime()
  }

  /** Around each entering of a guest from here: the frames of the host count as frames of the run. */
  descend(): void {
    const left = (this.stack.value as number) - CANONICAL_FRAME
    this.stack.value = left
    if (left < 0) throw new Halt('BUDGET_DEPTH', 'calls between components')
  }

  ascend(): void {
    this.stack.value = (this.stack.value as number) + CANONICAL_FRAME
  }
}
