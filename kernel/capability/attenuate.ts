/**
 * Attenuation: may `child` be delegated by the holder of `parent`? Pure and total. Each dimension is a partial
 * order in which an absent bound is the largest element, so the whole is one too: what the last link states
 * is never more than what any link above it states, and reading the last link alone tells everything. Only a
 * final grant stands apart: nothing can be delegated from it, not even the same.
 */
import { BUDGETS, TOTALS } from './caveats.ts'
import { implies, isSamePath } from './constraint.ts'
import { describeConstraint } from './describe-constraint.ts'
import { covers, describeResource } from './resource.ts'
import type { ArgumentConstraint, Caveats, Grant, Principal, Rate } from '../interface.ts'

/** One way in which a link says more than the one before it. */
export interface Excess {
  readonly rule:
    | 'resource'
    | 'methods'
    | 'time'
    | 'audience'
    | 'budget'
    | 'arguments'
    | 'total'
    | 'rate'
    | 'executors'
    | 'feed'
    | 'final'
  readonly detail: string
}

/** Every excess of `child` over `parent`; empty when the child may be delegated from the parent. */
export function excesses(parent: Grant, child: Grant, node: Principal): Excess[] {
  const found = [
    resourceExcess(parent, child, node),
    methodExcess(parent, child),
    expiryExcess(parent, child),
    beginExcess(parent, child),
    audienceExcess(parent, child),
    ...caveatExcesses(parent.caveats, child.caveats),
  ]
  return found.filter((excess) => excess !== undefined)
}

/** Whether a list of methods contains one. */
export function grantsMethod(methods: readonly string[], method: string): boolean {
  return methods[0] === '*' || methods.includes(method)
}

function resourceExcess(parent: Grant, child: Grant, node: Principal): Excess | undefined {
  if (covers(parent.resource, child.resource, node)) return undefined
  return {
    rule: 'resource',
    detail: `${describeResource(child.resource)} is not within ${describeResource(parent.resource)}`,
  }
}

function methodExcess(parent: Grant, child: Grant): Excess | undefined {
  const more = child.methods.filter((method) => !grantsMethod(parent.methods, method))
  return more.length === 0
    ? undefined
    : { rule: 'methods', detail: `${more.join(', ')} not among ${parent.methods.join(', ')}` }
}

function expiryExcess(parent: Grant, child: Grant): Excess | undefined {
  if (child.expires <= parent.expires) return undefined
  return { rule: 'time', detail: `exp ${child.expires} is later than ${parent.expires}` }
}

function beginExcess(parent: Grant, child: Grant): Excess | undefined {
  if ((child.notBefore ?? 0) >= (parent.notBefore ?? 0)) return undefined
  return { rule: 'time', detail: `nbf ${child.notBefore ?? 'absent'} is earlier than ${parent.notBefore}` }
}

function audienceExcess(parent: Grant, child: Grant): Excess | undefined {
  if (parent.audience === undefined || parent.audience === child.audience) return undefined
  return { rule: 'audience', detail: `aud ${child.audience ?? 'absent'} is not ${parent.audience}` }
}

function caveatExcesses(parent: Caveats, child: Caveats): (Excess | undefined)[] {
  return [
    ...BUDGETS.map((name) => amountExcess('budget', name, parent.budget?.[name], child.budget?.[name])),
    ...(parent.arguments ?? []).map((each) => argumentExcess(each, child.arguments ?? [])),
    ...TOTALS.map((name) => amountExcess('total', name, parent.total?.[name], child.total?.[name])),
    rateExcess(parent, child),
    executorExcess(parent, child),
    amountExcess('feed', 'feedSeconds', parent.feedSeconds, child.feedSeconds),
    parent.final === undefined
      ? undefined
      : { rule: 'final', detail: 'nothing can be delegated from the link before' },
  ]
}

function amountExcess(
  rule: 'budget' | 'total' | 'feed',
  name: string,
  parent: number | undefined,
  child: number | undefined,
): Excess | undefined {
  if (parent === undefined || (child !== undefined && child <= parent)) return undefined
  return { rule, detail: `${name} ${child ?? 'unbounded'} is more than ${parent}` }
}

function argumentExcess(
  parent: ArgumentConstraint,
  children: readonly ArgumentConstraint[],
): Excess | undefined {
  const child = children.find(({ path }) => isSamePath(path, parent.path))
  if (child !== undefined && implies(child.is, parent.is)) return undefined
  const said = child === undefined ? 'no constraint' : describeConstraint(child)
  return { rule: 'arguments', detail: `${said}, where ${describeConstraint(parent)}` }
}

/** Spans of other lengths begin at other seconds, so only the same length compares. */
function rateExcess({ rate: parent }: Caveats, { rate: child }: Caveats): Excess | undefined {
  if (parent === undefined || (child?.seconds === parent.seconds && child.calls <= parent.calls))
    return undefined
  const said = child === undefined ? 'any number of calls' : describeRate(child)
  return { rule: 'rate', detail: `${said}, where ${describeRate(parent)} are allowed` }
}

function executorExcess({ executors: parent }: Caveats, { executors: child }: Caveats): Excess | undefined {
  if (parent === undefined) return undefined
  const more = child?.filter((each) => !parent.includes(each)) ?? ['any executor']
  return more.length === 0
    ? undefined
    : { rule: 'executors', detail: `${more.join(', ')} not among ${parent.join(', ')}` }
}

function describeRate({ calls, seconds }: Rate): string {
  return `${calls} calls in ${seconds} s`
}
