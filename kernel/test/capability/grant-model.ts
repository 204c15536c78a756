/**
 * What a grant means, said without comparing grants: the set of uses it allows, listed point by point over a
 * small world. One grant attenuates another exactly when each of its sets lies inside the other's.
 */
import { createCid } from '../../../promisebase/index.ts'
import { PATHS as ARGUMENTS } from './constraint-arbitrary.ts'
import { pointsOf } from './constraint-model.ts'
import type { Budget, Caveats, Grant, Principal, Resource, Total } from '../../index.ts'

export const NODES: readonly Principal[] = ['here', 'there', 'elsewhere']
export const HERE = 'here'
export const METHODS = ['get', 'list', 'put', 'stat']
export const SPACES = ['notes', 'notes2']
export const KEYS = ['', 'a', 'aa', 'aaa', 'aab', 'ab', 'aba', 'b', 'ba', 'baa']
export const PATHS = ['a', 'a/b', 'a/b/c', 'a/bc', 'ab', 'ab/c', 'b', 'b/a']
export const CODES = [1, 2].map((digit) => createCid(0x55, new Uint8Array(32).fill(digit)))
const SECONDS = [0, 1, 2, 3, 4, 5, 6, 7, 8]
/** The last amount stands for everything beyond the others. */
const AMOUNTS = [0, 1, 2, 3, 4, Infinity]
export const BUDGETS = [
  'fuel',
  'memoryBytes',
  'outputBytes',
  'wallMs',
] as const satisfies readonly (keyof Budget)[]
export const TOTALS = ['calls', 'fuel', 'outputBytes'] as const satisfies readonly (keyof Total)[]
/** Lengths of spans: calls that one length lets through say nothing of another. */
export const SPANS = [1, 60]
/** Dimensions of caveats. */
export const CAVEATS = [
  ...BUDGETS,
  ...TOTALS.map((name) => `total ${name}`),
  ...['arguments', 'rate', 'executors', 'feed', 'final'],
]

type Sets = Record<string, Set<string>>

/** The sets of uses a grant allows, one per dimension. */
export function uses(grant: Grant): Sets {
  const { methods, notBefore, expires, audience, caveats } = grant
  const sets: Sets = {
    resource: new Set(points(grant.resource)),
    methods: only([...METHODS, 'any other'], (method) => methods[0] === '*' || methods.includes(method)),
    exp: only(SECONDS.map(String), (second) => Number(second) < expires),
    nbf: only(SECONDS.map(String), (second) => notBefore === undefined || Number(second) >= notBefore),
    audience: only(NODES, (each) => audience === undefined || each === audience),
  }
  for (const name of BUDGETS) sets[name] = upTo(caveats.budget?.[name])
  for (const name of TOTALS) sets[`total ${name}`] = upTo(caveats.total?.[name])
  return { ...sets, ...caveatSets(caveats) }
}

function caveatSets({ arguments: given = [], rate, executors, feedSeconds, final }: Caveats): Sets {
  const at = (path: readonly unknown[]): Set<string> =>
    pointsOf(given.find((each) => String(each.path) === String(path))?.is)
  const rates = SPANS.flatMap((seconds) => AMOUNTS.map((calls) => `${calls} in ${seconds}`))
  const isKept = (point: string): boolean =>
    rate === undefined || (point.endsWith(` in ${rate.seconds}`) && Number.parseFloat(point) <= rate.calls)
  return {
    arguments: new Set(ARGUMENTS.flatMap((path) => [...at(path)].map((value) => `${String(path)} ${value}`))),
    rate: only(rates, isKept),
    executors: only([...NODES, 'any other'], (each) => executors?.includes(each) ?? true),
    feed: upTo(feedSeconds),
    // What a grant is for, if it is not final: that others are delegated from it.
    final: new Set(final === undefined ? ['delegated'] : []),
  }
}

/** Dimensions in which `child` allows a use that `parent` does not; being delegated from it is one. */
export function beyond(parent: Grant, child: Grant): string[] {
  const outer = uses(parent)
  return Object.entries({ ...uses(child), final: new Set(['delegated']) })
    .filter(([dimension, inner]) => [...inner].some((use) => outer[dimension]?.has(use) !== true))
    .map(([dimension]) => dimension)
}

/** Everything at `HERE`, or owned by somebody, that a resource speaks of. */
function points(resource: Resource): string[] {
  const all = [
    ...CODES.map((code) => `code of ${HERE} ${code.toString()}`),
    ...NODES.flatMap((owner) => [
      `all of ${owner}`,
      ...SPACES.flatMap((space) => KEYS.map((key) => `space of ${owner} ${space} ${key}.`)),
      ...PATHS.map((path) => `label of ${owner} ${path}/`),
    ]),
  ]
  return all.filter((point) => speaksOf(resource, point))
}

function speaksOf(resource: Resource, point: string): boolean {
  switch (resource.kind) {
    case 'node':
      return point.split(' ')[2] === resource.owner
    case 'code':
      return point === `code of ${HERE} ${resource.protocol.toString()}`
    case 'space':
      return point.startsWith(
        `space of ${resource.owner} ${resource.space} ${new TextDecoder().decode(resource.prefix)}`,
      )
    case 'label':
      return point.startsWith(
        `label of ${resource.owner} ${resource.prefix}${resource.prefix === '' ? '' : '/'}`,
      )
  }
}

function upTo(most = Infinity): Set<string> {
  return only(AMOUNTS.map(String), (amount) => Number(amount) <= most)
}

function only(all: readonly string[], isAllowed: (one: string) => boolean): Set<string> {
  return new Set(all.filter(isAllowed))
}
