/** `grid base`: the store under a grid by itself: blocks, content and folders, labels, and the care of them. */
import { addBaseAdd } from './base-add.ts'
import { addBaseCat } from './base-cat.ts'
import { addBaseExport } from './base-export.ts'
import { addBaseGet } from './base-get.ts'
import { addBaseLabel } from './base-label.ts'
import { addBaseList } from './base-ls.ts'
import { addBasePut } from './base-put.ts'
import { addBaseVerify } from './base-verify.ts'
import type { Command } from 'commander'
import type { Act } from './session.ts'

export function addBase(grid: Command, act: Act): void {
  const base = grid
    .command('base')
    .description('the store under a grid: blocks, files, folders and labels, and the care of them')
  addBaseAdd(base, act)
  addBaseCat(base, act)
  addBaseExport(base, act)
  addBaseList(base, act)
  addBaseLabel(base, act)
  addBasePut(base, act)
  addBaseGet(base, act)
  addBaseVerify(base, act)
}
