/**
 * The heads of a branch: commits that are not ancestors of one another, each under a label of its own, so that any
 * number of them is kept until they are merged, and whatever follows labels keeps their histories.
 *
 *   label = "heads/" name ":" text of the commit's CID
 */
import { parseCid } from '../cid.ts'
import { StoreError } from '../errors.ts'
import { sortedCids } from './compare.ts'
import { MERGE_LIMITS } from './limits.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot, Transaction } from '../interface.ts'

const PREFIX = 'heads/'
/** A colon ends the name. What a terminal would act on is in no name. */
const NAME = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}:]+$/u

/** Whether a branch can have this name. */
export function isBranchName(name: string): boolean {
  if (typeof name !== 'string' || !NAME.test(name) || name.trim() !== name) return false
  return new TextEncoder().encode(name).length <= MERGE_LIMITS.nameBytes
}

/** @throws {TypeError} when no branch can have this name */
export function checkBranchName(name: string): void {
  if (isBranchName(name)) return
  throw new TypeError(
    `the name of a branch is text of 1 to ${MERGE_LIMITS.nameBytes} bytes without colons, control characters and spaces at its ends`,
  )
}

/** Sorted by their bytes; none for a branch that is not there. @throws {StoreError} `CORRUPT` */
export async function readHeads(snapshot: Pick<Snapshot, 'labels'>, name: string): Promise<CID[]> {
  const prefix = `${PREFIX}${name}:`
  const heads: CID[] = []
  for await (const label of snapshot.labels(prefix)) {
    if (label.name !== prefix + label.cid.toString())
      throw new StoreError('CORRUPT', `label ${label.name} names another commit than it points at`)
    heads.push(label.cid)
  }
  return sortedCids(heads)
}

/** Every branch, in the order of names. */
export async function* readBranchNames(
  snapshot: Pick<Snapshot, 'labels'>,
): AsyncGenerator<string, void, undefined> {
  let last: string | undefined
  for await (const { name: label } of snapshot.labels(PREFIX)) {
    const end = label.lastIndexOf(':')
    const name = label.slice(PREFIX.length, end)
    if (name === last || parseCid(label.slice(end + 1)).refused !== undefined) continue
    last = name
    yield name
  }
}

/** Makes `next` the heads. The labels it changes are read, so that nobody moves them meanwhile. */
export async function writeHeads(
  transaction: Transaction,
  name: string,
  current: readonly CID[],
  next: readonly CID[],
): Promise<void> {
  const label = (cid: CID): string => `${PREFIX}${name}:${cid.toString()}`
  for (const cid of current) if (!includes(next, cid)) await transaction.setLabel(label(cid), cid, undefined)
  for (const cid of next) if (!includes(current, cid)) await transaction.setLabel(label(cid), undefined, cid)
}

export function isSameHeads(a: readonly CID[], b: readonly CID[]): boolean {
  return a.length === b.length && a.every((cid) => includes(b, cid))
}

function includes(cids: readonly CID[], cid: CID): boolean {
  return cids.some((each) => each.equals(cid))
}
