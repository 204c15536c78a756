import { decodeHead, encodeHead, GENESIS, verifyTail } from './commit-record.ts'
import { StoreError } from './errors.ts'
import { HEAD_KEY, VERSION_KEY } from './keys.ts'
import type { Head } from './commit-record.ts'
import type { Backend, BackendSnapshot, BackendWrite } from './interface.ts'

/** What the version key holds. Another text is another format, and is left untouched. */
const VERSION = 'promisebase 1'

/**
 * The newest commit of a store, its records verified; begins a store in an empty backend.
 * @throws {StoreError} `CORRUPT`, `VERSION`
 */
export async function openHead(backend: Backend): Promise<Head> {
  const snapshot = backend.snapshot()
  try {
    if (!(await isEmpty(snapshot))) return await readHead(snapshot)
  } finally {
    snapshot.close()
  }
  await begin(backend)
  return GENESIS
}

async function isEmpty(snapshot: BackendSnapshot): Promise<boolean> {
  for await (const _ of snapshot.range({ limit: 1 })) return false
  return true
}

async function readHead(snapshot: BackendSnapshot): Promise<Head> {
  const version = await snapshot.get(VERSION_KEY)
  if (version === undefined) throw new StoreError('CORRUPT', 'there are keys, but no version')
  const text = new TextDecoder().decode(version)
  if (text !== VERSION) throw new StoreError('VERSION', JSON.stringify(text.slice(0, 64)))
  const head = decodeHead(await snapshot.get(HEAD_KEY))
  await verifyTail(snapshot, head)
  return head
}

/** What makes a store of the keys beside it; without it, none can be opened. */
export function versionWrite(): BackendWrite {
  return { type: 'put', key: VERSION_KEY, value: new TextEncoder().encode(VERSION) }
}

async function begin(backend: Backend): Promise<void> {
  const writes: BackendWrite[] = [versionWrite(), { type: 'put', key: HEAD_KEY, value: encodeHead(GENESIS) }]
  await backend.batch(writes, { durable: true })
}
