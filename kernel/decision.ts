/**
 * What stages 1 to 3 are given: one view that cannot write, one time, and what this node is. They decide and
 * change nothing, so a decision can be made again, dry, by `explain`.
 */
import type { CID } from 'multiformats/cid'

import type { BoundedMap, CryptoProvider, Snapshot } from '../promisebase/index.ts'
import type { GridPolicy } from './grid/policy.ts'
import type {
  Capability,
  Check,
  CheckSink,
  Descriptor,
  Powers,
  Principal,
  Runtime,
  RuntimeKind,
} from './interface.ts'
import type { Refusal, RefusalCode, Result } from './errors.ts'
import type { StoredKeyRing } from './message/key-ring.ts'
import type { Limits } from './limits.ts'
import type { KernelState } from './state.ts'
import type { Outcomes } from './pipeline/outcomes.ts'
import type { Revocations } from './revocation/known.ts'

export interface DecisionContext {
  readonly snapshot: Snapshot
  readonly crypto: CryptoProvider
  readonly keys: StoredKeyRing
  /** Tokens whose signature was verified, by SHA-256 of their complete bytes. */
  readonly verifiedTokens: BoundedMap<string, Capability>
  readonly revocations: Pick<Revocations, 'ids' | 'heartbeats'>
  readonly descriptors: BoundedMap<string, Descriptor>
  /** Code in several blocks that was found whole, by its CID. */
  readonly wholeCodes: BoundedMap<string, true>
  readonly runtimes: ReadonlyMap<RuntimeKind, Runtime>
  readonly limits: Limits
  readonly policy: GridPolicy
  readonly grid: CID
  readonly node: Principal
  /** How messages ended that a later one may build on. */
  readonly outcomes: Outcomes
  /** Seconds since 1970: the one time sample of this decision. */
  readonly now: number
  readonly trusts: Powers['trusts']
  readonly check?: CheckSink
  /** Told of every link that is read, by its index in the chain. */
  readonly link?: (index: number, capability: Capability) => void
}

/** What stages 1 to 3 are given of this kernel. */
export function decisionContext(kernel: KernelState, snapshot: Snapshot, now: number): DecisionContext {
  const { keys, verifiedTokens, revocations, descriptors, wholeCodes, runtimes } = kernel
  const { limits, policy, grid, node, outcomes } = kernel
  return {
    snapshot,
    crypto: kernel.powers.crypto,
    trusts: kernel.powers.trusts,
    keys,
    verifiedTokens,
    revocations,
    descriptors,
    wholeCodes,
    runtimes,
    limits,
    policy,
    grid,
    node,
    outcomes,
    now,
  }
}

/** A rule as a stage states it: what was looked at, and the code if it does not hold. */
export interface Rule {
  readonly stage: Check['stage']
  /** Anchor in spec/: `capability.md#possession`. */
  readonly rule: string
  readonly code: RefusalCode
  readonly link?: number
}

/** Names the rules of one stage and chapter: `rule('time', 'EXPIRED', 2)` is `capability.md#time` at link 2. */
export function decisionRule(
  stage: Rule['stage'],
  chapter: string,
): (anchor: string, code: RefusalCode, link?: number) => Rule {
  return (anchor, code, link) => {
    const rule = `${chapter}#${anchor}`
    return link === undefined ? { stage, rule, code } : { stage, rule, code, link }
  }
}

/**
 * Notes one rule for `explain`; returns the refusal when it does not hold. A rule that holds while nobody
 * listens is never put into words: the words would cost more than the rules.
 */
export function judge(
  context: Pick<DecisionContext, 'check'>,
  rule: Rule,
  pass: boolean,
  detailOf: () => string,
): Refusal | undefined {
  if (pass && context.check === undefined) return undefined
  const detail = detailOf()
  const where = rule.link === undefined ? { rule: rule.rule } : { rule: rule.rule, link: rule.link }
  context.check?.({ stage: rule.stage, ...where, pass, detail, ...(pass ? {} : { code: rule.code }) })
  return pass ? undefined : { code: rule.code, detail, ...where }
}

/** Notes how a step with a result of its own ended; its refusal names the rule, unless it already names one. */
export function noteResult<T>(
  context: Pick<DecisionContext, 'check'>,
  rule: Rule,
  result: Result<T>,
  passed: () => string,
): Result<T> {
  const { refused } = result
  const judged = judge(context, rule, refused === undefined, () => refused?.detail ?? passed())
  return refused === undefined || judged === undefined ? result : { refused: { ...judged, ...refused } }
}

/** The first refusal of a rule over a list, the later items not judged any more. */
export function firstRefusalOf<T>(
  items: readonly T[],
  rule: (item: T, index: number) => Refusal | undefined,
): Refusal | undefined {
  for (let index = 0; index < items.length; index += 1) {
    const refused = rule(items[index] as T, index)
    if (refused !== undefined) return refused
  }
  return undefined
}
