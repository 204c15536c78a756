/** Forgetting promises: those past their time are not counted any more, and after their day the record is dropped. */
import { parseCid, StoreError } from '../../promisebase/index.ts'
import { promiseTimeBound, promiseTimeId, SPACE } from '../spaces.ts'
import { noChanges } from './desk.ts'
import { readPayer, readRecord, stageDrop } from './record.ts'
import type { CID } from 'multiformats/cid'
import type { SpaceEntry, Transaction } from '../../promisebase/index.ts'
import type { KernelState } from '../state.ts'

/** As many of each per sweep: a sweep must not stall the messages behind it. */
const SWEEP_MAX = 256

export async function sweepPromises(kernel: KernelState, now: number): Promise<void> {
  const { store, crypto } = kernel.powers
  const changes = await store.transact(
    async (transaction) => {
      const changes = noChanges()
      for (const { key, value } of await before(transaction, 'open', now)) {
        transaction.delete(SPACE.promises, key)
        changes.closed.push(readPayer(value))
      }
      for (const { key } of await before(transaction, 'until', now)) {
        const record = await readRecord(crypto, transaction, idIn(key))
        if (record !== undefined) stageDrop(transaction, record)
        transaction.delete(SPACE.promises, key)
      }
      return changes
    },
    { durable: false },
  )
  kernel.promises.committed(changes)
}

/** Entries of promises whose second has come. */
async function before(transaction: Transaction, index: 'open' | 'until', now: number): Promise<SpaceEntry[]> {
  const range = { gte: promiseTimeBound(index, 0), lt: promiseTimeBound(index, now + 1), limit: SWEEP_MAX }
  const entries: SpaceEntry[] = []
  for await (const entry of transaction.range(SPACE.promises, range)) entries.push(entry)
  return entries
}

function idIn(key: Uint8Array): CID {
  const id = parseCid(promiseTimeId(key))
  if (id.refused !== undefined) throw new StoreError('CORRUPT', 'a key of a promise')
  return id.ok
}
