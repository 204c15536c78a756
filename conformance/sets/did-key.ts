/** did:key: the text of a key, its key from a seed, and the key for agreement that belongs to an Ed25519 key. */
import { base58btc } from 'multiformats/bases/base58'
import { createKeyRing, principalOf } from 'promisegrid/kernel'

import { hexOf, sameBytes, unbase64, unhex } from './bytes.ts'
import { byEach } from './providers.ts'
import { adapterOf, all, outOfScope, verdict, wrong } from './set.ts'
import type { Providers } from './providers.ts'
import type { FileReader, Verdict } from './set.ts'

/** A pair in one of two writings. */
interface KeyPair {
  readonly publicKeyBase58?: string
  readonly privateKeyBase58?: string
  readonly publicKeyJwk?: { readonly x: string }
  readonly privateKeyJwk?: { readonly d: string }
}

interface KeyPairs {
  readonly seed: string
  readonly verificationKeyPair: KeyPair
  readonly keyAgreementKeyPair?: KeyPair
}

const DID = /^did:key:z/

export const didKey = adapterOf(
  'did-key',
  entries(/ed25519.*\.json$/, (did, pairs) => byEach((providers) => judgeEd25519(did, pairs, providers))),
  entries(/x25519\.json$/, (did) => judgeOther(did, 'X25519: a key for agreement is no principal')),
  entries(/\.json$/, (did) => judgeOther(did, 'a did:key of a curve with which nothing here signs')),
)

/** Every did:key of a file with what stands under it; some files have them one level deeper. */
function entries(files: RegExp, judge: (did: string, pairs: KeyPairs) => Verdict): FileReader {
  return {
    files,
    *cases(set, file) {
      for (const [did, pairs] of found(set.json(file))) yield { name: did, judge: () => judge(did, pairs) }
    },
  }
}

function found(json: unknown): readonly [string, KeyPairs][] {
  const own = Object.entries(json as Readonly<Record<string, KeyPairs>>)
  const dids = own.filter(([key]) => DID.test(key))
  return dids.length > 0 ? dids : own.flatMap(([, inner]) => (isObject(inner) ? found(inner) : []))
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function judgeEd25519(did: string, pairs: KeyPairs, { crypto, agreement }: Providers): Verdict {
  const seed = unhex(pairs.seed)
  const key = crypto.publicKey('Ed25519', seed)
  const read = createKeyRing(crypto).read(did).ok?.keys[0]?.publicKey.bytes
  const signs = all(
    verdict(principalOf(key) === did, `the key is ${principalOf(key)}`),
    verdict(
      sameBytes(read, key.bytes),
      read === undefined ? 'the text is refused' : `read as ${hexOf(read)}`,
    ),
    verdict(sameBytes(key.bytes, publicOf(pairs.verificationKeyPair)), hexOf(key.bytes)),
  )
  if (pairs.keyAgreementKeyPair === undefined) return signs
  // RFC 8032 hashes the seed into the scalar that both curves share; the rest of the hash makes no key.
  const secrets = [crypto.sha512(seed).subarray(0, 32), ...secretOf(pairs.keyAgreementKeyPair)]
  const expected = publicOf(pairs.keyAgreementKeyPair)
  const isSame = secrets.every((secret) => sameBytes(agreement.publicKey('X25519', secret).bytes, expected))
  return all(signs, verdict(isSame, 'the key for agreement is another one'))
}

function publicOf({ publicKeyBase58, publicKeyJwk }: KeyPair): Uint8Array {
  return publicKeyJwk === undefined ? unbase58(publicKeyBase58 ?? '') : unbase64(publicKeyJwk.x)
}

function secretOf({ privateKeyBase58, privateKeyJwk }: KeyPair): readonly Uint8Array[] {
  if (privateKeyJwk !== undefined) return [unbase64(privateKeyJwk.d)]
  return privateKeyBase58 === undefined ? [] : [unbase58(privateKeyBase58)]
}

function judgeOther(did: string, reason: string): Verdict {
  return byEach(({ crypto }) =>
    createKeyRing(crypto).read(did).ok === undefined ? outOfScope(reason) : wrong('taken for a principal'),
  )
}

function unbase58(text: string): Uint8Array {
  return base58btc.decode(`z${text}`)
}
