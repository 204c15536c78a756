/**
 * Content that was computed, as blocks of one transaction: one raw block, or the pieces of 1 MiB and a tree of
 * version 1. Results of computations are compared by their CIDs, so how they are cut is part of every protocol
 * and stays as it is; files and streams go through {@link writeContent}.
 */
import { CODEC } from '../cid.ts'
import { BLOCK_BYTES_MAX } from '../store-limits.ts'
import { encodeFlatTree } from './tree-block.ts'
import type { CID } from 'multiformats/cid'
import type { Transaction } from '../interface.ts'

/** Stages content and answers the CID under which {@link readContent} finds it. */
export function storeContent(transaction: Pick<Transaction, 'putBlock'>, bytes: Uint8Array): CID {
  if (bytes.length <= BLOCK_BYTES_MAX) return transaction.putBlock(bytes)
  const parts: CID[] = []
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES_MAX) {
    parts.push(transaction.putBlock(bytes.subarray(at, at + BLOCK_BYTES_MAX)))
  }
  return transaction.putBlock(encodeFlatTree(bytes.length, parts), CODEC.dagCbor)
}
