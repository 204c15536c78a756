/**
 * Conflicts that wait for somebody, in the space `merge.queue`. An entry is there as long as both commits are heads of
 * the branch: it goes in the transaction in which one of them ceases to be, and with it nothing but the question.
 *
 *   key   = name ":" id                            ; UTF-8
 *   value = dag-cbor [ left, right, [* base], [* [of, code, detail]], [* [proposer, content]] ]
 *   id    = CID of the dag-cbor block [ name, left, right ]
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { decodeCbor } from '../cbor/decode.ts'
import { encodeDagCbor } from '../cbor/encode.ts'
import { DAG_CBOR_PROFILE } from '../cbor/profile.ts'
import { CODEC, hashBlock, parseCid } from '../cid.ts'
import { StoreError } from '../errors.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot, SpaceEntry, Transaction } from '../interface.ts'
import type { MergeCode, Objection, Proposal } from './interface.ts'

/** A conflict as it is kept: names alone. */
export interface QueuedConflict {
  readonly id: CID
  readonly name: string
  readonly left: CID
  readonly right: CID
  readonly bases: readonly CID[]
  readonly objections: readonly Objection[]
  readonly proposals: readonly Proposal[]
}

const SPACE = 'merge.queue'

export function conflictId(name: string, left: CID, right: CID): CID {
  return hashBlock(sha256, CODEC.dagCbor, encodeDagCbor([name, left, right]))
}

/** Those of one branch, or of all; in the order of names and ids. @throws {StoreError} `CORRUPT` */
export async function* readQueue(
  snapshot: Pick<Snapshot, 'range'>,
  name?: string,
): AsyncGenerator<QueuedConflict, void, undefined> {
  const range = name === undefined ? {} : { prefix: encoder.encode(`${name}:`) }
  for await (const entry of snapshot.range(SPACE, range)) yield conflictOf(entry)
}

/** The one that waits; undefined when it does not, or not any more. @throws {StoreError} `CORRUPT` */
export async function queuedAs(
  transaction: Pick<Transaction, 'get'>,
  { id, name }: Pick<QueuedConflict, 'id' | 'name'>,
): Promise<QueuedConflict | undefined> {
  const key = keyOf({ id, name })
  const value = await transaction.get(SPACE, key)
  return value && conflictOf({ key, value })
}

export function putConflict(transaction: Transaction, conflict: QueuedConflict): void {
  const { left, right, bases, objections, proposals } = conflict
  const value = encodeDagCbor([
    ...[left, right, bases],
    objections.map(({ of, code, detail }) => [of, code, detail]),
    proposals.map(({ proposer, content }) => [proposer, content]),
  ])
  transaction.put(SPACE, keyOf(conflict), value)
}

export function deleteConflict(
  transaction: Transaction,
  conflict: Pick<QueuedConflict, 'id' | 'name'>,
): void {
  transaction.delete(SPACE, keyOf(conflict))
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function keyOf({ name, id }: Pick<QueuedConflict, 'id' | 'name'>): Uint8Array {
  return encoder.encode(`${name}:${id.toString()}`)
}

function conflictOf({ key, value }: SpaceEntry): QueuedConflict {
  const text = decoder.decode(key)
  const end = text.lastIndexOf(':')
  const id = parseCid(text.slice(end + 1)).ok
  const decoded = decodeCbor(value, DAG_CBOR_PROFILE).ok
  if (id === undefined || !Array.isArray(decoded))
    throw new StoreError('CORRUPT', `entry ${JSON.stringify(text)} of the space ${SPACE}`)
  const [left, right, bases, objections, proposals] = decoded as [
    CID,
    CID,
    CID[],
    string[][],
    [string, CID][],
  ]
  return {
    ...{ id, name: text.slice(0, end), left, right, bases },
    objections: objections.map(([of = '', code, detail = '']) => ({ of, code: code as MergeCode, detail })),
    proposals: proposals.map(([proposer, content]) => ({ proposer, content })),
  }
}
