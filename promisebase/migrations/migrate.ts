/**
 * Brings a store of an older version to the present one, in batches, so that it can end at any moment and go on
 * when the store is opened again (spec/promisebase.md, "Versions"):
 *
 *   before    version = from
 *   between   version = from " to " number of to; migration = the last key that is done, sealed
 *   after     version = to; no migration key
 *
 * The version is changed by the first batch: a program that knows only the old format must not read half of it.
 */
import { StoreError } from '../errors.ts'
import { compareBytes, MIGRATION_KEY, VERSION_KEY } from '../keys.ts'
import { openValue, sealValue } from '../sealed.ts'
import { ADD_CHECKSUMS } from './checksums.ts'
import type { Backend, BackendWrite } from '../interface.ts'
import type { KeyBounds } from '../keys.ts'
import type { Migration } from './migration.ts'

/** What this program writes. */
export const VERSION = 'promisebase 2'

/** Each begins where the one before ends, and the last one ends at the present version. */
const MIGRATIONS: readonly Migration[] = [ADD_CHECKSUMS]

export interface MigrateOptions {
  readonly migrations?: readonly Migration[]
  readonly batchEntries?: number
}

/**
 * Brings the store to {@link VERSION}; changes nothing when it is there already.
 * @throws {StoreError} `VERSION` for a version that is none of ours, `CORRUPT`; or as the backend does
 */
export async function migrate(backend: Backend, options: MigrateOptions = {}): Promise<void> {
  const { migrations = MIGRATIONS, batchEntries = BATCH_ENTRIES } = options
  for (;;) {
    const version = await readVersion(backend)
    const last = migrations.at(-1)?.to ?? VERSION
    if (version === last) return
    const begun = migrations.find((step) => version === markOf(step))
    const step = begun ?? migrations.find(({ from }) => version === from)
    if (step === undefined) throw unknownVersion(version, migrations)
    if (begun === undefined) await verify(backend, step)
    await run(backend, step, batchEntries)
  }
}

/** Entries and octets of one batch, about. */
const BATCH_ENTRIES = 1_024
const BATCH_BYTES = 4 * 1024 * 1024

async function run(backend: Backend, step: Migration, batchEntries: number): Promise<void> {
  for (;;) {
    const page = await nextPage(backend, step, batchEntries)
    if (page.length === 0) break
    const last = page.at(-1)!.key
    await backend.batch([...page, version(markOf(step)), mark(last)], { durable: false })
  }
  // Engines keep batches in order: with this one the disk has all before it.
  await backend.batch([version(step.to), { type: 'delete', key: MIGRATION_KEY }], { durable: true })
}

/** The next entries behind the mark, rewritten. Each page has a snapshot of its own: a long one costs some engines much. */
async function nextPage(backend: Backend, step: Migration, batchEntries: number): Promise<BackendWrite[]> {
  const snapshot = backend.snapshot()
  try {
    const done = await snapshot.get(MIGRATION_KEY)
    const cursor = done && openValue(MIGRATION_KEY, done)
    const page: BackendWrite[] = []
    let bytes = 0
    for (const bounds of step.bounds) {
      for await (const [key, stored] of snapshot.range(behind(bounds, cursor))) {
        page.push({ type: 'put', key, value: step.rewrite(key, stored) })
        bytes += key.length + stored.length
        if (page.length === batchEntries || bytes >= BATCH_BYTES) return page
      }
    }
    return page
  } finally {
    snapshot.close()
  }
}

async function verify(backend: Backend, step: Migration): Promise<void> {
  const snapshot = backend.snapshot()
  try {
    await step.verify(snapshot)
  } finally {
    snapshot.close()
  }
}

async function readVersion(backend: Backend): Promise<string> {
  const snapshot = backend.snapshot()
  try {
    const stored = await snapshot.get(VERSION_KEY)
    if (stored === undefined) throw new StoreError('CORRUPT', 'there are keys, but no version')
    return new TextDecoder().decode(stored)
  } finally {
    snapshot.close()
  }
}

/** What is left of a stretch behind the cursor. */
function behind(bounds: KeyBounds, cursor: Uint8Array | undefined): KeyBounds & { readonly limit?: number } {
  if (cursor === undefined || compareBytes(cursor, bounds.gte) < 0) return bounds
  const next = Uint8Array.of(...cursor, 0)
  return compareBytes(next, bounds.lt) < 0 ? { gte: next, lt: bounds.lt } : { ...bounds, limit: 0 }
}

function markOf({ from, to }: Migration): string {
  return `${from} to ${to.split(' ').at(-1)}`
}

function version(text: string): BackendWrite {
  return { type: 'put', key: VERSION_KEY, value: new TextEncoder().encode(text) }
}

function mark(cursor: Uint8Array): BackendWrite {
  return { type: 'put', key: MIGRATION_KEY, value: sealValue(MIGRATION_KEY, cursor) }
}

function unknownVersion(found: string, migrations: readonly Migration[]): StoreError {
  const known = [...migrations.map(({ from }) => from), migrations.at(-1)?.to ?? VERSION]
  return new StoreError(
    'VERSION',
    `the store is of version ${JSON.stringify(found.slice(0, 64))}, this program knows ${known.join(', ')}`,
  )
}
