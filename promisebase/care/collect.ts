/**
 * Collecting what nobody names any more: mark from the roots, then sweep (spec/care.md, "Collection"). It runs while
 * the store is in use, and deletes nothing that can be reached, then or by what is committed meanwhile. What cannot
 * be reached when it begins and is named by nobody before it comes to it, goes: content and what names it belong into
 * one transaction, or are put under a hold.
 */
import { careOf } from '../store-care.ts'
import { Barrier } from './barrier.ts'
import { hearingNowAndThen, reasonToStop, walkOn } from './collection.ts'
import { DamageNotes } from './damage.ts'
import { markHeld } from './held.ts'
import { dropHolds } from './hold-records.ts'
import { Marks, SEED_BYTES } from './marks.ts'
import { rootsOf } from './roots.ts'
import { findGarbage, sweep } from './sweep.ts'
import type { Result, Store } from '../interface.ts'
import type { StoreCare } from '../store-care.ts'
import type { Collected, Collection, CollectOptions, CollectRefusal, CollectReport } from './collection.ts'
import type { Garbage } from './sweep.ts'

/** How often the roots are marked anew because others had written more than is known of. */
const STARTS = 16

/**
 * Deletes the blocks that no label, no pin, no entry and no hold leads to. Over a shared backend it heeds what other
 * processes commit and hold; any of them may collect.
 * @throws {StoreError} as `transact` does, and `CORRUPT` for a label or pin that cannot be read
 * @throws {TypeError} for a store that was not made by `createStore` @throws the reason of the signal
 */
export function collect(store: Store, options: CollectOptions = {}): Promise<Collected> {
  return collectWith(careOf(store), store, options)
}

/** {@link collect} with what it may do to the store. */
export async function collectWith(
  care: StoreCare,
  store: Store,
  options: CollectOptions,
): Promise<Collected> {
  if (options.dryRun !== true) await dropHolds(store, options.now, options.signal)
  let gone = { deleted: 0, bytes: 0 }
  for (let start = 0; ; start++) {
    const marks = new Marks(care.random(SEED_BYTES))
    const barrier = new Barrier(marks, options)
    const pause = hearingNowAndThen(store, care)
    const damage = new DamageNotes()
    const ended = await collectOnce({ care, store, options, marks, barrier, damage, pause })
    const { refused } = ended
    const report = ended.report ?? ended.ok
    gone = { deleted: gone.deleted + report.deleted, bytes: gone.bytes + report.bytes }
    if (refused?.code === 'BUSY' && barrier.isDeaf && start + 1 < STARTS) continue
    return refused ? { refused, report: { ...report, ...gone } } : { ok: { ...report, ...gone } }
  }
}

async function collectOnce(collection: Collection): Promise<Collected> {
  const { care, barrier, options } = collection
  const unwatch = await care.watch(barrier)
  try {
    const found = await examine(collection)
    if (found.refused) return { refused: found.refused, report: report(collection, 0, 0, 0) }
    const { kept, count, bytes } = found.ok
    return options.dryRun ? { ok: report(collection, kept, count, bytes) } : await sweep(collection, found.ok)
  } finally {
    unwatch()
  }
}

/** Marks all that can be reached at one moment, and finds what is there besides. */
async function examine(collection: Collection): Promise<Result<Garbage, CollectRefusal>> {
  const { store, marks, options, pause } = collection
  using snapshot = store.snapshot()
  for await (const { cid, deep, from } of rootsOf(snapshot, options)) {
    options.signal?.throwIfAborted()
    const paused = pause()
    if (paused !== undefined) await paused
    // An entry may name what was never here: a message, a token, content of somebody else.
    if (from === 'entry' && !(await snapshot.hasBlock(cid))) continue
    if (!deep) marks.keep(cid)
    else if (marks.add(cid)) await walkOn(collection, snapshot, [cid])
  }
  const refused = reasonToStop(collection) ?? (await markHeld(collection, snapshot))
  return refused ? { refused } : { ok: await findGarbage(collection, snapshot) }
}

function report({ damage }: Collection, kept: number, deleted: number, bytes: number): CollectReport {
  return { kept, deleted, bytes, damage: damage.report() }
}
