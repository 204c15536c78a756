/** Every fault there is, in the order of spec/faults.md. */
import { diskFull } from './disk-full.ts'
import { flip } from './flip.ts'
import { kill, killTwice } from './kill.ts'
import { powerCut } from './power-cut.ts'
import type { Fault } from './fault.ts'

export const FAULTS: readonly Fault[] = [kill, powerCut, diskFull, flip, killTwice]
