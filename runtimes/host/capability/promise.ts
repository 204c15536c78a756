/** Issuing: a new capability by the root of the grid, or a narrower one by the holder of another. */
import { excesses, issueToken } from '../../../kernel/index.ts'
import { HostError } from '../host-error.ts'
import { introduce } from '../keys/sets.ts'
import { checkTerms } from '../misuse/terms.ts'
import { narrowCaveats } from './narrow-caveats.ts'
import type { Capability, Grant, Principal, Resource, Signer } from '../../../kernel/index.ts'
import type { HostParts } from '../host-parts.ts'
import type { CaveatTerms } from './narrow-caveats.ts'

const HOUR_SECONDS = 3_600

export interface PromiseTerms extends CaveatTerms {
  /** Who may use it: a principal, or `bearer` for whoever has the bytes. */
  readonly to: Principal | 'bearer'
  readonly resource: Resource
  /** In any order; every method without it, or those of `parent`. */
  readonly methods?: readonly string[]
  /** From now; by default an hour, or as long as `parent` lasts. More than that is refused. */
  readonly seconds?: number
  /** A token narrowed by this one; without it `by` must be a root of the grid. */
  readonly parent?: Capability
  /** Signs it: the holder of `parent`; the root of this host by default. */
  readonly by?: Signer
}

/** @throws {HostError} EXCESS for more than `by` holds, CLOCK @throws {TypeError} for terms of another kind */
export async function promise(host: HostParts, terms: PromiseTerms): Promise<Capability> {
  checkTerms(terms)
  const by = await introduce(host, terms.by ?? host.root)
  const parent = terms.parent ?? (await adoption(host, by.principal))
  const granted = grantOf(host, terms, parent)
  checkHolder(parent, by)
  checkGrid(host, parent)
  const [excess] = excesses(parent, granted, promiserOf(host, parent))
  if (excess !== undefined)
    throw new HostError(
      'EXCESS',
      `this promise would give more than ${by.principal} holds: ${excess.detail}`,
      {
        fix: 'promise at most what the parent grants: resource, methods, time and caveats only shrink',
      },
    )
  return issueToken(host.crypto, host.keys, by, {
    ...granted,
    grid: host.kernel.grid,
    holder: terms.to,
    parent: parent.id,
  })
}

function grantOf(host: HostParts, terms: PromiseTerms, parent: Capability): Grant {
  const now = host.now()
  const caveats = narrowCaveats(parent.caveats, terms)
  // What is counted is counted by one node.
  const isCounted = caveats.total !== undefined || caveats.rate !== undefined
  const audience = parent.audience ?? (isCounted ? host.kernel.node : undefined)
  const { seconds = Math.min(HOUR_SECONDS, parent.expires - now) } = terms
  if (!Number.isSafeInteger(seconds)) throw new TypeError('seconds must be a whole number')
  if (seconds < 1)
    throw new HostError(
      'EXCESS',
      terms.seconds === undefined ? 'the parent has expired' : 'it would have expired already',
      {
        fix: terms.seconds === undefined ? 'ask its issuer for a new one' : 'promise for at least a second',
      },
    )
  return {
    resource: terms.resource,
    methods: terms.methods ?? parent.methods,
    caveats,
    expires: now + seconds,
    ...(parent.notBefore === undefined ? {} : { notBefore: parent.notBefore }),
    ...(audience === undefined ? {} : { audience }),
  }
}

/** Grids are apart: a promise of one is worth nothing in another. */
function checkGrid({ kernel }: HostParts, { grid }: Capability): void {
  if (!grid.equals(kernel.grid))
    throw new HostError('EXCESS', `the parent is of another grid, ${grid.toString()}`, {
      fix: 'narrow it where that grid is served, with `--grid` on a command line',
    })
}

/** The node whose behaviour is promised: another one where its adoption of a root is narrowed here. */
function promiserOf({ kernel }: HostParts, { resource }: Capability): Principal {
  return resource.kind === 'node' ? resource.owner : kernel.node
}

/** Only its holder can narrow a promise further, and a bearer promise cannot be narrowed at all. */
function checkHolder(parent: Capability, by: Signer): void {
  if (parent.holder === by.principal) return
  const held = parent.holder === 'bearer' ? 'whoever has its bytes, and cannot be delegated' : parent.holder
  throw new HostError('EXCESS', `the parent is held by ${held}`, {
    fix: parent.holder === 'bearer' ? 'ask for a capability bound to a principal' : 'name its holder as `by`',
  })
}

/**
 * This node's promise to let a root of its grid, or the node itself, grant what is this node's.
 * @throws {HostError} MISSING for anybody else, CLOCK
 */
export async function adoption(host: Pick<HostParts, 'kernel'>, holder: Principal): Promise<Capability> {
  const { node, policy } = host.kernel
  if (holder !== node && !policy.roots.includes(holder))
    throw new HostError(
      'MISSING',
      `${holder} holds nothing here: only a root of the grid needs no capability`,
      {
        fix: 'present the capabilities it was given, or ask a root to promise it something',
      },
    )
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
