import { CODEC } from './cid.ts'
import type { CID } from 'multiformats/cid'
import type { Result, Snapshot, Transaction } from './interface.ts'

export function storeContent(transaction: Pick<Transaction, 'putBlock'>, bytes: Uint8Array): CID {
  return transaction.putBlock(bytes, CODEC.raw)
}

export async function readContent(snapshot: Pick<Snapshot, 'getBlock'>, cid: CID, bytesMax: number): Promise<Result<Uint8Array, 'MISSING' | 'LIMIT' | 'SHAPE'>> {
  const bytes = await snapshot.getBlock(cid)
  if (bytes === undefined) return { refused: { code: 'MISSING', detail: cid.toString() } }
  return bytes.length > bytesMax ? { refused: { code: 'LIMIT', detail: `${bytes.length}` } } : { ok: bytes }
}
