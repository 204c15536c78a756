/**
 * What has an effect: one transaction holds the replay record, everything the handler changes, and the signed
 * reply. All of it is committed or nothing, and only then is the reply given out (spec/dispatch.md, "Settle").
 */
import { StoreError } from '../../promisebase/index.ts'
import { stageUse } from '../audit/note.ts'
import {
  charge,
  chargeLent,
  isStateful,
  openAccount,
  spendingLane,
  spendingRefusal,
  withinTotals,
} from '../capability/spending.ts'
import { REFUSALS, refuse } from '../errors.ts'
import { CallPromises } from '../promise/call-promises.ts'
import { keyOf, recall, record as stageRecord } from '../replay.ts'
import { acceptsRevocations, CallRevocations } from '../revocation/call-revocations.ts'
import { revokedLink } from '../revocation/check.ts'
import { ACCEPTANCE } from '../revocation/revocations.ts'
import { openHandlerState } from '../routing/handler-state.ts'
import { execute } from '../stages/4-execute.ts'
import { keepEffect } from '../stages/5-cache.ts'
import { keptOutcome, refusedOutcome } from '../stages/6-reply.ts'
import { traceDecision, traced } from '../trace.ts'
import { openLending } from './nested-call.ts'
import { executeContext, keepContext, otherMessage, remembered, signReply } from './reply.ts'
import type { Transaction } from '../../promisebase/index.ts'
import type { Cancel } from '../cancel.ts'
import type { Account, LentUse, Use } from '../capability/spending.ts'
import type { Refusal, Result } from '../errors.ts'
import type { Executed, Invocation, Outcome } from '../interface.ts'
import type { Seat } from '../replay-room.ts'
import type { KernelState } from '../state.ts'

/** Thrown inside a transaction to discard what a refused handler wrote; the work it took still counts. */
export class Discarded extends Error {
  readonly refused: Refusal
  readonly fuel: number
  /** What the handlers that it called have used of the chains that were lent. */
  readonly lent: readonly LentUse[]

  /** More than its budget a run can only have used by the step that ended it. */
  constructor(refused: Refusal, fuel: number, { budget }: Invocation, lent: readonly LentUse[] = []) {
    super(refused.code)
    this.refused = refused
    this.fuel = Math.min(fuel, budget.fuel)
    this.lent = lent
  }
}

/** What came of the work of a message, and is recorded and charged with it. */
export interface Done {
  readonly outcome: Outcome
  readonly use: Use
  /** Told once all of it is in the store. */
  readonly committed?: () => void
}

/** Does what is asked, or throws {@link Discarded}; what it writes is part of the transaction. */
export type Work = (
  kernel: KernelState,
  invocation: Invocation,
  transaction: Transaction,
  cancel: Cancel,
) => Promise<Done>

/** One message on its way to a record: where that is kept, and the room for it. */
interface Recording {
  readonly kernel: KernelState
  readonly invocation: Invocation
  readonly key: Uint8Array
  readonly seat: Seat
}

export async function settleEffect(
  kernel: KernelState,
  invocation: Invocation,
  cancel: Cancel,
  work: Work = runEffect,
): Promise<Result<Uint8Array>> {
  const { message, chain } = invocation.authorised
  const key = keyOf(kernel.powers.crypto, message)
  const reused = otherMessage(kernel, message, key)
  if (reused !== undefined) return { refused: reused }
  const recording: Recording = { kernel, invocation, key, seat: kernel.records.seat() }
  const once = (): Promise<Result<Uint8Array>> => settleOnce(recording, cancel, work)
  const settle = acceptsRevocations(invocation.descriptor)
    ? (): Promise<Result<Uint8Array>> => kernel.contended.run(ACCEPTANCE, once)
    : once
  const lane = spendingLane(chain)
  try {
    // Those who spend the same would all be in conflict, and all but one run for nothing.
    const reply = lane === undefined ? settle() : kernel.contended.run(lane, settle)
    return remembered(kernel, invocation, await reply)
  } finally {
    recording.seat.leave()
    kernel.promises.room.drop(message.id)
  }
}

async function settleOnce(recording: Recording, cancel: Cancel, work: Work): Promise<Result<Uint8Array>> {
  const { kernel, invocation } = recording
  try {
    return await record(recording, transactInTurn, async (transaction, account) => {
      const allowed = account === undefined ? invocation : within(account, invocation)
      const refused = account === undefined ? undefined : spendingRefusal({}, account)
      if (refused !== undefined) return { refused }
      return work(kernel, allowed, transaction, cancel)
    })
  } catch (error) {
    if (!(error instanceof Discarded)) throw error
    return settleRefusal(recording, error)
  }
}

/** What is recorded, and charged; or why nothing is. */
type Recorded = (Done & { readonly refused?: undefined }) | { readonly refused: Refusal }

/** A result is an outcome that costs its fuel and its bytes. */
export function keptBy({ limits }: KernelState, executed: Executed): Done {
  const use = { fuel: executed.fuel, outputBytes: executed.result.bytes.length }
  return { outcome: keptOutcome(executed, limits), use }
}

