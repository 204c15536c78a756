/** Wycheproof: sealing by ChaCha20-Poly1305 and deriving by HKDF; and what is not here of the same kind. */
import { hexOf, sameBytes, unhex } from './bytes.ts'
import { byEach } from './providers.ts'
import { adapterOf, all, judgeThrows, outOfScope, verdict } from './set.ts'
import { groupsReader } from './test-groups.ts'
import type { CipherAlgorithm } from 'promisegrid/promisebase'
import type { FileReader, Verdict } from './set.ts'
import type { Wycheproof } from './test-groups.ts'

interface Aead extends Wycheproof {
  readonly key: string
  readonly iv: string
  readonly aad: string
  readonly msg: string
  readonly ct: string
  readonly tag: string
}

interface Hkdf extends Wycheproof {
  readonly ikm: string
  readonly salt: string
  readonly info: string
  readonly size: number
  readonly okm: string
}

export const wycheproofAeadKdf = adapterOf(
  'wycheproof-aead-kdf',
  groupsReader<unknown, Aead>(/^chacha20_poly1305/, (test) => judgeAead('ChaCha20-Poly1305', test)),
  groupsReader<{ readonly keySize: number }, Aead>(/^aes_gcm/, (test, { keySize }) =>
    keySize === 256 ? judgeAead('AES-256-GCM', test) : outOfScope('AES with a shorter key'),
  ),
  groupsReader<unknown, Hkdf>(/^hkdf_sha256/, judgeHkdf),
  notHere(/^xchacha20/, 'XChaCha20-Poly1305: nothing here is sealed with longer nonces'),
  notHere(/^hkdf_/, 'HKDF over another hash than SHA-256, by which nothing here is derived'),
  notHere(/^hmac_/, 'HMAC alone: nothing here is authenticated by it'),
)

function notHere(files: RegExp, reason: string): FileReader {
  return groupsReader<unknown, Wycheproof>(files, () => outOfScope(reason))
}

function judgeAead(algorithm: CipherAlgorithm, test: Aead): Verdict {
  const { key, iv, aad, msg, ct, tag, result } = test
  const sealing = { algorithm, key: unhex(key), nonce: unhex(iv), additional: unhex(aad) }
  const [plaintext, sealed] = [unhex(msg), unhex(ct + tag)]
  return byEach(({ cipher }) => {
    const opened = cipher.open(sealing, sealed)
    if (result === 'invalid') return verdict(opened === undefined, 'opened, though it must be refused')
    const made = cipher.seal(sealing, plaintext)
    return all(
      verdict(sameBytes(opened, plaintext), opened === undefined ? 'refused' : `opened as ${hexOf(opened)}`),
      verdict(sameBytes(made, sealed), `sealed as ${hexOf(made)}`),
    )
  })
}

function judgeHkdf({ ikm, salt, info, size, okm, result }: Hkdf): Verdict {
  return byEach(({ cipher }) => {
    const derive = (): Uint8Array => cipher.deriveKey(unhex(ikm), unhex(salt), unhex(info), size)
    // More than HKDF can give is a mistake of the caller.
    if (result === 'invalid') return judgeThrows(derive)
    return verdict(sameBytes(derive(), unhex(okm)), `derived ${hexOf(derive())}`)
  })
}
