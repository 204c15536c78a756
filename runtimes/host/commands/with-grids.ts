/** Runs a command on all grids of the data folder at once. */
import { openGrids } from '../grids/grids.ts'
import { HostError } from '../host-error.ts'
import { nameFolder, openFolder } from './open-host.ts'
import { keysOf } from './session.ts'
import type { Grids, ServedGrid } from '../grids/grids.ts'
import type { Session } from './session.ts'

/** @throws {HostError} USAGE for a command that is about one of them */
export async function withGrids<T>(session: Session, work: (grids: Grids) => Promise<T>): Promise<T> {
  if (session.grid !== undefined)
    throw new HostError('USAGE', 'this command is about all grids of the folder', { fix: 'leave --grid out' })
  const identities = keysOf(session)
  try {
    await identities.unlock('node')
    await using grids = await openFolder(session, () => openGrids({ data: session.data, identities }))
    return await work(grids)
  } catch (error) {
    throw nameFolder(session, error)
  }
}

/** What is told of a grid. */
export function gridFacts({ name, grid, host }: ServedGrid): {
  readonly name: string
  readonly grid: string
  readonly node: string
  readonly roots: readonly string[]
  readonly policy: number
} {
  const { roots, seq } = host.kernel.policy
  return { name, grid: grid.toString(), node: host.node, roots, policy: seq }
}
