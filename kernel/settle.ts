/**
 * Stages 4 to 6 for one invocation, exactly once. Twins of a message share one flight. An effect, its replay
 * record and its signed reply commit together or not at all; a pure result is computed once per cache key,
 * whoever asks, and leaves only that result behind (spec/dispatch.md, "Settle").
 */
import { bytesKey, cidKey, StoreError } from '../promisebase/index.ts'
import { knownResult, rememberResult } from './cache/result-cache.ts'
import { REFUSALS, refuse } from './errors.ts'
import { keyOf, recall, record } from './replay.ts'
import { openHandlerState } from './routing/handler-state.ts'
import { execute, fit } from './stages/4-execute.ts'
import { keepEffect, keepPure } from './stages/5-cache.ts'
import { keptOutcome, refusedOutcome, replyTo } from './stages/6-reply.ts'
import { traceDecision, traced } from './trace.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot, Transaction } from '../promisebase/index.ts'
import type { Cancel } from './cancel.ts'
import type { Refusal, RefusalCode, Result } from './errors.ts'
import type { Executed, Invocation, Message, Outcome } from './interface.ts'
import type { KernelState } from './state.ts'
import type { ExecuteContext } from './stages/4-execute.ts'
import type { KeepContext } from './stages/5-cache.ts'
import type { ReplyContext } from './stages/6-reply.ts'

/** Thrown inside a transaction to discard what a refused handler wrote. */
class Discarded extends Error {
  readonly refused: Refusal

  constructor(refused: Refusal) {
    super(refused.code)
    this.refused = refused
  }
}

/** The signed reply to an invocation; `snapshot` is the one its decision was made on. */
export async function settle(
  kernel: KernelState,
  invocation: Invocation,
  snapshot: Snapshot,
  cancel: Cancel,
): Promise<Result<Uint8Array>> {
  const name = cidKey(invocation.authorised.message.id)
  for (let twin = kernel.messageFlights.get(name); twin; twin = kernel.messageFlights.get(name)) {
    const reply = await twin
    // Who gave up was the caller of the twin: this one has not.
    if (reply.refused?.code !== 'ABORTED' || cancel.aborted) return reply
  }
  const { cacheKey } = invocation
  const flight =
    cacheKey === undefined
      ? settleEffect(kernel, invocation, cancel)
      : settlePure(kernel, invocation, cacheKey, snapshot, cancel)
  kernel.messageFlights.set(name, flight)
  try {
    return await flight
  } finally {
    kernel.messageFlights.delete(name)
  }
}

async function settleEffect(
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
    return recordRefusal(kernel, invocation, key, error.refused)
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
  const context = { snapshot: transaction, state, ...executeContext(kernel) }
  const ran = await traced(kernel, 'execute', message, () => execute(invocation, context, cancel))
  revoke()
  if (ran.refused !== undefined) throw new Discarded(ran.refused)
  return keepEffect(ran.ok, transaction, keepContext(kernel))
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
  kernel.clock.stage(transaction)
  return reply
}

/** A final refusal is an outcome too: it is recorded and answers every repetition. A retryable one is not. */
async function recordRefusal(
  kernel: KernelState,
  invocation: Invocation,
  key: Uint8Array,
  refused: Refusal,
): Promise<Result<Uint8Array>> {
  if (REFUSALS[refused.code].retryable) return { refused }
  const { message } = invocation.authorised
  const { store } = kernel.powers
  const reply = signReply(kernel, invocation, refusedOutcome(refused))
  const recorded = await store.transact(async (transaction): Promise<Result<Uint8Array>> => {
    const before = await recall(transaction, message, key)
    if (before.refused !== undefined) return before
    if (before.ok !== undefined) return { ok: before.ok }
    record(transaction, message, key, reply)
    return { ok: reply }
  })
  return remembered(kernel, invocation, recorded)
}

async function settlePure(
  kernel: KernelState,
  invocation: Invocation,
  cacheKey: CID,
  snapshot: Snapshot,
  cancel: Cancel,
): Promise<Result<Uint8Array>> {
  const reused = await reusedNonce(kernel, invocation, snapshot)
  if (reused !== undefined) return { refused: reused }
  const executed = await pureResult(kernel, invocation, cacheKey, snapshot, cancel)
  if (executed.refused !== undefined && REFUSALS[executed.refused.code].retryable) return executed
  const outcome =
    executed.refused === undefined
      ? keptOutcome(executed.ok, kernel.limits)
      : refusedOutcome(executed.refused)
  return remembered(kernel, invocation, { ok: signReply(kernel, invocation, outcome) })
}

