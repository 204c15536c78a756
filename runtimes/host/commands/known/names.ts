/** What a data folder calls principals and CIDs. */
import type { Host } from '../../interface.ts'

/** What people call the principals and CIDs that may come up. */
export async function knownNames(host: Host): Promise<ReadonlyMap<string, string>> {
  const names = new Map([[host.grid.toString(), 'this grid']])
  for (const [name, protocol] of Object.entries(await host.handlers())) names.set(protocol.toString(), name)
  for (const name of await host.identities()) {
    const known = await host.look(name)
    if (known !== undefined) names.set(known.principal, name)
  }
  return names
}
