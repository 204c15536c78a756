/**
 * Restores a backup into an empty backend (spec/backup.md). The version of the store, without which none can be
 * opened, is written when all else has been read back: what ends midway is never taken for a store.
 */
import { storeHasher } from '../../block.ts'
import { decodeHead, verifyTail } from '../../commit-record.ts'
import { StoreError } from '../../errors.ts'
import { compareBytes, HEAD_KEY } from '../../keys.ts'
import { isEmpty, versionWrite } from '../../open-head.ts'
import { SealedSnapshot, sealWrite } from '../../sealed.ts'
import { refuseAt } from '../car/refusal.ts'
import { readBackup } from './read-backup.ts'
import { paged } from './paging.ts'
import type { CID } from 'multiformats/cid'
import type {
  Backend,
  BackendSnapshot,
  BackendWrite,
  CryptoProvider,
  Hasher,
  Refusal,
  Result,
} from '../../interface.ts'
import type { ByteChunks } from '../car/byte-source.ts'
import type { BackupTotals, Manifest } from './manifest.ts'
import type { BackupRefusalCode, BackupReader } from './read-backup.ts'

export interface RestoreOptions {
  readonly crypto: Pick<CryptoProvider, 'sha256'>
  /** Further hashes of blocks, as the store was opened with that was backed up. */
  readonly hasher?: Hasher
  /** The root that {@link backup} reported: any other backup is refused. Without it, any whole backup is taken. */
  readonly root?: CID
  readonly signal?: AbortSignal
  /** Called after each batch of writes, and each page that is read back. */
  readonly onProgress?: (progress: RestoreProgress) => void
}

export interface RestoreProgress {
  readonly phase: 'writing' | 'verifying'
  /** Octets of keys and values. */
  readonly bytes: number
  readonly all: BackupTotals
}

export interface RestoreReport extends BackupTotals {
  readonly root: CID
}

/**
 * Restores what `chunks` holds; open the store with `createStore` over the same backend then. What is refused or fails
 * leaves the backend as empty as it was.
 * @throws {StoreError} `IO`, `FULL`, `INDETERMINATE` of the backend
 * @throws what `signal` was aborted with, and what the source throws
 */
export async function restore(
  chunks: ByteChunks,
  backend: Backend,
  options: RestoreOptions,
): Promise<Result<RestoreReport, BackupRefusalCode>> {
  if (!(await isEmptyNow(backend))) return OCCUPIED
  const target = { backend, isOurs: false }
  try {
    const restored = await restoreInto(chunks, target, options)
    if (restored.refused) await removeAll(target)
    return restored
  } catch (error) {
    await removeAll(target, error)
    throw error
  }
}

const OCCUPIED = { refused: { code: 'OCCUPIED', detail: 'there is something in the backend' } } as const

interface Target {
  readonly backend: Backend
  /** Whether we have begun to write: nobody else begins a store where there is something. */
  isOurs: boolean
}

async function restoreInto(
  chunks: ByteChunks,
  target: Target,
  options: RestoreOptions,
): Promise<Result<RestoreReport, BackupRefusalCode>> {
  const { backend } = target
  const hasher = storeHasher(options.crypto.sha256, options.hasher)
  const opened = await readBackup(chunks, hasher, options)
  if (opened.refused) return opened
  const reader = opened.ok
  try {
    const refused =
      (await writeAll(reader, target, options)) ?? (await readBack(reader, backend, hasher, options))
    if (refused) return { refused }
  } finally {
    await reader.close()
  }
  options.signal?.throwIfAborted()
  // With it, others may open the store and write to it.
  target.isOurs = backend.shared === undefined
  await backend.batch([versionWrite()], { durable: true })
  const { last: _last, ...totals } = reader.manifest
  return { ok: { ...totals, root: reader.root } }
}

/** One batch holds so much, and one write more. */
const BATCH_WRITES = 1_024
const BATCH_BYTES = 8 * 1024 * 1024

