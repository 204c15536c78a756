/** Builds the nodes of a UnixFS file in the balanced layout, which `ipfs add --cid-version=1` uses too. */
import { CODEC } from '../cid.ts'
import { Levels } from './levels.ts'
import { sizeOf } from './tree-block.ts'
import { encodeUnixfsNode } from './unixfs-block.ts'
import type { PutBlock } from './block-writer.ts'
import type { ContentBuilder } from './tree-builder.ts'
import type { UnixfsPart } from './unixfs-block.ts'

/** How a file is cut: its CID follows from the bytes and these two numbers. */
export interface UnixfsLayout {
  /** Bytes of a leaf; at most 1,048,576. */
  readonly chunkBytes: number
  /** Links of a node. */
  readonly links: number
}

/** The layouts in use: spec/content.md, "UnixFS". */
export const UNIXFS_LAYOUTS: Readonly<Record<'kubo' | 'helia', UnixfsLayout>> = {
  /** What `ipfs add --cid-version=1` of kubo does where nothing else is configured. */
  kubo: { chunkBytes: 256 * 1024, links: 174 },
  /** What Helia does, and the profile `unixfs-v1-2025` of kubo. */
  helia: { chunkBytes: 1024 * 1024, links: 1_024 },
}

/** With more a node could be longer than a block. */
const LINKS_MAX = 8_192
const NOTHING = new Uint8Array(0)

export class UnixfsBuilder implements ContentBuilder {
  readonly #levels: Levels<UnixfsPart>

  /** @throws {RangeError} */
  constructor({ links }: UnixfsLayout) {
    if (!Number.isSafeInteger(links) || links < 2 || links > LINKS_MAX)
      throw new RangeError(`links must be 2 to ${LINKS_MAX}`)
    this.#levels = new Levels(links, node)
  }

  add(chunk: Uint8Array, put: PutBlock): void {
    this.#levels.add({ cid: put(chunk), size: chunk.length, blockBytes: chunk.length }, put)
  }

  end(put: PutBlock): UnixfsPart {
    return this.#levels.end(put) ?? { cid: put(NOTHING), size: 0, blockBytes: 0 }
  }
}

function node(parts: readonly UnixfsPart[], put: PutBlock): UnixfsPart {
  const block = encodeUnixfsNode(parts)
  const below = parts.reduce((sum, { blockBytes }) => sum + blockBytes, 0)
  return { cid: put(block, CODEC.dagPb), size: sizeOf(parts), blockBytes: below + block.length }
}
