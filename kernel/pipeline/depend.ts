/** Messages that build on the result of another one, which has not ended yet (spec/dispatch.md, "Pipelining"). */
import { refuse } from '../errors.ts'
import { noShare, payerOf } from '../fair-share.ts'
import { keyOf, recall } from '../replay.ts'
import type { Snapshot } from '../../promisebase/index.ts'
import type { Cancel } from '../cancel.ts'
import type { Refusal } from '../errors.ts'
import type { Capability, Message, Principal } from '../interface.ts'
import type { KernelState } from '../state.ts'

/** A message that can be decided when another one has ended. */
export interface Dependent {
  readonly message: Message
  readonly payer: Principal
  /** The answer, if that does not happen. */
  reply(): Uint8Array
}

/** A message that was refused, as far as it got. */
interface Undecided {
  readonly message?: Message
  readonly chain?: readonly Capability[]
  readonly refused: Refusal
  readonly proven: boolean
}

/**
 * What is to be done about a message that was refused for a result that is not known: its own reply, when it has
 * acted before, or to wait. Undefined for every other refusal.
 */
export async function builtOn(
  kernel: KernelState,
  { message, chain, refused, proven }: Undecided,
  snapshot: Snapshot,
  reply: () => Uint8Array,
): Promise<Uint8Array | Dependent | undefined> {
  const future = message?.claims.future
  if (message === undefined || future === undefined || refused.code !== 'PENDING' || !proven) return undefined
  const before = await recall(snapshot, message, keyOf(kernel.powers.crypto, message))
  if (before.ok !== undefined) return before.ok
  // It may have ended since it was looked for.
  const isKnown = kernel.outcomes.valueOf(future, message.claims.issuer).refused?.code !== 'PENDING'
  return isKnown || kernel.unfinished.isInWork(future, message.claims.issuer)
    ? { message, payer: payerOf(message, chain), reply }
    : undefined
}

/** Waits until that message has ended, this one has expired, or the caller gives up; a refusal if it cannot. */
export async function untilEnded(
  kernel: KernelState,
  { message: { claims }, payer }: Dependent,
  cancel: Cancel,
): Promise<Refusal | undefined> {
  const { future, issuer, expires } = claims
  if (future === undefined || !kernel.unfinished.isInWork(future, issuer)) return undefined
  const leave = kernel.pipeline.enter(payer)
  if (leave === undefined) return noShare('those who wait').refused
  const time = kernel.clock.now()
  const seconds = time.refused === undefined ? expires + kernel.limits.skewSeconds - time.ok : 0
  const ends: (() => void)[] = [leave]
  try {
    await new Promise<void>((resolve) => {
      ends.push(kernel.unfinished.onEnd(future, resolve))
      ends.push(kernel.powers.timer(Math.max(0, seconds) * 1_000, resolve))
      ends.push(cancel.onAbort(resolve))
      if (cancel.aborted) resolve()
    })
  } finally {
    for (const end of ends) end()
  }
  return cancel.aborted ? refuse('ABORTED', 'the caller gave up, or the node is closing').refused : undefined
}
