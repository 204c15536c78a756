/**
 * The path of one message; the only place that knows the order of the stages.
 *
 *   bytes → 1 validate → 2 authorise → 3 resolve → 4 execute → 5 cache → 6 reply → bytes
 *               │             │             │            │
 *               └─────────────┴─────────────┴────────────┴─ refused ──────→ 6 reply
 *
 * 1 to 3 see a snapshot and change nothing. 4 to 6 are settled once per message (settle/).
 */
import { ownBytes, StoreError } from '../promisebase/index.ts'
import { noteUse } from './audit/note.ts'
import { decisionContext } from './decision.ts'
import { refuse, REFUSALS } from './errors.ts'
import { LIMITS } from './limits.ts'
import { replyContext } from './settle/reply.ts'
import { settle } from './settle/settle.ts'
import { validate } from './stages/1-validate.ts'
import { authorise } from './stages/2-authorise.ts'
import { resolve } from './stages/3-resolve.ts'
import { refusedOutcome, replyTo, unsignedRefusal } from './stages/6-reply.ts'
import { traced } from './trace.ts'
import type { CID } from 'multiformats/cid'
import type { OpenSnapshot } from '../promisebase/index.ts'
import type { DecisionContext } from './decision.ts'
import type { Cancel } from './cancel.ts'
import type { Refusal, Result } from './errors.ts'
import type { Capability, Invocation, Message, Principal, StageName } from './interface.ts'
import type { KernelState } from './state.ts'

/** Bytes in, bytes out: every message gets an answer, and nothing is thrown for what it says. */
export async function dispatch(
  kernel: KernelState,
  received: Uint8Array,
  cancel: Cancel,
): Promise<Uint8Array> {
  // The caller may use its buffer again while we wait: what was verified must be what is executed.
  const bytes = received.length > LIMITS.messageBytes ? received : ownBytes(received)
  if (kernel.closing.signal.aborted)
    return hint(kernel, bytes, refuse('ABORTED', 'this node is closing').refused)
  const time = kernel.clock.now()
  if (time.refused !== undefined) return hint(kernel, bytes, time.refused)
  const again = kernel.replies.recall(bytes, time.ok)
  if (again !== undefined) return memo(kernel, again)
  if (kernel.inFlight >= kernel.limits.inFlight)
    return hint(kernel, bytes, refuse('BUSY', `${kernel.inFlight} in flight`).refused)
  kernel.inFlight += 1
  const { policy, claims } = kernel
  const { silenced } = claims
  let snapshot: OpenSnapshot | undefined
  const release = (): void => {
    snapshot?.close()
    snapshot = undefined
  }
  try {
    snapshot = kernel.powers.store.snapshot()
    return await decideAndSettle(kernel, bytes, decisionContext(kernel, snapshot, time.ok), release, cancel)
  } catch (error) {
    return hint(kernel, bytes, noteFault(kernel, error))
  } finally {
    release()
    if (kernel.policy !== policy) forgetVerdicts(kernel)
    if (claims.silenced !== silenced) kernel.replies.forgetAll()
    kernel.inFlight -= 1
  }
}

/** What was decided under one policy counts for nothing under the next. */
export function forgetVerdicts(kernel: KernelState): void {
  kernel.verifiedTokens.clear()
  kernel.results.clear()
  kernel.replies.forgetAll()
}

async function decideAndSettle(
  kernel: KernelState,
  bytes: Uint8Array,
  context: DecisionContext,
  release: () => void,
  cancel: Cancel,
): Promise<Uint8Array> {
  const decision = await decide(bytes, context, (stage, message, run) => traced(kernel, stage, message, run))
  if (decision.refused !== undefined) return answer(kernel, bytes, decision, context.now)
  // A store writes faster when nobody keeps the state before.
  if (!needsSnapshot(decision.invocation)) release()
  const reply = await settle(kernel, decision.invocation, context.snapshot, cancel)
  const reached = { message: decision.message, chain: decision.chain }
  // Twins and the memo share one reply; what each caller is given is its own.
  return reply.refused === undefined
    ? reply.ok.slice()
    : answer(kernel, bytes, { refused: reply.refused, proven: true, ...reached }, context.now)
}