/** One transaction: the reply that is there; or what `decide` says, its charge and its reply, as a new record. */
async function record(
  { kernel, invocation, key, seat }: Recording,
  transact: typeof transactInTurn,
  decide: (transaction: Transaction, account: Account | undefined) => Promise<Recorded> | Recorded,
): Promise<Result<Uint8Array>> {
  const { message, chain } = invocation.authorised
  let done: Done | undefined
  const settled = await transact(kernel, invocation, async (transaction): Promise<Result<Uint8Array>> => {
    done = undefined
    const revoked = await revokedLink(kernel.powers.crypto, transaction, chain)
    if (revoked !== undefined) return { refused: revoked }
    const before = await recall(transaction, message, key)
    if (before.refused !== undefined) return before
    if (before.ok !== undefined)
      return traceDecision(kernel, 'execute', message, 'replayed', { ok: before.ok })
    if (!seat.take())
      return traceDecision(kernel, 'execute', message, 'refused', refuse('BUSY', 'no room for its record'))
    const account = await accountOf(invocation, transaction)
    const recorded = await decide(transaction, account)
    if (recorded.refused !== undefined)
      return traceDecision(kernel, 'execute', message, 'refused', { refused: recorded.refused })
    if (account !== undefined) await charge(transaction, account, recorded.use)
    done = recorded
    return { ok: stageReply(kernel, invocation, transaction, key, recorded.outcome) }
  })
  if (done !== undefined) {
    seat.keep()
    done.committed?.()
  }
  return settled
}

/** Nothing at all is read for a chain that counts nothing. */
function accountOf(
  { authorised: { chain, now } }: Invocation,
  transaction: Transaction,
): Promise<Account> | undefined {
  return isStateful(chain) ? openAccount(transaction, chain, now) : undefined
}

function within(account: Account, invocation: Invocation): Invocation {
  return { ...invocation, budget: withinTotals(account, invocation.budget) }
}

/** At once if nobody is in the way, else in turn: n effects on one key all succeed, the last after n runs. */
export async function transactInTurn<T>(
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

export async function runEffect(
  kernel: KernelState,
  invocation: Invocation,
  transaction: Transaction,
  cancel: Cancel,
): Promise<Done> {
  const { message } = invocation.authorised
  const { state, revoke } = openHandlerState(transaction, invocation.authorised)
  const lending = openLending(kernel, invocation, transaction)
  const promises = new CallPromises(kernel, transaction, invocation)
  const revocations = new CallRevocations(kernel, transaction)
  const context = { snapshot: transaction, state, lending, promises, revocations, ...executeContext(kernel) }
  const ended = await traced(kernel, 'execute', message, () => execute(invocation, context, cancel))
  revoke()
  promises.revoke()
  revocations.revoke()
  const { used } = lending
  if (ended.refused !== undefined) throw new Discarded(ended.refused, ended.fuel, invocation, used)
  const committed = (): void => {
    promises.committed()
    revocations.committed()
  }
  if (ended.ok.deferred === undefined)
    return { committed, ...keptBy(kernel, keepEffect(ended.ok, transaction, keepContext(kernel))) }
  const deferred = await promises.stage()
  if (deferred.refused !== undefined) throw new Discarded(deferred.refused, ended.ok.fuel, invocation, used)
  return { outcome: deferred.ok, use: { fuel: ended.ok.fuel, outputBytes: 0 }, committed }
}

function stageReply(
  kernel: KernelState,
  invocation: Invocation,
  transaction: Transaction,
  key: Uint8Array,
  outcome: Outcome,
): Uint8Array {
  const reply = signReply(kernel, invocation, outcome)
  stageRecord(transaction, invocation.authorised.message, key, reply)
  stageUse(kernel, transaction, invocation.authorised, outcome)
  kernel.clock.stage(transaction)
  return reply
}

/** A final refusal is an outcome too: it is recorded and answers every repetition. A retryable one is not. */
async function settleRefusal(recording: Recording, discarded: Discarded): Promise<Result<Uint8Array>> {
  const { kernel, invocation } = recording
  const { refused, fuel, lent } = discarded
  if (REFUSALS[refused.code].retryable) {
    await chargeAttempt(kernel, invocation, discarded)
    return { refused }
  }
  const outcome = refusedOutcome(refused)
  return record(
    recording,
    ({ powers }, _invocation, work) => powers.store.transact(work),
    async (transaction) => {
      await chargeLent(transaction, lent)
      return { outcome, use: { fuel, outputBytes: 0 } }
    },
  )
}

/** What a run has used that left no record: each attempt is a call, if it came as far as running. */
export async function chargeAttempt(
  { powers, closing }: KernelState,
  invocation: Invocation,
  { fuel, lent }: Discarded,
): Promise<void> {
  // Nobody pays for a node that closes: it is as if it had been killed.
  if (fuel === 0 || closing.signal.aborted) return
  if (lent.length === 0 && !isStateful(invocation.authorised.chain)) return
  await powers.store.transact(async (transaction) => {
    const account = await accountOf(invocation, transaction)
    await chargeLent(transaction, lent)
    if (account !== undefined) await charge(transaction, account, { fuel, outputBytes: 0 })
  })
}
