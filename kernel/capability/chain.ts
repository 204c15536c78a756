/**
 * Chains: from this node's own promise to the sender. Bounds come first, then form, then alignment and
 * signatures; a chain that passes has proved possession, and only then is its content judged
 * (spec/capability.md, "Chains").
 */
import { bytesKey } from '../../promisebase/index.ts'
import { decisionRule, firstRefusalOf, judge, noteResult } from '../decision.ts'
import { refuse } from '../errors.ts'
import { idKey, SPACE } from '../spaces.ts'
import { excesses } from './attenuate.ts'
import { BUDGETS } from './caveats.ts'
import { covers, describeResource } from './resource.ts'
import { refusedAlgorithm } from '../grid/policy.ts'
import { keysOf } from '../key-sets.ts'
import { verifyObjectBy } from '../message/signed-object.ts'
import { readToken } from './token.ts'
import type { CID } from 'multiformats/cid'
import type { Excess } from './attenuate.ts'
import type { DecisionContext } from '../decision.ts'
import type { Refusal, Result } from '../errors.ts'
import type { Budget, Capability, Grant, Principal } from '../interface.ts'
import type { PrincipalKeys } from '../message/key-ring.ts'
import type { UnverifiedToken } from './token.ts'

const possession = decisionRule('authorise', 'capability.md')

/** A link whose form was read; `verify` checks its signature, once per complete bytes. */
interface Link {
  readonly capability: Capability
  readonly verify: (issuer: PrincipalKeys) => Result<true>
}

/**
 * The links from the adoption to `sender`, each signed by the holder of the one before. What the links say
 * is not judged yet.
 */
export async function proveChain(
  context: DecisionContext,
  presented: readonly (Uint8Array | CID)[],
  sender: Principal,
): Promise<Result<readonly Capability[]>> {
  const bounded = boundRefusal(context, presented)
  if (bounded !== undefined) return { refused: bounded }
  const links: Link[] = []
  for (const reference of presented) {
    const reading = readLink(context, reference)
    const read = reading instanceof Promise ? await reading : reading
    // A first token that cannot be read is taken to be delegated, as nearly all are: the adoption is link 0.
    const first = links[0] ?? read.ok
    const index = links.length + (first?.capability.issuer === context.node ? 0 : 1)
    const link = noteLink(context, read, index)
    if (link.refused !== undefined) return link
    context.link?.(index, link.ok.capability)
    links.push(link.ok)
  }
  const adopted = await prependAdoption(context, links)
  if (adopted.refused !== undefined) return adopted
  const misaligned = firstRefusalOf(adopted.ok, (link, index) =>
    alignmentRefusal(context, adopted.ok, link, index),
  )
  if (misaligned !== undefined) return { refused: misaligned }
  const issuers: Result<PrincipalKeys>[] = []
  for (const { capability } of adopted.ok) {
    const found = keysOf(context, capability.issuer)
    // Only an issuer that is not remembered has to be waited for.
    issuers.push(found instanceof Promise ? await found : found)
  }
  const refused =
    firstRefusalOf(adopted.ok, (link, index) =>
      signatureRefusal(context, link, index, issuers[index] as Result<PrincipalKeys>),
    ) ?? holderRefusal(context, adopted.ok, sender)
  return refused === undefined ? { ok: adopted.ok.map((link) => link.capability) } : { refused }
}

/** Judges what the links say: grid, audience, time and attenuation. For chains that proved possession. */
export function chainRefusal(context: DecisionContext, chain: readonly Capability[]): Refusal | undefined {
  return firstRefusalOf(chain, (link, index) => linkRefusal(context, chain, link, index))
}

/**
 * What the last link grants: it attenuates every link before it, so it says it all. Budgets are intersected all
 * the same, for a mistake in them would be paid in work.
 */
export function effectiveGrant(chain: readonly Capability[]): Grant {
  const last = chain[chain.length - 1]
  if (last === undefined) throw new TypeError('a chain has at least one link')
  const { resource, methods, expires, notBefore, audience } = last
  const budget = chain.reduce<Budget>((least, link) => smaller(least, link.caveats.budget ?? {}), {})
  return {
    resource,
    methods,
    expires,
    caveats: { ...last.caveats, budget },
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(audience === undefined ? {} : { audience }),
  }
}

