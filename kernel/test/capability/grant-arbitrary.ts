/** Random grants of the small world of the model. */
import { fc } from '../../../conformance/test/laws.ts'

import { argumentConstraints } from './constraint-arbitrary.ts'
import { BUDGETS, CODES, KEYS, METHODS, NODES, PATHS, SPACES, SPANS, TOTALS } from './grant-model.ts'
import type { Grant, Resource } from '../../index.ts'

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

const few = fc.integer({ min: 0, max: 4 })

/** Absent more often than not: a grant that says little is what others can narrow. */
function rarely<T>(each: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof(fc.constant(undefined), fc.constant(undefined), each)
}

/** A window that is open for at least one second of the model. */
const window = fc
  .tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 1, max: 8 }), fc.boolean())
  .map(([notBefore, length, isStated]) => ({
    expires: Math.min(8, notBefore + length),
    notBefore: isStated ? notBefore : undefined,
  }))

/** Everything a grant may say, each thing by itself; undefined is not said. */
type Fields = Readonly<Record<string, unknown>>

const fields: fc.Arbitrary<Fields> = fc
  .record({
    ...{ resource, methods, window, audience: fc.option(owner, { nil: undefined }) },
    ...Object.fromEntries(BUDGETS.map((name) => [`budget ${name}`, rarely(few)])),
    ...Object.fromEntries(TOTALS.map((name) => [`total ${name}`, rarely(few)])),
    arguments: rarely(argumentConstraints),
    rate: rarely(fc.record({ calls: few, seconds: fc.constantFrom(...SPANS) })),
    executors: rarely(fc.subarray([...NODES], { minLength: 1 })),
    feedSeconds: rarely(few),
    final: fc.option(fc.constant(true), { nil: undefined, freq: 12 }),
  })
  .map(({ window: when, ...rest }) => ({ ...rest, ...when }))

const PLAIN = ['resource', 'methods', 'expires', 'notBefore', 'audience']
const CAVEATS = ['arguments', 'rate', 'executors', 'feedSeconds', 'final']
const AMOUNTS = [...BUDGETS.map((name) => `budget ${name}`), ...TOTALS.map((name) => `total ${name}`)]

export const grant: fc.Arbitrary<Grant> = fields.map(grantOf)

/** Grants that differ from the first one in few dimensions, so that each dimension decides often enough. */
export function variants(max: number): fc.Arbitrary<readonly [Grant, ...Grant[]]> {
  const names = fc.subarray([...PLAIN, ...CAVEATS, ...AMOUNTS], { maxLength: 3 })
  return fc
    .tuple(fields, fc.array(fc.tuple(fields, names), { minLength: 1, maxLength: max }))
    .map(([first, changes]) => [
      grantOf(first),
      ...changes
        .map(([other, changed]) => grantOf({ ...first, ...picked(other, changed) }))
        .filter((each) => (each.notBefore ?? 0) < each.expires),
    ])
}

export const nearPair: fc.Arbitrary<readonly [Grant, Grant]> = variants(1).map(([first, second = first]) => [
  first,
  second,
])

function grantOf(said: Fields): Grant {
  const amounts = (of: string): object =>
    Object.fromEntries(
      Object.entries(stated(said))
        .filter(([name]) => name.startsWith(`${of} `))
        .map(([name, value]) => [name.slice(of.length + 1), value]),
    )
  const nested = { budget: amounts('budget'), total: amounts('total') }
  const caveats = {
    ...Object.fromEntries(Object.entries(nested).filter(([, map]) => Object.keys(map).length > 0)),
    ...stated(picked(said, CAVEATS)),
  }
  return { ...(stated(picked(said, PLAIN)) as object as Grant), caveats }
}

function picked(from: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, from[name]]))
}

/** Without what is not said. */
function stated(said: Fields): Fields {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
}
