/**
 * Replies by the complete bytes they answer: the very same bytes again cost one hash. An entry lives no longer
 * than the message and every link of its chain, and not over a change of policy (spec/dispatch.md, "Replay").
 */
import { BoundedMap, bytesKey } from '../../promisebase/index.ts'
import { LIMITS } from '../limits.ts'
import type { CID } from 'multiformats/cid'
import type { CryptoProvider } from '../../promisebase/index.ts'
import type { Authorised } from '../interface.ts'

interface Remembered {
  readonly reply: Uint8Array
  readonly notAfter: number
  readonly message: CID
}

export class ReplyMemo {
  readonly #crypto: Pick<CryptoProvider, 'sha256'>
  readonly #replies: BoundedMap<string, Remembered>
  readonly #skewSeconds: number
  #last: { readonly bytes: Uint8Array; readonly key: string } | undefined

  constructor(crypto: Pick<CryptoProvider, 'sha256'>, entriesMax: number, skewSeconds: number) {
    this.#crypto = crypto
    this.#replies = new BoundedMap(entriesMax)
    this.#skewSeconds = skewSeconds
  }

  recall(bytes: Uint8Array, now: number): Remembered | undefined {
    // Nothing longer than a message was ever remembered, so nothing longer is hashed.
    if (this.#replies.size === 0 || bytes.length > LIMITS.messageBytes) return undefined
    const remembered = this.#replies.get(this.#key(bytes))
    return remembered !== undefined && now < remembered.notAfter ? remembered : undefined
  }

  /** @param until the first second at which it may not be given any more, whatever the message and its chain say */
  remember(authorised: Authorised, reply: Uint8Array, until: number): void {
    const { message, chain } = authorised
    const notAfter = Math.min(
      until,
      message.claims.expires + this.#skewSeconds,
      ...chain.map((link) => link.expires),
    )
    this.#replies.set(this.#key(message.bytes), { reply, notAfter, message: message.id })
  }

  forgetAll(): void {
    this.#replies.clear()
  }

  /**
   * Asked for when a message arrives and again when it is answered, in most cases with none between. The same
   * array has the same content, because a dispatch makes its own copy of what it was given.
   */
  #key(bytes: Uint8Array): string {
    if (this.#last?.bytes !== bytes) this.#last = { bytes, key: bytesKey(this.#crypto.sha256(bytes)) }
    return this.#last.key
  }
}
