/**
 * Contracts of foreign reading, types only. The tagged envelope says which protocol a message is of and nothing
 * about signatures; a signable view says, for the protocols it is registered for, what was signed, with which
 * key and over which bytes (spec/foreign.md).
 */
import type { CID } from 'multiformats/cid'

import type { PublicKey } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Principal } from '../interface.ts'

/** A tagged envelope of any protocol: scanned, bounded, nothing in it decoded. */
export interface ForeignEnvelope {
  readonly bytes: Uint8Array
  /** pCID: the first slot. */
  readonly protocol: CID
  /** Every slot exactly as received, the link of the protocol first. */
  readonly slots: readonly Uint8Array[]
}

/** A signature as a view finds it. Nothing is verified yet, and the view need not know how. */
export interface ForeignSignature {
  readonly key: PublicKey
  /** Exactly the bytes the key is claimed to have signed, all taken from the envelope. */
  readonly signed: Uint8Array
  readonly signature: Uint8Array
}

/** How messages of one kind are signed. */
export interface SignableView {
  readonly name: string
  /** Must not throw for what the envelope holds: whatever it does not know, it refuses. */
  read(envelope: ForeignEnvelope): Result<ForeignSignature>
}

/** A foreign message as far as it can be read here. It is data: it has no authority, whoever signed it. */
export type ForeignMessage =
  | (ForeignEnvelope & { readonly verified: false; readonly view?: undefined; readonly signer?: undefined })
  | (ForeignEnvelope & {
      readonly verified: true
      readonly view: string
      readonly signer: ForeignSigner
      /** The bytes that the signer signed. */
      readonly signed: Uint8Array
    })

export interface ForeignSigner {
  readonly key: PublicKey
  /** The same key as a principal, where one key of its algorithm is one. */
  readonly principal?: Principal
}
