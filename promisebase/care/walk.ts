/** The way from roots along links: each block once for each codec under which it is named. */
import { StoreError } from '../errors.ts'
import { IDENTITY } from '../hash.ts'
import { CODEC } from '../cid.ts'
import { isOpaque, linksOf } from './links.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot } from '../interface.ts'
import type { DamageNotes } from './damage.ts'
import type { Marks } from './marks.ts'

export interface Walk {
  readonly blocks: Pick<Snapshot, 'getBlock' | 'hasBlock'>
  readonly marks: Marks
  readonly damage: DamageNotes
  /** Whether blocks without links are hashed too; they are only looked for otherwise. */
  readonly hashLeaves: boolean
  /** Called for a block that is missing or corrupt; its bytes, when they were found elsewhere. */
  readonly mend?: (cid: CID) => Promise<Uint8Array | undefined>
  readonly onBlock?: () => void
  /** Asked after each block, and waited for where it answers. */
  readonly pause?: () => Promise<void> | undefined
  /** How many blocks are read at most; what is left stays pending. All without it. */
  readonly most?: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Marks everything that can be reached from blocks that have been marked already and are still to be read. What is
 * in memory besides the marks is at most the links of the blocks on the way down.
 * @throws the reason of the signal; {@link StoreError} `IO`, `CLOSED`
 */
export async function walk(pending: CID[], on: Walk): Promise<void> {
  for (let read = 0; read < (on.most ?? Infinity); read++) {
    const cid = pending.pop()
    if (cid === undefined) return
    on.signal?.throwIfAborted()
    for (const link of await follow(cid, on)) if (on.marks.add(link)) pending.push(link)
    on.onBlock?.()
    const paused = on.pause?.()
    if (paused !== undefined) await paused
  }
}

/** Reads and marks one block, and nothing it links to. */
export async function readAlone(cid: CID, on: Walk): Promise<void> {
  on.marks.keep(cid)
  await readNoting(cid, on)
}

/** The links of a block, none when it cannot be read; the damage is noted. */
async function follow(cid: CID, on: Walk): Promise<readonly CID[]> {
  if (isOpaque(cid.code)) on.damage.add('opaque', cid)
  if (isLeaf(cid) && !on.hashLeaves && (await on.blocks.hasBlock(cid))) return []
  const bytes = await readNoting(cid, on)
  if (bytes === undefined) return []
  const links = linksOf(cid, bytes)
  if (links.refused === undefined) return links.ok
  on.damage.add('undecodable', cid)
  return []
}

function isLeaf(cid: CID): boolean {
  return cid.multihash.code !== IDENTITY && (cid.code === CODEC.raw || isOpaque(cid.code))
}

/** The bytes of a block; undefined, and noted, when it is missing or corrupt. */
export async function readNoting(cid: CID, on: Walk): Promise<Uint8Array | undefined> {
  if (cid.multihash.code === IDENTITY) return cid.multihash.digest
  const found = await readStored(cid, on.blocks)
  if (found instanceof Uint8Array) return found
  const mended = await on.mend?.(cid)
  if (mended === undefined) on.damage.add(found, cid)
  return mended
}

async function readStored(
  cid: CID,
  blocks: Pick<Snapshot, 'getBlock'>,
): Promise<Uint8Array | 'missing' | 'corrupt'> {
  try {
    return (await blocks.getBlock(cid)) ?? 'missing'
  } catch (error) {
    if (error instanceof StoreError && error.code === 'CORRUPT') return 'corrupt'
    throw error
  }
}
