/**
 * Freshness: how old the news of revocations may be at most, by the policy of the grid or by a promise itself. A
 * node that does not know refuses (spec/capability.md, "Freshness").
 */
import { decisionRule, judge } from '../decision.ts'
import type { DecisionContext } from '../decision.ts'
import type { Refusal } from '../errors.ts'
import type { Capability, Principal } from '../interface.ts'
import type { GridPolicy } from '../grid/policy.ts'

const rule = decisionRule('authorise', 'capability.md')

interface News {
  readonly policy: GridPolicy
  readonly node: Principal
  /** When each revoker signed its newest heartbeat. */
  readonly heartbeats: ReadonlyMap<Principal, number>
}

/** The grid's own bound first, then those of the links in order. */
export function freshnessRefusal(
  context: DecisionContext,
  chain: readonly Capability[],
): Refusal | undefined {
  const { policy, node, now } = context
  const demands = demandsOf(policy, chain)
  if (demands.length === 0) return undefined
  const since = heardSince({ policy, node, heartbeats: context.revocations.heartbeats })
  for (const { seconds, link } of demands) {
    const refused = judge(context, rule('freshness', 'STALE', link), now - since <= seconds, () =>
      since === -Infinity
        ? `some revoker was never heard of, or there is none; at most ${seconds} s are allowed`
        : `the oldest of the newest heartbeats is of ${since}, now ${now}, at most ${seconds} s old`,
    )
    if (refused !== undefined) return refused
  }
  return undefined
}

/** The first second at which the rule would refuse what it allows now. */
export function freshUntil(news: News, chain: readonly Capability[]): number {
  const demands = demandsOf(news.policy, chain)
  if (demands.length === 0) return Infinity
  return heardSince(news) + Math.min(...demands.map(({ seconds }) => seconds)) + 1
}

interface Demand {
  readonly seconds: number
  readonly link?: number
}

const NOTHING: readonly Demand[] = []

function demandsOf({ feedSeconds, revokers }: GridPolicy, chain: readonly Capability[]): readonly Demand[] {
  const isBound = feedSeconds > 0 && revokers.length > 0
  if (!isBound && chain.every(({ caveats }) => caveats.feedSeconds === undefined)) return NOTHING
  const ofLinks = chain.flatMap(({ caveats }, link): Demand[] =>
    caveats.feedSeconds === undefined ? [] : [{ seconds: caveats.feedSeconds, link }],
  )
  return isBound ? [{ seconds: feedSeconds }, ...ofLinks] : ofLinks
}

/** A node need not hear from itself; without a revoker nothing is known. */
function heardSince({ policy: { revokers }, node, heartbeats }: News): number {
  if (revokers.length === 0) return -Infinity
  return revokers.reduce(
    (since, revoker) => Math.min(since, revoker === node ? Infinity : (heartbeats.get(revoker) ?? -Infinity)),
    Infinity,
  )
}
