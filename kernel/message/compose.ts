/** Signs a new message: claims, envelope and detached signature in one step. */
import { writeEnvelope } from './envelope.ts'
import { sign } from './cose.ts'
import { writeMessageClaims } from './message-claims.ts'
import { idOf } from './signed-object.ts'
import type { CID } from 'multiformats/cid'
import type { CryptoProvider } from '../../promisebase/index.ts'
import type { MessageClaims, Signer } from '../interface.ts'

const NONCE_BYTES = 16

/** Everything a sender decides; issuer and nonce are added. */
export interface MessageFields extends Omit<MessageClaims, 'issuer' | 'nonce'> {
  readonly protocol: CID
  readonly grid: CID
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
  const { protocol, grid, ...claims } = fields
  const encoded = writeMessageClaims({
    ...claims,
    issuer: signer.principal,
    nonce: crypto.random(NONCE_BYTES),
  })
  const { signedPayload, close } = writeEnvelope(protocol, grid, encoded)
  return {
    bytes: close(sign(crypto, signer, signedPayload, { detached: true })),
    id: idOf(crypto, signedPayload),
  }
}
