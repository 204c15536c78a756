/**
 * `poll_oneoff` (spec/preview1.md, "Waiting"). Every descriptor that can be read or written is ready at once. Where
 * nothing but time is waited for, the clock moves to the first moment that is asked for; nobody waits in fact.
 */
import { ERRNO } from '../errno.ts'
import { Fault, FAULT } from '../../files/fault.ts'
import { RIGHT } from './rights.ts'
import { view, write32 } from './guest-memory.ts'
import { CLOCKS } from '../../files/run-clock.ts'
import type { System } from './system.ts'

const SUBSCRIPTION_BYTES = 48
const EVENT_BYTES = 32
const SUBSCRIPTIONS_MAX = 4_096
const KIND = { clock: 0, read: 1, write: 2 } as const
const ABSOLUTE = 1

interface Subscription {
  readonly userdata: bigint
  readonly kind: number
  readonly number: number
  readonly timeout: bigint
  readonly isAbsolute: boolean
}

interface Event {
  readonly subscription: Subscription
  readonly errno: number
  readonly bytes: number
}

export function poll(system: System, at: number, eventsAt: number, count: number, resultAt: number): number {
  if (count >>> 0 === 0 || count >>> 0 > SUBSCRIPTIONS_MAX) throw FAULT.inval
  const { guest } = system
  guest.chargeBytes((SUBSCRIPTION_BYTES + EVENT_BYTES) * count)
  const subscriptions = Array.from({ length: count }, (_, index) =>
    readSubscription(view(guest, at + SUBSCRIPTION_BYTES * index, SUBSCRIPTION_BYTES)),
  )
  // Looked at before the clock moves: a run that cannot be told of it must not have waited.
  guest.slice(eventsAt, EVENT_BYTES * count)
  const events = eventsOf(system, subscriptions)
  events.forEach((event, index) =>
    writeEvent(view(guest, eventsAt + EVENT_BYTES * index, EVENT_BYTES), event),
  )
  return write32(guest, resultAt, events.length)
}

function readSubscription(record: DataView): Subscription {
  return {
    userdata: record.getBigUint64(0, true),
    kind: record.getUint8(8),
    number: record.getUint32(16, true),
    timeout: record.getBigUint64(24, true),
    isAbsolute: (record.getUint16(40, true) & ABSOLUTE) !== 0,
  }
}

function writeEvent(record: DataView, { subscription, errno, bytes }: Event): void {
  for (let offset = 0; offset < EVENT_BYTES; offset += 8) record.setBigUint64(offset, 0n, true)
  record.setBigUint64(0, subscription.userdata, true)
  record.setUint16(8, errno, true)
  record.setUint8(10, subscription.kind)
  if (subscription.kind !== KIND.clock) record.setBigUint64(16, BigInt(bytes), true)
}

function eventsOf(system: System, subscriptions: readonly Subscription[]): Event[] {
  if (subscriptions.some(({ kind }) => kind > KIND.write)) throw FAULT.inval
  const ready = subscriptions.flatMap((subscription) => readyEvent(system, subscription))
  const clocks = subscriptions.filter((each) => each.kind === KIND.clock && each.number < CLOCKS)
  const waits = clocks.map((subscription) => ({ subscription, wait: waitOf(system, subscription) }))
  const first = waits.reduce((least, { wait }) => (wait < least ? wait : least), waits[0]?.wait ?? 0n)
  const passed = ready.length > 0 ? 0n : first
  if (ready.length === 0) system.clock.advance(first)
  const due = waits.filter(({ wait }) => wait <= passed)
  return [...ready, ...due.map(({ subscription }) => ({ subscription, errno: ERRNO.success, bytes: 0 }))]
}

/** How long until it is due, seen from now. */
function waitOf({ clock }: System, { number, timeout, isAbsolute }: Subscription): bigint {
  return isAbsolute ? clock.until(number, timeout) : timeout
}

/** What there is to say of a descriptor, or of a clock that is none. */
function readyEvent(system: System, subscription: Subscription): Event[] {
  const { kind, number } = subscription
  if (kind === KIND.clock) return number < CLOCKS ? [] : [{ subscription, errno: ERRNO.inval, bytes: 0 }]
  try {
    const descriptor = system.descriptors.get(number, RIGHT.pollFdReadwrite)
    const right = kind === KIND.read ? RIGHT.fdRead : RIGHT.fdWrite
    if ((descriptor.rights & right) === 0) throw FAULT.notcapable
    return [{ subscription, errno: ERRNO.success, bytes: kind === KIND.read ? left(system, number) : 0 }]
  } catch (error) {
    if (error instanceof Fault) return [{ subscription, errno: ERRNO[error.fault], bytes: 0 }]
    throw error
  }
}

function left(system: System, number: number): number {
  const { target, offset } = system.descriptors.get(number)
  if (target.kind === 'input') return system.streams.inputLeft
  return target.kind === 'file' ? Math.max(0, target.content.size - offset) : 0
}