function boundRefusal(
  context: DecisionContext,
  presented: readonly (Uint8Array | CID)[],
): Refusal | undefined {
  const { chainLinks, tokenBytes } = context.limits
  return (
    judge(
      context,
      possession('length', 'LIMIT'),
      presented.length < chainLinks,
      () => `${presented.length} tokens, at most ${chainLinks - 1} beside the adoption`,
    ) ??
    judge(context, possession('presented', 'CHAIN'), presented.length > 0, () =>
      presented.length > 0 ? `${presented.length} tokens` : 'the message presents no capability',
    ) ??
    judge(
      context,
      possession('size', 'LIMIT'),
      presented.every((each) => !(each instanceof Uint8Array) || each.length <= tokenBytes),
      () => `tokens of at most ${tokenBytes} bytes`,
    )
  )
}

function noteLink(context: DecisionContext, link: Result<Link>, index: number): Result<Link> {
  const code = link.refused?.code ?? 'SHAPE'
  return noteResult(context, possession('form', code, index), link, () => 'a token of the expected form')
}

/** At once for a token that is presented itself; one that is named has to be looked for. */
function readLink(
  context: DecisionContext,
  reference: Uint8Array | CID,
): Result<Link> | Promise<Result<Link>> {
  return reference instanceof Uint8Array
    ? linkOf(context, reference, reference)
    : readStoredLink(context, reference)
}

async function readStoredLink(context: DecisionContext, id: CID): Promise<Result<Link>> {
  const bytes = await context.snapshot.get(SPACE.tokens, idKey(id))
  return bytes === undefined
    ? refuse('MISSING', `token ${id.toString()} is not on this node`, { missing: [id.toString()] })
    : linkOf(context, id, bytes)
}

function linkOf(context: DecisionContext, reference: Uint8Array | CID, bytes: Uint8Array): Result<Link> {
  const digest = bytesKey(context.crypto.sha256(bytes))
  const known = context.verifiedTokens.get(digest)
  if (known !== undefined && (reference instanceof Uint8Array || known.id.equals(reference)))
    return { ok: { capability: known, verify: (issuer) => acceptedKeys(context, issuer) } }
  // A copy: what is remembered of a token must not keep the message around it alive.
  const token = readToken(context.crypto, context.keys, new Uint8Array(bytes))
  if (token.refused !== undefined) return token
  if (!(reference instanceof Uint8Array) && !token.ok.capability.id.equals(reference)) {
    return refuse('CHAIN', 'a stored token does not have the id it was found by')
  }
  return {
    ok: {
      capability: token.ok.capability,
      verify: (issuer) => verifyOnce(context, digest, token.ok, issuer),
    },
  }
}

function verifyOnce(
  context: DecisionContext,
  digest: string,
  token: UnverifiedToken,
  issuer: PrincipalKeys,
): Result<true> {
  const accepted = acceptedKeys(context, issuer)
  if (accepted.refused !== undefined) return accepted
  const verified = verifyObjectBy(context.crypto, context.keys, token.object, issuer)
  if (verified.refused === undefined) context.verifiedTokens.set(digest, token.capability)
  return verified
}

/** Asked every time: a decision that began before a change of policy may remember a token after it. */
function acceptedKeys(context: DecisionContext, issuer: PrincipalKeys): Result<true> {
  const algorithm = refusedAlgorithm(context.policy, issuer)
  return algorithm === undefined
    ? { ok: true }
    : refuse('ALG', `algorithm ${algorithm} is not accepted in this grid`)
}

/** An agent promises only its own behaviour: every chain begins with a promise of this node. */
async function prependAdoption(
  context: DecisionContext,
  links: readonly Link[],
): Promise<Result<readonly Link[]>> {
  const first = links[0]?.capability
  if (first === undefined || first.issuer === context.node) return { ok: links }
  if (first.parent === undefined)
    return notAdopted(
      context,
      'the first token is neither issued by this node nor delegated from its adoption',
    )
  const adoption = await readStoredLink(context, first.parent)
  if (adoption.refused === undefined) context.link?.(0, adoption.ok.capability)
  return adoption.refused === undefined
    ? { ok: [adoption.ok, ...links] }
    : notAdopted(context, 'the first token is delegated from something this node never promised')
}

function notAdopted(context: DecisionContext, detail: string): Result<never> {
  return noteResult(context, possession('adoption', 'CHAIN', 0), refuse('CHAIN', detail), () => detail)
}

function alignmentRefusal(
  context: DecisionContext,
  links: readonly Link[],
  link: Link,
  index: number,
): Refusal | undefined {
  const { capability } = link
  const before = links[index - 1]?.capability
  if (before === undefined) {
    const pass = capability.issuer === context.node && capability.parent === undefined
    return judge(context, possession('adoption', 'CHAIN', index), pass, () =>
      pass ? 'promised by this node itself' : 'the first link is not a promise of this node',
    )
  }
  return (
    judge(
      context,
      possession('parent', 'CHAIN', index),
      capability.parent?.equals(before.id) === true,
      () => `parent ${String(capability.parent)}, link ${index - 1} is ${before.id.toString()}`,
    ) ??
    judge(
      context,
      possession('holder', 'CHAIN', index),
      before.holder !== 'bearer' && capability.issuer === before.holder,
      () => `issued by ${capability.issuer}, link ${index - 1} is held by ${before.holder}`,
    )
  )
}

