/**
 * `wasi:io/poll`. Streams are ready at once. Where nothing but time is waited for, the clock moves to the first moment that
 * is waited for; nobody waits in fact.
 */
import { Halt } from '../../halt.ts'
import { borrowType, ownType } from '../types/handle.ts'
import { listType } from '../types/list.ts'
import { Resource } from '../types/resource.ts'
import { SCALAR_TYPES } from '../types/scalar.ts'
import { HostObject } from '../types/value.ts'
import { host } from './offer.ts'
import type { ValueType } from '../types/type.ts'
import type { Value } from '../types/value.ts'
import type { HostFunction, Offered } from './offer.ts'
import type { ComponentWorld, WorldClock } from './world.ts'

/** Something that is ready from a moment on. */
class Pollable extends HostObject {
  readonly from: bigint

  constructor(from: bigint) {
    super()
    this.from = from
  }

  isReady({ elapsed }: WorldClock): boolean {
    return this.from <= elapsed
  }
}

export const POLLABLE = new Resource('pollable')

const ownPollable = ownType(POLLABLE)
const borrowPollable = borrowType(POLLABLE)
const { bool, u32 } = SCALAR_TYPES

export const POLL: Readonly<Record<string, Offered>> = {
  'wasi:io/poll': {
    resources: { pollable: POLLABLE },
    functions: {
      '[method]pollable.ready': host([borrowPollable], bool, ({ clock }, [pollable]) =>
        (pollable as Pollable).isReady(clock),
      ),
      '[method]pollable.block': host([borrowPollable], undefined, ({ clock }, [pollable]) => {
        clock.waitUntil((pollable as Pollable).from)
        return undefined
      }),
      poll: host([listType(borrowPollable)], listType(u32), ({ clock }, [polled]) =>
        poll(clock, polled as readonly Pollable[]),
      ),
    },
  },
}

/** Whatever there is to wait for is there from the beginning, unless it is a moment. */
export function subscribe(
  parameters: readonly ValueType[],
  from: (world: ComponentWorld, parameters: readonly Value[]) => bigint = () => 0n,
): HostFunction {
  return host(parameters, ownPollable, (world, values) => new Pollable(from(world, values)))
}

function poll(clock: WorldClock, polled: readonly Pollable[]): Value {
  const [any] = polled
  if (any === undefined) throw new Halt('TRAP', 'waiting for nothing at all')
  clock.waitUntil(polled.reduce((first, { from }) => (from < first ? from : first), any.from))
  return polled.flatMap((pollable, index) => (pollable.isReady(clock) ? [index] : []))
}
