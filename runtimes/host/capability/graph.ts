/** The capability graph of a host: the tokens its node keeps, and those it is shown. */
import { capabilityGraph } from '../../../kernel/index.ts'
import type { Capability, CapabilityGraph, Principal } from '../../../kernel/index.ts'
import type { HostParts } from '../host-parts.ts'

export interface CapabilityGraphOptions {
  /** Chains that are not kept here: bearer tokens never are. */
  readonly presented?: Iterable<Capability>
  /** How many tokens at most; the graph says how many it leaves out. */
  readonly tokensMax?: number
}

/** Kept tokens that are looked at: all of them are in memory for a while. */
const KEPT_MAX = 10_000

export async function graphOf(
  { kernel, identities, now }: HostParts,
  { presented = [], tokensMax }: CapabilityGraphOptions,
): Promise<CapabilityGraph> {
  const tokens = [...presented]
  let unseen = 0
  for await (const token of kernel.capabilities()) {
    if (tokens.length < KEPT_MAX) tokens.push(token)
    else unseen += 1
  }
  const revoked = await revokedAmong(kernel, tokens)
  const graph = capabilityGraph(tokens, {
    node: kernel.node,
    grid: kernel.grid,
    now: now(),
    names: await namesOf(identities),
    isRevoked: ({ id }) => revoked.has(id.toString()),
    ...(tokensMax === undefined ? {} : { edgesMax: tokensMax }),
  })
  return { ...graph, leftOut: graph.leftOut + unseen }
}

/** Those that this node, their issuer or the issuer of a link above has taken back: nobody else can. */
async function revokedAmong(
  kernel: HostParts['kernel'],
  tokens: readonly Capability[],
): Promise<ReadonlySet<string>> {
  const byId = new Map(tokens.map((token) => [token.id.toString(), token]))
  const revoked = new Set<string>()
  for (const token of tokens) {
    const records = await kernel.revocations(token.id)
    const able = records.length === 0 ? [] : issuersAbove(token, byId)
    if (records.some(({ issuer }) => issuer === kernel.node || able.includes(issuer)))
      revoked.add(token.id.toString())
  }
  return revoked
}

/** The issuer of a token and those of its links above, as far as they are known. */
function issuersAbove(token: Capability, byId: ReadonlyMap<string, Capability>): readonly Principal[] {
  const issuers: Principal[] = []
  const seen = new Set<Capability>()
  for (let at: Capability | undefined = token; at !== undefined && !seen.has(at);) {
    seen.add(at)
    issuers.push(at.issuer)
    at = at.parent === undefined ? undefined : byId.get(at.parent.toString())
  }
  return issuers
}

async function namesOf(identities: HostParts['identities']): Promise<ReadonlyMap<Principal, string>> {
  const names = new Map<Principal, string>()
  for (const name of await identities.names()) {
    const known = await identities.look(name)
    if (known !== undefined) names.set(known.principal, name)
  }
  return names
}
