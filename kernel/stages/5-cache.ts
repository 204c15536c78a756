/**
 * Stage 5: keep what came of a run. A pure result becomes a block and a receipt under its cache key; the result
 * of an effect is stored as a block only when it is too long for the reply (spec/result-cache.md).
 */
import { CODEC, hashBlock, storeContent } from '../../promisebase/index.ts'
import { signReceipt } from '../cache/receipt.ts'
import { SPACE } from '../spaces.ts'
import type { CID } from 'multiformats/cid'
import type { CryptoProvider, Transaction } from '../../promisebase/index.ts'
import type { Executed, Invocation, Ran, Signer } from '../interface.ts'
import type { Limits } from '../limits.ts'

export interface KeepContext {
  readonly crypto: CryptoProvider
  readonly signer: Signer
  readonly grid: CID
  readonly limits: Limits
}

/** Stages the result and its receipt under the cache key of the invocation. */
export function keepPure(
  invocation: Invocation,
  cacheKey: CID,
  ran: Ran,
  transaction: Transaction,
  context: KeepContext,
): Executed {
  const { profile, authorised } = invocation
  const cid = stageResult(transaction, ran)
  transaction.putBlockAs(profile.cid, profile.block)
  const receipt = signReceipt(context.crypto, context.signer, {
    issuedAt: authorised.now,
    grid: context.grid,
    cacheKey,
    result: cid,
    fuel: ran.fuel,
    profile: profile.cid,
  }).bytes
  transaction.put(SPACE.results, cacheKey.bytes, receipt)
  return { result: { cid, bytes: ran.output }, fuel: ran.fuel, receipt }
}

/** The result of an effect: nothing vouches for it but the reply. */
export function keepEffect(ran: Ran, transaction: Transaction, context: KeepContext): Executed {
  const inline = ran.output.length <= context.limits.inlineBytes
  if (inline) stageNamed(transaction, ran)
  const cid = inline ? nameResult(context.crypto, ran) : stageResult(transaction, ran)
  return { result: { cid, bytes: ran.output }, fuel: ran.fuel }
}

/** The CID of a short result: raw, or dag-cbor where it may name blocks, for then its links are followed. */
function nameResult({ sha256 }: Pick<CryptoProvider, 'sha256'>, { output, blocks }: Ran): CID {
  return hashBlock(sha256, blocks === undefined ? CODEC.raw : CODEC.dagCbor, output)
}

/** Stages what a result names. */
export function stageNamed(transaction: Pick<Transaction, 'putBlock'>, { blocks = [] }: Ran): void {
  for (const { bytes, codec } of blocks) transaction.putBlock(bytes, codec)
}

function stageResult(transaction: Transaction, ran: Ran): CID {
  stageNamed(transaction, ran)
  return ran.blocks === undefined
    ? storeContent(transaction, ran.output)
    : transaction.putBlock(ran.output, CODEC.dagCbor)
}
