import { decodeHead, encodeHead, GENESIS, verifyTail } from './commit-record.ts'
import { HEAD_KEY, VERSION_KEY } from './keys.ts'
import { migrate, VERSION } from './migrations/migrate.ts'
import { SealedSnapshot, sealWrite } from './sealed.ts'
import type { Head } from './commit-record.ts'
import type { Backend, BackendSnapshot, BackendWrite } from './interface.ts'

/**
 * The newest commit of a store, its records verified; begins a store in an empty backend, and brings one of an
 * older version to the present one.
 * @throws {StoreError} `CORRUPT`, `VERSION`
 */
export async function openHead(backend: Backend): Promise<Head> {
  if (await inSnapshot(backend, isEmpty)) {
    // Of several processes that find a shared backend empty, one begins the store.
    return (await begin(backend)) ? GENESIS : openHead(backend)
  }
  await migrate(backend)
  return inSnapshot(backend, readHead)
}

async function inSnapshot<T>(backend: Backend, read: (snapshot: BackendSnapshot) => Promise<T>): Promise<T> {
  const snapshot = new SealedSnapshot(backend.snapshot())
  try {
    return await read(snapshot)
  } finally {
    snapshot.close()
  }
}

/** Whether there is nothing at all. */
export async function isEmpty(snapshot: Pick<BackendSnapshot, 'range'>): Promise<boolean> {
  for await (const _ of snapshot.range({ limit: 1 })) return false
  return true
}

async function readHead(snapshot: BackendSnapshot): Promise<Head> {
  const head = decodeHead(await snapshot.get(HEAD_KEY))
  await verifyTail(snapshot, head)
  return head
}

/** What makes a store of the keys beside it; without it, none can be opened. */
export function versionWrite(): BackendWrite {
  return { type: 'put', key: VERSION_KEY, value: new TextEncoder().encode(VERSION) }
}

/** False when somebody else has begun it. */
async function begin(backend: Backend): Promise<boolean> {
  const all: BackendWrite[] = [versionWrite(), { type: 'put', key: HEAD_KEY, value: encodeHead(GENESIS) }]
  const writes = all.map(sealWrite)
  if (backend.shared === undefined) {
    await backend.batch(writes, { durable: true })
    return true
  }
  const turn = await backend.shared.takeTurn()
  // Begun by somebody else, or on its way out of a backup.
  if (!(await isEmpty(turn))) {
    await turn.abandon()
    return false
  }
  await turn.commit(writes, { durable: true })
  return true
}
