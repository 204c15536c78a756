/**
 * The capability graph: principals, and the tokens between them. It says who may do what through whom, as far as the
 * tokens that it is given tell, and which of them count for nothing (spec/capability.md, "Graph").
 */
import { excesses } from './attenuate.ts'
import { describeCaveats } from './describe-caveats.ts'
import { covers, describeResource } from './resource.ts'
import type { CID } from 'multiformats/cid'
import type { Capability, Principal } from '../interface.ts'

/** What a token counts for: the worst that is true of it or of a link above it, in this order. */
export const CAPABILITY_STATES = ['revoked', 'unreachable', 'expired', 'not yet', 'valid'] as const

export type CapabilityState = (typeof CAPABILITY_STATES)[number]

/** A principal that holds or issued a token; or whoever has the bytes of some. */
export interface GraphNode {
  readonly principal: Principal | 'bearer'
  /** What the host calls it. */
  readonly name?: string
  readonly isNode: boolean
}

/** A token: from its issuer to its holder. Its bytes are not in it. */
export interface GraphEdge {
  readonly id: CID
  readonly issuer: Principal
  readonly holder: Principal | 'bearer'
  readonly parent?: CID
  /** In words. */
  readonly resource: string
  readonly methods: readonly string[]
  /** In words. */
  readonly caveats: readonly string[]
  readonly notBefore?: number
  readonly expires: number
  readonly audience?: Principal
  readonly state: CapabilityState
  /** Why it is not valid. */
  readonly because?: string
  /** Whose promises it takes, from this node to its issuer; empty when no chain from this node leads to it. */
  readonly through: readonly Principal[]
}

export interface CapabilityGraph {
  readonly node: Principal
  /** Seconds since 1970: when all this was so. */
  readonly now: number
  readonly nodes: readonly GraphNode[]
  /** Every token after the one it narrows. */
  readonly edges: readonly GraphEdge[]
  /** Tokens that are left out, because there are too many. */
  readonly leftOut: number
}

export interface GraphOptions {
  /** The node whose promises count. */
  readonly node: Principal
  readonly grid: CID
  readonly now: number
  /** Whether somebody who can has taken this token back; those below it then count for nothing either. */
  readonly isRevoked?: (capability: Capability) => boolean
  /** What the host calls principals. */
  readonly names?: ReadonlyMap<Principal, string>
  readonly edgesMax?: number
}

/** Tokens in one picture. */
const EDGES_MAX = 500
/** Above the longest chain that is ever accepted. */
const DEPTH_MAX = 16

/** Draws up the graph of tokens whose signatures are known to hold. */
export function capabilityGraph(capabilities: Iterable<Capability>, options: GraphOptions): CapabilityGraph {
  const { node, now, names, edgesMax = EDGES_MAX } = options
  const tokens = new Map([...capabilities].map((token) => [token.id.toString(), token]))
  const ordered = inOrder(tokens)
  const edges = ordered.slice(0, edgesMax).map((token) => edgeOf(token, tokens, options))
  const principals = new Set([node, ...edges.flatMap(({ issuer, holder }) => [issuer, holder])])
  return {
    node,
    now,
    nodes: [...principals].map((principal) => {
      const name = names?.get(principal)
      return { principal, isNode: principal === node, ...(name === undefined ? {} : { name }) }
    }),
    edges,
    leftOut: ordered.length - edges.length,
  }
}

/** Parents first, and what hangs together stays together. */
function inOrder(tokens: ReadonlyMap<string, Capability>): readonly Capability[] {
  const children = new Map<string, Capability[]>()
  for (const token of tokens.values()) {
    const above = token.parent?.toString() ?? ''
    const key = tokens.has(above) ? above : ''
    const known = children.get(key)
    if (known === undefined) children.set(key, [token])
    else known.push(token)
  }
  const ordered: Capability[] = []
  // A token names its parent by a hash over it, so there are no rings; the stack only spares the call stack.
  const stack = [...(children.get('') ?? [])].reverse()
  for (let token = stack.pop(); token !== undefined; token = stack.pop()) {
    ordered.push(token)
    stack.push(...[...(children.get(token.id.toString()) ?? [])].reverse())
  }
  return ordered
}

function edgeOf(
  token: Capability,
  tokens: ReadonlyMap<string, Capability>,
  options: GraphOptions,
): GraphEdge {
  const { id, issuer, holder, parent, methods, notBefore, expires, audience } = token
  const chain = chainOf(token, tokens)
  const { state, because } = stateOf(chain, options)
  const isRooted = state !== 'unreachable' && chain[0]?.issuer === options.node
  return {
    id,
    issuer,
    holder,
    methods,
    expires,
    state,
    resource: describeResource(token.resource),
    caveats: describeCaveats(token.caveats),
    through: isRooted ? chain.map((link) => link.issuer) : [],
    ...(parent === undefined ? {} : { parent }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(audience === undefined ? {} : { audience }),
    ...(because === undefined ? {} : { because }),
  }
}

/** As far up as the tokens go; the token itself is the last. */
function chainOf(token: Capability, tokens: ReadonlyMap<string, Capability>): readonly Capability[] {
  const chain = [token]
  let above = parentOf(token, tokens)
  while (above !== undefined && chain.length <= DEPTH_MAX) {
    chain.unshift(above)
    above = parentOf(above, tokens)
  }
  return chain
}

function parentOf({ parent }: Capability, tokens: ReadonlyMap<string, Capability>): Capability | undefined {
  return parent === undefined ? undefined : tokens.get(parent.toString())
}

interface Standing {
  readonly state: CapabilityState
  readonly because?: string
}

function stateOf(chain: readonly Capability[], options: GraphOptions): Standing {
  const { now, isRevoked } = options
  const last = chain.at(-1)
  const say = (state: CapabilityState, link: Capability, why: string): Standing => ({
    state,
    because: link === last ? why : `a link above it: ${why}`,
  })
  const revoked = chain.find((link) => isRevoked?.(link) === true)
  if (revoked !== undefined) return say('revoked', revoked, 'its issuer, or one above, has taken it back')
  const gap = gapIn(chain, options)
  if (gap !== undefined) return { state: 'unreachable', because: gap }
  const expired = chain.find(({ expires }) => expires <= now)
  if (expired !== undefined) return say('expired', expired, 'it is past its time')
  const early = chain.find(({ notBefore = 0 }) => notBefore > now)
  if (early !== undefined) return say('not yet', early, 'its time has not come')
  return { state: 'valid' }
}

/** Why no promise of this node leads here. */
function gapIn(chain: readonly Capability[], { node, grid }: GraphOptions): string | undefined {
  const [first] = chain
  if (first === undefined || first.parent !== undefined) return 'the token it narrows is not here'
  if (first.issuer !== node) return 'its first link is no promise of this node'
  if (!covers({ kind: 'node', owner: node }, first.resource, node))
    return 'its first link is not about this node'
  for (const [index, link] of chain.entries()) {
    if (!link.grid.equals(grid)) return 'it is of another grid'
    if (link.audience !== undefined && link.audience !== node) return 'it is for another node'
    const before = chain[index - 1]
    if (before === undefined) continue
    if (before.holder !== link.issuer) return 'it was not issued by the holder of the link above'
    const [excess] = excesses(before, link, node)
    if (excess !== undefined) return `it promises more than the link above: ${excess.detail}`
  }
  return undefined
}
