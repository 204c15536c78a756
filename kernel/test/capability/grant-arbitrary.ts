/** Random grants of the small world of the model. */
import fc from 'fast-check'

import { BUDGETS, CODES, KEYS, METHODS, NODES, PATHS, SPACES } from './grant-model.ts'
import type { Budget, Caveats, Grant, Resource } from '../../index.ts'

const owner = fc.constantFrom(...NODES)
const prefixes = KEYS.filter((key) => key.length < 3).map((key) => new TextEncoder().encode(key))

export const resource: fc.Arbitrary<Resource> = fc.oneof(
  owner.map((each): Resource => ({ kind: 'node', owner: each })),
  fc.constantFrom(...CODES).map((protocol): Resource => ({ kind: 'code', protocol })),
  fc
    .record({ owner, space: fc.constantFrom(...SPACES), prefix: fc.constantFrom(...prefixes) })
    .map((fields): Resource => ({ kind: 'space', ...fields })),
  fc
    .record({ owner, prefix: fc.constantFrom('', ...PATHS) })
    .map((fields): Resource => ({ kind: 'label', ...fields })),
)

const methods = fc.oneof(fc.constant<readonly string[]>(['*']), fc.subarray(METHODS, { minLength: 1 }))

const budget: fc.Arbitrary<Budget> = fc
  .record(Object.fromEntries(BUDGETS.map((name) => [name, fc.integer({ min: 0, max: 4 })])), {
    requiredKeys: [],
  })
  .map((amounts) => amounts as Budget)

const caveats: fc.Arbitrary<Caveats> = fc.oneof(
  fc.constant({}),
  budget.map((each) => ({ budget: each })),
)

/** A window that is open for at least one second of the model. */
const window = fc
  .tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 1, max: 8 }), fc.boolean())
  .map(([notBefore, length, isStated]) => ({
    expires: Math.min(8, notBefore + length),
    ...(isStated ? { notBefore } : {}),
  }))

export const grant: fc.Arbitrary<Grant> = fc
  .record({ resource, methods, caveats, window, audience: fc.option(owner, { nil: undefined }) })
  .map(({ window: when, audience, ...rest }) => ({
    ...rest,
    ...when,
    ...(audience === undefined ? {} : { audience }),
  }))

const NAMES = ['resource', 'methods', 'caveats', 'expires', 'notBefore', 'audience']

/** Grants that differ from the first one in few dimensions, so that each dimension decides often enough. */
export function variants(max: number): fc.Arbitrary<readonly [Grant, ...Grant[]]> {
  const edits = fc.array(fc.tuple(grant, fc.subarray(NAMES, { maxLength: 3 })), {
    minLength: 1,
    maxLength: max,
  })
  return fc
    .tuple(grant, edits)
    .map(([first, changes]) => [
      first,
      ...changes
        .map(([other, names]) => changed(first, other, names))
        .filter((each) => (each.notBefore ?? 0) < each.expires),
    ])
}

export const nearPair: fc.Arbitrary<readonly [Grant, Grant]> = variants(1).map(([first, second = first]) => [
  first,
  second,
])

function changed(grant: Grant, other: Grant, names: readonly string[]): Grant {
  const fields: Record<string, unknown> = { ...grant }
  for (const name of names) {
    const value = (other as unknown as Record<string, unknown>)[name]
    if (value === undefined) delete fields[name]
    else fields[name] = value
  }
  return fields as unknown as Grant
}
