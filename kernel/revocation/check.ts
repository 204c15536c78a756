/**
 * Whether a link of a chain was taken back: by its own issuer or by the issuer of a link above it, whom the node
 * itself is for every chain. Asked at authorisation and again where something is committed
 * (spec/capability.md, "Revocation").
 */
import { decisionRule, judge } from '../decision.ts'
import { idKey, revocationKey, SPACE } from '../spaces.ts'
import type { CryptoProvider, Snapshot } from '../../promisebase/index.ts'
import type { DecisionContext } from '../decision.ts'
import type { Refusal } from '../errors.ts'
import type { Capability, Principal } from '../interface.ts'
import type { RevokedIds } from './revoked-ids.ts'

const rule = decisionRule('authorise', 'capability.md')

/** Whether any record is about a link of the chain; if not, nobody has taken back any of it. */
export function mayBeRevoked(ids: RevokedIds, chain: readonly Capability[]): boolean {
  if (!ids.isComplete) return true
  if (ids.size === 0) return false
  for (const { id } of chain) if (ids.mayHold(id.multihash.digest)) return true
  return false
}

/** The rule as stage 2 has it. A chain that no record is about costs no look into the store. */
export function revocationRefusal(
  context: DecisionContext,
  chain: readonly Capability[],
): Refusal | undefined | Promise<Refusal | undefined> {
  const { check, revocations } = context
  return check === undefined && !mayBeRevoked(revocations.ids, chain) ? undefined : judgeLinks(context, chain)
}

async function judgeLinks(
  context: DecisionContext,
  chain: readonly Capability[],
): Promise<Refusal | undefined> {
  for (const index of chain.keys()) {
    const by = await revokerOf(context.crypto, context.snapshot, chain, index)
    const refused = judge(context, rule('revocation', 'REVOKED', index), by === undefined, () =>
      by === undefined ? 'nobody has taken it back' : takenBack(by),
    )
    if (refused !== undefined) return refused
  }
  return undefined
}

/**
 * The same where something is committed: in a transaction every link is read, found in memory or not, so that a
 * record that is committed meanwhile makes it run again.
 */
export async function revokedLink(
  crypto: CryptoProvider,
  snapshot: Snapshot,
  chain: readonly Capability[],
): Promise<Refusal | undefined> {
  for (let index = 0; index < chain.length; index += 1) {
    const { id } = chain[index] as Capability
    // Of most links there is no record, so that one is looked for here; one wait less for each of them.
    if ((await snapshot.get(SPACE.revoked, idKey(id))) === undefined) continue
    const by = await revokerOf(crypto, snapshot, chain, index)
    if (by !== undefined) return refusalOf(by, index)
  }
  return undefined
}

/** How a run ends whose link was taken back while it ran. */
export function refusalOf(by: Principal, link: number): Refusal {
  return { detail: takenBack(by), ...rule('revocation', 'REVOKED', link) }
}

/** Who may take back a link: its issuer, and those of all links above. */
export function mayRevoke(chain: readonly Capability[], link: number, issuer: Principal): boolean {
  return chain.slice(0, link + 1).some((above) => above.issuer === issuer)
}

async function revokerOf(
  crypto: CryptoProvider,
  snapshot: Snapshot,
  chain: readonly Capability[],
  link: number,
): Promise<Principal | undefined> {
  const { id } = chain[link] as Capability
  // However many strangers have written about it, as many records are looked for as the chain has links.
  if ((await snapshot.get(SPACE.revoked, idKey(id))) === undefined) return undefined
  for (const { issuer } of chain.slice(0, link + 1))
    if ((await snapshot.get(SPACE.revoked, revocationKey(crypto, id, issuer))) !== undefined) return issuer
  return undefined
}

function takenBack(by: Principal): string {
  return `taken back by ${by}`
}
