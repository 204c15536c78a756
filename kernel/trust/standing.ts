/** How somebody has kept his word, as counts: what a ledger adds up and an assessment says. */
import * as claims from '../message/claims.ts'
import type { CborMap, CborValue } from '../../promisebase/index.ts'
import type { ClaimType } from '../message/claims.ts'
import type { Counts, Outcome } from '../interface.ts'

export type { Counts } from '../interface.ts'

export type Verdict = keyof Counts

export const VERDICTS = ['kept', 'broken', 'refused', 'expired'] as const satisfies readonly Verdict[]

export const NO_COUNTS: Counts = { kept: 0, broken: 0, refused: 0, expired: 0 }

/** Codes of a reply that tell what became of a capability: the promise of its issuer, and not of who answers. */
const OF_ANOTHER: readonly string[] = ['REVOKED', 'EXPIRED']

/**
 * What an outcome says about who gave it, as the end of his promise or as the reply to a request; undefined while
 * it says nothing: deferred, or a fault of the sender.
 */
export function verdictOf(outcome: Outcome, of: 'promise' | 'request'): Verdict | undefined {
  if (of === 'request' && 'code' in outcome && OF_ANOTHER.includes(outcome.code)) return 'refused'
  switch (outcome.status) {
    case 'deferred':
    case 'already-seen':
      return undefined
    default:
      return outcome.status
  }
}

/** One more of a verdict, or as many as are said. */
export function added(counts: Counts, verdict: Verdict, amount = 1): Counts {
  return { ...counts, [verdict]: counts[verdict] + amount }
}

export function sum(a: Counts, b: Counts): Counts {
  return {
    kept: a.kept + b.kept,
    broken: a.broken + b.broken,
    refused: a.refused + b.refused,
    expired: a.expired + b.expired,
  }
}

/** A map of exactly the four counts. */
export const countsClaim: ClaimType<Counts> = {
  says: `a map of exactly ${VERDICTS.join(', ')}, each ${claims.uint.says}`,
  read: (value: CborValue) => {
    if (!(value instanceof Map) || value.size !== VERDICTS.length) return undefined
    const read = VERDICTS.map((verdict) => claims.uint.read(value.get(verdict) ?? null))
    const [kept, broken, refused, expired] = read
    if (kept === undefined || broken === undefined || refused === undefined || expired === undefined)
      return undefined
    return { kept, broken, refused, expired }
  },
  write: (counts) => new Map(VERDICTS.map((verdict) => [verdict, counts[verdict]])) as CborMap,
}
