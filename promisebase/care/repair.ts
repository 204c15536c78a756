/**
 * Blocks that are missing or corrupt, fetched from somewhere else: another store, a backup, a peer. Nobody has to be
 * believed, since every block proves itself by its name.
 */
import { StoreError } from '../errors.ts'
import { careOf } from '../store-care.ts'
import { FIRST_MAX } from './damage.ts'
import { SEED_BYTES } from './marks.ts'
import { walkRoots } from './verify-graph.ts'
import type { CID } from 'multiformats/cid'
import type { Store } from '../interface.ts'
import type { Damage, Found } from './damage.ts'
import type { VerifyGraphOptions } from './verify-graph.ts'

/** The bytes of a block, undefined when the source does not have it. What it throws ends the repair. */
export type RepairSource = (cid: CID) => Promise<Uint8Array | undefined>

export interface RepairOptions extends VerifyGraphOptions {
  readonly source: RepairSource
}

export interface RepairReport {
  /** Whether everything that the roots lead to can be read now. */
  readonly isWhole: boolean
  /** Blocks that were put, and their bytes. */
  readonly mended: number
  readonly bytes: number
  /** What is still missing, corrupt, undecodable or opaque. */
  readonly damage: Damage
  /** Blocks for which the source gave other bytes; they are among the missing or corrupt ones. */
  readonly wrong: Found
}

/**
 * Walks from the roots, and puts what is missing or corrupt as far as the source has it; what a mended block links to
 * is followed as well. Each block is committed by itself, so what was mended stays when the rest fails.
 * @throws {StoreError} as `transact` does @throws what the source throws, and the reason of the signal
 */
export async function repair(store: Store, { source, ...options }: RepairOptions): Promise<RepairReport> {
  const done = { mended: 0, bytes: 0 }
  const wrong = { count: 0, first: [] as CID[] }
  const mend = async (cid: CID): Promise<Uint8Array | undefined> => {
    const bytes = await source(cid)
    if (bytes === undefined) return undefined
    if (!(await putChecked(store, cid, bytes))) {
      wrong.count++
      if (wrong.first.length < (options.firstMax ?? FIRST_MAX)) wrong.first.push(cid)
      return undefined
    }
    done.mended++
    done.bytes += bytes.length
    return bytes
  }
  using snapshot = store.snapshot()
  const { damage } = await walkRoots(snapshot, careOf(store).random(SEED_BYTES), options, mend)
  const isWhole = damage.missing.count + damage.corrupt.count + damage.undecodable.count === 0
  return { isWhole, ...done, damage, wrong }
}

/** False when the bytes are not those of the CID. */
async function putChecked(store: Store, cid: CID, bytes: Uint8Array): Promise<boolean> {
  try {
    await store.transact((transaction) => transaction.putBlockAs(cid, bytes))
    return true
  } catch (error) {
    if (error instanceof StoreError && (error.code === 'HASH' || error.code === 'LIMIT')) return false
    throw error
  }
}
