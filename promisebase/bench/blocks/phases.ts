/**
 * What is measured of stores that hold different numbers of blocks, all of them in turns: each figure is what one
 * operation costs in one store.
 */
import { median } from '../../../conformance/bench-kit.ts'
import type { Side } from './side.ts'
import type { BlockCost, BlockOrder } from '../../../conformance/bench-blocks.ts'

export const OPERATIONS = {
  put: 'µs of processor time a block put, 100 to a transaction, not synced',
  commit: 'µs of processor time a transaction of one block, synced',
  commitWall: 'µs on the wall a transaction of one block, synced: the median',
  commitSlow: 'the same, 99th of a hundred',
  get: 'µs of processor time a block read by its digest, and hashed',
  settle: 'µs of processor time a block of the store for what reads make the engine merge, until it has',
  scan: 'µs of processor time a block read in order, 100 from anywhere',
  collect: 'µs of processor time a block of the store, an eleventh of them garbage',
  open: 'ms of processor time to open it after a kill in the middle of writing',
  openWall: 'ms on the wall to open it then',
  memory: 'MiB of memory at most while it is filled and read',
  memoryCollect: 'MiB of memory after the collection',
} as const

/** In this order: what a kill leaves behind is known to nobody. */
export const PHASES = ['fill', 'commit', 'get', 'scan', 'collect', 'open'] as const

export type Operation = keyof typeof OPERATIONS

export interface Figure {
  readonly operation: Operation
  readonly side: Side
  readonly value: number
}

/** How much is done of each; a small run proves only that it works. */
export interface Amounts {
  readonly turns: number
  readonly fills: number
  readonly gets: number
  readonly scans: number
  readonly commits: number
  readonly collections: number
}

export const WHOLE: Amounts = { turns: 7, fills: 30, gets: 10_000, scans: 50, commits: 50, collections: 3 }
export const TINY: Amounts = { turns: 1, fills: 2, gets: 20, scans: 1, commits: 2, collections: 1 }

/** A store is filled again and again when it is smaller: one filling would be too short to measure. */
const FILLED_ONCE = 20_000
const SLICES = 20
/** More blocks than are written before the kill. */
const NEVER_WRITTEN = 100_000
const KILLED_AFTER_MS = 200

export class Phases {
  readonly figures: Figure[] = []
  readonly #sides: readonly Side[]
  readonly #amounts: Amounts
  readonly #memory = new Map<Side, number>()

  constructor(sides: readonly Side[], amounts: Amounts) {
    this.#sides = sides
    this.#amounts = amounts
  }

