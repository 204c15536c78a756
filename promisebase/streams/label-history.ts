/**
 * Who moved a label, from where to where: entries of the space `.label-history`, written in the transaction that moves
 * the label (spec/streams.md, "History of labels").
 *
 *   key   = tuple of text (the label), uint (1 for the first move that was kept, then one more for each)
 *   value = { ? "by": text, ? "from": CID, ? "to": CID, "transaction": text }      ; dag-cbor
 */
import { isCid } from '../cid.ts'
import { StoreError } from '../errors.ts'
import { KEY } from '../spaces/key-codec.ts'
import { createSpace } from '../spaces/typed-space.ts'
import { VALUE } from '../spaces/value-codec.ts'
import type { CID } from 'multiformats/cid'
import type { CborValue } from '../cbor/value.ts'
import type { Snapshot, Transaction } from '../interface.ts'

/** A move as it is kept: its sequence is that of its transaction. */
export interface KeptMove {
  readonly transaction: string
  readonly by: string | undefined
  readonly from: CID | undefined
  readonly to: CID | undefined
}

const moves = createSpace('.label-history', { key: KEY.tuple(KEY.text, KEY.uint), value: VALUE.dagCbor })

/** Keeps a move, and drops the one `keep` before it. */
export async function stageMove(
  transaction: Transaction,
  name: string,
  { by, from, to }: Omit<KeptMove, 'transaction'>,
  keep: number,
): Promise<void> {
  let last = 0
  for await (const { key } of moves.range(transaction, { prefix: [name], reverse: true, limit: 1 }))
    last = key[1]
  const move = {
    transaction: transaction.id,
    ...(by !== undefined && { by }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  }
  await moves.put(transaction, [name, last + 1], move)
  if (last >= keep) await moves.delete(transaction, [name, last + 1 - keep])
}

/** The moves of a label, the newest first. @throws {StoreError} `CORRUPT` */
export async function* keptMoves(
  snapshot: Pick<Snapshot, 'get' | 'range'>,
  name: string,
  limit?: number,
): AsyncGenerator<KeptMove, void, undefined> {
  const range = { prefix: [name], reverse: true, ...(limit !== undefined && { limit }) } as const
  for await (const { value } of moves.range(snapshot, range)) yield readMove(name, value)
}

function readMove(name: string, value: CborValue): KeptMove {
  if (!(value instanceof Map)) throw broken(name)
  const [transaction, by] = [value.get('transaction'), value.get('by')]
  const [from, to] = [value.get('from'), value.get('to')]
  if (typeof transaction !== 'string' || !(by === undefined || typeof by === 'string')) throw broken(name)
  if (!isPlace(from) || !isPlace(to)) throw broken(name)
  return { transaction, by, from, to }
}

function isPlace(value: CborValue | undefined): value is CID | undefined {
  return value === undefined || isCid(value)
}

function broken(name: string): StoreError {
  return new StoreError('CORRUPT', `the history of the label ${name}`, { at: { label: name } })
}
