/** Changing the heads of a branch: what was worked out over a snapshot is applied if the heads are still the same. */
import { isSameHeads, readHeads, writeHeads } from './heads.ts'
import { deleteConflict, putConflict, queuedAs, readQueue } from './queue.ts'
import { cidKey } from '../cid.ts'
import type { CID } from 'multiformats/cid'
import type { Store, TransactOptions, Transaction } from '../interface.ts'
import type { Objection } from './interface.ts'
import type { QueuedConflict } from './queue.ts'
import type { MadeBlock } from './workspace.ts'

export interface Move {
  /** The heads it was worked out from. */
  readonly from: readonly CID[]
  readonly to: readonly CID[]
  readonly blocks?: readonly MadeBlock[]
  readonly conflicts?: readonly QueuedConflict[]
}

/** False, and nothing changed, when the heads are others by now. @throws {StoreError} */
export function moveHeads(
  store: Store,
  name: string,
  move: Move,
  options?: TransactOptions,
): Promise<boolean> {
  return store.transact(async (transaction) => {
    const heads = await readHeads(transaction, name)
    if (!isSameHeads(heads, move.from)) return false
    for (const { cid, bytes } of move.blocks ?? []) transaction.putBlockAs(cid, bytes)
    await setHeads(transaction, name, heads, move.to)
    for (const conflict of move.conflicts ?? []) await queueConflict(transaction, conflict)
    return true
  }, options)
}

/** Moves the heads, and ends the conflicts of those that are heads no more. */
export async function setHeads(
  transaction: Transaction,
  name: string,
  current: readonly CID[],
  next: readonly CID[],
): Promise<void> {
  await writeHeads(transaction, name, current, next)
  const heads = new Set(next.map(cidKey))
  for await (const conflict of readQueue(transaction, name))
    if (!heads.has(cidKey(conflict.left)) || !heads.has(cidKey(conflict.right)))
      deleteConflict(transaction, conflict)
}

/** What others said of it before stays. */
async function queueConflict(transaction: Transaction, conflict: QueuedConflict): Promise<void> {
  const before = await queuedAs(transaction, conflict)
  const isNew = ({ of }: Objection): boolean => !conflict.objections.some((each) => each.of === of)
  putConflict(transaction, {
    ...conflict,
    objections: [...conflict.objections, ...(before?.objections ?? []).filter(isNew)],
    proposals: before?.proposals ?? [],
  })
}