function signatureRefusal(
  context: DecisionContext,
  link: Link,
  index: number,
  issuer: Result<PrincipalKeys>,
): Refusal | undefined {
  const verified = issuer.refused === undefined ? link.verify(issuer.ok) : issuer
  const rule = possession('signature', verified.refused?.code ?? 'SIG', index)
  return noteResult(context, rule, verified, () => `signed by ${link.capability.issuer}`).refused
}

function holderRefusal(
  context: DecisionContext,
  links: readonly Link[],
  sender: Principal,
): Refusal | undefined {
  const holder = links[links.length - 1]?.capability.holder
  const pass = holder === 'bearer' || holder === sender
  return judge(
    context,
    possession('possession', 'POP', links.length - 1),
    pass,
    () => `held by ${String(holder)}, sent by ${sender}`,
  )
}

function linkRefusal(
  context: DecisionContext,
  chain: readonly Capability[],
  link: Capability,
  index: number,
): Refusal | undefined {
  const { now, node, grid, limits } = context
  const before = chain[index - 1]
  const excess = before === undefined ? NO_EXCESS : excessOf(before, link, node)
  return (
    judge(
      context,
      possession('grid', 'GRID', index),
      link.grid.equals(grid),
      () => `of grid ${link.grid.toString()}`,
    ) ??
    (before === undefined ? ownerRefusal(context, link) : undefined) ??
    judge(
      context,
      possession('audience', 'AUD', index),
      link.audience === undefined || link.audience === node,
      () => `aud ${link.audience ?? 'absent'}`,
    ) ??
    (link.caveats.executors === undefined ? undefined : executorRefusal(context, link, index)) ??
    judge(
      context,
      possession('time', 'EARLY', index),
      (link.notBefore ?? 0) <= now,
      () => `nbf ${link.notBefore ?? 'absent'}, now ${now}`,
    ) ??
    judge(
      context,
      possession('time', 'EXPIRED', index),
      now < link.expires,
      () => `exp ${link.expires}, now ${now}`,
    ) ??
    judge(
      context,
      possession('lifetime', 'LIFETIME', index),
      link.expires <= now + limits.tokenLifetimeSeconds,
      () => `exp ${link.expires}, at most ${limits.tokenLifetimeSeconds} s ahead`,
    ) ??
    firstRefusalOf(excess, (each) =>
      judge(context, possession(`attenuation-${each.rule}`, 'ATTEN', index), false, () => each.detail),
    ) ??
    (before === undefined
      ? undefined
      : judge(
          context,
          possession('attenuation', 'ATTEN', index),
          true,
          () => `at most what link ${index - 1} promises`,
        ))
  )
}

/** What was found of a link, and of which link before it and node that holds. */
interface Attenuation {
  readonly before: Capability
  readonly node: Principal
  readonly excess: readonly Excess[]
}

/** Capabilities do not change, so what one says beyond another is found once for as long as both are known. */
const attenuations = new WeakMap<Capability, Attenuation>()
const NO_EXCESS: readonly Excess[] = []

function excessOf(before: Capability, link: Capability, node: Principal): readonly Excess[] {
  const known = attenuations.get(link)
  if (known?.before === before && known.node === node) return known.excess
  const excess = excesses(before, link, node)
  attenuations.set(link, { before, node, excess })
  return excess
}

function executorRefusal(context: DecisionContext, link: Capability, index: number): Refusal | undefined {
  const { executors = [] } = link.caveats
  return judge(
    context,
    possession('executors', 'AUD', index),
    executors.includes(context.node),
    () => `to be executed by ${executors.join(', ')}`,
  )
}

/** A node promises what is its own: names of somebody else would reach what has the same name here. */
function ownerRefusal(context: DecisionContext, { resource }: Capability): Refusal | undefined {
  const own = covers({ kind: 'node', owner: context.node }, resource, context.node)
  return judge(context, possession('resource', 'RESOURCE', 0), own, () => describeResource(resource))
}

function smaller(a: Budget, b: Budget): Budget {
  const least: { -readonly [Name in keyof Budget]: number } = {}
  for (const name of BUDGETS) {
    const amount = Math.min(a[name] ?? Infinity, b[name] ?? Infinity)
    if (amount !== Infinity) least[name] = amount
  }
  return least
}
