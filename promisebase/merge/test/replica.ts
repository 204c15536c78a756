/** Replicas that hand one another what they have, as a peer would. */
import assert from 'node:assert/strict'

import { createMemoryBackend } from '../../backend-memory.ts'
import { CODEC } from '../../cid.ts'
import { createStore } from '../../store.ts'
import { nobleCrypto } from '../../crypto/noble-crypto.ts'
import { createBranches } from '../branches.ts'
import type { CID } from 'multiformats/cid'
import type { Store } from '../../interface.ts'
import type { Branches, BranchesOptions } from '../branches.ts'
import type { CommitTerms } from '../commit-to.ts'
import type { NamedCommit } from '../interface.ts'

export interface Replica {
  readonly store: Store
  readonly branches: Branches
}

export const NAME = 'notes'

export async function openReplica(options: Omit<BranchesOptions, 'store'> = {}): Promise<Replica> {
  const store = await createStore({ backend: createMemoryBackend(), crypto: nobleCrypto })
  return { store, branches: createBranches({ store, ...options }) }
}

export function put(
  { store }: Replica,
  content: Uint8Array | string,
  codec: number = CODEC.raw,
): Promise<CID> {
  return store.transact((transaction) => transaction.putBlock(bytesOf(content), codec))
}

/** Writes a commit that must be taken. */
export async function write(
  replica: Replica,
  content: Uint8Array | string,
  terms: CommitTerms = {},
  codec: number = CODEC.raw,
): Promise<NamedCommit> {
  const written = await replica.branches.commit(NAME, await put(replica, content, codec), terms)
  return written.ok ?? assert.fail(JSON.stringify(written.refused))
}

/** Carries a history over, and then its heads, or some commits of it. */
export async function send(from: Replica, to: Replica, only?: readonly CID[]): Promise<void> {
  const heads = only ?? (await headsOf(from))
  using snapshot = from.store.snapshot()
  const history = from.branches.history(NAME, { from: heads })
  await to.store.transact(async (transaction) => {
    for await (const { cid, commit } of history)
      for (const each of [cid, commit.content])
        transaction.putBlockAs(each, (await snapshot.getBlock(each)) ?? assert.fail())
  })
  for (const head of heads) {
    const added = await to.branches.addHead(NAME, head)
    assert.equal(added.refused, undefined)
  }
}

export async function headsOf({ branches }: Replica): Promise<CID[]> {
  return (await branches.heads(NAME)).map(({ cid }) => cid)
}

export async function mergeAll({ branches }: Replica): Promise<readonly CID[]> {
  const merged = await branches.merge(NAME)
  return merged.ok?.heads ?? assert.fail(JSON.stringify(merged.refused))
}

/** The content of the one head, which must be one. */
export async function contentOf({ store, branches }: Replica): Promise<Uint8Array> {
  const [head, ...others] = await branches.heads(NAME)
  assert.ok(head !== undefined && others.length === 0, `${others.length + 1} heads`)
  using snapshot = store.snapshot()
  return (await snapshot.getBlock(head.commit.content)) ?? assert.fail()
}

export function bytesOf(content: Uint8Array | string): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
