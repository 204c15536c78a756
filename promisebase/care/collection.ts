/** One collection under way: what its two halves, marking and sweeping, have in common. */
import { walk } from './walk.ts'
import type { CID } from 'multiformats/cid'
import type { Refusal, Store } from '../interface.ts'
import type { StoreCare } from '../store-care.ts'
import type { Barrier } from './barrier.ts'
import type { Damage, DamageNotes } from './damage.ts'
import type { Marks } from './marks.ts'
import type { RootRule } from './roots.ts'
import type { Walk } from './walk.ts'

export interface CollectOptions extends RootRule {
  /** Marks and counts, and deletes nothing. */
  readonly dryRun?: boolean
  /**
   * Whether to go on when something that can be reached is not here; what only it would lead to is then deleted.
   * `stop` without it.
   */
  readonly missing?: 'stop' | 'allow'
  /** The same for what is corrupt, or not what its codec says: what it links to is not known. */
  readonly unreadable?: 'stop' | 'allow'
  readonly signal?: AbortSignal
  /** Called after each block that was read, and after each page of the sweep. */
  readonly onProgress?: (progress: CollectProgress) => void
}

export interface CollectProgress {
  readonly marked: number
  readonly kept: number
  readonly deleted: number
}

export interface CollectReport {
  /** Blocks that stay. */
  readonly kept: number
  /** Blocks that are gone; with `dryRun`, that would be. */
  readonly deleted: number
  /** Of the deleted blocks. */
  readonly bytes: number
  readonly damage: Damage
}

/** `INCOMPLETE`: not all that can be reached could be read; `BUSY`: others never paused for long enough. */
export type CollectRefusal = 'INCOMPLETE' | 'BUSY'

/** A refusal says as well how far it came: before the sweep begins nothing is deleted. */
export type Collected =
  | { readonly ok: CollectReport; readonly refused?: undefined; readonly report?: undefined }
  | { readonly refused: Refusal<CollectRefusal>; readonly report: CollectReport; readonly ok?: undefined }

export interface Collection {
  readonly care: StoreCare
  readonly store: Store
  readonly options: CollectOptions
  readonly marks: Marks
  readonly barrier: Barrier
  readonly damage: DamageNotes
  /** Called now and then, often; answers where it is to be waited for. */
  readonly pause: () => Promise<void> | undefined
}

/** Reads on from blocks that are marked. */
export function walkOn(
  { marks, damage, options, pause }: Collection,
  blocks: Walk['blocks'],
  pending: CID[],
  most = Infinity,
): Promise<void> {
  const onBlock = () => options.onProgress?.({ marked: marks.size, kept: 0, deleted: 0 })
  const { signal } = options
  return walk(pending, { blocks, marks, damage, hashLeaves: false, onBlock, pause, most, signal })
}

/** Of a shared backend: after so many blocks it hears what others have written, before too much of it is forgotten. */
const STEPS_BETWEEN = 2_048

/** See {@link Collection.pause}: what is heard at once then is never much. */
export function hearingNowAndThen(store: Store, care: StoreCare): Collection['pause'] {
  let steps = 0
  return () => (store.isShared && ++steps % STEPS_BETWEEN === 0 ? care.hear() : undefined)
}

/** Why nothing may be deleted; undefined when it may. */
export function reasonToStop({ damage, options }: Collection): Refusal<CollectRefusal> | undefined {
  const { missing, corrupt, undecodable } = damage.report()
  const incomplete = (what: string, { count, first }: Damage['missing']) =>
    ({ code: 'INCOMPLETE', detail: `${count} blocks are ${what}, such as ${first[0]}` }) as const
  if (options.missing !== 'allow' && missing.count > 0) return incomplete('missing', missing)
  if (options.unreadable === 'allow') return undefined
  if (corrupt.count > 0) return incomplete('corrupt', corrupt)
  return undecodable.count > 0 ? incomplete('not what their codec says', undecodable) : undefined
}
