/**
 * What every signed statement is asked that a node is given to keep: is it of this grid, did its issuer sign it by
 * what the policy accepts, and is it not from the future.
 */
import { refuse } from './errors.ts'
import { verifyByPolicy } from './key-sets.ts'
import type { CID } from 'multiformats/cid'
import type { Refusal } from './errors.ts'
import type { Principal } from './interface.ts'
import type { SignedObject } from './message/signed-object.ts'
import type { KernelState } from './state.ts'

/** What such a statement says at least. */
interface Stated {
  readonly issuer: Principal
  readonly issuedAt: number
  readonly grid: CID
}

/** GRID for a statement of another grid; `what` names its kind. */
export function gridRefusal(
  { grid }: Pick<KernelState, 'grid'>,
  { claims }: SignedObject<Stated>,
  what: string,
): Refusal | undefined {
  return claims.grid.equals(grid)
    ? undefined
    : refuse('GRID', `${what} for grid ${claims.grid.toString()}`).refused
}

/** The keys of its issuer, the policy and the signature; then EARLY. */
export async function statementRefusal(
  kernel: KernelState,
  object: SignedObject<Stated>,
  now: number,
): Promise<Refusal | undefined> {
  const { issuer, issuedAt } = object.claims
  const signed = await verifyByPolicy(kernel, object, issuer)
  if (signed.refused !== undefined) return signed.refused
  return issuedAt > now + kernel.limits.skewSeconds
    ? refuse('EARLY', `iat ${issuedAt}, now ${now}`).refused
    : undefined
}
