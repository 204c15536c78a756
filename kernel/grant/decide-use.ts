/**
 * What a use of a grant handle asks for, decided by the stages that decide about messages: as if the holder had
 * signed a message of its own for it, with the claims of the one that opened the handle.
 */
import { CODEC, cidKey, hashBlock } from '../../promisebase/index.ts'
import { cacheKeys } from '../cache/key.ts'
import { decisionContext } from '../decision.ts'
import { decideMessage } from '../dispatch.ts'
import { uint64 } from '../spaces.ts'
import { validate } from '../stages/1-validate.ts'
import { traced } from '../trace.ts'
import { epochOf, isOfEpoch, isPlain, stillGranted } from './open-handle.ts'
import type { CID } from 'multiformats/cid'
import type { CryptoProvider, OpenSnapshot } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Invocation, Message, MessageClaims, Value } from '../interface.ts'
import type { StageRunner } from '../dispatch.ts'
import type { Given } from './named-input.ts'
import type { OpenHandle, Prepared } from './open-handle.ts'

const NOTHING = new Uint8Array(0)

/** Arguments as a caller hands them in: named bytes, or the CID of content this node has. */
export type UseInput = Given | { readonly cid: CID; readonly bytes?: undefined }

export async function decideUse(
  handle: OpenHandle,
  method: string,
  input: UseInput,
  snapshot: OpenSnapshot,
  now: number,
): Promise<Result<Invocation>> {
  const { kernel } = handle
  const run: StageRunner = (stage, message, work) => traced(kernel, stage, message, work)
  const context = decisionContext(kernel, snapshot, now)
  if (!isOfEpoch(handle)) {
    const epoch = epochOf(kernel)
    const message = await run('validate', handle.message, () => validate(handle.message.bytes, context))
    if (message.refused !== undefined) return message
    handle.message = message.ok
    handle.methods.clear()
    handle.epoch = epoch
  }
  const decision = await decideMessage(messageFor(handle.message, method, input), context, run)
  if (decision.refused !== undefined) return { refused: decision.refused }
  // What was decided while everything changed holds for this use, and for no other.
  if (stillGranted(handle, now)) prepare(handle, decision.invocation)
  return { ok: decision.invocation }
}

/** Keeps what the next use of the method needs not decide again. */
export function prepare(handle: OpenHandle, invocation: Invocation): void {
  // What the ledger says can change with any reply.
  if (!isPlain(handle.chain) || handle.kernel.powers.trusts !== undefined) return
  const { arguments: _before, cacheKey: isPure, ...common } = invocation
  handle.methods.set(
    common.method,
    isPure === undefined ? { common } : { common, results: namesOf(common, handle.kernel.powers.crypto) },
  )
}

function namesOf(common: Prepared['common'], crypto: CryptoProvider): Required<Prepared>['results'] {
  const { method, context, profile, authorised } = common
  const { protocol } = authorised.message
  const named = { protocol, method, context: context.cid, profile: profile.cid }
  return { prefix: prefixOf(common), cacheKeyOf: cacheKeys(crypto, named) }
}

/** A use of a method that was decided before, on other arguments. */
export function invocationOn({ common, results }: Prepared, { cid, bytes }: Given): Invocation {
  const input = { cid, size: bytes.length, read: (): Result<Uint8Array> => ({ ok: bytes }) }
  // Spread last: to add to an object after it was copied into is ten times as slow.
  return results === undefined
    ? { arguments: input, ...common }
    : { arguments: input, cacheKey: results.cacheKeyOf(cid), ...common }
}

/** The same with an id and a nonce of its own: no other use, and no message, has them. */
export function identified(handle: OpenHandle, invocation: Invocation, now: number): Invocation {
  const { authorised } = invocation
  handle.uses += 1
  const [opened, use] = [handle.message.id.bytes, uint64(handle.uses)]
  const name = new Uint8Array(opened.length + use.length)
  name.set(opened)
  name.set(use, opened.length)
  const id = hashBlock(handle.kernel.powers.crypto.sha256, CODEC.raw, name)
  const claims = { ...authorised.message.claims, nonce: id.multihash.digest }
  // Nobody sent bytes for it: what is answered must not be what the bytes of the first message are answered with.
  const message = { ...authorised.message, bytes: NOTHING, id, claims }
  return { ...invocation, authorised: { ...authorised, message, now } }
}

function messageFor(message: Message, method: string, input: UseInput): Message {
  const given: Value = input.bytes === undefined ? { cid: input.cid } : { bytes: input.bytes }
  return { ...message, claims: { ...withoutArguments(message.claims), method, arguments: given } }
}

function withoutArguments(claims: MessageClaims): Omit<MessageClaims, 'arguments' | 'future'> {
  const { arguments: own, future, ...rest } = claims
  return own === undefined && future === undefined ? claims : rest
}

/** What a cache key names beside the arguments. CIDs and a length before the method: no two read the same. */
function prefixOf({ authorised, context, profile, method }: Prepared['common']): string {
  const cids = [authorised.message.protocol, context.cid, profile.cid].map(cidKey).join('')
  return `${cids}${method.length} ${method}`
}
