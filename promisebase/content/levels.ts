/** Packs items from the left into groups, groups into groups, until one is left: the shape of trees and of UnixFS files. */
import type { PutBlock } from './block-writer.ts'

export class Levels<Item> {
  readonly #most: number
  readonly #group: (items: readonly Item[], put: PutBlock) => Item
  /** The group that is being filled at each level, the lowest first. */
  readonly #levels: Item[][] = []

  /** `group` makes an item of the next level out of one to `most` items. */
  constructor(most: number, group: (items: readonly Item[], put: PutBlock) => Item) {
    this.#most = most
    this.#group = group
  }

  add(item: Item, put: PutBlock): void {
    this.#push(0, item, put)
  }

  /** The one item at the top; undefined when there was none. */
  end(put: PutBlock): Item | undefined {
    for (let level = 0; level < this.#levels.length; level++) {
      const items = this.#levels[level]!
      if (level === this.#levels.length - 1 && items.length === 1) return items[0]
      this.#push(level + 1, this.#group(items, put), put)
    }
    return undefined
  }

  /** A full group is closed when another item comes, so that no level is ever empty. */
  #push(level: number, item: Item, put: PutBlock): void {
    const items = this.#levels[level] ?? []
    if (items.length < this.#most) {
      items.push(item)
      this.#levels[level] = items
    } else {
      this.#levels[level] = [item]
      this.#push(level + 1, this.#group(items, put), put)
    }
  }
}
