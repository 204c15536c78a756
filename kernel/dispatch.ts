/**
 * The path of one message; the only place that knows the order of the stages.
 *
 *   bytes → 1 validate → 2 authorise → 3 resolve → 4 execute → 5 cache → 6 reply → bytes
 *               │             │             │            │
 *               └─────────────┴─────────────┴────────────┴─ refused ──────→ 6 reply
 *
 * 1 to 3 see a snapshot and change nothing. 4 to 6 are settled once per message (settle.ts).
 */
import { StoreError } from '../promisebase/index.ts'
import { refuse } from './errors.ts'
import { replyContext, settle } from './settle.ts'
import { validate } from './stages/1-validate.ts'
import { authorise } from './stages/2-authorise.ts'
import { resolve } from './stages/3-resolve.ts'
import { refusedOutcome, replyTo, unsignedRefusal } from './stages/6-reply.ts'
import { traced } from './trace.ts'
import type { OpenSnapshot } from '../promisebase/index.ts'
import type { DecisionContext } from './decision.ts'
import type { Refusal } from './errors.ts'
import type { Message } from './interface.ts'
import type { KernelState } from './state.ts'

/** Bytes in, bytes out: every message gets an answer, and nothing is thrown for what it says. */
export async function dispatch(
  kernel: KernelState,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const time = kernel.clock.now()
  if (time.refused !== undefined) return hint(kernel, bytes, time.refused)
  const again = kernel.replies.recall(bytes, time.ok)
  if (again !== undefined) return memo(kernel, again)
  if (kernel.inFlight >= kernel.limits.inFlight)
    return hint(kernel, bytes, refuse('BUSY', `${kernel.inFlight} in flight`).refused)
  kernel.inFlight += 1
  const snapshot = kernel.powers.store.snapshot()
  try {
    return await decideAndSettle(kernel, bytes, decisionContext(kernel, snapshot, time.ok), signal)
  } catch (error) {
    return fault(kernel, bytes, error)
  } finally {
    snapshot.close()
    kernel.inFlight -= 1
  }
}

async function decideAndSettle(
  kernel: KernelState,
  bytes: Uint8Array,
  context: DecisionContext,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const message = await traced(kernel, 'validate', undefined, () => validate(bytes, context))
  if (message.refused !== undefined) return hint(kernel, bytes, message.refused)
  const authorised = await traced(kernel, 'authorise', message.ok, () => authorise(message.ok, context))
  if (authorised.refused !== undefined) {
    return authorised.proven
      ? tell(kernel, message.ok, authorised.refused, context.now)
      : hint(kernel, bytes, authorised.refused)
  }
  const invocation = await traced(kernel, 'resolve', message.ok, () => resolve(authorised.ok, context))
  if (invocation.refused !== undefined) return tell(kernel, message.ok, invocation.refused, context.now)
  const reply = await settle(kernel, invocation.ok, context.snapshot, signal)
  return reply.refused === undefined ? reply.ok : tell(kernel, message.ok, reply.refused, context.now)
}

/** What stages 1 to 3 are given of this kernel. */
export function decisionContext(kernel: KernelState, snapshot: OpenSnapshot, now: number): DecisionContext {
  const { keys, verifiedTokens, descriptors, runtimes, limits, policy, grid, node } = kernel
  return {
    snapshot,
    crypto: kernel.powers.crypto,
    keys,
    verifiedTokens,
    descriptors,
    runtimes,
    limits,
    policy,
    grid,
    node,
    now,
  }
}

/** A signed refusal to a sender whose chain is proved, as long as its bucket lasts. */
function tell(kernel: KernelState, message: Message, refusal: Refusal, now: number): Uint8Array {
  if (!kernel.signedRefusals.take(message.claims.issuer, now)) return hint(kernel, message.bytes, refusal)
  return replyTo(message, refusedOutcome(refusal), replyContext(kernel, now))
}

function hint(kernel: KernelState, bytes: Uint8Array, refusal: Refusal): Uint8Array {
  return unsignedRefusal(kernel.powers.crypto, bytes, refusal)
}

function memo(
  kernel: KernelState,
  again: { readonly reply: Uint8Array; readonly message: string },
): Uint8Array {
  kernel.powers.trace?.({ stage: 'reply', message: again.message, decision: 'memo', ms: 0 })
  return again.reply
}

/** The disk can fail, and we can be wrong; only here that becomes a refusal. A peer learns nothing of our inside. */
function fault(kernel: KernelState, bytes: Uint8Array, error: unknown): Uint8Array {
  const refusal = faultRefusal(error)
  kernel.powers.trace?.({
    stage: 'reply',
    decision: 'refused',
    code: refusal.code,
    detail: refusal.detail,
    ms: 0,
  })
  return hint(kernel, bytes, refusal)
}

function faultRefusal(error: unknown): Refusal {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  if (!(error instanceof StoreError)) return refuse('INTERNAL', detail).refused
  if (error.code === 'CONFLICT' || error.code === 'INDETERMINATE')
    return refuse(error.code, error.message).refused
  return refuse('STORE', detail).refused
}
