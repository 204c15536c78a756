/**
 * What one canonical definition names: whose handles it means, the memory that values lie in, and the function
 * that makes room in it. Every address and length of a guest comes through here, and is checked.
 */
import { Halt } from '../../halt.ts'
import { FUEL } from '../../rewriter/fuel.ts'
import { COMPONENT_BOUNDS } from '../bounds.ts'
import { CallScope } from './handle-table.ts'
import type { CoreFunction } from '../link/core-value.ts'
import type { Encoding } from '../types/encoding.ts'
import type { HandleTable } from './handle-table.ts'
import type { InstanceState, Machine } from './machine.ts'

export interface PlaceOptions {
  /** Index among the memories of the component. */
  readonly memory: number | undefined
  readonly realloc: CoreFunction | undefined
  readonly encoding: Encoding
}

/** Bytes that an address and a length of 32 bits can mean. */
const ADDRESSES = 2 ** 32

export class Place {
  readonly machine: Machine
  /** The component instance. */
  readonly owner: number
  readonly encoding: Encoding
  /** Of the call under way. */
  scope = new CallScope()
  readonly #options: PlaceOptions
  #values = 0
  #bytes = 0

  constructor(machine: Machine, owner: number, options: PlaceOptions) {
    this.machine = machine
    this.owner = owner
    this.encoding = options.encoding
    this.#options = options
  }

  get instance(): InstanceState {
    return this.machine.instance(this.owner)
  }

  get handles(): HandleTable {
    return this.instance.handles
  }

  /** Begins a call; what it returns is to be put back as `scope` when the call has ended. */
  begin(): CallScope {
    const outer = this.scope
    this.scope = new CallScope()
    this.#values = 0
    this.#bytes = 0
    return outer
  }

  // ------------------------------------------------------------------------------------------ memory

  /** The memory as it is now: a view dies when the guest grows its memory. */
  view(): DataView {
    const { memory } = this.#options
    if (memory === undefined) throw new Halt('TRAP', 'a value in memory where no memory is named')
    return this.machine.view(memory)
  }

  /** Traps unless all these bytes are in the memory, and begin where values of this alignment may. */
  check(at: number, length: number, alignment: number): void {
    if (at % alignment !== 0) throw new Halt('TRAP', `address ${at} is not aligned to ${alignment}`)
    const end = at + length
    const size = this.view().byteLength
    if (end > size) throw new Halt('TRAP', `bytes ${at} to ${end} of a memory of ${size}`)
  }

  bytes(at: number, length: number, alignment: number): Uint8Array {
    this.check(at, length, alignment)
    return new Uint8Array(this.view().buffer, at, length)
  }

  /** Has the guest make room. */
  reserve(length: number, alignment: number): number {
    const { realloc } = this.#options
    if (realloc === undefined) throw new Halt('TRAP', 'a value that needs room where no realloc is named')
    if (length >= ADDRESSES) throw new Halt('TRAP', `${length} bytes for one value`)
    const at = (this.machine.function(realloc)(0, 0, alignment, length) as number) >>> 0
    this.check(at, length, alignment)
    return at
  }

  // -------------------------------------------------------------------------------------------- fuel

  /** Before elements of a list are made: each is an object of the host for a while. */
  chargeValues(count: number): void {
    this.#values += count
    if (this.#values > COMPONENT_BOUNDS.valuesOfCall) throw new Halt('TRAP', tooManyValues())
    this.machine.charge(FUEL.element * count)
  }

  chargeBytes(count: number): void {
    this.#bytes += count
    const { bytesOfCall } = COMPONENT_BOUNDS
    if (this.#bytes > bytesOfCall)
      throw new Halt('TRAP', `more than ${bytesOfCall} bytes in values of one call`)
    this.machine.chargeBytes(count)
  }
}

export function tooManyValues(): string {
  return `more than ${COMPONENT_BOUNDS.valuesOfCall} values in lists of one call`
}
