/** Reads a message as stage 1 does, without a node around it. */
import { readEnvelope, readMessageClaims, readSignature, verifySignature } from '../index.ts'
import type { CryptoProvider } from '../../promisebase/index.ts'
import type { Envelope, KeyRing, MessageClaims } from '../index.ts'

interface Decoded {
  readonly envelope: Envelope
  readonly claims: MessageClaims
  readonly signature: NonNullable<ReturnType<typeof readSignature>['ok']>
}

/** Steps 1 to 6 of the order of checks in spec/message.md, the grid apart. */
export function decode(bytes: Uint8Array): Decoded {
  const { ok: envelope } = readEnvelope(bytes)
  if (envelope === undefined) throw new Error('a good envelope was refused')
  const { ok: claims } = readMessageClaims(envelope.claims)
  const { ok: signature } = readSignature(envelope.signature, { detached: true })
  if (claims === undefined || signature === undefined) throw new Error('a good message was refused')
  return { envelope, claims, signature }
}

/** Steps 7 and 9 as well; `crypto` is asked about the signature. */
export function verify(bytes: Uint8Array, keys: KeyRing, crypto: CryptoProvider): void {
  const { envelope, claims, signature } = decode(bytes)
  const { ok: key } = keys.read(claims.issuer)
  if (key === undefined || !verifySignature(crypto, signature, envelope.signedPayload, key).ok)
    throw new Error('a good signature was refused')
}
