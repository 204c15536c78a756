/** Who acts, and who can sign for it. */
import type { PublicKey } from '../../promisebase/index.ts'

/** Who: `did:key:…` of one Ed25519 or P-256 key, or the CID of a key set, as text. */
export type Principal = string

/** One key that can sign. The secret stays behind `sign`. */
export interface SigningKey {
  readonly publicKey: PublicKey
  /**
   * The raw signature over exactly these bytes, as `CryptoProvider` gives it. They are lent, and written over when it
   * has returned: a signer that keeps them keeps a copy.
   */
  sign(bytes: Uint8Array): Uint8Array
}

/** A principal that can sign: with its one key, or with every key of its set. */
export interface Signer {
  readonly principal: Principal
  /** In the order of the key set; exactly one for a did:key. */
  readonly keys: readonly SigningKey[]
  /** The block whose CID the principal is; absent for a did:key. */
  readonly keySet?: Uint8Array
}
