/**
 * The quotas of spaces, and what these spaces hold: in memory, since every commit asks, and in the store, written with
 * each batch that changes it (spec/care.md, "Quotas"). A space without a quota is not counted.
 *
 *   space = ".quotas"
 *   key   = name of the space, UTF-8
 *   value = dag-cbor { "entries": uint, "bytes": uint, ? "entriesMax": uint, ? "bytesMax": uint }
 */
import { decodeCbor } from './cbor/decode.ts'
import { encodeDagCbor } from './cbor/encode.ts'
import { DAG_CBOR_PROFILE } from './cbor/profile.ts'
import { StoreError } from './errors.ts'
import { compareBytes, entryBounds, entryKey, keyInSpace } from './keys.ts'
import type { BackendSnapshot, BackendWrite, SpaceEntry } from './interface.ts'

export const QUOTA_SPACE = '.quotas'

const ACCOUNTS = entryBounds(QUOTA_SPACE, {})

/** A bound on what a space holds, and how much that is. */
export interface QuotaAccount {
  readonly space: string
  readonly entries: number
  /** Of keys and values. */
  readonly bytes: number
  readonly entriesMax?: number
  readonly bytesMax?: number
}

/** A new account, or none any more. */
export interface QuotaChange {
  readonly space: string
  readonly account: QuotaAccount | undefined
}

interface Growth {
  entries: number
  bytes: number
}

/** What one transaction adds to spaces with a quota, by the quotas of one epoch. */
export class Charge {
  readonly epoch: number
  readonly spaces = new Map<string, Growth>()

  constructor(epoch: number) {
    this.epoch = epoch
  }

  /** Sizes of an entry before and now, undefined where there is none. */
  add(space: string, before: number | undefined, now: number | undefined): void {
    const growth = this.spaces.get(space) ?? { entries: 0, bytes: 0 }
    growth.entries += (now === undefined ? 0 : 1) - (before === undefined ? 0 : 1)
    growth.bytes += (now ?? 0) - (before ?? 0)
    this.spaces.set(space, growth)
  }
}

/** Of a transaction that no quota, present or to come, can concern. */
export const NO_CHARGE = new Charge(-1)

interface Charged {
  readonly charge: Charge | undefined
  readonly quotaChange: QuotaChange | undefined
}

export class QuotaBook {
  readonly #accounts = new Map<string, QuotaAccount>()
  readonly #changed = new Set<string>()
  /** Grows when a space comes to have a quota or loses it: what was reckoned before does not count any more. */
  #epoch = 0

  get isEmpty(): boolean {
    return this.#accounts.size === 0
  }

  get epoch(): number {
    return this.#epoch
  }

  has(space: string): boolean {
    return this.#accounts.has(space)
  }

  /** Takes what the store says in place of what is known: at the beginning, and when others have changed it. */
  load(accounts: readonly QuotaAccount[]): void {
    const isSame =
      accounts.length === this.#accounts.size && accounts.every(({ space }) => this.#accounts.has(space))
    if (!isSame) this.#epoch++
    this.#accounts.clear()
    this.#changed.clear()
    for (const account of accounts) this.#accounts.set(account.space, account)
  }

  /** Whether a transaction was reckoned by the quotas that are in force; it runs again otherwise. */
  isCurrent({ charge }: Charged): boolean {
    if (charge === undefined) return this.isEmpty
    return charge === NO_CHARGE || charge.epoch === this.#epoch
  }

  /** Why it cannot be committed; undefined when it can. What only shrinks a space always can. */
  excess({ charge }: Charged): StoreError | undefined {
    for (const [space, growth] of charge?.spaces ?? []) {
      const { entries, bytes, entriesMax = Infinity, bytesMax = Infinity } = this.#accounts.get(space)!
      if (growth.entries > 0 && entries + growth.entries > entriesMax)
        return new StoreError('QUOTA', `${space} holds ${entries} of ${entriesMax} entries`)
      if (growth.bytes > 0 && bytes + growth.bytes > bytesMax)
        return new StoreError(
          'QUOTA',
          `${space} holds ${bytes} of ${bytesMax} bytes, ${growth.bytes} are to come`,
        )
    }
    return undefined
  }

  /** The transaction is committed: counts it. */
  apply({ charge, quotaChange }: Charged): void {
    for (const [space, growth] of charge?.spaces ?? []) {
      const account = this.#accounts.get(space)!
      const [entries, bytes] = [account.entries + growth.entries, account.bytes + growth.bytes]
      this.#accounts.set(space, { ...account, entries, bytes })
      this.#changed.add(space)
    }
    if (quotaChange === undefined) return
    this.#epoch++
    this.#changed.delete(quotaChange.space)
    if (quotaChange.account === undefined) this.#accounts.delete(quotaChange.space)
    else this.#accounts.set(quotaChange.space, quotaChange.account)
  }

  /** The accounts that have changed since it was asked last, for the end of the batch. */
  takeWrites(): BackendWrite[] {
    if (this.#changed.size === 0) return []
    const writes = [...this.#changed].map((space): BackendWrite => {
      const value = encodeAccount(this.#accounts.get(space)!)
      return { type: 'put', key: entryKey(QUOTA_SPACE, accountKey(space)), value }
    })
    this.#changed.clear()
    return writes
  }
}

/** Whether an account lies under this key. */
export function isAccountKey(key: Uint8Array): boolean {
  return compareBytes(key, ACCOUNTS.gte) >= 0 && compareBytes(key, ACCOUNTS.lt) < 0
}

/** All accounts of one moment. @throws {StoreError} `CORRUPT` */
export async function accountsIn(entries: Pick<BackendSnapshot, 'range'>): Promise<QuotaAccount[]> {
  const accounts: QuotaAccount[] = []
  for await (const [key, value] of entries.range(ACCOUNTS))
    accounts.push(decodeAccount({ key: keyInSpace(QUOTA_SPACE, key), value }))
  return accounts
}

export function accountKey(space: string): Uint8Array {
  return new TextEncoder().encode(space)
}

export function encodeAccount({ entries, bytes, entriesMax, bytesMax }: QuotaAccount): Uint8Array {
  return encodeDagCbor({
    entries,
    bytes,
    ...(entriesMax !== undefined && { entriesMax }),
    ...(bytesMax !== undefined && { bytesMax }),
  })
}

/** @throws {StoreError} `CORRUPT` */
export function decodeAccount({ key, value }: SpaceEntry): QuotaAccount {
  const map = decodeCbor(value, DAG_CBOR_PROFILE).ok
  if (!(map instanceof Map)) throw broken()
  const count = (name: string): number => {
    const found = map.get(name)
    if (typeof found !== 'number') throw broken()
    return found
  }
  return {
    space: new TextDecoder().decode(key),
    entries: count('entries'),
    bytes: count('bytes'),
    ...(map.has('entriesMax') && { entriesMax: count('entriesMax') }),
    ...(map.has('bytesMax') && { bytesMax: count('bytesMax') }),
  }
}

function broken(): StoreError {
  return new StoreError('CORRUPT', 'a quota is not what was written')
}
