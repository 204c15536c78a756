/** did:key: the text of a key, its key from a seed, and the key for agreement that belongs to an Ed25519 key. */
import { base58btc } from 'multiformats/bases/base58'
import { readDidKey } from 'promisegrid/kernel'

import { hexOf, sameBytes, unbase64, unhex } from './bytes.ts'
import { compressed, judgeDidKey } from './did-key-judge.ts'
import { byEach } from './providers.ts'
import { adapterOf, all, outOfScope, verdict } from './set.ts'
import type { FileReader, Verdict } from './set.ts'

/** A key, maybe with its secret, in one of two writings. */
interface KeyPair {
  readonly id?: string
  readonly publicKeyBase58?: string
  readonly privateKeyBase58?: string
  readonly publicKeyJwk?: { readonly x: string; readonly y?: string }
  readonly privateKeyJwk?: { readonly d: string }
}

/** What stands under a did:key: a seed and key pairs, or a DID document. */
interface Entry {
  readonly seed?: string
  readonly keyAgreementKeyPair?: KeyPair
}

const DID_KEY = 'did:key:'
const DID = /^did:key:z/

export const didKey = adapterOf(
  'did-key',
  entries(/ed25519.*\.json$/, (did, entry) =>
    all(judgeEntry(did, entry, seedOf(entry)), judgeAgreement(entry)),
  ),
  entries(/secp256k1.*\.json$/, (did, entry) => judgeEntry(did, entry, seedOf(entry))),
  entries(/(x25519|nist).*\.json$/, (did, entry) => judgeEntry(did, entry, [])),
  entries(/\.json$/, (did, entry) =>
    readDidKey(did).ok === undefined
      ? outOfScope('a did:key of a kind that is not read')
      : judgeEntry(did, entry, []),
  ),
)

/** Every did:key of a file with what stands under it; some files have them one level deeper. */
function entries(files: RegExp, judge: (did: string, entry: Entry) => Verdict): FileReader {
  return {
    files,
    *cases(set, file) {
      for (const [did, entry] of found(set.json(file))) yield { name: did, judge: () => judge(did, entry) }
    },
  }
}

function found(json: unknown): readonly [string, Entry][] {
  const own = Object.entries(json as Readonly<Record<string, Entry>>)
  const dids = own.filter(([key]) => DID.test(key))
  return dids.length > 0 ? dids : own.flatMap(([, inner]) => (isObject(inner) ? found(inner) : []))
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Of these two curves the seed is the secret. */
function seedOf({ seed }: Entry): readonly Uint8Array[] {
  return seed === undefined ? [] : [unhex(seed)]
}

/** Every key under the text that is said to be its key is the one that the text is of. */
function judgeEntry(did: string, entry: Entry, seeds: readonly Uint8Array[]): Verdict {
  const own = pairsIn(entry).filter(({ id }) => id === undefined || isAlike(nameIn(id), did))
  return judgeDidKey(did, { publics: own.flatMap(publicOf), secrets: [...seeds, ...own.flatMap(secretOf)] })
}

/** A key for agreement stands under the key that signs, and is of another kind. */
function isAlike(name: string, did: string): boolean {
  const kind = readDidKey(name).ok?.kind
  return name === did || (kind !== undefined && kind === readDidKey(did).ok?.kind)
}

/** RFC 8032 hashes the seed into the scalar that both curves share; the rest of the hash makes no key. */
function judgeAgreement(entry: Entry): Verdict {
  const { seed = '', keyAgreementKeyPair: pair } = entry
  if (pair === undefined) return 'passed'
  const [expected] = publicOf(pair)
  const name = nameIn(pair.id ?? '')
  const named = DID.test(name) ? readDidKey(name) : undefined
  return all(
    byEach(({ crypto, agreement }) => {
      const secrets = [crypto.sha512(unhex(seed)).subarray(0, 32), ...secretOf(pair)]
      const keys = secrets.map((secret) => agreement.publicKey('X25519', secret).bytes)
      const isSame = expected !== undefined && keys.every((key) => sameBytes(key, expected))
      return verdict(isSame, `the keys for agreement are ${keys.map(hexOf).join(', ')}`)
    }),
    verdict(
      named === undefined || (named.ok?.kind === 'X25519' && sameBytes(expected, named.ok.bytes)),
      `the key for agreement is named ${pair.id}`,
    ),
  )
}

/** A key is named by the text behind the `#`, in the document of whomever. */
function nameIn(id: string): string {
  return DID_KEY + id.slice(id.indexOf('#') + 1)
}

function pairsIn(value: unknown): readonly KeyPair[] {
  if (typeof value !== 'object' || value === null) return []
  const isPair = 'publicKeyBase58' in value || 'publicKeyJwk' in value
  return isPair ? [value as KeyPair] : Object.values(value).flatMap(pairsIn)
}

function publicOf({ publicKeyBase58, publicKeyJwk }: KeyPair): readonly Uint8Array[] {
  if (publicKeyBase58 !== undefined) return [unbase58(publicKeyBase58)]
  if (publicKeyJwk === undefined) return []
  const { x, y } = publicKeyJwk
  return [y === undefined ? unbase64(x) : compressed(unbase64(x), unbase64(y))]
}

/** Older pairs of Ed25519 have the key behind the seed. */
function secretOf({ privateKeyJwk, privateKeyBase58 }: KeyPair): readonly Uint8Array[] {
  if (privateKeyJwk !== undefined) return [unbase64(privateKeyJwk.d)]
  if (privateKeyBase58 === undefined) return []
  const secret = unbase58(privateKeyBase58)
  return [secret.length === 64 ? secret.subarray(0, 32) : secret]
}

function unbase58(text: string): Uint8Array {
  return base58btc.decode(`z${text}`)
}
