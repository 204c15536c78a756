/** What settling signs and remembers: the reply to an invocation, and what it is made with. */
import { bytesKey } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { mayBeRevoked } from '../revocation/check.ts'
import { freshUntil } from '../revocation/freshness.ts'
import { replyTo } from '../stages/6-reply.ts'
import type { Refusal, Result } from '../errors.ts'
import type { Invocation, Message, Outcome } from '../interface.ts'
import type { ExecuteContext } from '../stages/4-execute.ts'
import type { KeepContext } from '../stages/5-cache.ts'
import type { ReplyContext } from '../stages/6-reply.ts'
import type { KernelState } from '../state.ts'

export function signReply(kernel: KernelState, { authorised }: Invocation, outcome: Outcome): Uint8Array {
  const { trace } = kernel
  const { monotonic } = kernel.powers
  const reply = (): Uint8Array => replyTo(authorised.message, outcome, replyContext(kernel, authorised.now))
  if (trace === undefined) return reply()
  const start = monotonic()
  const signed = reply()
  trace({
    stage: 'reply',
    message: authorised.message.id.toString(),
    decision: 'pass',
    ms: monotonic() - start,
  })
  return signed
}

/** Puts a reply where the very same bytes find it again, and who builds on the message. */
export function remembered(
  kernel: KernelState,
  invocation: Invocation,
  reply: Result<Uint8Array>,
): Result<Uint8Array> {
  if (reply.refused !== undefined) return reply
  const { chain, message } = invocation.authorised
  const { ids, heartbeats } = kernel.revocations
  kernel.outcomes.note(message.id, reply.ok)
  // The memo is asked before any rule, so it holds nothing that a rule could refuse meanwhile, and nothing for
  // uses of a handle, which have no bytes of their own.
  if (message.bytes.length === 0 || mayBeRevoked(ids, chain)) return reply
  const { policy, node } = kernel
  kernel.replies.remember(invocation.authorised, reply.ok, freshUntil({ policy, node, heartbeats }, chain))
  return reply
}

/** Whether a pure message of another id had this nonce, as far as is remembered. */
export function otherMessage(kernel: KernelState, message: Message, key: Uint8Array): Refusal | undefined {
  const known = kernel.nonces.get(bytesKey(key))
  return known === undefined || known.equals(message.id)
    ? undefined
    : refuse('REPLAY', `this nonce belongs to message ${known.toString()}`).refused
}

export function executeContext(kernel: KernelState): Omit<ExecuteContext, 'snapshot' | 'state' | 'lending'> {
  const { powers, argumentRoom: room, keys, grid, limits } = kernel
  return { powers, room, nested: { crypto: powers.crypto, keys, grid, limits } }
}

export function keepContext(kernel: KernelState): KeepContext {
  const { crypto, signer } = kernel.powers
  return { crypto, signer, grid: kernel.grid, limits: kernel.limits }
}

export function replyContext(kernel: KernelState, now: number): ReplyContext {
  return { now, ...keepContext(kernel) }
}
