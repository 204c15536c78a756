/** The rules of a dry run in the order of the links they are about, each that failed with what would fix it. */
import { REFUSALS } from './errors.ts'
import type { DecisionContext } from './decision.ts'
import type { Refusal } from './errors.ts'
import type { Capability, Check } from './interface.ts'

/** A refusal with what its code says, and what helps. */
export type ExplainedRefusal = Refusal & { readonly says: string; readonly fix: string }

/** One rule; `fix` when it does not hold. */
export interface ExplainedRule extends Check {
  readonly fix?: string
}

export interface ExplainedLink {
  readonly link: number
  /** Undefined for a link that could not be read. */
  readonly capability?: Capability
  /** Whether its signature was found to hold: before, what it says is its own account. */
  readonly isVerified: boolean
  readonly rules: readonly ExplainedRule[]
}

export interface ExplainedChain {
  /** Rules that are about no single link. */
  readonly rules: readonly ExplainedRule[]
  readonly links: readonly ExplainedLink[]
}

/** What a dry run came by. */
export interface Notes {
  /** In the order they were made. */
  readonly checks: readonly Check[]
  /** By index, as far as they were read, proved or not; undefined for one that was not. */
  readonly links: readonly (Capability | undefined)[]
}

/** What is said when nothing could be looked at. */
export const NOTHING_NOTED = { checks: [], links: [], tree: { rules: [], links: [], table: [] } } as const

/** A context that notes what is decided in it. */
export function takeNotes(context: DecisionContext): {
  readonly context: DecisionContext
  readonly taken: Notes
} {
  const checks: Check[] = []
  const links: (Capability | undefined)[] = []
  const link = (index: number, capability: Capability): void => {
    while (links.length < index) links.push(undefined)
    links[index] = capability
  }
  return { context: { ...context, check: (check) => checks.push(check), link }, taken: { checks, links } }
}

/** Whatever checks there are, of whatever stage: those without a link, then those of each link. */
export function treeOf({ checks, links }: Notes): ExplainedChain {
  const count = checks.reduce((most, { link = -1 }) => Math.max(most, link + 1), links.length)
  const about = (link: number | undefined): readonly ExplainedRule[] =>
    checks.filter((check) => check.link === link).map(withFix)
  return {
    rules: about(undefined),
    links: Array.from({ length: count }, (_, link) => {
      const [capability, rules] = [links[link], about(link)]
      const isVerified = rules.some(({ rule, pass }) => rule === 'capability.md#signature' && pass)
      return { link, isVerified, rules, ...(capability === undefined ? {} : { capability }) }
    }),
  }
}

export function explained(refusal: Refusal): ExplainedRefusal {
  const { says, fix } = REFUSALS[refusal.code]
  return { ...refusal, says, fix }
}

function withFix(check: Check): ExplainedRule {
  return check.code === undefined ? check : { ...check, fix: REFUSALS[check.code].fix }
}
