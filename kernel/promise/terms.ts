/**
 * What a handler may promise: checked when it says so as far as the words go, and with the store when the call has
 * ended (spec/promise.md, "Deferring").
 */
import { cidKey, isCid } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { refusedAlgorithm } from '../grid/policy.ts'
import { keysOf } from '../key-sets.ts'
import { verifyObjectBy } from '../message/signed-object.ts'
import { promiseWrapPrefix, SPACE } from '../spaces.ts'
import { readUnverifiedPromise } from './promise.ts'
import { readRecord, stageLonger } from './record.ts'
import { inspection, standingOf } from './standing.ts'
import type { CID } from 'multiformats/cid'
import type { Transaction } from '../../promisebase/index.ts'
import type { Refusal, Result } from '../errors.ts'
import type { DeferTerms, Principal } from '../interface.ts'
import type { KernelState } from '../state.ts'
import type { UnverifiedPromise } from './promise.ts'

/** Promises that one stands on, directly or through others: each is looked at when it is. */
const STANDS_ON_MAX = 64
/** Promises that pass on the same one: all of them end with it, in one transaction. */
const WRAPPERS_MAX = 256

/** Terms in order: conditions each once, and none where there are none. */
export interface CheckedTerms {
  readonly seconds: number
  readonly wrapped?: UnverifiedPromise
  readonly conditions?: readonly CID[]
}

/** @throws {TypeError | RangeError} for what only a mistake in the handler can say */
export function checkTerms(kernel: KernelState, terms: DeferTerms): Result<CheckedTerms> {
  const { seconds, wraps, conditions = [] } = terms
  if (!Number.isSafeInteger(seconds) || seconds < 1)
    throw new RangeError('seconds must be a whole number from 1')
  if (wraps !== undefined && !(wraps instanceof Uint8Array)) throw new TypeError('wraps must be a Uint8Array')
  if (!Array.isArray(conditions) || !conditions.every(isCid)) throw new TypeError('conditions must be CIDs')
  if (wraps !== undefined && conditions.length > 0)
    throw new TypeError('a promise wraps another one, or has conditions: not both')
  const { promiseLifetimeSeconds, principals } = kernel.limits
  if (seconds > promiseLifetimeSeconds)
    return refuse('LIFETIME', `a promise for ${seconds} s, at most ${promiseLifetimeSeconds} s ahead`)
  const once = [...new Map(conditions.map((id) => [cidKey(id), id])).values()]
  if (once.length > principals)
    return refuse('LIMIT', `${once.length} conditions, at most ${principals} are allowed`)
  // A copy: what is verified later must be what the promise names now.
  const wrapped = wraps && readUnverifiedPromise(kernel.powers.crypto, new Uint8Array(wraps))
  if (wrapped?.refused !== undefined) return wrapped
  return {
    ok: {
      seconds,
      ...(wrapped === undefined ? {} : { wrapped: wrapped.ok }),
      ...(once.length === 0 ? {} : { conditions: once }),
    },
  }
}

/** A promise of somebody else: of this grid, to this node or the sender, signed by its issuer, and not over. */
export async function wrapRefusal(
  kernel: KernelState,
  transaction: Transaction,
  { promise, object }: UnverifiedPromise,
  sender: Principal,
  now: number,
): Promise<Refusal | undefined> {
  const { keys, powers, policy, grid, node } = kernel
  if (!promise.grid.equals(grid))
    return refuse('GRID', `a promise of grid ${promise.grid.toString()}`).refused
  if (promise.issuer === node)
    return refuse('SHAPE', 'a promise of this node is a condition; only those of others are wrapped').refused
  // Whoever is given what wraps it is told how it ends.
  if (promise.audience !== node && promise.audience !== sender)
    return refuse('AUD', `a promise to ${promise.audience}, and neither to this node nor to the sender`)
      .refused
  if (now >= promise.expires) return refuse('EXPIRED', `exp ${promise.expires}, now ${now}`).refused
  const issuer = await keysOf({ keys, snapshot: transaction, crypto: powers.crypto }, promise.issuer)
  if (issuer.refused !== undefined) return issuer.refused
  const algorithm = refusedAlgorithm(policy, issuer.ok)
  if (algorithm !== undefined)
    return refuse('ALG', `algorithm ${algorithm} is not accepted in this grid`).refused
  const signed = verifyObjectBy(powers.crypto, keys, object, issuer.ok)
  return signed.refused ?? (await crowdRefusal(transaction, promise.id))
}

async function crowdRefusal(transaction: Transaction, wrapped: CID): Promise<Refusal | undefined> {
  let wrappers = 0
  const range = { prefix: promiseWrapPrefix(wrapped), limit: WRAPPERS_MAX }
  for await (const _ of transaction.range(SPACE.promises, range)) wrappers += 1
  return wrappers < WRAPPERS_MAX
    ? undefined
    : refuse('BUSY', `${wrappers} promises wrap ${wrapped.toString()} already`).refused
}

/**
 * Conditions are promises of this node to the sender, and none of them has failed. What stands on a promise shows how
 * that one ends, so nobody builds on one whose end he would not be told. They are kept on record for as long as
 * what stands on them.
 */
export async function conditionsRefusal(
  kernel: KernelState,
  transaction: Transaction,
  conditions: readonly CID[],
  sender: Principal,
  { now, until }: { readonly now: number; readonly until: number },
): Promise<Refusal | undefined> {
  const look = inspection(kernel.powers.crypto, transaction, now)
  for (const id of conditions) {
    const record = await readRecord(kernel.powers.crypto, transaction, id)
    if (record === undefined || record.promise.audience !== sender) return unknownPromise(id)
    const standing = await standingOf(look, record)
    look.seen.set(cidKey(id), standing)
    if (!standing.open && standing.outcome.status !== 'kept')
      return refuse('UPSTREAM', `the condition ${id.toString()} was ${standing.outcome.status}`).refused
    stageLonger(transaction, record, until)
  }
  return look.seen.size <= STANDS_ON_MAX
    ? undefined
    : refuse('LIMIT', `it would stand on ${look.seen.size} promises, at most ${STANDS_ON_MAX}`).refused
}

/** The same words for a promise that is not here and for one that is somebody else's. */
export function unknownPromise(id: CID): Refusal {
  return refuse('MISSING', `there is no promise ${id.toString()} here for this sender`).refused
}