/** A pure result is looked for in the snapshot, and arguments named by CID are read from it once code runs. */
function needsSnapshot({ cacheKey, authorised }: Invocation): boolean {
  const given = authorised.message.claims.arguments
  return cacheKey !== undefined || (given !== undefined && 'cid' in given)
}

/** How far a message got: to an invocation, or to a refusal before or after its chain was proved. */
export type Decision =
  | {
      readonly invocation: Invocation
      readonly message: Message
      readonly chain: readonly Capability[]
      readonly refused?: undefined
    }
  | {
      readonly refused: Refusal
      readonly proven: boolean
      readonly message?: Message
      readonly chain?: readonly Capability[]
    }

/** Runs one stage; the kernel traces it, a dry run does not. */
export type StageRunner = <T extends Result<unknown>>(
  stage: StageName,
  message: Message | undefined,
  run: () => Promise<T> | T,
) => Promise<T> | T

/** Stages 1 to 3: they decide and change nothing. */
export async function decide(
  bytes: Uint8Array,
  context: DecisionContext,
  run: StageRunner,
): Promise<Decision> {
  const message = await run('validate', undefined, () => validate(bytes, context))
  if (message.refused !== undefined) return { refused: message.refused, proven: false }
  const authorised = await run('authorise', message.ok, () => authorise(message.ok, context))
  if (authorised.refused !== undefined) return { message: message.ok, ...authorised }
  const reached = { message: message.ok, chain: authorised.ok.chain }
  const invocation = await run('resolve', message.ok, () => resolve(authorised.ok, context))
  return invocation.refused === undefined
    ? { invocation: invocation.ok, ...reached }
    : { refused: invocation.refused, proven: true, ...reached }
}

/** A signed refusal to a sender whose chain is proved, as long as its bucket lasts; to all others a hint. */
function answer(
  kernel: KernelState,
  bytes: Uint8Array,
  decision: Decision & { readonly refused: Refusal },
  now: number,
): Uint8Array {
  const { message, refused, proven } = decision
  if (message === undefined || !proven || !kernel.signedRefusals.take(payerOf(message, decision.chain), now))
    return hint(kernel, bytes, refused)
  const outcome = refusedOutcome(refused)
  // What may be sent again has not ended.
  if (!REFUSALS[refused.code].retryable)
    noteUse(kernel, { message, chain: decision.chain ?? [], now }, outcome)
  return replyTo(message, outcome, replyContext(kernel, now))
}

/** Whoever was granted something first pays for all he passed it on to: fresh keys cost him nothing. */
function payerOf({ claims }: Message, chain: readonly Capability[] = []): Principal {
  const [first, second] = chain
  // An adoption is no grant yet: its holder passes on what is the node's.
  const granted = first?.resource.kind === 'node' ? second : first
  if (granted === undefined) return claims.issuer
  return granted.holder === 'bearer' ? granted.id.toString() : granted.holder
}

function hint(kernel: KernelState, bytes: Uint8Array, refusal: Refusal): Uint8Array {
  return unsignedRefusal(kernel.powers.crypto, bytes, refusal)
}

function memo(kernel: KernelState, again: { readonly reply: Uint8Array; readonly message: CID }): Uint8Array {
  kernel.powers.trace?.({ stage: 'reply', message: again.message.toString(), decision: 'memo', ms: 0 })
  return again.reply.slice()
}

/** The disk can fail, and we can be wrong; only here that becomes a refusal. A peer learns nothing of our inside. */
export function noteFault(kernel: KernelState, error: unknown): Refusal {
  const refusal = faultRefusal(error)
  kernel.powers.trace?.({
    stage: 'reply',
    decision: 'refused',
    code: refusal.code,
    detail: refusal.detail,
    ms: 0,
  })
  return refusal
}

function faultRefusal(error: unknown): Refusal {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  if (!(error instanceof StoreError)) return refuse('INTERNAL', detail).refused
  if (error.code === 'CONFLICT' || error.code === 'INDETERMINATE')
    return refuse(error.code, error.message).refused
  return refuse('STORE', detail).refused
}