async function writeAll(
  reader: BackupReader,
  target: Target,
  { onProgress }: RestoreOptions,
): Promise<Refusal<BackupRefusalCode> | undefined> {
  let bytes = 0
  for (let isOver = false; !isOver;) {
    const writes: BackendWrite[] = []
    let batchBytes = 0
    while (!isOver && writes.length < BATCH_WRITES && batchBytes < BATCH_BYTES) {
      const next = await reader.next()
      if (next.refused) return next.refused
      isOver = next.ok === undefined
      if (next.ok === undefined) continue
      writes.push(sealWrite({ type: 'put', ...next.ok }))
      batchBytes += next.ok.key.length + next.ok.value.length
    }
    if (!(await writeSome(target, writes, isOver))) return OCCUPIED.refused
    bytes += batchBytes
    onProgress?.({ phase: 'writing', bytes, all: reader.manifest })
  }
  return undefined
}

/** False when somebody else has begun to write: over a shared backend one does, under a turn. */
async function writeSome(
  target: Target,
  writes: readonly BackendWrite[],
  durable: boolean,
): Promise<boolean> {
  const { backend, isOurs } = target
  const turn = isOurs ? undefined : await backend.shared?.takeTurn()
  if (turn !== undefined && !(await isEmpty(turn))) {
    await turn.abandon()
    return false
  }
  // Of a turn that failed nobody can say that what is there afterwards is ours.
  target.isOurs = turn === undefined
  await (turn === undefined ? backend.batch(writes, { durable }) : turn.commit(writes, { durable }))
  target.isOurs = true
  return true
}

/** Pages what is there now: when it is what was backed up, the last page has the same name, and so has all before. */
async function readBack(
  reader: BackupReader,
  backend: Backend,
  hasher: Hasher,
  { signal, onProgress }: RestoreOptions,
): Promise<Refusal<BackupRefusalCode> | undefined> {
  const snapshot = new SealedSnapshot(backend.snapshot())
  try {
    let found: Manifest | undefined
    for await (const { manifest } of paged(snapshot, hasher, signal)) {
      found = manifest
      onProgress?.({ phase: 'verifying', bytes: manifest.bytes, all: reader.manifest })
    }
    if (found === undefined || !isSame(found, reader.manifest))
      return refuseAt('SHAPE', reader.offset, 'what was restored is not what the manifest says').refused
    return await checkCommits(snapshot, reader)
  } finally {
    snapshot.close()
  }
}

/** Opening the store would refuse these commits: then nobody is told that it was restored. */
async function checkCommits(
  snapshot: BackendSnapshot,
  reader: BackupReader,
): Promise<Refusal<BackupRefusalCode> | undefined> {
  try {
    await verifyTail(snapshot, decodeHead(await snapshot.get(HEAD_KEY)))
    return undefined
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'CORRUPT')) throw error
    return refuseAt('SHAPE', reader.offset, error.message).refused
  }
}

function isSame(a: Manifest, b: Manifest): boolean {
  const { last, ...totals } = a
  const names = Object.keys(totals) as (keyof BackupTotals)[]
  return compareBytes(last.bytes, b.last.bytes) === 0 && names.every((name) => a[name] === b[name])
}

async function isEmptyNow(backend: Backend): Promise<boolean> {
  const snapshot = backend.snapshot()
  try {
    return await isEmpty(snapshot)
  } finally {
    snapshot.close()
  }
}

/**
 * Ends with the last of our keys, and does not look again: from then on somebody else may begin a store.
 * @throws {StoreError} `IO` with `cause` when it could not be removed
 */
async function removeAll({ backend, isOurs }: Target, cause?: unknown): Promise<void> {
  if (!isOurs) return
  try {
    let isLeft = true
    while (isLeft) {
      const keys = await someKeys(backend)
      isLeft = keys.length > BATCH_WRITES
      const writes = keys.slice(0, BATCH_WRITES).map((key) => ({ type: 'delete', key }) as const)
      if (writes.length > 0) await backend.batch(writes, { durable: true })
    }
  } catch (error) {
    throw new StoreError('IO', 'a restore that failed could not be removed', { cause: cause ?? error })
  }
}

/** One more than are deleted at once tells whether any is left. */
async function someKeys(backend: Backend): Promise<Uint8Array[]> {
  const snapshot = backend.snapshot()
  try {
    const keys: Uint8Array[] = []
    for await (const [key] of snapshot.range({ limit: BATCH_WRITES + 1 })) keys.push(key)
    return keys
  } finally {
    snapshot.close()
  }
}
