/**
 * What is pure: a result is computed once per cache key, whoever asks, and leaves only that result behind
 * (spec/dispatch.md, "Settle").
 */
import { bytesKey, cidKey, CODEC, hashBlock } from '../../promisebase/index.ts'
import { noteUse } from '../audit/note.ts'
import { knownResult, rememberResult } from '../cache/result-cache.ts'
import { REFUSALS } from '../errors.ts'
import { keyOf, recall } from '../replay.ts'
import { mayBeRevoked } from '../revocation/check.ts'
import { revokedNow } from '../revocation/runs.ts'
import { execute, fit } from '../stages/4-execute.ts'
import { keepPure } from '../stages/5-cache.ts'
import { keptOutcome, refusedOutcome } from '../stages/6-reply.ts'
import { traceDecision, traced } from '../trace.ts'
import { Discarded, keptBy, settleEffect } from './effect.ts'
import { executeContext, keepContext, otherMessage, remembered, signReply } from './reply.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot } from '../../promisebase/index.ts'
import type { Cancel } from '../cancel.ts'
import type { Refusal, RefusalCode, Result } from '../errors.ts'
import type { Computed, Executed, Invocation } from '../interface.ts'
import type { KernelState } from '../state.ts'

export async function settlePure(
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
  const { chain } = invocation.authorised
  const revoked = mayBeRevoked(kernel.revocations.ids, chain) ? await revokedNow(kernel, chain) : undefined
  if (revoked !== undefined) return { refused: revoked }
  const outcome =
    executed.refused === undefined
      ? keptOutcome(executed.ok, kernel.limits)
      : refusedOutcome(executed.refused)
  noteUse(kernel, invocation.authorised, outcome)
  return remembered(kernel, invocation, { ok: signReply(kernel, invocation, outcome) })
}

/**
 * Under a chain that counts, a pure call is charged like any other, also for a result that is known; a record
 * keeps the very same message from being charged again.
 */
export function settleCharged(
  kernel: KernelState,
  invocation: Invocation,
  cacheKey: CID,
  snapshot: Snapshot,
  cancel: Cancel,
): Promise<Result<Uint8Array>> {
  return settleEffect(kernel, invocation, cancel, async (_kernel, allowed) => {
    const executed = await pureResult(kernel, allowed, cacheKey, snapshot, cancel)
    if (executed.refused !== undefined) throw new Discarded(executed.refused, executed.fuel, allowed)
    return keptBy(kernel, executed.ok)
  })
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

/**
 * Known, being computed by a twin, or computed now; within the budget of this caller in each case. Bare is without
 * a receipt: for a caller in this process, who takes our word.
 */
export async function pureResult(
  kernel: KernelState,
  invocation: Invocation,
  cacheKey: CID,
  snapshot: Snapshot,
  cancel: Cancel,
  bare = false,
): Promise<Computed> {
  const { message } = invocation.authorised
  const name = cidKey(cacheKey)
  const known =
    (bare ? kernel.results.get(name) : undefined) ?? (await knownResult(kernel, snapshot, cacheKey, name))
  if (known !== undefined) return traceDecision(kernel, 'execute', message, 'hit', within(invocation, known))
  for (let twin = kernel.resultFlights.get(name); twin; twin = kernel.resultFlights.get(name)) {
    const ended = await twin
    if (ended.ok !== undefined && (bare || ended.ok.receipt !== undefined))
      return traceDecision(kernel, 'execute', message, 'hit', within(invocation, ended.ok))
    if (ended.refused !== undefined && !isOfCaller(ended.refused.code)) return ended
  }
  const flight = computePure(kernel, invocation, { cacheKey, name }, snapshot, cancel, bare)
  kernel.resultFlights.set(name, flight)
  try {
    return await flight
  } finally {
    if (kernel.resultFlights.get(name) === flight) kernel.resultFlights.delete(name)
  }
}

/** A cache key, and its name in memory, which costs something to make. */
interface NamedKey {
  readonly cacheKey: CID
  readonly name: string
}

async function computePure(
  kernel: KernelState,
  invocation: Invocation,
  { cacheKey, name }: NamedKey,
  snapshot: Snapshot,
  cancel: Cancel,
  bare: boolean,
): Promise<Computed> {
  const { message } = invocation.authorised
  // What was computed without a receipt: the next one who wants one need not compute it again.
  const before = kernel.results.get(name)
  const ran =
    before === undefined
      ? await traced(kernel, 'execute', message, () =>
          execute(invocation, { snapshot, ...executeContext(kernel) }, cancel),
        )
      : within(invocation, before)
  if (ran.refused !== undefined) return ran
  const computed = 'result' in ran.ok ? { fuel: ran.ok.fuel, output: ran.ok.result.bytes } : ran.ok
  if (bare && computed.blocks === undefined && computed.output.length <= kernel.limits.inlineBytes)
    return { ok: keepBare(kernel, { cacheKey, name }, computed.output, computed.fuel) }
  return traced(kernel, 'cache', message, async () => {
    // A lost result is computed again, so its commit does not wait for the disk.
    const executed = await kernel.powers.store.transact(
      (transaction) => {
        kernel.clock.stage(transaction)
        return keepPure(invocation, cacheKey, computed, transaction, keepContext(kernel))
      },
      { durable: false },
    )
    rememberResult(kernel, cacheKey, executed, name)
    return { ok: executed }
  })
}

/** In memory alone: a local caller needs no signature, and a lost result is computed again. */
function keepBare(
  kernel: KernelState,
  { cacheKey, name }: NamedKey,
  bytes: Uint8Array,
  fuel: number,
): Executed {
  const cid = hashBlock(kernel.powers.crypto.sha256, CODEC.raw, bytes)
  const executed: Executed = { result: { cid, bytes }, fuel }
  rememberResult(kernel, cacheKey, executed, name)
  return executed
}

/** Whether a run ended because of who asked: a smaller budget, or a caller that gave up. */
function isOfCaller(code: RefusalCode): boolean {
  return REFUSALS[code].retryable || code.startsWith('BUDGET_')
}

export function within({ budget }: Pick<Invocation, 'budget'>, executed: Executed): Computed {
  const { result, fuel } = executed
  const fits = fit({ output: result.bytes, fuel }, budget)
  return fits.refused === undefined ? { ok: executed } : { refused: fits.refused, fuel }
}
