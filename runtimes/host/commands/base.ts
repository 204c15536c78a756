/** `grid base`: the store under a grid by itself: blocks, content and folders, labels, and the care of them. */
import { addBaseAdd } from './base-add.ts'
import { addBaseBackup } from './base-backup.ts'
import { addBaseCar } from './base-car.ts'
import { addBaseCat } from './base-cat.ts'
import { addBaseExport } from './base-export.ts'
import { addBaseCollect } from './base-gc.ts'
import { addBaseGet } from './base-get.ts'
import { addBaseLabel } from './base-label.ts'
import { addBaseList } from './base-ls.ts'
import { addBasePin } from './base-pin.ts'
import { addBasePut } from './base-put.ts'
import { addBaseQuota } from './base-quota.ts'
import { addBaseRepair } from './base-repair.ts'
import { addBaseStats } from './base-stats.ts'
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
  addBasePin(base, act)
  addBaseCollect(base, act)
  addBaseStats(base, act)
  addBaseQuota(base, act)
  addBaseVerify(base, act)
  addBaseRepair(base, act)
  addBaseBackup(base, act)
  addBaseCar(base, act)
}
