/** A capability graph in words: what people call those in it, and what each token says. */
import { safeLine } from '../terminal/safe-text.ts'
import { instant } from '../terminal/units.ts'
import type { CapabilityGraph, GraphEdge, GraphNode } from '../../../kernel/index.ts'

/** Principals and CIDs. */
const LONG_NAME = /did:key:z[1-9A-HJ-NP-Za-km-z]+|b[a-z2-7]{50,}/g

/** Text of others on one line; `names` are what a host calls principals and CIDs, others are shortened. */
export function inWords(names: ReadonlyMap<string, string>, text: string): string {
  return safeLine(text).replace(LONG_NAME, (whole) => {
    const name = names.get(whole)
    return name === undefined ? shortened(whole) : safeLine(name)
  })
}

export function nodeWords(names: ReadonlyMap<string, string>, { principal, name }: GraphNode): string {
  if (principal === 'bearer') return 'bearer'
  return name === undefined ? inWords(names, principal) : safeLine(name)
}

/** What a token grants, until when, and what it counts for unless it is valid. */
export function edgeWords(names: ReadonlyMap<string, string>, edge: GraphEdge): readonly string[] {
  const { resource, methods, caveats, notBefore, expires, audience, state, because } = edge
  return [
    `${resource}: ${methods[0] === '*' ? 'every method' : methods.join(', ')}`,
    ...caveats,
    ...(notBefore === undefined ? [] : [`from ${instant(notBefore)}`]),
    `until ${instant(expires)}`,
    ...(audience === undefined ? [] : [`only at ${audience}`]),
    ...(state === 'valid' ? [] : [because === undefined ? state : `${state}: ${because}`]),
  ].map((part) => inWords(names, part))
}

/** Who promises whom. */
export function directionWords(names: ReadonlyMap<string, string>, { issuer, holder }: GraphEdge): string {
  return `${inWords(names, issuer)} → ${inWords(names, holder)}`
}

/** What a reader must know about what is not in the picture. */
export function leftOutWords({ leftOut }: CapabilityGraph): readonly string[] {
  return leftOut === 0 ? [] : [`${leftOut} more ${leftOut === 1 ? 'token is' : 'tokens are'} left out`]
}

function shortened(name: string): string {
  return name.length <= 28 ? name : `${name.slice(0, 16)}…${name.slice(-8)}`
}
