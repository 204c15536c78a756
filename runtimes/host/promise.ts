/** Issuing: a new capability by the root of the grid, or a narrower one by the holder of another. */
import { issueToken } from '../../kernel/index.ts'
import { HostError } from './host-error.ts'
import { nodePowers } from './node-powers.ts'
import type { Budget, Capability, Principal, Resource, Signer } from '../../kernel/index.ts'
import type { HostParts } from './host-parts.ts'

const HOUR_SECONDS = 3_600

export interface PromiseTerms {
  /** Who may use it: a principal, or `bearer` for whoever has the bytes. */
  readonly to: Principal | 'bearer'
  readonly resource: Resource
  /** Every method without it, or those of `parent`. */
  readonly methods?: readonly string[]
  readonly budget?: Budget
  /** From now; an hour by default, never longer than `parent`. */
  readonly seconds?: number
  /** A token narrowed by this one; without it, the adoption of the grid's root. */
  readonly parent?: Capability
  /** Signs it: the grid's root by default, else the holder of `parent`. */
  readonly by?: Signer
}

export async function promise(host: HostParts, terms: PromiseTerms): Promise<Capability> {
  const by = terms.by ?? host.root
  const parent = terms.parent ?? (await adoption(host, by.principal))
  const now = Math.floor(nodePowers().clock() / 1_000)
  const budget = { ...parent.caveats.budget, ...terms.budget }
  return issueToken(host.crypto, host.keys, by, {
    grid: host.kernel.grid,
    holder: terms.to,
    resource: terms.resource,
    methods: terms.methods ?? parent.methods,
    caveats: Object.keys(budget).length === 0 ? {} : { budget },
    expires: Math.min(now + (terms.seconds ?? HOUR_SECONDS), parent.expires),
    parent: parent.id,
    ...(parent.notBefore === undefined ? {} : { notBefore: parent.notBefore }),
    ...(parent.audience === undefined ? {} : { audience: parent.audience }),
  })
}

/** This node's promise to let `holder` grant what is this node's. @throws {HostError} CLOCK */
export async function adoption(host: HostParts, holder: Principal): Promise<Capability> {
  try {
    return await host.kernel.adopt(holder)
  } catch (error) {
    // The kernel promises nothing at a time it does not believe.
    if (!(error instanceof RangeError)) throw error
    throw new HostError('CLOCK', error.message, {
      cause: error,
      fix: 'set the clock right, or accept it as it is with `grid clock accept`',
    })
  }
}
