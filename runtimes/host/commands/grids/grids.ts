/** `grid grids`: the grids of the data folder, founded here or joined. */
import { addGridExport } from './export.ts'
import { addGridFound, addGridJoin } from './make.ts'
import { addGridList } from './list.ts'
import type { Command } from 'commander'
import type { Act } from '../session.ts'

export function addGrids(grid: Command, act: Act): void {
  const grids = grid
    .command('grids')
    .description('grids of the data folder: list, found, join, hand on; --grid says which one others use')
  addGridList(grids, act)
  addGridFound(grids, act)
  addGridJoin(grids, act)
  addGridExport(grids, act)
}
