/**
 * Content in parts, whatever the format: a branch lists parts in order, a part is bytes or a branch again. Nothing
 * declared is believed: a part is held against what its parent says of it before a byte of it is given out.
 */
import { blockOf } from './block-source.ts'
import type { CID } from 'multiformats/cid'
import type { BlockSource } from './block-source.ts'

export interface Part {
  readonly cid: CID
  /** Bytes of content in it; undefined where the format does not say. */
  readonly size: number | undefined
}

export interface Branch {
  /** Bytes of content in all. */
  readonly size: number
  /** Bytes that come before the parts. */
  readonly head?: Uint8Array
  readonly parts: readonly Part[]
  /**
   * What the block of a part holds. Called once for each part that is read, in their order.
   * @throws {ContentError} `SHAPE` when it is not what this branch says of it
   */
  open(block: Uint8Array, index: number): Uint8Array | Branch
}

/** The stretch of content that is wanted: its first byte, and the first one after it. */
export interface Stretch {
  readonly from: number
  readonly to: number
}

const NOTHING = new Uint8Array(0)

/**
 * The bytes of a stretch in order, one part at a time. Parts before and behind it are not read, unless their sizes
 * are not known.
 * @throws {ContentError} `MISSING`, `SHAPE` @throws {StoreError} `CORRUPT`
 */
export async function* readBranch(
  source: BlockSource,
  branch: Branch,
  stretch: Stretch,
  start = 0,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* cut(branch.head ?? NOTHING, start, stretch)
  let at = start + (branch.head?.length ?? 0)
  for (const [index, { cid, size }] of branch.parts.entries()) {
    // Parts of unknown sizes are all looked at by whoever reads to the end: one too many could be among them.
    if (at >= stretch.to && (size !== undefined || stretch.to < start + branch.size)) return
    // What holds no byte is not looked at: branches of nothing in one another could lead to more parts than there is time.
    if (size === undefined || (size > 0 && at + size > stretch.from)) {
      const content = branch.open(await blockOf(source, cid), index)
      if (content instanceof Uint8Array) yield* cut(content, at, stretch)
      else yield* readBranch(source, content, stretch, at)
      at += content instanceof Uint8Array ? content.length : content.size
    } else at += size
  }
}

/** What of bytes that begin at `start` lies in the stretch; nothing when none does. */
export function* cut(bytes: Uint8Array, start: number, { from, to }: Stretch): Generator<Uint8Array> {
  const [first, end] = [Math.max(0, from - start), Math.min(bytes.length, to - start)]
  if (first < end) yield end - first === bytes.length ? bytes : bytes.subarray(first, end)
}
