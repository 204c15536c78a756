/** Several messages in one go: what one of them builds on may stand before or behind it. */
import { cidKey } from '../../promisebase/index.ts'
import { readEnvelope } from '../message/envelope.ts'
import { readMessageClaims } from '../message/message-claims.ts'
import { idOf } from '../message/signed-object.ts'
import type { CID } from 'multiformats/cid'
import type { MessageClaims } from '../interface.ts'
import type { KernelState } from '../state.ts'

/** The replies, in the order of the messages; `send` dispatches one of them. */
export async function dispatchAll(
  kernel: KernelState,
  messages: readonly Uint8Array[],
  send: (bytes: Uint8Array) => Promise<Uint8Array>,
): Promise<readonly Uint8Array[]> {
  const ends = expect(kernel, messages)
  return Promise.all(messages.map((bytes, index) => send(bytes).finally(ends[index])))
}

/**
 * Has others wait for those messages that one of them names. Nothing is verified yet: a message that turns out to
 * be forged ends like any other, and whoever waited for it is told that nothing is known.
 */
function expect(kernel: KernelState, messages: readonly Uint8Array[]): readonly (() => void)[] {
  const all = messages.map((bytes) => read(kernel, bytes))
  const futures = new Set(all.map((each) => each?.claims.future).map((id) => id && cidKey(id)))
  return all.map((each) =>
    each !== undefined && futures.has(cidKey(each.id))
      ? kernel.unfinished.begin(each.id, each.claims.issuer)
      : (): void => undefined,
  )
}

function read(
  { powers, limits }: KernelState,
  bytes: Uint8Array,
): { readonly id: CID; readonly claims: MessageClaims } | undefined {
  const envelope = bytes.length > limits.messageBytes ? undefined : readEnvelope(bytes).ok
  const claims = envelope && readMessageClaims(envelope.claims).ok
  return envelope && claims && { id: idOf(powers.crypto, envelope.signedPayload), claims }
}
