/** `grid grids list`: every grid of the data folder. */
import { columns } from '../../terminal/layout.ts'
import { safeLine } from '../../terminal/safe-text.ts'
import { gridFacts, withGrids } from '../with-grids.ts'
import type { Command } from 'commander'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

export function addGridList(grids: Command, act: Act): void {
  grids
    .command('list')
    .description('names and CIDs; the first one is used without --grid')
    .action(() => act(list))
}

async function list(session: Session): Promise<Report> {
  const found = await withGrids(session, async (grids) => grids.list().map(gridFacts))
  const none = ['there is no grid here; `grid init` founds one']
  const rows = found.map(({ name, grid, policy }) => [safeLine(name), grid, `policy ${policy}`])
  return { data: { grids: found }, text: found.length === 0 ? none : columns(rows) }
}
