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
import { REFUSALS, refuse } from './errors.ts'
import { noShare, payerOf } from './fair-share.ts'
import { LIMITS } from './limits.ts'
import { builtOn, untilEnded } from './pipeline/depend.ts'
import { Visit } from './pipeline/unfinished.ts'
import { replyContext } from './settle/reply.ts'
import { settle } from './settle/settle.ts'
import { validate } from './stages/1-validate.ts'
import { authorise } from './stages/2-authorise.ts'
import { resolve } from './stages/3-resolve.ts'
import { refusedOutcome, replyTo, unsignedRefusal } from './stages/6-reply.ts'
import { traced } from './trace.ts'
import type { CID } from 'multiformats/cid'
import type { OpenSnapshot, Snapshot } from '../promisebase/index.ts'
import type { DecisionContext } from './decision.ts'
import type { Cancel } from './cancel.ts'
import type { Refusal, Result } from './errors.ts'
import type { Capability, Invocation, Message, StageName } from './interface.ts'
import type { Dependent } from './pipeline/depend.ts'
import type { KernelState } from './state.ts'

/** Bytes in, bytes out: every message gets an answer, and nothing is thrown for what it says. */
export async function dispatch(
  kernel: KernelState,
  received: Uint8Array,
  cancel: Cancel,
): Promise<Uint8Array> {
  // The caller may use its buffer again while we wait: what was verified must be what is executed.
  const bytes = received.length > LIMITS.messageBytes ? received : ownBytes(received)
  const visit = new Visit(kernel.unfinished)
  try {
    const first = await attempt(kernel, bytes, visit, cancel)
    if (first instanceof Uint8Array) return first
    // In no room and on no snapshot: who waits is in nobody's way. Then everything is decided anew.
    const refused = await untilEnded(kernel, first, cancel)
    if (refused !== undefined) return hint(kernel, bytes, refused)
    const second = await attempt(kernel, bytes, visit, cancel)
    return second instanceof Uint8Array ? second : second.reply()
  } finally {
    visit.end()
  }
}

/** One way through the stages: to a reply, or to another message that has to end first. */
async function attempt(
  kernel: KernelState,
  bytes: Uint8Array,
  visit: Visit,
  cancel: Cancel,
): Promise<Uint8Array | Dependent> {
  if (kernel.closing.signal.aborted)
    return hint(kernel, bytes, refuse('ABORTED', 'this node is closing').refused)
  const time = kernel.clock.now()
  if (time.refused !== undefined) return hint(kernel, bytes, time.refused)
  const again = kernel.replies.recall(bytes, time.ok)
  if (again !== undefined) return memo(kernel, again)
  if (kernel.inFlight >= kernel.limits.inFlight)
    return hint(kernel, bytes, refuse('BUSY', `${kernel.inFlight} in flight`).refused)
  kernel.inFlight += 1
  const forgetStale = watchChanges(kernel)
  let snapshot: OpenSnapshot | undefined
  const release = (): void => {
    snapshot?.close()
    snapshot = undefined
  }
  try {
    snapshot = kernel.powers.store.snapshot()
    const context = decisionContext(kernel, snapshot, time.ok)
    return await decideAndSettle(kernel, bytes, context, visit, release, cancel)
  } catch (error) {
    return hint(kernel, bytes, noteFault(kernel, error))
  } finally {
    release()
    forgetStale()
    kernel.inFlight -= 1
  }
}

/** What was decided under one policy counts for nothing under the next. */
export function forgetVerdicts(kernel: KernelState): void {
  kernel.verifiedTokens.clear()
  kernel.results.clear()
  kernel.recent.clear()
  forgetReplies(kernel)
}

/** Called when a decision has ended: what it may have remembered counts for nothing after what changed meanwhile. */
export function watchChanges(kernel: KernelState): () => void {
  const { policy, claims } = kernel
  const { silenced } = claims
  return () => {
    if (kernel.policy !== policy) forgetVerdicts(kernel)
    if (claims.silenced !== silenced) forgetReplies(kernel)
  }
}

function forgetReplies(kernel: KernelState): void {
  kernel.replies.forgetAll()
  kernel.outcomes.forgetAll()
}

async function decideAndSettle(
  kernel: KernelState,
  bytes: Uint8Array,
  context: DecisionContext,
  visit: Visit,
  release: () => void,
  cancel: Cancel,
): Promise<Uint8Array | Dependent> {
  const decision = await decide(bytes, context, (stage, message, run) => {
    if (message !== undefined) visit.begin(message)
    return traced(kernel, stage, message, run)
  })
  if (decision.refused !== undefined) {
    const reply = (): Uint8Array => answer(kernel, bytes, decision, context.now)
    return (await builtOn(kernel, decision, context.snapshot, reply)) ?? reply()
  }
  // A store writes faster when nobody keeps the state before.
  if (!needsSnapshot(decision.invocation)) release()
  const reply = await settleInShare(kernel, decision.invocation, context.snapshot, cancel)
  const reached = { message: decision.message, chain: decision.chain }
  // Twins and the memo share one reply; what each caller is given is its own.
  return reply.refused === undefined
    ? reply.ok.slice()
    : answer(kernel, bytes, { refused: reply.refused, proven: true, ...reached }, context.now)
}

/** Runs take the time and the room, so that who pays for them has a share of both and no more. */
async function settleInShare(
  kernel: KernelState,
  invocation: Invocation,
  snapshot: Snapshot,
  cancel: Cancel,
): Promise<Result<Uint8Array>> {
  const { message, chain } = invocation.authorised
  const leave = kernel.shares.take(payerOf(message, chain))
  if (leave === undefined) return noShare('messages in flight')
  try {
    return await settle(kernel, invocation, snapshot, cancel)
  } finally {
    leave()
  }
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
  return message.refused === undefined
    ? decideMessage(message.ok, context, run)
    : { refused: message.refused, proven: false }
}

/** Stages 2 and 3, for a message whose form and signature hold. */
export async function decideMessage(
  message: Message,
  context: DecisionContext,
  run: StageRunner,
): Promise<Decision> {
  const authorised = await run('authorise', message, () => authorise(message, context))
  if (authorised.refused !== undefined) return { message, ...authorised }
  const reached = { message, chain: authorised.ok.chain }
  const invocation = await run('resolve', message, () => resolve(authorised.ok, context))
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
  const reply = replyTo(message, outcome, replyContext(kernel, now))
  // What may be sent again has not ended.
  if (!REFUSALS[refused.code].retryable) {
    kernel.outcomes.note(message.id, reply)
    noteUse(kernel, { message, chain: decision.chain ?? [], now }, outcome)
  }
  return reply
}

function hint(kernel: KernelState, bytes: Uint8Array, refusal: Refusal): Uint8Array {
  return unsignedRefusal(kernel.powers.crypto, bytes, refusal)
}

function memo(kernel: KernelState, again: { readonly reply: Uint8Array; readonly message: CID }): Uint8Array {
  kernel.outcomes.note(again.message, again.reply)
  kernel.trace?.({ stage: 'reply', message: again.message.toString(), decision: 'memo', ms: 0 })
  return again.reply.slice()
}

/** The disk can fail, and we can be wrong; only here that becomes a refusal. A peer learns nothing of our inside. */
export function noteFault(kernel: KernelState, error: unknown): Refusal {
  const refusal = faultRefusal(error)
  kernel.trace?.({
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
