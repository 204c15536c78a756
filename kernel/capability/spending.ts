/**
 * What capabilities with a total or a rate have spent. Each use is charged to every link that states one, in the
 * transaction of what it did, so that what is left is the same whatever happens at the same time or is
 * killed in the middle (spec/capability.md, "Spending").
 */
import { DAG_CBOR_PROFILE, decodeCbor, encodeCbor, StoreError } from '../../promisebase/index.ts'
import { decisionRule, firstRefusalOf, judge } from '../decision.ts'
import { expiryKey, idKey, SPACE, SPENT_ENTRY, spanKey } from '../spaces.ts'
import { TOTALS } from './caveats.ts'
import type { Snapshot, Transaction } from '../../promisebase/index.ts'
import type { DecisionContext } from '../decision.ts'
import type { Refusal } from '../errors.ts'
import type { Budget, Capability, Rate, Total } from '../interface.ts'

/** What one call has used of the amounts that are counted, besides being one call. */
export interface Use {
  readonly fuel: number
  readonly outputBytes: number
}

/** One counter of one link, as it was found. */
interface Counter {
  /** Index of the link. */
  readonly link: number
  readonly key: Uint8Array
  /** Whether there was nothing yet: then the entry that will drop it is written, too. */
  readonly isNew: boolean
  /** When nobody can ask for it any more, in seconds since 1970. */
  readonly ends: number
  readonly spent: Required<Total>
  readonly most: Total
  readonly rate?: Rate
}

/** The counters of a chain in one view of the store: what may still be spent. */
export type Account = readonly Counter[]

const rule = decisionRule('execute', 'capability.md')
const NOTHING: Required<Total> = { calls: 0, fuel: 0, outputBytes: 0 }
/** A call that waited its turn comes late; a counter is still there for it. */
const LATE_SECONDS = 4 * 3_600

/** Whether some link has something to count. */
export function isStateful(chain: readonly Capability[]): boolean {
  return chain.some(({ caveats }) => caveats.total !== undefined || caveats.rate !== undefined)
}

/** Names what all calls have in common that could spend the same: the first link that counts. */
export function spendingLane(chain: readonly Capability[]): string | undefined {
  const first = chain.find((link) => isStateful([link]))
  return first === undefined ? undefined : `spent ${first.id.toString()}`
}

/** Reads every counter of a chain; in a transaction, so that two who read the same cannot both write. */
export async function openAccount(
  snapshot: Pick<Snapshot, 'get'>,
  chain: readonly Capability[],
  now: number,
): Promise<Account> {
  const account: Counter[] = []
  for (const [link, { id, caveats, expires }] of chain.entries()) {
    const { total, rate } = caveats
    if (total !== undefined) account.push(await readCounter(snapshot, link, idKey(id), expires, total))
    if (rate === undefined) continue
    const span = Math.floor(now / rate.seconds)
    const ends = Math.min(expires, (span + 1) * rate.seconds)
    const most = { calls: rate.calls }
    account.push({ ...(await readCounter(snapshot, link, spanKey(id, span), ends, most)), rate })
  }
  return account
}

/** The first counter that is used up, in the order of the links. */
export function spendingRefusal(
  context: Pick<DecisionContext, 'check'>,
  account: Account,
): Refusal | undefined {
  return firstRefusalOf(account, (counter) => {
    const { link, spent, most, rate } = counter
    const full = TOTALS.find((name) => most[name] !== undefined && spent[name] >= most[name])
    return judge(
      context,
      rate === undefined ? rule('total', 'SPENT', link) : rule('rate', 'RATE', link),
      full === undefined,
      () => (rate === undefined ? wordsOfTotal(counter) : wordsOfRate(spent.calls, rate)),
    )
  })
}

/** The same for a call that other calls make, which are not over and so not charged yet: each of them is one, too. */
export function amongOpen(
  account: Account,
  chain: readonly Capability[],
  open: readonly (readonly Capability[])[],
): Account {
  return account.map((counter) => {
    const link = chain[counter.link]
    const more = open.filter((other) => other.some(({ id }) => link?.id.equals(id))).length
    return { ...counter, spent: { ...counter.spent, calls: counter.spent.calls + more } }
  })
}

/** A budget that no total is exceeded with. */
export function withinTotals(account: Account, budget: Required<Budget>): Required<Budget> {
  const left = (name: 'fuel' | 'outputBytes'): number =>
    Math.min(budget[name], ...account.map(({ most, spent }) => (most[name] ?? Infinity) - spent[name]))
  return { ...budget, fuel: left('fuel'), outputBytes: left('outputBytes') }
}

/**
 * Stages what one call has used since its account was read. Calls that it made may have been charged to the same
 * links meanwhile: they stand, and their fuel, which is part of its own, is not charged twice.
 */
export async function charge(transaction: Transaction, account: Account, use: Use): Promise<void> {
  for (const { key, isNew, ends, spent } of account) {
    const bytes = await transaction.get(SPACE.spent, key)
    const now = bytes === undefined ? NOTHING : readSpent(bytes)
    const fuel = Math.max(now.fuel, spent.fuel + use.fuel)
    const amounts = [now.calls + 1, fuel, now.outputBytes + use.outputBytes]
    // What nobody bounds could be counted beyond what a number holds.
    const value = encodeCbor(amounts.map((amount) => Math.min(amount, Number.MAX_SAFE_INTEGER)))
    transaction.put(SPACE.spent, key, value)
    if (isNew) transaction.put(SPACE.expiry, expiryKey(ends + LATE_SECONDS, key), SPENT_ENTRY)
  }
}

/** What a call of another handler has used of the chain it was lent, and what those have used that it called. */
export interface LentUse {
  readonly chain: readonly Capability[]
  readonly now: number
  readonly use: Use
  readonly within: readonly LentUse[]
}

/** Stages the charges of calls whose effects were discarded with those of the message. */
export async function chargeLent(transaction: Transaction, lent: readonly LentUse[]): Promise<void> {
  for (const { chain, now, use, within } of lent) {
    const account = await openAccount(transaction, chain, now)
    await chargeLent(transaction, within)
    await charge(transaction, account, use)
  }
}

async function readCounter(
  snapshot: Pick<Snapshot, 'get'>,
  link: number,
  key: Uint8Array,
  ends: number,
  most: Total,
): Promise<Counter> {
  const bytes = await snapshot.get(SPACE.spent, key)
  const spent = bytes === undefined ? NOTHING : readSpent(bytes)
  return { link, key, isNew: bytes === undefined, ends, spent, most }
}

function readSpent(bytes: Uint8Array): Required<Total> {
  const decoded = decodeCbor(bytes, DAG_CBOR_PROFILE).ok
  const amounts = Array.isArray(decoded) ? decoded : []
  if (amounts.length !== TOTALS.length || !amounts.every((amount) => Number.isSafeInteger(amount)))
    throw new StoreError('CORRUPT', 'what a capability has spent cannot be read')
  const [calls, fuel, outputBytes] = amounts as [number, number, number]
  return { calls, fuel, outputBytes }
}

function wordsOfTotal({ spent, most }: Counter): string {
  const stated = TOTALS.filter((name) => most[name] !== undefined)
  return stated.map((name) => `${name} ${spent[name]} of ${most[name]}`).join(', ')
}

function wordsOfRate(calls: number, { calls: most, seconds }: Rate): string {
  return `${calls} of ${most} calls in this span of ${seconds} s`
}
