/**
 * Backs up a store while it is in use: one moment of it, whole, as a CAR whose root is a manifest (spec/backup.md).
 * Everything is read twice: the first time finds what is damaged before a byte is written, and what the manifest says.
 */
import { StoreError } from '../../errors.ts'
import { createCid, CODEC } from '../../cid.ts'
import { SHA2_256 } from '../../hash.ts'
import { bareSnapshot } from '../../snapshot.ts'
import { encodeHeader } from '../car/header.ts'
import { encodeSection } from '../car/section.ts'
import { encodeManifest } from './manifest.ts'
import { paged } from './paging.ts'
import type { CID } from 'multiformats/cid'
import type { BackendSnapshot, Hasher, Store } from '../../interface.ts'
import type { Section } from '../car/section.ts'
import type { BackupTotals, Manifest } from './manifest.ts'

/** Takes the next piece; what it answers is waited for, so a promise holds the next piece back. */
export type ByteSink = (chunk: Uint8Array) => unknown

export interface BackupOptions {
  readonly signal?: AbortSignal
  /** Called after each page, of a few megabytes at most. */
  readonly onProgress?: (progress: BackupProgress) => void
}

export interface BackupProgress {
  /** Reading comes first; writing reads once more. */
  readonly phase: 'reading' | 'writing'
  /** What this phase has done. */
  readonly done: BackupTotals
  /** What there is to do; known when writing. */
  readonly all?: BackupTotals
}

export interface BackupReport extends BackupTotals {
  /** Of the manifest, the root: it names all that is in the backup, and is needed to know a backup for the one meant. */
  readonly root: CID
  /** Octets handed to the sink. */
  readonly written: number
}

/**
 * Writes the state of this moment into `sink`; commits go on meanwhile and are not in it. Nothing is written when the
 * store is damaged. The same state gives the same bytes.
 * @throws {StoreError} `CORRUPT`; `HASH` for blocks whose hash this store was not opened with; `CLOSED`
 * @throws what `signal` was aborted with, and what the sink throws
 */
export async function backup(
  store: Store,
  sink: ByteSink,
  options: BackupOptions = {},
): Promise<BackupReport> {
  using snapshot = store.snapshot()
  const { snapshot: below, hasher } = bareSnapshot(snapshot)
  const manifest = await measure(below, hasher, options)
  const bytes = encodeManifest(manifest)
  const root = { cid: createCid(CODEC.dagCbor, hasher.digest(SHA2_256, bytes)), bytes }
  const written = await write({ snapshot: below, hasher, manifest, root }, sink, options)
  return { ...totalsOf(manifest), root: root.cid, written }
}

async function measure(
  snapshot: BackendSnapshot,
  hasher: Hasher,
  { signal, onProgress }: BackupOptions,
): Promise<Manifest> {
  let whole: Manifest | undefined
  for await (const { manifest } of paged(snapshot, hasher, signal)) {
    whole = manifest
    onProgress?.({ phase: 'reading', done: totalsOf(manifest) })
  }
  if (whole === undefined) throw new StoreError('CORRUPT', 'the head is missing')
  return whole
}

interface Measured {
  readonly snapshot: BackendSnapshot
  readonly hasher: Hasher
  readonly manifest: Manifest
  readonly root: Section
}

async function write(
  { snapshot, hasher, manifest, root }: Measured,
  sink: ByteSink,
  { signal, onProgress }: BackupOptions,
): Promise<number> {
  let written = 0
  const emit = async (chunk: Uint8Array) => {
    signal?.throwIfAborted()
    await sink(chunk)
    written += chunk.length
  }
  const all = totalsOf(manifest)
  await emit(encodeHeader([root.cid]))
  await emit(encodeSection(root))
  for await (const { page, blocks, manifest: done } of paged(snapshot, hasher, signal)) {
    await emit(encodeSection(page))
    for (const block of blocks) await emit(encodeSection(block))
    onProgress?.({ phase: 'writing', done: totalsOf(done), all })
  }
  return written
}

function totalsOf({ last: _last, ...totals }: Manifest): BackupTotals {
  return totals
}
