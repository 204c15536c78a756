/** A store in a process of its own, told what to do. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ChildProcess } from 'node:child_process'
import type { BlockCost, BlockOrder } from '../../../conformance/bench-blocks.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

/** Programs of stores, from the root of the repository. */
const PROGRAMS = {
  ours: 'dist/promisebase/bench/blocks/ours.js',
  level: 'conformance/peers/blocks-level.mjs',
  'blockstore-level': 'conformance/peers/blocks-blockstore-level.mjs',
  sqlite: 'conformance/peers/blocks-sqlite.mjs',
}

export type SideName = keyof typeof PROGRAMS

export const SIDE_NAMES = Object.keys(PROGRAMS) as readonly SideName[]

export class Side {
  readonly name: SideName
  /** How many blocks it is to hold. */
  readonly size: number
  readonly #folder: string
  #stores = 0
  /** The first number of a block that was not written yet. */
  next = 0
  readonly #node: string
  #process: ChildProcess
  #gone: Promise<unknown>

  constructor(name: SideName, size: number, at: { readonly folder: string; readonly node: string }) {
    this.name = name
    this.size = size
    this.#folder = at.folder
    this.#node = at.node
    this.#process = this.#start()
    this.#gone = once(this.#process, 'exit')
  }

  /** The folder of its store. */
  get store(): string {
    return join(this.#folder, `${this.name}-${this.size}-${this.#stores}`)
  }

  /** Of another one. */
  nextStore(): string {
    this.#stores++
    return this.store
  }

  /** Whether it can be told to bring what it wrote to the disk. */
  get canSync(): boolean {
    return this.name !== 'blockstore-level'
  }

  /** Whether blocks go by themselves, or can be deleted many at a time. */
  get canCollect(): boolean {
    return this.name !== 'blockstore-level'
  }

  /** @throws when the process ends instead of answering; it has said why */
  async tell(order: BlockOrder): Promise<BlockCost> {
    const answered = once(this.#process, 'message') as Promise<[BlockCost]>
    this.#process.send(order)
    const cost = await Promise.race([answered, this.#gone.then(() => undefined)])
    if (cost === undefined) throw new Error(`${this.name} ended when told to ${order.do}`)
    return cost[0]
  }

  /** Kills it in the middle of an order, and starts another process. */
  async killWithin(order: BlockOrder, milliseconds: number): Promise<void> {
    this.#process.send(order)
    await setTimeout(milliseconds)
    this.#process.kill('SIGKILL')
    await this.#gone
    this.#process = this.#start()
    this.#gone = once(this.#process, 'exit')
  }

  async end(): Promise<void> {
    this.#process.kill()
    await this.#gone
  }

  #start(): ChildProcess {
    return fork(join(root, PROGRAMS[this.name]), [], {
      cwd: root,
      execPath: this.#node,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
  }
}
