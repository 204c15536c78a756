/** The second half of a collection: what was not marked goes, unless somebody comes to name it before. */
import { blockBounds, multihashOf } from '../keys.ts'
import { bareSnapshot } from '../snapshot.ts'
import { reasonToStop, walkOn } from './collection.ts'
import { DamageNotes } from './damage.ts'
import { GarbagePile, pileUp } from './garbage.ts'
import { Marks, SEED_BYTES } from './marks.ts'
import type { OpenSnapshot, Result, StoredBlock } from '../interface.ts'
import type { Admission, BlockReader } from '../transaction.ts'
import type { Collected, Collection, CollectRefusal } from './collection.ts'

/** Blocks deleted in one transaction: others wait while it is written. */
const DELETED_AT_ONCE = 1_000
/** How often a deletion is tried again because somebody has just named garbage; each time that has been marked. */
const TRIES = 1_000

/** Blocks read while nobody else writes: what a few others come to name in a moment. */
const FOLLOWED_IN_TURN = 1_024

const SILENT = { pause: () => undefined }

/** What the snapshot shows besides the marked blocks. */
export interface Garbage {
  readonly pile: GarbagePile
  readonly kept: number
  readonly count: number
  /** With `dryRun` only. */
  readonly bytes: number
}

/** Finds what is not marked; with `dryRun` it is counted only. What is marked is passed over by its key. */
export async function findGarbage(collection: Collection, snapshot: OpenSnapshot): Promise<Garbage> {
  const { care, marks, options, pause } = collection
  const piling = { snapshot, pile: new GarbagePile(), marks, seen: new Marks(care.random(SEED_BYTES)) }
  const found = { kept: 0, count: 0, bytes: 0 }
  const { snapshot: below } = bareSnapshot(snapshot)
  for await (const key of below.keys(blockBounds({}))) {
    options.signal?.throwIfAborted()
    const paused = pause()
    if (paused !== undefined) await paused
    const multihash = multihashOf(key)
    if (marks.has(multihash)) {
      found.kept++
      continue
    }
    found.count++
    if (options.dryRun) found.bytes += (await below.get(key))?.length ?? 0
    else await pileUp(multihash, piling)
  }
  return { ...found, pile: piling.pile }
}

/** Deletes what lies on the pile, from the top. */
export async function sweep(collection: Collection, { pile, kept, count }: Garbage): Promise<Collected> {
  const { damage, marks, options } = collection
  const swept = { kept: kept + count, deleted: 0, bytes: 0 }
  for (let top = pile.take(DELETED_AT_ONCE); top.length > 0; top = pile.take(DELETED_AT_ONCE)) {
    const gone = await remove(collection, top)
    if (gone.refused) return { refused: gone.refused, report: { ...swept, damage: damage.report() } }
    swept.kept -= gone.ok.length
    swept.deleted += gone.ok.length
    for (const { size } of gone.ok) swept.bytes += size
    options.onProgress?.({ marked: marks.size, kept: swept.kept, deleted: swept.deleted })
  }
  return { ok: { ...swept, damage: damage.report() } }
}

/** Deletes those that are still not marked at the moment of the commit; answers which. */
async function remove(
  collection: Collection,
  garbage: readonly StoredBlock[],
): Promise<Result<readonly StoredBlock[], CollectRefusal>> {
  const { barrier, care, marks, options } = collection
  for (let tries = 0; tries < TRIES; tries++) {
    const refused = await catchUp(collection)
    if (refused) return { refused }
    const doomed = garbage.filter(({ multihash }) => !marks.has(multihash))
    if (doomed.length === 0) return { ok: doomed }
    const names = doomed.map(({ multihash }) => multihash)
    const admission = admissionOf(collection, names)
    if (await care.deleteBlocks(names, admission, options.signal)) return { ok: doomed }
    if (admission.refused) return { refused: admission.refused }
    if (barrier.isDeaf) return { refused: { code: 'BUSY', detail: 'others have written more than is known' } }
  }
  return { refused: { code: 'BUSY', detail: `others named garbage ${TRIES} times while it was deleted` } }
}

interface Judged extends Admission {
  /** Why nothing may be deleted any more. */
  refused: ReturnType<typeof reasonToStop>
}

/** Whether these may go, asked in the turn: what others have named until then is followed there, if it is not much. */
function admissionOf(collection: Collection, names: readonly Uint8Array[]): Judged {
  const { barrier, marks } = collection
  const judged: Judged = {
    refused: undefined,
    prepare: async (blocks) => {
      judged.refused = await follow(collection, blocks, FOLLOWED_IN_TURN)
    },
    isAdmitted: () => !judged.refused && barrier.isClear && !names.some((multihash) => marks.has(multihash)),
  }
  return judged
}

/** Marks what others have come to name. */
async function catchUp(collection: Collection): Promise<ReturnType<typeof reasonToStop>> {
  const { barrier, store } = collection
  barrier.throwIfFailed()
  if (barrier.pending.length === 0) return undefined
  using snapshot = store.snapshot()
  return await follow(collection, snapshot, Infinity)
}

/**
 * Follows what is pending. What of it is not here is no reason to stop: it may be on its way, and nothing that is
 * deleted could bring it.
 */
async function follow(
  collection: Collection,
  blocks: BlockReader,
  most: number,
): Promise<ReturnType<typeof reasonToStop>> {
  const { barrier, damage, options } = collection
  // Nobody is heard in the middle of a turn.
  const { pause } = most === Infinity ? collection : SILENT
  const late = { ...collection, damage: new DamageNotes(), pause }
  await walkOn(late, blocks, barrier.pending, most)
  damage.join(late.damage)
  return reasonToStop({ ...late, options: { ...options, missing: 'allow' } })
}
