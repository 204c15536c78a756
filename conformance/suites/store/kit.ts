/** What the claims about a store are written with. */
import assert from 'node:assert/strict'
import type { CID } from 'multiformats/cid'
import type { Snapshot, SpaceRange, Store, Transaction } from 'promisegrid/promisebase'

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function numberOf(value: Uint8Array | undefined): number {
  return value ? Number(new TextDecoder().decode(value)) : 0
}

export async function increment(transaction: Transaction, key: string): Promise<void> {
  const before = numberOf(await transaction.get('s', bytes(key)))
  transaction.put('s', bytes(key), bytes(`${before + 1}`))
}

export async function view<T>(store: Store, look: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  using snapshot = store.snapshot()
  return await look(snapshot)
}

/** The name a block would have, learnt without leaving it in the store. */
export async function nameOf(store: Store, text: string): Promise<CID> {
  const discard = new Error('nothing is to be kept')
  const name: CID[] = []
  const learn = store.transact((transaction) => {
    name.push(transaction.putBlock(bytes(text)))
    throw discard
  })
  await learn.catch((thrown: unknown) => assert.equal(thrown, discard))
  return name[0]!
}

export async function fill(store: Store, space: string, keys: string): Promise<void> {
  await store.transact((transaction) => {
    for (const key of keys.split(' ')) transaction.put(space, bytes(key), bytes(key))
  })
}

export async function keysOf(snapshot: Snapshot, space: string, range?: SpaceRange): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of snapshot.range(space, range)) keys.push(new TextDecoder().decode(key))
  return keys
}

export async function labelsOf(snapshot: Snapshot, prefix: string): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of snapshot.labels(prefix)) names.push(name)
  return names
}

export async function refuses(
  store: Store,
  code: string,
  work: (transaction: Transaction) => unknown,
): Promise<void> {
  await assert.rejects(
    store.transact(async (transaction) => {
      await work(transaction)
    }),
    { name: 'StoreError', code },
  )
}

/** Runs all works on the same state; those in conflict are tried again by the store. */
export async function interleave(
  store: Store,
  works: readonly ((transaction: Transaction) => Promise<void>)[],
): Promise<void> {
  let arrived = 0
  let open = () => {}
  const all = new Promise<void>((resolve) => (open = resolve))
  await Promise.all(
    works.map((work) =>
      store.transact(async (transaction) => {
        await work(transaction)
        if (++arrived === works.length) open()
        await all
      }),
    ),
  )
}
