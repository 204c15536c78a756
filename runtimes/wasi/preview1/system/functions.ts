/** All 46 functions of preview 1, for a program with files. A {@link Fault} is the error number it stands for. */
import { Fault, FAULT } from '../../files/fault.ts'
import { Halt } from '../../halt.ts'
import { ERRNO } from '../errno.ts'
import { DESCRIPTOR_FUNCTIONS } from './descriptor-functions.ts'
import { write64, writeTexts, writeTextSizes } from './guest-memory.ts'
import { PATH_FUNCTIONS } from './path-functions.ts'
import { poll } from './poll.ts'
import { READ_WRITE } from './read-write.ts'
import { CLOCKS } from '../../files/run-clock.ts'
import type { Preview1Name } from '../signatures.ts'
import type { System, SystemFunction } from './system.ts'

/** Some milliseconds of drawing, between two looks at the wall time. */
const RANDOM_BYTES_AT_ONCE = 64 * 1_024
const SIGNALS = 31
/** What a shell makes of a program that a signal has ended. */
const EXIT_OF_SIGNAL = 128

const PROCESS_FUNCTIONS = {
  args_get: (system, pointersAt: number, bytesAt: number) =>
    writeTexts(system.guest, system.arguments, pointersAt, bytesAt),
  args_sizes_get: (system, countAt: number, bytesAt: number) =>
    writeTextSizes(system.guest, system.arguments, countAt, bytesAt),
  environ_get: (system, pointersAt: number, bytesAt: number) =>
    writeTexts(system.guest, system.environment, pointersAt, bytesAt),
  environ_sizes_get: (system, countAt: number, bytesAt: number) =>
    writeTextSizes(system.guest, system.environment, countAt, bytesAt),

  clock_res_get: (system, clock: number, resultAt: number) => writeTime(system, clock, resultAt, () => 1n),
  clock_time_get: (system, clock: number, _precision: bigint, resultAt: number) =>
    writeTime(system, clock, resultAt, () => system.clock.tick(clock)),
  poll_oneoff: (system, at: number, eventsAt: number, count: number, resultAt: number) =>
    poll(system, at, eventsAt, count, resultAt),
  sched_yield: () => ERRNO.success,

  random_get: ({ guest, random }, at: number, length: number) => {
    const target = guest.slice(at, length)
    guest.chargeBytes(target.length)
    for (let from = 0; from < target.length; from += RANDOM_BYTES_AT_ONCE) {
      guest.checkTime()
      random.fill(target.subarray(from, from + RANDOM_BYTES_AT_ONCE))
    }
    return ERRNO.success
  },

  proc_exit: (_system, code: number) => {
    throw new Halt('exit', String(code >>> 0))
  },
  proc_raise: (_system, signal: number) => {
    if (signal === 0) return ERRNO.success
    if (signal >>> 0 >= SIGNALS) throw FAULT.inval
    throw new Halt('exit', String(EXIT_OF_SIGNAL + signal))
  },
} satisfies Record<string, SystemFunction>

export const SYSTEM_FUNCTIONS: { readonly [Name in Preview1Name]: SystemFunction } = {
  ...PROCESS_FUNCTIONS,
  ...DESCRIPTOR_FUNCTIONS,
  ...READ_WRITE,
  ...PATH_FUNCTIONS,
}

/** Calls one of them. */
export function callSystem(system: System, name: Preview1Name, values: never[]): number {
  try {
    return SYSTEM_FUNCTIONS[name](system, ...values)
  } catch (error) {
    if (error instanceof Fault) return ERRNO[error.fault]
    throw error
  }
}

function writeTime(system: System, clock: number, resultAt: number, time: () => bigint): number {
  if (clock >>> 0 >= CLOCKS) throw FAULT.inval
  return write64(system.guest, resultAt, time())
}
