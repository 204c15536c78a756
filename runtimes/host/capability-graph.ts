/** The capability graph of a host: the tokens its node keeps, and those it is shown. */
import { capabilityGraph } from '../../kernel/index.ts'
import type { Capability, CapabilityGraph, Principal } from '../../kernel/index.ts'
import type { HostParts } from './host-parts.ts'

export interface CapabilityGraphOptions {
  /** Chains that are not kept here: bearer tokens never are. */
  readonly presented?: Iterable<Capability>
  /** Whether a token was taken back. */
  readonly isRevoked?: (capability: Capability) => boolean
  /** How many tokens at most; the graph says how many it leaves out. */
  readonly tokensMax?: number
}

/** Kept tokens that are looked at: all of them are in memory for a while. */
const KEPT_MAX = 10_000

export async function graphOf(
  { kernel, identities, now }: HostParts,
  { presented = [], isRevoked, tokensMax }: CapabilityGraphOptions,
): Promise<CapabilityGraph> {
  const tokens = [...presented]
  let unseen = 0
  for await (const token of kernel.capabilities()) {
    if (tokens.length < KEPT_MAX) tokens.push(token)
    else unseen += 1
  }
  const graph = capabilityGraph(tokens, {
    node: kernel.node,
    grid: kernel.grid,
    now: now(),
    names: await namesOf(identities),
    ...(isRevoked === undefined ? {} : { isRevoked }),
    ...(tokensMax === undefined ? {} : { edgesMax: tokensMax }),
  })
  return { ...graph, leftOut: graph.leftOut + unseen }
}

async function namesOf(identities: HostParts['identities']): Promise<ReadonlyMap<Principal, string>> {
  const names = new Map<Principal, string>()
  for (const name of await identities.names()) {
    const known = await identities.look(name)
    if (known !== undefined) names.set(known.principal, name)
  }
  return names
}
