import type { Encapsulation } from '../interface.ts'

/** What an engine does with input of the right size; X-Wing is made of it. */
export interface AgreementEngine {
  readonly name: string
  /** The product by RFC 7748; undefined when it is zero. */
  x25519(secret: Uint8Array, key: Uint8Array): Uint8Array | undefined
  x25519PublicKey(secret: Uint8Array): Uint8Array
  mlKemPublicKey(seed: Uint8Array): Uint8Array
  /** For a key in its only encoding; without entropy the engine draws its own. */
  mlKemEncapsulate(key: Uint8Array, entropy: Uint8Array | undefined): Encapsulation
  mlKemDecapsulate(seed: Uint8Array, ciphertext: Uint8Array): Uint8Array
  random(length: number): Uint8Array
}
