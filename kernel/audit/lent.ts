/** What was done under the chains that a message lends, until its entry is written. */
import type { Authorised, Message } from '../interface.ts'
import type { LentUse } from './entry.ts'

/** Found again when the transaction of the message ends; nothing is kept of a message that is gone. */
const uses = new WeakMap<Message, LentUse[]>()

/** A transaction that is run again begins anew. */
export function forgetLent({ message }: Pick<Authorised, 'message'>): void {
  uses.delete(message)
}

/** Notes a call that was allowed: `root` is the message it came of, `call` what it was judged as. */
export function noteLent(root: Pick<Authorised, 'message'>, { message, chain }: Authorised): void {
  const known = uses.get(root.message)
  const use: LentUse = {
    protocol: message.protocol,
    method: message.claims.method,
    chain: chain.map(({ id }) => id),
  }
  if (known === undefined) uses.set(root.message, [use])
  else known.push(use)
}

export function lentUses(message: Message): readonly LentUse[] {
  return uses.get(message) ?? []
}
