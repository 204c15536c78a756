/**
 * What is pure: a result is computed once per cache key, whoever asks, and leaves only that result behind
 * (spec/dispatch.md, "Settle").
 */
import { bytesKey, cidKey } from '../../promisebase/index.ts'
import { noteUse } from '../audit/note.ts'
import { knownResult, rememberResult } from '../cache/result-cache.ts'
import { REFUSALS } from '../errors.ts'
import { keyOf, recall } from '../replay.ts'
import { execute, fit } from '../stages/4-execute.ts'
import { keepPure } from '../stages/5-cache.ts'
import { keptOutcome, refusedOutcome } from '../stages/6-reply.ts'
import { traceDecision, traced } from '../trace.ts'
import { executeContext, keepContext, otherMessage, remembered, signReply } from './reply.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot } from '../../promisebase/index.ts'
import type { Cancel } from '../cancel.ts'
import type { Refusal, RefusalCode, Result } from '../errors.ts'
import type { Executed, Invocation } from '../interface.ts'
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
  const outcome =
    executed.refused === undefined
      ? keptOutcome(executed.ok, kernel.limits)
      : refusedOutcome(executed.refused)
  noteUse(kernel, invocation.authorised, outcome)
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
