/**
 * What is reachable from some roots: each block once, before what it links to, in the order of its links (depth
 * first). In memory are the names seen so far, about 100 bytes for each block, and the links still to follow.
 */
import { cidKey } from '../../cid.ts'
import { IDENTITY } from '../../hash.ts'
import { linksOf } from '../links.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot } from '../../interface.ts'

/** A block that was reached; `bytes` is undefined when it is not in the store. */
export interface Reached {
  readonly cid: CID
  readonly bytes: Uint8Array | undefined
}

/**
 * A block that is not what its codec says, or of a codec that nobody here reads, is a leaf. An identity CID is reached
 * as the block in its name.
 * @throws {StoreError} `CORRUPT` @throws what `signal` was aborted with
 */
export async function* descend(
  snapshot: Pick<Snapshot, 'getBlock'>,
  roots: readonly CID[],
  signal?: AbortSignal,
): AsyncGenerator<Reached, void, undefined> {
  const seen = new Set<string>()
  const ahead = [...roots].reverse()
  for (let cid = ahead.pop(); cid !== undefined; cid = ahead.pop()) {
    signal?.throwIfAborted()
    const key = cidKey(cid)
    if (seen.has(key)) continue
    seen.add(key)
    const bytes = isInline(cid) ? cid.multihash.digest : await snapshot.getBlock(cid)
    yield { cid, bytes }
    const links = bytes && linksOf(cid, bytes).ok
    if (links === undefined) continue
    for (let at = links.length - 1; at >= 0; at--) {
      const link = links[at]!
      if (!seen.has(cidKey(link))) ahead.push(link)
    }
  }
}

/** Whether the CID holds its block itself, so that no store keeps it. */
export function isInline(cid: CID): boolean {
  return cid.multihash.code === IDENTITY
}
