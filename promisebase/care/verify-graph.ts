/**
 * Whether all that the roots of a store lead to is here and is what it says (spec/care.md, "Verification"). Bytes on
 * the disk that nothing leads to are not looked at, and nothing is changed.
 */
import { careOf } from '../store-care.ts'
import { DamageNotes, FIRST_MAX } from './damage.ts'
import { Marks, SEED_BYTES } from './marks.ts'
import { rootsOf } from './roots.ts'
import { readAlone, walk } from './walk.ts'
import type { CID } from 'multiformats/cid'
import type { OpenSnapshot, Store } from '../interface.ts'
import type { Damage } from './damage.ts'
import type { Root, RootRule } from './roots.ts'
import type { Walk } from './walk.ts'

export interface VerifyGraphOptions extends RootRule {
  /** How many of each kind of damage are named; 16 without it. */
  readonly firstMax?: number
  readonly signal?: AbortSignal
  /** Called after each block that was read: how many different ones so far. */
  readonly onProgress?: (blocks: number) => void
}

/** A label or pin whose block is not here. */
export interface LostRoot {
  /** Of the label, or the owner of the pin. */
  readonly name: string
  readonly cid: CID
}

export interface LostRoots {
  readonly count: number
  readonly first: readonly LostRoot[]
}

export interface GraphReport {
  /** Whether nothing is missing, corrupt or undecodable, and no label or pin without its block. */
  readonly isWhole: boolean
  /** Blocks that can be reached, those that are missing included. */
  readonly reachable: number
  readonly damage: Damage
  /** Labels that point at a block that is not here. */
  readonly danglingLabels: LostRoots
  /** Pins that hold a block that is not here. */
  readonly absentPins: LostRoots
}

/**
 * Follows every link from every root at one moment, and hashes every block on the way.
 * @throws {StoreError} `IO`, `CLOSED`, and `CORRUPT` for a label or pin that cannot be read
 * @throws {TypeError} for a store that was not made by `createStore` @throws the reason of the signal
 */
export async function verifyGraph(store: Store, options: VerifyGraphOptions = {}): Promise<GraphReport> {
  using snapshot = store.snapshot()
  return await walkRoots(snapshot, careOf(store).random(SEED_BYTES), options)
}

/** What {@link verifyGraph} and repairing have in common: `mend` is asked for what is missing or corrupt. */
export async function walkRoots(
  snapshot: OpenSnapshot,
  seed: Uint8Array,
  options: VerifyGraphOptions,
  mend?: Walk['mend'],
): Promise<GraphReport> {
  const { firstMax = FIRST_MAX, signal, onProgress } = options
  const [marks, damage] = [new Marks(seed), new DamageNotes(firstMax)]
  const lost = { label: { count: 0, first: [] as LostRoot[] }, pin: { count: 0, first: [] as LostRoot[] } }
  const onBlock = () => onProgress?.(marks.size)
  const on: Walk = {
    blocks: snapshot,
    marks,
    damage,
    hashLeaves: true,
    onBlock,
    signal,
    ...(mend && { mend }),
  }
  for await (const root of rootsOf(snapshot, options)) {
    signal?.throwIfAborted()
    const isHere = await snapshot.hasBlock(root.cid)
    if (root.from === 'entry' && !isHere) continue
    if (root.from !== 'entry' && !isHere) note(lost[root.from], root, firstMax)
    if (root.deep && marks.add(root.cid)) await walk([root.cid], on)
    else if (!root.deep) await readAlone(root.cid, on)
  }
  const found = damage.report()
  const bad = found.missing.count + found.corrupt.count + found.undecodable.count
  return {
    isWhole: bad + lost.label.count + lost.pin.count === 0,
    reachable: marks.size,
    damage: found,
    danglingLabels: lost.label,
    absentPins: lost.pin,
  }
}

function note(lost: { count: number; first: LostRoot[] }, { name, cid }: Root, firstMax: number): void {
  lost.count++
  if (lost.first.length < firstMax) lost.first.push({ name, cid })
}
