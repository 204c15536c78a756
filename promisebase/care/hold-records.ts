/** The holds that lie in a store: those of all processes that share it. */
import { bytesKey } from '../bytes-key.ts'
import {
  BLOCKS_PREFIX,
  decodeBlocks,
  decodeRecord,
  HOLD_SPACE,
  idOfKey,
  RECORD_PREFIX,
  recordKey,
} from './hold-keys.ts'
import type { Snapshot, Store } from '../interface.ts'
import type { HoldRecord } from './hold-keys.ts'

export interface StoredHold extends HoldRecord {
  readonly id: Uint8Array
}

/** Entries removed in one transaction. */
const REMOVED_AT_ONCE = 1_000

/** The holds in a store, expired ones too. @throws {StoreError} `CORRUPT` */
export async function* holds(snapshot: Pick<Snapshot, 'range'>): AsyncGenerator<StoredHold, void, undefined> {
  for await (const entry of snapshot.range(HOLD_SPACE, { prefix: RECORD_PREFIX }))
    yield { id: idOfKey(entry.key), ...decodeRecord(entry) }
}

/** Every block that was put under one of them, unless it has expired at this second. */
export async function* heldBlocks(
  snapshot: Pick<Snapshot, 'range'>,
  now: number | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const open = new Set<string>()
  for await (const hold of holds(snapshot)) if (!hasExpired(hold, now)) open.add(bytesKey(hold.id))
  if (open.size === 0) return
  for await (const entry of snapshot.range(HOLD_SPACE, { prefix: BLOCKS_PREFIX }))
    if (open.has(bytesKey(idOfKey(entry.key)))) yield* decodeBlocks(entry)
}

/**
 * Removes the holds that have expired, and what lies there of holds that are gone. The record goes first, and its owner
 * looks for it at each batch: nothing is put any more under a hold whose blocks are let go.
 */
export async function dropHolds(store: Store, now: number | undefined, signal?: AbortSignal): Promise<void> {
  const options = signal === undefined ? {} : { signal }
  for (const key of await expiredKeys(store, now)) {
    await store.transact(async (transaction) => {
      const value = await transaction.get(HOLD_SPACE, key)
      if (value !== undefined && hasExpired(decodeRecord({ value }), now)) transaction.delete(HOLD_SPACE, key)
    }, options)
  }
  const orphans = await orphansIn(store)
  for (let at = 0; at < orphans.length; at += REMOVED_AT_ONCE) {
    const some = orphans.slice(at, at + REMOVED_AT_ONCE)
    await store.transact((transaction) => {
      for (const key of some) transaction.delete(HOLD_SPACE, key)
    }, options)
  }
}

function hasExpired({ expires }: HoldRecord, now: number | undefined): boolean {
  return now !== undefined && now >= expires
}

async function expiredKeys(store: Store, now: number | undefined): Promise<Uint8Array[]> {
  using snapshot = store.snapshot()
  const expired: Uint8Array[] = []
  for await (const hold of holds(snapshot)) if (hasExpired(hold, now)) expired.push(recordKey(hold.id))
  return expired
}

async function orphansIn(store: Store): Promise<Uint8Array[]> {
  using snapshot = store.snapshot()
  const there = new Set<string>()
  for await (const { id } of holds(snapshot)) there.add(bytesKey(id))
  const orphans: Uint8Array[] = []
  for await (const { key } of snapshot.range(HOLD_SPACE, { prefix: BLOCKS_PREFIX }))
    if (!there.has(bytesKey(idOfKey(key)))) orphans.push(key)
  return orphans
}
