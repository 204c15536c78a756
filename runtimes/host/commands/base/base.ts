/** `grid base`: the store under a grid by itself: blocks, content and folders, labels, and the care of them. */
import { addBaseAdd } from './add.ts'
import { addBaseBackup } from './backup.ts'
import { addBaseCar } from './car.ts'
import { addBaseCat } from './cat.ts'
import { addBaseExport } from './export.ts'
import { addBaseCollect } from './gc.ts'
import { addBaseGet } from './get.ts'
import { addBaseLabel } from './label.ts'
import { addBaseList } from './ls.ts'
import { addBasePin } from './pin.ts'
import { addBasePut } from './put.ts'
import { addBaseQuota } from './quota.ts'
import { addBaseRepair } from './repair.ts'
import { addBaseStats } from './stats.ts'
import { addBaseVerify } from './verify.ts'
import type { Command } from 'commander'
import type { Act } from '../session.ts'

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
  addBasePin(base, act)
  addBaseCollect(base, act)
  addBaseStats(base, act)
  addBaseQuota(base, act)
  addBaseVerify(base, act)
  addBaseRepair(base, act)
  addBaseBackup(base, act)
  addBaseCar(base, act)
}
