/** Wycheproof: sealing, deriving by HKDF and authenticating by HMAC. */
import { hexOf, sameBytes, unhex } from './bytes.ts'
import { byEach } from './providers.ts'
import { adapterOf, all, judgeThrows, outOfScope, verdict } from './set.ts'
import { groupsReader } from './test-groups.ts'
import type { CipherAlgorithm, KeyedHash } from 'promisegrid/promisebase'
import type { Verdict } from './set.ts'
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

interface Hmac extends Wycheproof {
  readonly key: string
  readonly msg: string
  readonly tag: string
}

const HASHES: readonly KeyedHash[] = ['sha2-256', 'sha2-384', 'sha2-512']

export const wycheproofAeadKdf = adapterOf(
  'wycheproof-aead-kdf',
  groupsReader<unknown, Aead>(/^chacha20_poly1305/, (test) => judgeAead('ChaCha20-Poly1305', test)),
  groupsReader<unknown, Aead>(/^xchacha20_poly1305/, (test) => judgeAead('XChaCha20-Poly1305', test)),
  groupsReader<{ readonly keySize: 128 | 192 | 256; readonly ivSize: number }, Aead>(
    /^aes_gcm/,
    (test, { keySize, ivSize }) =>
      ivSize === 96
        ? judgeAead(`AES-${keySize}-GCM`, test)
        : outOfScope('AES-GCM with a nonce that is hashed first, which makes it no nonce any more'),
  ),
  ...HASHES.flatMap((hash) => [
    groupsReader<unknown, Hkdf>(fileOf('hkdf', hash), (test) => judgeHkdf(hash, test)),
    groupsReader<{ readonly tagSize: number }, Hmac>(fileOf('hmac', hash), (test, { tagSize }) =>
      judgeHmac(hash, test, tagSize / 8),
    ),
  ]),
  groupsReader<unknown, Wycheproof>(/^(hkdf|hmac)_/, () =>
    outOfScope('HKDF or HMAC over SHA-1 and others than SHA-2, which nothing new is made with'),
  ),
)

function fileOf(kind: 'hkdf' | 'hmac', hash: KeyedHash): RegExp {
  return new RegExp(`^${kind}_${hash.replace('sha2-', 'sha')}_`)
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

function judgeHkdf(hash: KeyedHash, { ikm, salt, info, size, okm, result }: Hkdf): Verdict {
  return byEach(({ cipher }) => {
    const derive = (): Uint8Array => cipher.deriveKey(unhex(ikm), unhex(salt), unhex(info), size, hash)
    // More than HKDF can give is a mistake of the caller.
    if (result === 'invalid') return judgeThrows(derive)
    return verdict(sameBytes(derive(), unhex(okm)), `derived ${hexOf(derive())}`)
  })
}

/** How long the tag is was agreed, not learned from the tag. */
function judgeHmac(hash: KeyedHash, { key, msg, tag, result }: Hmac, tagBytes: number): Verdict {
  return byEach(({ cipher }) => {
    const taken = cipher.verifyMac(hash, unhex(key), unhex(msg), unhex(tag), tagBytes)
    const made = cipher.mac(hash, unhex(key), unhex(msg), tagBytes)
    return all(
      verdict(taken === (result === 'valid'), taken ? 'the tag is taken' : 'the tag is refused'),
      verdict(sameBytes(made, unhex(tag)) === (result === 'valid'), `the tag is ${hexOf(made)}`),
    )
  })
}
