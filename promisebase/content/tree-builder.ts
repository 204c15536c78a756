/** Builds the tree of a list of chunks while the chunks come: no more than one branch of each level is in memory. */
import { CODEC } from '../cid.ts'
import { encodeTreeBranch, sizeOf, TREE_PARTS_MAX } from './tree-block.ts'
import type { CID } from 'multiformats/cid'
import type { PutBlock } from './block-writer.ts'
import type { SizedPart } from './tree-block.ts'

/** Content of one format under construction. */
export interface ContentBuilder {
  add(chunk: Uint8Array, put: PutBlock): void
  /** Puts what is missing above the chunks; nothing can be added afterwards. */
  end(put: PutBlock): SizedPart
}

const NOTHING = new Uint8Array(0)

export class TreeBuilder implements ContentBuilder {
  /** The branch that is being filled at each level, chunks first. */
  readonly #levels: SizedPart[][] = []

  add(chunk: Uint8Array, put: PutBlock): void {
    this.#push(0, { cid: put(chunk), size: chunk.length }, put)
  }

  end(put: PutBlock): SizedPart {
    if (this.#levels.length === 0) return { cid: put(NOTHING), size: 0 }
    for (let level = 0; ; level++) {
      const parts = this.#levels[level]!
      if (level === this.#levels.length - 1 && parts.length === 1) return parts[0]!
      this.#push(level + 1, branch(parts, put), put)
    }
  }

  /** A full branch is written when another part comes, so that no level is ever empty. */
  #push(level: number, part: SizedPart, put: PutBlock): void {
    const parts = this.#levels[level] ?? []
    if (parts.length < TREE_PARTS_MAX) {
      parts.push(part)
      this.#levels[level] = parts
    } else {
      this.#levels[level] = [part]
      this.#push(level + 1, branch(parts, put), put)
    }
  }
}

function branch(parts: readonly SizedPart[], put: PutBlock): SizedPart {
  return { cid: put(encodeTreeBranch(parts), CODEC.dagCbor) as CID, size: sizeOf(parts) }
}
