/** Bounds on what spaces hold, in entries and bytes (spec/care.md, "Quotas"). */
import { accountKey, decodeAccount, encodeAccount, QUOTA_SPACE } from '../quota-book.ts'
import { careOf } from '../store-care.ts'
import { HOLD_SPACE } from './hold-keys.ts'
import { spaceUsage } from './usage.ts'
import type { OpenSnapshot, Snapshot, Store } from '../interface.ts'
import type { QuotaAccount } from '../quota-book.ts'

/** At least one of them. */
export interface QuotaBounds {
  readonly entriesMax?: number
  /** Of keys and values. */
  readonly bytesMax?: number
}

/**
 * Bounds a space from now on, in place of the bounds it had; a transaction that would exceed them ends with `QUOTA`.
 * What the space holds is counted once, by reading it; it may be above the bound, and then only shrink.
 * @throws {StoreError} as `transact` does; `CONFLICT` when others never stop writing to the space
 * @throws {RangeError} for bounds that are none @throws {TypeError} for a store that createStore has not made
 */
export async function setQuota(store: Store, space: string, bounds: QuotaBounds): Promise<QuotaAccount> {
  const { entriesMax, bytesMax } = bounds
  const given = [entriesMax, bytesMax].filter((bound) => bound !== undefined)
  if (given.length === 0 || !given.every((bound) => Number.isSafeInteger(bound) && bound >= 0))
    throw new RangeError('bounds must have entriesMax or bytesMax, whole numbers')
  if (space === QUOTA_SPACE || space === HOLD_SPACE)
    throw new RangeError(`${space} is written by the store itself`)
  return careOf(store).changeQuota(async (transaction) => {
    const { entries, bytes } = await spaceUsage(transaction, space)
    const account: QuotaAccount = {
      space,
      entries,
      bytes,
      ...(entriesMax !== undefined && { entriesMax }),
      ...(bytesMax !== undefined && { bytesMax }),
    }
    transaction.put(QUOTA_SPACE, accountKey(space), encodeAccount(account))
    transaction.changeQuota({ space, account })
    return account
  })
}

/** Lets a space grow without bound again; false when it had none. */
export function removeQuota(store: Store, space: string): Promise<boolean> {
  return careOf(store).changeQuota(async (transaction) => {
    if ((await transaction.get(QUOTA_SPACE, accountKey(space))) === undefined) return false
    transaction.delete(QUOTA_SPACE, accountKey(space))
    transaction.changeQuota({ space, account: undefined })
    return true
  })
}

/** The quotas, and what their spaces hold. @throws {StoreError} `CORRUPT` */
export async function* quotas(
  snapshot: Pick<Snapshot, 'range'>,
): AsyncGenerator<QuotaAccount, void, undefined> {
  for await (const entry of snapshot.range(QUOTA_SPACE)) yield decodeAccount(entry)
}

/** Spaces whose count is not what they hold: none, unless something else wrote to the backend. */
export async function wrongQuotas(snapshot: OpenSnapshot, signal?: AbortSignal): Promise<string[]> {
  const wrong: string[] = []
  for await (const { space, entries, bytes } of quotas(snapshot)) {
    const held = await spaceUsage(snapshot, space, signal ? { signal } : {})
    if (held.entries !== entries || held.bytes !== bytes) wrong.push(space)
  }
  return wrong
}
