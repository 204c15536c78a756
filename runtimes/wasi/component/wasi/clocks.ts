/** `wasi:clocks`: the clock of the run, which moves by waiting and by being looked at; without files it stands at zero. */
import { CLOCK } from '../../files/run-clock.ts'
import { recordType } from '../types/record.ts'
import { SCALAR_TYPES } from '../types/scalar.ts'
import { host } from './offer.ts'
import { POLLABLE, subscribe } from './poll.ts'
import type { Value } from '../types/value.ts'
import type { Offered } from './offer.ts'

const { u32, u64 } = SCALAR_TYPES
const SECOND = 1_000_000_000n

export const DATETIME = recordType(['seconds', 'nanoseconds'], [u64, u32])

export const CLOCKS: Readonly<Record<string, Offered>> = {
  'wasi:clocks/monotonic-clock': {
    resources: { pollable: POLLABLE },
    functions: {
      now: host([], u64, ({ clock }) => clock.tick(CLOCK.monotonic)),
      resolution: host([], u64, () => 1n),
      'subscribe-instant': subscribe([u64], ({ clock }, [when]) => clock.moment(when as bigint)),
      'subscribe-duration': subscribe([u64], ({ clock }, [duration]) =>
        clock.moment(clock.elapsed + (duration as bigint)),
      ),
    },
  },
  'wasi:clocks/wall-clock': {
    functions: {
      now: host([], DATETIME, ({ clock }) => datetimeOf(clock.tick(CLOCK.realtime))),
      resolution: host([], DATETIME, () => [0n, 1]),
    },
  },
}

/** Nanoseconds since 1970 as seconds and the rest. */
export function datetimeOf(nanoseconds: bigint): Value {
  return [nanoseconds / SECOND, Number(nanoseconds % SECOND)]
}

/** And back; undefined for what is no time, or none that 64 bits hold. */
export function nanosecondsOf([seconds, rest]: readonly Value[]): bigint | undefined {
  if (BigInt(rest as number) >= SECOND) return undefined
  const nanoseconds = (seconds as bigint) * SECOND + BigInt(rest as number)
  return nanoseconds === BigInt.asUintN(64, nanoseconds) ? nanoseconds : undefined
}