  async run(wanted: readonly string[], tellPhase: (phase: string) => void): Promise<Figure[]> {
    for (const phase of PHASES.filter((phase) => phase === 'fill' || wanted.includes(phase))) {
      tellPhase(phase)
      await this[phase]()
    }
    for (const [side, most] of this.#memory) this.#add('memory', side, most)
    return this.figures
  }

  async fill(): Promise<void> {
    await Promise.all(this.#sides.map((side) => side.tell({ do: 'fresh', folder: side.store })))
    await this.#fillAgain(this.#sides.filter(({ size }) => size < FILLED_ONCE))
    await this.#fillOnce(this.#sides.filter(({ size }) => size >= FILLED_ONCE))
  }

  async #fillAgain(sides: readonly Side[]): Promise<void> {
    const costs = await this.#inTurns(sides, this.#amounts.fills, async (side, turn) => {
      const { size } = side
      const made = await side.tell({ do: 'make', from: 0, count: size })
      if (turn > 0) await side.tell({ do: 'fresh', folder: side.nextStore() })
      const { cpuMs } = await side.tell({ do: 'fill', from: 0, count: size })
      side.next = size
      return (1_000 * Math.max(cpuMs - made.cpuMs, 0)) / size
    })
    // The first third warms the engine up.
    for (const [side, all] of costs) this.#add('put', side, median(all.slice(Math.floor(all.length / 3))))
  }

  /** All that filling costs, what the engine does in the background meanwhile and afterwards included. */
  async #fillOnce(sides: readonly Side[]): Promise<void> {
    const before = new Map<Side, number>()
    const make = new Map<Side, number>()
    for (const side of sides) {
      await side.tell({ do: 'make', from: 0, count: FILLED_ONCE })
      const made = await side.tell({ do: 'make', from: 0, count: FILLED_ONCE })
      make.set(side, made.cpuMs / FILLED_ONCE)
      before.set(side, made.totalCpuMs)
    }
    await this.#inTurns(sides, SLICES, async (side) => {
      const count = Math.ceil(side.size / SLICES)
      await this.#tell(side, { do: 'fill', from: side.next, count })
      side.next += count
      return 0
    })
    for (const side of sides) {
      const { totalCpuMs } = await side.tell({ do: 'rest' })
      const cpuMs = totalCpuMs - before.get(side)! - side.next * make.get(side)!
      this.#add('put', side, (1_000 * cpuMs) / side.next)
    }
  }

  async commit(): Promise<void> {
    const count = this.#amounts.commits
    const sides = this.#sides.filter(({ canSync }) => canSync)
    const wallMsEach = new Map<Side, number[]>(sides.map((side) => [side, []]))
    const costs = await this.#inTurns(sides, this.#amounts.turns, async (side) => {
      const cost = await this.#tell(side, { do: 'commit', from: side.next, count })
      side.next += count
      wallMsEach.get(side)!.push(...(cost.wallMsEach ?? []))
      return (1_000 * cost.cpuMs) / count
    })
    this.#addMedians('commit', costs)
    for (const [side, all] of wallMsEach) {
      const sorted = all.toSorted((a, b) => a - b)
      this.#add('commitWall', side, 1_000 * median(sorted))
      this.#add('commitSlow', side, 1_000 * sorted[Math.floor(0.99 * sorted.length)]!)
    }
  }

  async get(): Promise<void> {
    const count = this.#amounts.gets
    const settled = new Map<Side, BlockCost>()
    for (const side of this.#sides) {
      const order = { among: side.size, count: Math.max(count, Math.ceil(side.size / 20)) }
      await this.#tell(side, { do: 'get', ...order })
      settled.set(side, await this.#tell(side, { do: 'settle', ...order }))
    }
    const costs = await this.#inTurns(this.#sides, this.#amounts.turns, async (side) => {
      const { cpuMs } = await this.#tell(side, { do: 'get', among: side.size, count })
      return (1_000 * cpuMs) / count
    })
    this.#addMedians('get', costs)
    for (const [side, { cpuMs, done = 0 }] of settled) {
      const merging = 1_000 * cpuMs - done * median(costs.get(side)!)
      this.#add('settle', side, Math.max(merging, 0) / side.size)
    }
  }

  async scan(): Promise<void> {
    const count = this.#amounts.scans
    const costs = await this.#inTurns(this.#sides, this.#amounts.turns + 1, async (side) => {
      const { cpuMs, done } = await this.#tell(side, { do: 'scan', among: side.size, count })
      return (1_000 * cpuMs) / (done ?? NaN)
    })
    this.#addMedians('scan', costs, 1)
  }

  /** Everything there is kept, and a tenth as much comes that is not. */
  async collect(): Promise<void> {
    const sides = this.#sides.filter(({ canCollect }) => canCollect)
    for (const side of sides) await side.tell({ do: 'keep', from: 0, count: side.next })
    const costs = await this.#inTurns(sides, this.#amounts.collections, async (side) => {
      const garbage = Math.ceil(side.size / 10)
      await side.tell({ do: 'fill', from: side.next, count: garbage })
      await side.tell({ do: 'rest' })
      const { cpuMs, memoryMiB } = await side.tell({ do: 'collect', kept: side.next, garbage })
      return { microseconds: (1_000 * cpuMs) / (side.next + garbage), memoryMiB }
    })
    for (const [side, all] of costs) {
      this.#add('collect', side, median(all.map(({ microseconds }) => microseconds)))
      this.#add('memoryCollect', side, Math.max(...all.map(({ memoryMiB }) => memoryMiB)))
    }
  }

  /** Killed while it writes, then opened by another process. */
  async open(): Promise<void> {
    const costs = await this.#inTurns(this.#sides, this.#amounts.turns, async (side) => {
      await side.killWithin({ do: 'fill', from: side.next, count: NEVER_WRITTEN }, KILLED_AFTER_MS)
      side.next += NEVER_WRITTEN
      return side.tell({ do: 'open', folder: side.store })
    })
    for (const [side, all] of costs) {
      this.#add('open', side, median(all.map(({ cpuMs }) => cpuMs)))
      this.#add('openWall', side, median(all.map(({ wallMs }) => wallMs)))
    }
  }

  /** A B A B …, so that a busy minute hits all of them. */
  async #inTurns<T>(
    sides: readonly Side[],
    turns: number,
    work: (side: Side, turn: number) => Promise<T>,
  ): Promise<Map<Side, T[]>> {
    const results = new Map<Side, T[]>(sides.map((side) => [side, []]))
    for (let turn = 0; turn < turns; turn++)
      for (const side of sides) results.get(side)!.push(await work(side, turn))
    return results
  }

  async #tell(side: Side, order: BlockOrder): Promise<BlockCost> {
    const cost = await side.tell(order)
    this.#memory.set(side, Math.max(this.#memory.get(side) ?? 0, cost.memoryMiB))
    return cost
  }

  #addMedians(operation: Operation, costs: Map<Side, number[]>, warmUp = 0): void {
    for (const [side, all] of costs) this.#add(operation, side, median(all.slice(warmUp)))
  }

  #add(operation: Operation, side: Side, value: number): void {
    this.figures.push({ operation, side, value })
  }
}
