/** Key agreement by node:crypto, behind the same checks as in plain JavaScript, so with the same results. */
import * as crypto from 'node:crypto'

import { createStrictAgreement, nobleAgreementEngine } from '../../../promisebase/index.ts'
import { exportPublicKey, hasKind, importPublicKey, importSecretKey } from './key-objects.ts'
import { nodeCrypto } from './crypto.ts'
import { multiplyX25519 } from './x25519.ts'
import type { KeyObject } from 'node:crypto'
import type { AgreementProvider } from '../../../promisebase/index.ts'

/** What node:crypto has since 24 and the types of 20 do not know. */
interface Encapsulating {
  encapsulate?(key: KeyObject): { readonly ciphertext: Uint8Array; readonly sharedKey: Uint8Array }
  decapsulate?(key: KeyObject, ciphertext: Uint8Array): Uint8Array
}
const { encapsulate, decapsulate } = crypto as Encapsulating

/** Keys are imported for each use: most of them are used once, and none should be remembered. */
export const nodeAgreement: AgreementProvider = createStrictAgreement({
  name: 'node',
  x25519: multiplyX25519,
  x25519PublicKey: (secret) => exportPublicKey('X25519', importSecretKey('X25519', secret)),
  mlKemPublicKey: (seed) =>
    hasKind('ML-KEM-768')
      ? exportPublicKey('ML-KEM-768', importSecretKey('ML-KEM-768', seed))
      : nobleAgreementEngine.mlKemPublicKey(seed),
  mlKemEncapsulate: (key, entropy) => {
    // node draws its own entropy and takes none: a run with given entropy is repeated in plain JavaScript.
    if (encapsulate === undefined || entropy !== undefined || !hasKind('ML-KEM-768'))
      return nobleAgreementEngine.mlKemEncapsulate(key, entropy ?? nodeCrypto.random(32))
    const { ciphertext, sharedKey } = encapsulate(importPublicKey('ML-KEM-768', key))
    return { ciphertext: Uint8Array.from(ciphertext), sharedSecret: Uint8Array.from(sharedKey) }
  },
  mlKemDecapsulate: (seed, ciphertext) =>
    decapsulate === undefined || !hasKind('ML-KEM-768')
      ? nobleAgreementEngine.mlKemDecapsulate(seed, ciphertext)
      : Uint8Array.from(decapsulate(importSecretKey('ML-KEM-768', seed), ciphertext)),
  random: (length) => nodeCrypto.random(length),
})
