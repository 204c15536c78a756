/**
 * What has an effect: one transaction holds the replay record, everything the handler changes, and the signed
 * reply. All of it is committed or nothing, and only then is the reply given out (spec/dispatch.md, "Settle").
 */
import { StoreError } from '../../promisebase/index.ts'
import { stageUse } from '../audit/note.ts'
import { REFUSALS } from '../errors.ts'
import { keyOf, recall, record } from '../replay.ts'
import { openHandlerState } from '../routing/handler-state.ts'
import { execute } from '../stages/4-execute.ts'
import { keepEffect } from '../stages/5-cache.ts'
import { keptOutcome, refusedOutcome } from '../stages/6-reply.ts'
import { traceDecision, traced } from '../trace.ts'
import { openLending } from './nested-call.ts'
import { executeContext, keepContext, otherMessage, remembered, signReply } from './reply.ts'
import type { Transaction } from '../../promisebase/index.ts'
import type { Cancel } from '../cancel.ts'
import type { Refusal, Result } from '../errors.ts'
import type { Executed, Invocation } from '../interface.ts'
import type { KernelState } from '../state.ts'

/** Thrown inside a transaction to discard what a refused handler wrote; the work it took still counts. */
class Discarded extends Error {
  readonly refused: Refusal
  readonly fuel: number

  constructor(refused: Refusal, fuel: number) {
    super(refused.code)
    this.refused = refused
    this.fuel = fuel
  }
}

export async function settleEffect(
  kernel: KernelState,
  invocation: Invocation,
  cancel: Cancel,
): Promise<Result<Uint8Array>> {
  const { message } = invocation.authorised
  const key = keyOf(kernel.powers.crypto, message)
  const reused = otherMessage(kernel, message, key)
  if (reused !== undefined) return { refused: reused }
  const work = async (transaction: Transaction): Promise<Result<Uint8Array>> => {
    const before = await recall(transaction, message, key)
    if (before.refused !== undefined) return before
    if (before.ok !== undefined)
      return traceDecision(kernel, 'execute', message, 'replayed', { ok: before.ok })
    const executed = await runEffect(kernel, invocation, transaction, cancel)
    return { ok: commitReply(kernel, invocation, transaction, key, executed) }
  }
  try {
    return remembered(kernel, invocation, await transactInTurn(kernel, invocation, work))
  } catch (error) {
    if (!(error instanceof Discarded)) throw error
    return recordRefusal(kernel, invocation, key, error)
  }
}

/** At once if nobody is in the way, else in turn: n effects on one key all succeed, the last after n runs. */
async function transactInTurn<T>(
  { powers, contended }: KernelState,
  invocation: Invocation,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  try {
    return await powers.store.transact(work, { retries: 0 })
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'CONFLICT') throw error
    return contended.run(laneOf(invocation), () => powers.store.transact(work))
  }
}

/** Effects on different spaces are not in each other's way, and a slow one holds up its own space alone. */
function laneOf({ authorised: { resource, message } }: Invocation): string {
  return resource.kind === 'space' ? `space ${resource.space}` : `issuer ${message.claims.issuer}`
}

async function runEffect(
  kernel: KernelState,
  invocation: Invocation,
  transaction: Transaction,
  cancel: Cancel,
): Promise<Executed> {
  const { message } = invocation.authorised
  const { state, revoke } = openHandlerState(transaction, invocation.authorised)
  const lending = openLending(kernel, invocation, transaction)
  const context = { snapshot: transaction, state, lending, ...executeContext(kernel) }
  const ended = await traced(kernel, 'execute', message, () => execute(invocation, context, cancel))
  revoke()
  if (ended.refused !== undefined) throw new Discarded(ended.refused, ended.fuel)
  return keepEffect(ended.ok, transaction, keepContext(kernel))
}

function commitReply(
  kernel: KernelState,
  invocation: Invocation,
  transaction: Transaction,
  key: Uint8Array,
  executed: Executed,
): Uint8Array {
  const { message } = invocation.authorised
  const reply = signReply(kernel, invocation, keptOutcome(executed, kernel.limits))
  record(transaction, message, key, reply)
  stageUse(kernel, transaction, invocation.authorised, { status: 'kept', fuel: executed.fuel })
  kernel.clock.stage(transaction)
  return reply
}

/** A final refusal is an outcome too: it is recorded and answers every repetition. A retryable one is not. */
async function recordRefusal(
  kernel: KernelState,
  invocation: Invocation,
  key: Uint8Array,
  { refused }: Discarded,
): Promise<Result<Uint8Array>> {
  if (REFUSALS[refused.code].retryable) return { refused }
  const { message } = invocation.authorised
  const { store } = kernel.powers
  const outcome = refusedOutcome(refused)
  const reply = signReply(kernel, invocation, outcome)
  const recorded = await store.transact(async (transaction): Promise<Result<Uint8Array>> => {
    const before = await recall(transaction, message, key)
    if (before.refused !== undefined) return before
    if (before.ok !== undefined) return { ok: before.ok }
    record(transaction, message, key, reply)
    stageUse(kernel, transaction, invocation.authorised, outcome)
    return { ok: reply }
  })
  return remembered(kernel, invocation, recorded)
}
