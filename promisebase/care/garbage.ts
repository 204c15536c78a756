/**
 * Blocks that are to go, what links before what is linked. They are deleted in this order, so that at every moment
 * whoever finds a block finds all it leads to: a transaction may come to name garbage as long as it is there.
 */
import { cidAt, CODEC } from '../cid.ts'
import { StoreError } from '../errors.ts'
import { linksOfAny } from './links.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot, StoredBlock } from '../interface.ts'
import type { Marks } from './marks.ts'

/**
 * A pile: what was laid on it last is taken first. About 40 bytes a block, so a million of them are 40 MB.
 *
 *   entry = multihash size length     ; length of the multihash, one octet, last: entries are read backwards
 *   size  = 4OCTET
 */
export class GarbagePile {
  #bytes = new Uint8Array(4_096)
  #end = 0

  push({ multihash, size }: StoredBlock): void {
    const end = this.#end + multihash.length + 5
    if (end > this.#bytes.length) this.#grow(end)
    this.#bytes.set(multihash, this.#end)
    new DataView(this.#bytes.buffer).setUint32(end - 5, size)
    this.#bytes[end - 1] = multihash.length
    this.#end = end
  }

  /** At most so many, those laid on it last first. */
  take(most: number): StoredBlock[] {
    const taken: StoredBlock[] = []
    while (taken.length < most && this.#end > 0) taken.push(this.#pop())
    return taken
  }

  #pop(): StoredBlock {
    const size = this.#end - 5
    const start = size - this.#bytes[this.#end - 1]!
    this.#end = start
    return {
      multihash: this.#bytes.slice(start, size),
      size: new DataView(this.#bytes.buffer).getUint32(size),
    }
  }

  #grow(least: number): void {
    const bytes = new Uint8Array(Math.max(least, 2 * this.#bytes.length))
    bytes.set(this.#bytes)
    this.#bytes = bytes
  }
}

/** A block on the way down, and what of its links is still to be laid on the pile. */
interface Step {
  readonly block: StoredBlock
  readonly links: Uint8Array[]
}

export interface Piling {
  readonly snapshot: Pick<Snapshot, 'getBlock'>
  readonly pile: GarbagePile
  /** What stays. */
  readonly marks: Marks
  /** What was on this way already. */
  readonly seen: Marks
}

/** Lays a block on the pile, after everything unmarked that it leads to. */
export async function pileUp(multihash: Uint8Array, piling: Piling): Promise<void> {
  const way: Step[] = []
  const enter = async (name: Uint8Array) => {
    const step = await stepTo(name, piling)
    if (step !== undefined) way.push(step)
  }
  await enter(multihash)
  for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
    const link = top.links.pop()
    if (link !== undefined) await enter(link)
    else piling.pile.push(way.pop()!.block)
  }
}

/** Undefined for what stays, what was seen before, and what is not here. */
async function stepTo(multihash: Uint8Array, { snapshot, marks, seen }: Piling): Promise<Step | undefined> {
  if (marks.has(multihash) || seen.has(multihash)) return undefined
  const found = await read(multihash, snapshot)
  if (found === undefined) return undefined
  seen.addWhole(multihash)
  return { block: { multihash, size: found.size }, links: found.links.map((link) => link.multihash.bytes) }
}

async function read(
  multihash: Uint8Array,
  snapshot: Pick<Snapshot, 'getBlock'>,
): Promise<{ readonly size: number; readonly links: CID[] } | undefined> {
  try {
    const bytes = await snapshot.getBlock(blockCid(multihash))
    return bytes && { size: bytes.length, links: linksOfAny(bytes) }
  } catch (error) {
    // What is corrupt cannot be named by anyone who reads it, so the order of what it led to does not matter.
    if (error instanceof StoreError && error.code === 'CORRUPT') return { size: 0, links: [] }
    throw error
  }
}

/** The block of this name, under codec raw. @throws {StoreError} `CORRUPT` */
export function blockCid(multihash: Uint8Array): CID {
  const bytes = Uint8Array.of(1, CODEC.raw, ...multihash)
  const cid = cidAt(bytes, 0, bytes.length)
  if (cid === undefined) throw new StoreError('CORRUPT', 'a block has a name that is no multihash')
  return cid
}