/** One nonce is one message, also for messages that leave no record: in memory as long as the memory goes. */
async function reusedNonce(
  kernel: KernelState,
  invocation: Invocation,
  snapshot: Snapshot,
): Promise<Refusal | undefined> {
  const { message } = invocation.authorised
  const key = keyOf(kernel.powers.crypto, message)
  const recorded = await recall(snapshot, message, key)
  const reused = recorded.refused ?? otherMessage(kernel, message, key)
  if (reused === undefined) kernel.nonces.set(bytesKey(key), message.id)
  return reused
}

/** Whether a pure message of another id had this nonce, as far as is remembered. */
function otherMessage(kernel: KernelState, message: Message, key: Uint8Array): Refusal | undefined {
  const known = kernel.nonces.get(bytesKey(key))
  return known === undefined || known.equals(message.id)
    ? undefined
    : refuse('REPLAY', `this nonce belongs to message ${known.toString()}`).refused
}

/** Known, being computed by a twin, or computed now; within the budget of this caller in each case. */
async function pureResult(
  kernel: KernelState,
  invocation: Invocation,
  cacheKey: CID,
  snapshot: Snapshot,
  cancel: Cancel,
): Promise<Result<Executed>> {
  const { message } = invocation.authorised
  const known = await knownResult(kernel, snapshot, cacheKey)
  if (known !== undefined) return traceDecision(kernel, 'execute', message, 'hit', within(invocation, known))
  const name = cidKey(cacheKey)
  for (let twin = kernel.resultFlights.get(name); twin; twin = kernel.resultFlights.get(name)) {
    const ended = await twin
    if (ended.ok !== undefined)
      return traceDecision(kernel, 'execute', message, 'hit', within(invocation, ended.ok))
    if (!isOfCaller(ended.refused.code)) return ended
  }
  const flight = computePure(kernel, invocation, cacheKey, snapshot, cancel)
  kernel.resultFlights.set(name, flight)
  try {
    return await flight
  } finally {
    if (kernel.resultFlights.get(name) === flight) kernel.resultFlights.delete(name)
  }
}

async function computePure(
  kernel: KernelState,
  invocation: Invocation,
  cacheKey: CID,
  snapshot: Snapshot,
  cancel: Cancel,
): Promise<Result<Executed>> {
  const { message } = invocation.authorised
  const ran = await traced(kernel, 'execute', message, () =>
    execute(invocation, { snapshot, ...executeContext(kernel) }, cancel),
  )
  if (ran.refused !== undefined) return ran
  return traced(kernel, 'cache', message, async () => {
    // A lost result is computed again, so its commit does not wait for the disk.
    const executed = await kernel.powers.store.transact(
      (transaction) => {
        kernel.clock.stage(transaction)
        return keepPure(invocation, cacheKey, ran.ok, transaction, keepContext(kernel))
      },
      { durable: false },
    )
    rememberResult(kernel, cacheKey, executed)
    return { ok: executed }
  })
}

/** Whether a run ended because of who asked: a smaller budget, or a caller that gave up. */
function isOfCaller(code: RefusalCode): boolean {
  return REFUSALS[code].retryable || code.startsWith('BUDGET_')
}

function within(invocation: Invocation, executed: Executed): Result<Executed> {
  const fits = fit({ output: executed.result.bytes, fuel: executed.fuel }, invocation.budget)
  return fits.refused === undefined ? { ok: executed } : fits
}

function remembered(
  kernel: KernelState,
  invocation: Invocation,
  reply: Result<Uint8Array>,
): Result<Uint8Array> {
  if (reply.refused === undefined) kernel.replies.remember(invocation.authorised, reply.ok)
  return reply
}

function signReply(kernel: KernelState, { authorised }: Invocation, outcome: Outcome): Uint8Array {
  const { trace, monotonic } = kernel.powers
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

function executeContext(kernel: KernelState): Omit<ExecuteContext, 'snapshot' | 'state'> {
  const { powers, argumentRoom: room, keys, grid, limits } = kernel
  return { powers, room, nested: { crypto: powers.crypto, keys, grid, limits } }
}

function keepContext(kernel: KernelState): KeepContext {
  const { crypto, signer } = kernel.powers
  return { crypto, signer, grid: kernel.grid, limits: kernel.limits }
}

export function replyContext(kernel: KernelState, now: number): ReplyContext {
  return { now, ...keepContext(kernel) }
}
