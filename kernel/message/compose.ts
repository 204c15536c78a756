/** Signs a new message: claims, envelope and detached signature in one step. */
import { withCbor } from '../../promisebase/index.ts'
import { closeEnvelope, withSignedPayload } from './envelope.ts'
import { sign } from './cose.ts'
import { writeMessageClaims } from './message-claims.ts'
import { idOf } from './signed-object.ts'
import type { CID } from 'multiformats/cid'
import type { CryptoProvider } from '../../promisebase/index.ts'
import type { MessageClaims, MessageForm, Signer } from '../interface.ts'

const NONCE_BYTES = 16

/** Everything a sender decides; issuer and nonce are added. */
export interface MessageFields extends Omit<MessageClaims, 'issuer' | 'nonce'> {
  readonly protocol: CID
  readonly grid: CID
  /** Five elements unless it says otherwise. */
  readonly form?: MessageForm
}

export interface ComposedMessage {
  readonly bytes: Uint8Array
  /** What a reply names in in-reply-to. */
  readonly id: CID
}

/** @throws {TypeError} when a field cannot be encoded */
export function composeMessage(
  crypto: CryptoProvider,
  signer: Signer,
  fields: MessageFields,
): ComposedMessage {
  return compose(crypto, signer, fields, (bytes, signedPayload) => ({
    bytes,
    id: idOf(crypto, signedPayload),
  }))
}

/** A message whose id nobody asks for, which a reply is. @throws {TypeError} when a field cannot be encoded */
export function signMessage(crypto: CryptoProvider, signer: Signer, fields: MessageFields): Uint8Array {
  return compose(crypto, signer, fields, (bytes) => bytes)
}

/** `use` is lent what was signed. */
function compose<T>(
  crypto: CryptoProvider,
  signer: Signer,
  fields: MessageFields,
  use: (bytes: Uint8Array, signedPayload: Uint8Array) => T,
): T {
  // The table of claims takes what it names, so what the envelope holds needs no taking out. Spread last, as
  // everywhere on the path of a message: to add to an object after it was copied into is ten times as slow.
  const claims = { issuer: signer.principal, nonce: crypto.random(NONCE_BYTES), ...fields }
  const { protocol, grid, form = 'array' } = fields
  return withCbor(writeMessageClaims(claims), (encoded) => {
    const envelope = { protocol, grid, claims: encoded, form }
    return withSignedPayload(envelope, (signedPayload) => {
      const signature = sign(crypto, signer, signedPayload, { detached: true })
      return use(
        withCbor(signature, (signed) => closeEnvelope(envelope, signed)),
        signedPayload,
      )
    })
  })
}
