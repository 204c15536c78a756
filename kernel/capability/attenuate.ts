/**
 * Attenuation: may `child` be delegated by the holder of `parent`? Pure and total. Each dimension is a partial
 * order in which an absent bound is the largest element, so the whole is one too: what the last link states
 * is never more than what any link above it states, and reading the last link alone tells everything.
 */
import { BUDGETS } from './caveats.ts'
import { covers, describeResource } from './resource.ts'
import type { Budget, Grant, Principal } from '../interface.ts'

/** One way in which a link says more than the one before it. */
export interface Excess {
  readonly rule: 'resource' | 'methods' | 'time' | 'audience' | 'budget'
  readonly detail: string
}

/** Every excess of `child` over `parent`; empty when the child attenuates the parent. */
export function excesses(parent: Grant, child: Grant, node: Principal): Excess[] {
  const found = [
    resourceExcess(parent, child, node),
    methodExcess(parent, child),
    expiryExcess(parent, child),
    beginExcess(parent, child),
    audienceExcess(parent, child),
    ...BUDGETS.map((name) => budgetExcess(name, parent.caveats.budget?.[name], child.caveats.budget?.[name])),
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

function budgetExcess(
  name: keyof Budget,
  parent: number | undefined,
  child: number | undefined,
): Excess | undefined {
  if (parent === undefined || (child !== undefined && child <= parent)) return undefined
  return { rule: 'budget', detail: `${name} ${child ?? 'unbounded'} is more than ${parent}` }
}
