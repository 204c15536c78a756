/**
 * Stage 2: Message → Authorised. Time and address of the message, then possession of a chain from this node to
 * the sender, then what the chain says, then whether it covers what is asked (spec/dispatch.md, "Authorise").
 */
import { grantsMethod } from '../capability/attenuate.ts'
import { chainRefusal, effectiveGrant, proveChain } from '../capability/chain.ts'
import { covers, describeResource } from '../capability/resource.ts'
import { decisionRule, judge } from '../decision.ts'
import { revocationRefusal } from '../revocation/check.ts'
import { freshnessRefusal } from '../revocation/freshness.ts'
import { totalOf } from '../trust/ledger.ts'
import type { DecisionContext } from '../decision.ts'
import type { Refusal } from '../errors.ts'
import type { Authorised, Capability, Grant, Message, Principal, Resource } from '../interface.ts'

/** Authorised; or refused, `proven` telling whether the sender proved possession of its chain before. */
export type AuthoriseResult =
  | { readonly ok: Authorised; readonly refused?: undefined }
  | {
      readonly refused: Refusal
      readonly proven: boolean
      /** The chain, once it is proved. */
      readonly chain?: readonly Capability[]
      readonly ok?: undefined
    }

const message = decisionRule('authorise', 'message.md')
const capability = decisionRule('authorise', 'capability.md')
const trust = decisionRule('authorise', 'trust.md')

export async function authorise(request: Message, context: DecisionContext): Promise<AuthoriseResult> {
  const early = timeRefusal(request, context) ?? audienceRefusal(request, context)
  if (early !== undefined) return { refused: early, proven: false }
  const chain = await proveChain(context, request.claims.capabilities, request.claims.issuer)
  if (chain.refused !== undefined) return { refused: chain.refused, proven: false }
  const resource: Resource = request.claims.resource ?? { kind: 'code', protocol: request.protocol }
  const grant = effectiveGrant(chain.ok)
  const revoked = chainRefusal(context, chain.ok) ?? revocationRefusal(context, chain.ok)
  const refused =
    (revoked instanceof Promise ? await revoked : revoked) ??
    freshnessRefusal(context, chain.ok) ??
    coverRefusal(request, context, grant, resource, chain.ok.length - 1)
  const { trusts } = context
  const isAsked = refused === undefined && trusts !== undefined
  const unreliable = isAsked
    ? await standingRefusal(context, trusts, chain.ok, request.claims.issuer)
    : refused
  if (unreliable !== undefined) return { refused: unreliable, proven: true, chain: chain.ok }
  const authorised: Omit<
    Authorised,
    keyof { [K in keyof Authorised as K extends symbol ? K : never]: true }
  > = {
    message: request,
    chain: chain.ok,
    grant,
    resource,
    now: context.now,
  }
  return { ok: authorised as Authorised }
}

/** What the host makes of how the principals of a chain kept their word. */
async function standingRefusal(
  context: DecisionContext,
  trusts: NonNullable<DecisionContext['trusts']>,
  chain: readonly Capability[],
  sender: Principal,
): Promise<Refusal | undefined> {
  const { snapshot, node } = context
  for (const principal of new Set([...chain.map(({ issuer }) => issuer), sender])) {
    if (principal === node) continue
    const counts = await totalOf(snapshot, principal)
    const refused = judge(
      context,
      trust('standing', 'TRUST'),
      trusts(principal, counts),
      () => `${principal} kept ${counts.kept}, broke ${counts.broken}, let expire ${counts.expired}`,
    )
    if (refused !== undefined) return refused
  }
  return undefined
}

function timeRefusal({ claims }: Message, context: DecisionContext): Refusal | undefined {
  const { now } = context
  const { skewSeconds: skew, messageLifetimeSeconds: lifetime } = context.limits
  return (
    judge(
      context,
      message('time', 'EXPIRED'),
      now < claims.expires + skew,
      () => `exp ${claims.expires}, now ${now}`,
    ) ??
    judge(
      context,
      message('time', 'EARLY'),
      (claims.notBefore ?? 0) - skew <= now,
      () => `nbf ${claims.notBefore ?? 'absent'}, now ${now}`,
    ) ??
    judge(
      context,
      message('time', 'EARLY'),
      claims.issuedAt <= now + skew,
      () => `iat ${claims.issuedAt}, now ${now}`,
    ) ??
    judge(
      context,
      message('lifetime', 'LIFETIME'),
      claims.expires <= now + lifetime + skew,
      () => `exp ${claims.expires}, at most ${lifetime} s ahead`,
    )
  )
}

function audienceRefusal({ claims }: Message, context: DecisionContext): Refusal | undefined {
  const pass = claims.audience === context.node || claims.audience === context.grid.toString()
  return judge(
    context,
    message('audience', 'AUD'),
    pass,
    () => `aud ${claims.audience}, this node is ${context.node}`,
  )
}

function coverRefusal(
  { claims, protocol }: Message,
  context: DecisionContext,
  grant: Grant,
  resource: Resource,
  link: number,
): Refusal | undefined {
  const covered = covers(grant.resource, resource, context.node)
  // Naming the code one was granted must not run another.
  const sameCode = resource.kind !== 'code' || resource.protocol.equals(protocol)
  return (
    judge(
      context,
      capability('resource', 'RESOURCE', link),
      sameCode,
      () => `the message is for ${protocol.toString()}, its resource is ${describeResource(resource)}`,
    ) ??
    judge(
      context,
      capability('resource', 'RESOURCE', link),
      covered,
      () => `asked for ${describeResource(resource)}, granted ${describeResource(grant.resource)}`,
    ) ??
    judge(
      context,
      capability('methods', 'METHOD', link),
      grantsMethod(grant.methods, claims.method),
      () => `asked for ${JSON.stringify(claims.method)}, granted ${grant.methods.join(', ')}`,
    )
  )
}
