/**
 * What a grant means, said without comparing grants: the set of uses it allows, listed point by point over a
 * small world. One grant attenuates another exactly when each of its sets lies inside the other's.
 */
import { createCid } from '../../../promisebase/index.ts'
import type { Budget, Grant, Principal, Resource } from '../../index.ts'

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

/** The sets of uses a grant allows, one per dimension. */
export function uses(grant: Grant): Record<string, Set<string>> {
  const { methods, notBefore, expires, audience, caveats } = grant
  const sets: Record<string, Set<string>> = {
    resource: new Set(points(grant.resource)),
    methods: only([...METHODS, 'any other'], (method) => methods[0] === '*' || methods.includes(method)),
    exp: only(SECONDS.map(String), (second) => Number(second) < expires),
    nbf: only(SECONDS.map(String), (second) => notBefore === undefined || Number(second) >= notBefore),
    audience: only(NODES, (each) => audience === undefined || each === audience),
  }
  for (const name of BUDGETS) {
    const most = caveats.budget?.[name] ?? Infinity
    sets[name] = only(AMOUNTS.map(String), (amount) => Number(amount) <= most)
  }
  return sets
}

/** Dimensions in which `child` allows a use that `parent` does not. */
export function beyond(parent: Grant, child: Grant): string[] {
  const outer = uses(parent)
  return Object.entries(uses(child))
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

function only(all: readonly string[], isAllowed: (one: string) => boolean): Set<string> {
  return new Set(all.filter(isAllowed))
}
