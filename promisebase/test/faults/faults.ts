/** Every fault there is, in the order of spec/faults.md. */
import { diskFull } from './disk-full.ts'
import { flip } from './flip.ts'
import { kill, killTwice } from './kill.ts'
import { lostWrites } from './lost-writes.ts'
import { memory } from './memory.ts'
import { powerCut } from './power-cut.ts'
import { flushFails, killAtCall, writeFails } from './syscalls.ts'
import type { Fault } from './fault.ts'

export const FAULTS: readonly Fault[] = [
  kill,
  killAtCall,
  powerCut,
  lostWrites,
  flushFails,
  writeFails,
  diskFull,
  flip,
  memory,
  killTwice,
]
