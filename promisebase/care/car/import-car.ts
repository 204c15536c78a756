/** Brings the blocks of a CAR into a store, each checked against its name before it is kept. */
import { StoreError } from '../../errors.ts'
import { compareBytes } from '../../keys.ts'
import { descend, isInline } from './descend.ts'
import { openCar } from './read-car.ts'
import { refuseAt } from './refusal.ts'
import type { CID } from 'multiformats/cid'
import type { Result, Store, Transaction } from '../../interface.ts'
import type { ByteChunks } from './byte-source.ts'
import type { CarProgress } from './export-car.ts'
import type { CarBlock, OpenCar } from './read-car.ts'
import type { CarRefusalCode } from './refusal.ts'

export interface ImportCarOptions {
  /** Longest CAR that is read; unlimited without it. */
  readonly bytesMax?: number
  readonly signal?: AbortSignal
  /** Called after each transaction. */
  readonly onProgress?: (progress: CarProgress) => void
  /** False leaves out following the roots at the end: whether they are complete is then not known. */
  readonly checkRoots?: boolean
}

/** What a CAR brought. */
export interface ImportedCar extends CarProgress {
  readonly version: 1 | 2
  readonly roots: readonly ImportedRoot[]
}

export interface ImportedRoot {
  readonly cid: CID
  /** Whether all that is reachable from it is in the store now; undefined when that was not looked at. */
  readonly complete: boolean | undefined
}

/** One transaction holds as much of a CAR as this, and at least one block. */
const BATCH_BLOCKS = 1_024
const BATCH_BYTES = 8 * 1024 * 1024

/**
 * Imports in transactions of bounded size. What is refused, aborted or cut off midway leaves the blocks that came
 * before: nothing points at them, and importing again begins anew.
 * @throws {StoreError} as {@link Store.transact} does @throws what `signal` was aborted with, and what the source throws
 */
export async function importCar(
  store: Store,
  chunks: ByteChunks,
  options: ImportCarOptions = {},
): Promise<Result<ImportedCar, CarRefusalCode>> {
  const opened = await openCar(chunks, options)
  if (opened.refused) return opened
  const car = opened.ok
  try {
    const imported = await importBlocks(store, car, options)
    if (imported.refused) return imported
    const roots = await reportRoots(store, car.roots, options)
    return { ok: { version: car.version, roots, ...imported.ok } }
  } finally {
    await car.close()
  }
}

async function importBlocks(
  store: Store,
  car: OpenCar,
  options: ImportCarOptions,
): Promise<Result<CarProgress, CarRefusalCode>> {
  const done = { blocks: 0, bytes: 0 }
  let carried: CarBlock | undefined
  do {
    const batch = await nextBatch(car, carried)
    if (batch.refused) return batch
    const { blocks } = batch.ok
    carried = batch.ok.carried
    // Only the end of all need be on the disk before it is answered, and it brings everything before along.
    const commit = { durable: carried === undefined, ...signalOf(options) }
    const refused = await putBlocks(store, blocks, commit)
    if (refused) return refused
    done.blocks += blocks.length
    for (const { bytes } of blocks) done.bytes += bytes.length
    options.onProgress?.({ ...done })
  } while (carried !== undefined)
  return { ok: done }
}

interface Batch {
  readonly blocks: readonly CarBlock[]
  /** The first block of the next batch; without one, this is the last. */
  readonly carried: CarBlock | undefined
}

async function nextBatch(car: OpenCar, first: CarBlock | undefined): Promise<Result<Batch, CarRefusalCode>> {
  const blocks = first === undefined ? [] : [first]
  let bytes = first?.bytes.length ?? 0
  for (;;) {
    const next = await car.next()
    if (next.refused) return next
    const block = next.ok
    const isFull = blocks.length >= BATCH_BLOCKS || bytes >= BATCH_BYTES
    if (block === undefined || isFull) return { ok: { blocks, carried: block } }
    blocks.push(block)
    bytes += block.bytes.length
  }
}

interface Commit {
  readonly durable: boolean
  readonly signal?: AbortSignal
}

/** Nothing of a batch is kept when one of its blocks is not what its name says. */
async function putBlocks(
  store: Store,
  blocks: readonly CarBlock[],
  commit: Commit,
): Promise<CarRefused | undefined> {
  try {
    await store.transact((transaction) => stageBlocks(transaction, blocks), commit)
    return undefined
  } catch (error) {
    if (error instanceof Refused) return error.refused
    // A store may have been opened with lower bounds for its transactions.
    if (blocks.length === 1 || !(error instanceof StoreError && error.code === 'LIMIT')) throw error
    const half = Math.ceil(blocks.length / 2)
    const first = await putBlocks(store, blocks.slice(0, half), commit)
    return first ?? putBlocks(store, blocks.slice(half), commit)
  }
}

function stageBlocks(transaction: Transaction, blocks: readonly CarBlock[]): void {
  for (const block of blocks) {
    const refused = isInline(block.cid) ? checkInline(block) : stageBlock(transaction, block)
    if (refused) throw new Refused(refused)
  }
}

type CarRefused = ReturnType<typeof refuseAt>

/** Ends a transaction of which nothing is to be kept. */
class Refused extends Error {
  readonly refused: CarRefused

  constructor(refused: CarRefused) {
    super(refused.refused.detail)
    this.refused = refused
  }
}

function checkInline({ cid, bytes, offset }: CarBlock): CarRefused | undefined {
  const isSame = compareBytes(cid.multihash.digest, bytes) === 0
  return isSame ? undefined : refuseAt('HASH', offset, `${cid} does not hold the bytes beside it`)
}

function stageBlock(transaction: Transaction, { cid, bytes, offset }: CarBlock): CarRefused | undefined {
  try {
    transaction.putBlockAs(cid, bytes)
    return undefined
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'HASH')) throw error
    return refuseAt('HASH', offset, `block ${cid} is not what its name says, or its hash is not known here`)
  }
}

async function reportRoots(
  store: Store,
  roots: readonly CID[],
  { checkRoots = true, signal }: ImportCarOptions,
): Promise<ImportedRoot[]> {
  using snapshot = store.snapshot()
  const reports: ImportedRoot[] = []
  for (const cid of roots) {
    let complete: boolean | undefined
    if (checkRoots) {
      complete = true
      for await (const { bytes } of descend(snapshot, [cid], signal)) {
        complete = bytes !== undefined
        if (!complete) break
      }
    }
    reports.push({ cid, complete })
  }
  return reports
}

function signalOf({ signal }: { readonly signal?: AbortSignal }): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}
