/** Key agreement in plain JavaScript: the reference, and the provider wherever the platform offers none. */
import { x25519 } from '@noble/curves/ed25519.js'
import { randomBytes } from '@noble/hashes/utils.js'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import { createStrictAgreement } from './strict-agreement.ts'
import type { AgreementProvider } from '../interface.ts'
import type { AgreementEngine } from './agreement-engine.ts'

/** The engine without its checks; other engines take from it what their platform lacks. */
export const nobleAgreementEngine: AgreementEngine = {
  name: 'noble',
  x25519: multiply,
  x25519PublicKey: (secret) => x25519.getPublicKey(secret),
  mlKemPublicKey: (seed) => ml_kem768.keygen(seed).publicKey,
  mlKemEncapsulate: (key, entropy = randomBytes(32)) => {
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(key, entropy)
    // The secret is a view into bytes that hold more than it.
    return { ciphertext: cipherText, sharedSecret: Uint8Array.from(sharedSecret) }
  },
  mlKemDecapsulate: (seed, ciphertext) => {
    const { secretKey } = ml_kem768.keygen(seed)
    const sharedSecret = Uint8Array.from(ml_kem768.decapsulate(ciphertext, secretKey))
    secretKey.fill(0)
    return sharedSecret
  },
  random: (length) => randomBytes(length),
}

export const nobleAgreement: AgreementProvider = createStrictAgreement(nobleAgreementEngine)

/** The library throws where the product is zero, and for nothing else of this size. */
function multiply(secret: Uint8Array, key: Uint8Array): Uint8Array | undefined {
  try {
    return x25519.getSharedSecret(secret, key)
  } catch {
    return undefined
  }
}
