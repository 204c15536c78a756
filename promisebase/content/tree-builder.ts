/** Builds the tree of a list of chunks while the chunks come: no more than one branch of each level is in memory. */
import { CODEC } from '../cid.ts'
import { Levels } from './levels.ts'
import { encodeTreeBranch, sizeOf, TREE_PARTS_MAX } from './tree-block.ts'
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
  readonly #levels = new Levels<SizedPart>(TREE_PARTS_MAX, branch)

  add(chunk: Uint8Array, put: PutBlock): void {
    this.#levels.add({ cid: put(chunk), size: chunk.length }, put)
  }

  end(put: PutBlock): SizedPart {
    return this.#levels.end(put) ?? { cid: put(NOTHING), size: 0 }
  }
}

function branch(parts: readonly SizedPart[], put: PutBlock): SizedPart {
  return { cid: put(encodeTreeBranch(parts), CODEC.dagCbor), size: sizeOf(parts) }
}
