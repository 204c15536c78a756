/**
 * Opening a grant handle: a signed message is decided as any other, and not executed. Its nonce is used up, so that
 * whoever saw the bytes can neither open a second handle with them nor have them executed.
 */
import { bytesKey, CODEC, hashBlock, ownBytes } from '../../promisebase/index.ts'
import { decisionContext } from '../decision.ts'
import { decide, noteFault, watchChanges } from '../dispatch.ts'
import { refuse } from '../errors.ts'
import { noShare, payerOf } from '../fair-share.ts'
import { LIMITS } from '../limits.ts'
import { keyOf, recall, record } from '../replay.ts'
import { traced } from '../trace.ts'
import { prepare } from './decide-use.ts'
import { handleOf } from './handle.ts'
import { epochOf, stillGranted } from './open-handle.ts'
import type { OpenSnapshot } from '../../promisebase/index.ts'
import type { Refusal, Result } from '../errors.ts'
import type { Message } from '../interface.ts'
import type { KernelState } from '../state.ts'
import type { GrantHandle } from './handle.ts'
import type { OpenHandle } from './open-handle.ts'

const NOTHING = new Uint8Array(0)

export async function openHandle(kernel: KernelState, received: Uint8Array): Promise<Result<GrantHandle>> {
  const bytes = received.length > LIMITS.messageBytes ? received : ownBytes(received)
  if (kernel.closing.signal.aborted) return refuse('ABORTED', 'this node is closing')
  const time = kernel.clock.now()
  if (time.refused !== undefined) return time
  if (kernel.inFlight >= kernel.limits.inFlight) return refuse('BUSY', `${kernel.inFlight} in flight`)
  kernel.inFlight += 1
  const forgetStale = watchChanges(kernel)
  let snapshot: OpenSnapshot | undefined
  try {
    snapshot = kernel.powers.store.snapshot()
    return await openOn(kernel, bytes, snapshot, time.ok)
  } catch (error) {
    return { refused: noteFault(kernel, error) }
  } finally {
    snapshot?.close()
    forgetStale()
    kernel.inFlight -= 1
  }
}

async function openOn(
  kernel: KernelState,
  bytes: Uint8Array,
  snapshot: OpenSnapshot,
  now: number,
): Promise<Result<GrantHandle>> {
  const epoch = epochOf(kernel)
  const context = decisionContext(kernel, snapshot, now)
  const decision = await decide(bytes, context, (stage, message, run) => traced(kernel, stage, message, run))
  if (decision.refused !== undefined) return { refused: decision.refused }
  const { message, chain, invocation } = decision
  const payer = payerOf(message, chain)
  const leave = kernel.shares.take(payer)
  if (leave === undefined) return noShare('messages in flight')
  const used = await useUp(kernel, message).finally(leave)
  if (used !== undefined) return { refused: used }
  const handle: OpenHandle = {
    ...{ kernel, message, chain, payer, epoch, methods: new Map<string, never>() },
    ...{ uses: 0, isClosed: false },
  }
  if (stillGranted(handle, now)) prepare(handle, invocation)
  return { ok: handleOf(handle, invocation.authorised.grant) }
}

/** A refusal if its nonce was used before, by this message or another one. */
async function useUp(kernel: KernelState, message: Message): Promise<Refusal | undefined> {
  const { crypto, store } = kernel.powers
  const key = keyOf(crypto, message)
  const known = kernel.nonces.get(bytesKey(key))
  if (known !== undefined) return replayed(message)
  // A name that no message has: whoever sends these bytes is told that they were used otherwise.
  const id = hashBlock(crypto.sha256, CODEC.raw, message.id.bytes)
  const seat = kernel.records.seat()
  if (!seat.take()) return refuse('BUSY', 'no room for its record').refused
  kernel.nonces.set(bytesKey(key), id)
  try {
    const refused = await store.transact(async (transaction) => {
      const before = await recall(transaction, message, key)
      if (before.refused !== undefined) return before.refused
      if (before.ok !== undefined) return replayed(message)
      record(transaction, { ...message, id }, key, NOTHING)
      kernel.clock.stage(transaction)
      return undefined
    })
    if (refused === undefined) seat.keep()
    return refused
  } finally {
    seat.leave()
  }
}

function replayed({ id }: Message): Refusal {
  return refuse('REPLAY', `the nonce of ${id.toString()} is used up`).refused
}
