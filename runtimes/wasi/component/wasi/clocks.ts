/** `wasi:clocks`: they stand at zero, for time is not a power that a handler has; waiting is over at once. */
import { recordType } from '../types/record.ts'
import { SCALAR_TYPES } from '../types/scalar.ts'
import { host } from './offer.ts'
import { POLLABLE, subscribe } from './io.ts'
import type { Offered } from './offer.ts'

const { u32, u64 } = SCALAR_TYPES
const datetime = recordType(['seconds', 'nanoseconds'], [u64, u32])

export const CLOCKS: Readonly<Record<string, Offered>> = {
  'wasi:clocks/monotonic-clock': {
    resources: { pollable: POLLABLE },
    functions: {
      now: host([], u64, () => 0n),
      resolution: host([], u64, () => 1n),
      'subscribe-instant': subscribe(u64),
      'subscribe-duration': subscribe(u64),
    },
  },
  'wasi:clocks/wall-clock': {
    functions: {
      now: host([], datetime, () => [0n, 0]),
      resolution: host([], datetime, () => [0n, 1]),
    },
  },
}
