/** Tokens a node keeps, so that a message can name them by id instead of carrying their bytes. */
import { idKey, SPACE } from '../spaces.ts'
import { verifyByStore } from '../key-sets.ts'
import { readToken } from './token.ts'
import type { Result } from '../errors.ts'
import type { Capability } from '../interface.ts'
import type { KernelState } from '../state.ts'

/** Keeps a token whose signature holds. A bearer token is never kept: whoever reads it could use it. */
export async function keepToken(kernel: KernelState, bytes: Uint8Array): Promise<Result<Capability>> {
  const { crypto, store } = kernel.powers
  const token = readToken(crypto, kernel.keys, bytes)
  if (token.refused !== undefined) return token
  const verified = await verifyByStore(kernel, token.ok.object, token.ok.capability.issuer)
  if (verified.refused !== undefined) return verified
  const { capability } = token.ok
  if (capability.holder === 'bearer')
    return { refused: { code: 'SHAPE', detail: 'a bearer token is presented, never stored' } }
  await store.transact((transaction) => transaction.put(SPACE.tokens, idKey(capability.id), bytes))
  return { ok: capability }
}
