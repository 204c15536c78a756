/** How much a store holds: counted, or for its blocks estimated from a small part of them. */
import { pins } from './pins.ts'
import type { OpenSnapshot } from '../interface.ts'

export interface UsageOptions {
  /** Estimates the blocks; what is in spaces, and labels, are counted in any case. */
  readonly estimate?: boolean
  readonly signal?: AbortSignal
  /** Called for each block, then for each entry: how many of them so far, those of one space, and their bytes. */
  readonly onProgress?: (progress: UsageProgress) => void
}

export interface UsageProgress {
  readonly what: 'blocks' | 'entries'
  readonly count: number
  readonly bytes: number
}

export interface BlockUsage {
  readonly count: number
  /** Of the blocks alone: keys and what an engine adds are not in it. */
  readonly bytes: number
  /** Whether all were counted. */
  readonly isExact: boolean
}

export interface SpaceUsage {
  readonly space: string
  readonly entries: number
  /** Of keys and values. */
  readonly bytes: number
}

export interface Usage {
  readonly blocks: BlockUsage
  /** Those that have entries; pins are the space `.pins`, two entries each. */
  readonly spaces: readonly SpaceUsage[]
  readonly labels: number
  /** Expired ones too. */
  readonly pins: number
  /** Batches that were ever committed. */
  readonly commits: number
}

/** @throws {StoreError} `IO`, `CLOSED` @throws the reason of the signal */
export async function usage(snapshot: OpenSnapshot, options: UsageOptions = {}): Promise<Usage> {
  const blocks = await (options.estimate ? estimateBlocks(snapshot, options) : countBlocks(snapshot, options))
  const spaces: SpaceUsage[] = []
  for await (const space of snapshot.spaces()) spaces.push(await spaceUsage(snapshot, space, options))
  let labels = 0
  for await (const _ of snapshot.labels()) labels++
  let held = 0
  for await (const _ of pins(snapshot)) held++
  return { blocks, spaces, labels, pins: held, commits: await snapshot.commits() }
}

/** How much one space holds, by reading all of it. */
export async function spaceUsage(
  snapshot: Pick<OpenSnapshot, 'range'>,
  space: string,
  { signal, onProgress }: Pick<UsageOptions, 'signal' | 'onProgress'> = {},
): Promise<SpaceUsage> {
  let [entries, bytes] = [0, 0]
  for await (const { key, value } of snapshot.range(space)) {
    signal?.throwIfAborted()
    entries++
    bytes += key.length + value.length
    onProgress?.({ what: 'entries', count: entries, bytes })
  }
  return { space, entries, bytes }
}

async function countBlocks(
  snapshot: OpenSnapshot,
  { signal, onProgress }: UsageOptions,
): Promise<BlockUsage> {
  let [count, bytes] = [0, 0]
  for await (const { size } of snapshot.blocks()) {
    signal?.throwIfAborted()
    count++
    bytes += size
    onProgress?.({ what: 'blocks', count, bytes })
  }
  return { count, bytes, isExact: true }
}

/** Blocks that an estimate looks at: it is off by some 2 % then, more where sizes differ much. */
const SAMPLE = 2_000

/** Of a multihash of sha2-256, which nearly all blocks have; others stand behind. */
const SHA2_256_HEAD = [0x12, 0x20]

/**
 * Digests are as good as drawn: the first so many of sha2-256 lie in a part of all digests that says how many there
 * are in the whole. Blocks of other hashes are left out, unless all fit into the sample.
 */
async function estimateBlocks(snapshot: OpenSnapshot, options: UsageOptions): Promise<BlockUsage> {
  let [count, bytes] = [0, 0]
  for await (const { multihash, size } of snapshot.blocks({ gte: Uint8Array.from(SHA2_256_HEAD) })) {
    options.signal?.throwIfAborted()
    if (multihash[0] !== SHA2_256_HEAD[0]) break
    count++
    bytes += size
    if (count < SAMPLE) continue
    const share = (new DataView(multihash.buffer, multihash.byteOffset + 2).getUint32(0) + 1) / 2 ** 32
    return { count: Math.round(count / share), bytes: Math.round(bytes / share), isExact: false }
  }
  return countBlocks(snapshot, options)
}
