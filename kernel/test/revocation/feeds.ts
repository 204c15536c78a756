/** What issuers and revokers sign in tests, and how a node is told of it. */
import { nameFeed, signHeartbeat, signPolicy, signRevocation } from '../../index.ts'
import type { CID } from 'multiformats/cid'
import type { Capability, PolicyChange, RefusalCode, Signer } from '../../index.ts'
import type { Grid } from '../fixture.ts'

interface Signed {
  readonly bytes: Uint8Array
  readonly id: CID
}

/** The record of `by` about a token; `issuedAt` is now unless it is said. */
export function revocation(
  grid: Grid,
  by: Signer,
  token: Pick<Capability, 'id'>,
  issuedAt = grid.time.now,
): Signed {
  return signRevocation(grid.crypto, by, { grid: grid.grid, issuedAt, revoked: token.id })
}

/** Accepted here, or the code it is refused with. */
export async function takeBack(
  grid: Grid,
  by: Signer,
  token: Pick<Capability, 'id'>,
): Promise<RefusalCode | undefined> {
  return (await grid.kernel.acceptRevocation(revocation(grid, by, token).bytes)).refused?.code
}

export function heartbeat(
  grid: Grid,
  by: Signer,
  seq: number,
  records: readonly Signed[],
  issuedAt = grid.time.now,
): Uint8Array {
  const feed = nameFeed(
    grid.crypto,
    records.map(({ id }) => id),
  )
  return signHeartbeat(grid.crypto, by, { grid: grid.grid, issuedAt, seq, feed }).bytes
}

/** The next policy of the grid, signed by its one root. @throws {Error} when it is refused */
export async function changePolicy(grid: Grid, change: PolicyChange): Promise<void> {
  const { crypto, root, kernel, time } = grid
  const record = signPolicy(crypto, root, grid.grid, kernel.policy, change, time.now)
  const { refused } = await kernel.acceptPolicy([record])
  if (refused !== undefined) throw new Error(refused.detail)
}
