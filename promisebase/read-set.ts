import { StoreError } from './errors.ts'

/** What a scan has seen of the ordered keys: everything with gte ≤ key < lt. It grows with the scan. */
export interface SeenRange {
  gte: string
  lt: string
}

/** Everything a transaction has looked at: keys, also absent ones, and stretches of keys, also empty ones. */
export class ReadSet {
  readonly keys = new Set<string>()
  readonly ranges: SeenRange[] = []
  /** Keys of blocks that were found: the same for ever, so only their deletion contradicts. */
  readonly blocks = new Set<string>()
  /** More blocks were found than are remembered: any deletion contradicts. */
  hasForgottenBlocks = false
  /** The first key of it that another transaction has written, once that is known. */
  contradicted: string | undefined
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  get isEmpty(): boolean {
    return this.keys.size === 0 && this.ranges.length === 0 && this.blocks.size === 0
  }

  addKey(key: string): void {
    this.keys.add(key)
    this.#checkSize()
  }

  addBlock(key: string): void {
    if (this.blocks.size < this.#most) this.blocks.add(key)
    else this.hasForgottenBlocks = true
  }

  addRange(range: SeenRange): void {
    this.ranges.push(range)
    this.#checkSize()
  }

  includes(key: string): boolean {
    return this.keys.has(key) || this.isInRange(key)
  }

  isInRange(key: string): boolean {
    return this.ranges.some((range) => range.gte <= key && key < range.lt)
  }

  #checkSize(): void {
    if (this.keys.size + this.ranges.length <= this.#most) return
    throw new StoreError('LIMIT', `a transaction reads more than ${this.#most} keys and ranges`)
  }
}
