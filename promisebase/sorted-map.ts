/**
 * An ordered map whose states can be kept: a B+ tree that copies a node only when an earlier state still
 * needs it. Keeping a state is one pointer, so a snapshot costs nothing and never sees later writes.
 */

/** Entries of a leaf and children of a branch before it is split; 16 and 64 measured no better. */
const WIDTH = 32

interface Leaf<Value> {
  readonly epoch: number
  readonly keys: string[]
  readonly values: Value[]
  readonly children?: undefined
}

/** `keys[i]` is not above any key under `children[i]`; the first one counts as smaller than everything. */
interface Branch<Value> {
  readonly epoch: number
  readonly keys: string[]
  readonly children: Node<Value>[]
}

type Node<Value> = Leaf<Value> | Branch<Value>

/** One state of a map, the same until it is dropped. */
export interface KeptState<Value> {
  readonly root: Node<Value>
  readonly epoch: number
}

export class SortedMap<Value> {
  #epoch = 1
  #root: Node<Value> = { epoch: 1, keys: [], values: [] }
  /** Epochs of the states that are kept, rising. */
  readonly #kept: number[] = []

  /** The state as it is now. Nodes it shares with the map are copied before they change. */
  keep(): KeptState<Value> {
    this.#kept.push(this.#epoch)
    return { root: this.#root, epoch: this.#epoch++ }
  }

  /** Ends the use of a state. Once nobody keeps one, changes are made in place again. */
  drop(state: KeptState<Value>): void {
    const at = this.#kept.lastIndexOf(state.epoch)
    if (at >= 0) this.#kept.splice(at, 1)
  }

  set(key: string, value: Value): void {
    this.#root = this.#own(this.#root)
    const right = this.#insert(this.#root, key, value)
    if (right === undefined) return
    this.#root = {
      epoch: this.#epoch,
      keys: [this.#root.keys[0]!, right.keys[0]!],
      children: [this.#root, right],
    }
  }

  delete(key: string): void {
    if (findBelow(this.#root, key) === undefined) return
    this.#root = this.#own(this.#root)
    this.#remove(this.#root, key)
    while (this.#root.children?.length === 1) this.#root = this.#root.children[0]!
    if (this.#root.children?.length === 0) this.#root = { epoch: this.#epoch, keys: [], values: [] }
  }

  #own(node: Node<Value>): Node<Value> {
    if (node.epoch > (this.#kept.at(-1) ?? 0)) return node
    if (node.children) return { epoch: this.#epoch, keys: node.keys.slice(), children: node.children.slice() }
    return { epoch: this.#epoch, keys: node.keys.slice(), values: node.values.slice() }
  }

  /** Inserts below an owned node; answers the new right half when the node had to be split. */
  #insert(node: Node<Value>, key: string, value: Value): Node<Value> | undefined {
    if (node.children) {
      const at = childFor(node.keys, key)
      const child = (node.children[at] = this.#own(node.children[at]!))
      const right = this.#insert(child, key, value)
      if (right === undefined) return undefined
      insertAt(node.keys, at + 1, right.keys[0]!)
      insertAt(node.children, at + 1, right)
    } else {
      const at = lowerBound(node.keys, key)
      if (node.keys[at] === key) {
        node.values[at] = value
        return undefined
      }
      insertAt(node.keys, at, key)
      insertAt(node.values, at, value)
    }
    return node.keys.length > WIDTH ? this.#split(node) : undefined
  }

  #split(node: Node<Value>): Node<Value> {
    const half = WIDTH >>> 1
    const keys = node.keys.splice(half)
    if (node.children) return { epoch: this.#epoch, keys, children: node.children.splice(half) }
    return { epoch: this.#epoch, keys, values: node.values.splice(half) }
  }

  /** Empty nodes go; others are not joined, since a store deletes far less than it keeps. */
  #remove(node: Node<Value>, key: string): void {
    const at = node.children ? childFor(node.keys, key) : lowerBound(node.keys, key)
    if (!node.children) {
      node.keys.splice(at, 1)
      node.values.splice(at, 1)
      return
    }
    const child = (node.children[at] = this.#own(node.children[at]!))
    this.#remove(child, key)
    if (child.keys.length > 0) return
    node.keys.splice(at, 1)
    node.children.splice(at, 1)
  }
}

/** The value of a key in a kept state. */
export function find<Value>(state: KeptState<Value>, key: string): Value | undefined {
  return findBelow(state.root, key)
}

function findBelow<Value>(root: Node<Value>, key: string): Value | undefined {
  let node = root
  while (node.children) node = node.children[childFor(node.keys, key)]!
  const at = lowerBound(node.keys, key)
  return node.keys[at] === key ? node.values[at] : undefined
}

/** Entries with gte ≤ key < lt in order, or in reverse order; `lt` undefined is no bound. */
export function* entries<Value>(
  state: KeptState<Value>,
  gte: string,
  lt: string | undefined,
  reverse: boolean,
): Generator<readonly [string, Value], void, undefined> {
  for (const leaf of leaves(state.root, gte, lt, reverse)) {
    const from = lowerBound(leaf.keys, gte)
    const to = lt === undefined ? leaf.keys.length : lowerBound(leaf.keys, lt)
    if (reverse) for (let i = to - 1; i >= from; i--) yield [leaf.keys[i]!, leaf.values[i]!]
    else for (let i = from; i < to; i++) yield [leaf.keys[i]!, leaf.values[i]!]
  }
}

function* leaves<Value>(
  node: Node<Value>,
  gte: string,
  lt: string | undefined,
  reverse: boolean,
): Generator<Leaf<Value>, void, undefined> {
  if (!node.children) return yield node
  const from = childFor(node.keys, gte)
  const to = lt === undefined ? node.children.length - 1 : childFor(node.keys, lt)
  if (reverse) for (let i = to; i >= from; i--) yield* leaves(node.children[i]!, gte, lt, reverse)
  else for (let i = from; i <= to; i++) yield* leaves(node.children[i]!, gte, lt, reverse)
}

/** As `splice` does, which also makes a list of what it took out. */
function insertAt<T>(list: T[], at: number, item: T): void {
  list.push(item)
  for (let index = list.length - 1; index > at; index--) list[index] = list[index - 1]!
  list[at] = item
}

/** Where the first key not below `key` is. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keys[middle]! < key) low = middle + 1
    else high = middle
  }
  return low
}

/** Which child a key belongs to. */
function childFor(keys: readonly string[], key: string): number {
  const at = lowerBound(keys, key)
  return keys[at] === key ? at : Math.max(0, at - 1)
}
