/** Sealing, HKDF and HMAC: known answers, everything changed in turn, the sets of others. */
import { groupsOf, hex, join, unhex, utf8 } from './case.ts'
import type { CipherAlgorithm, KeyedHash, Sealing } from '../../../../promisebase/index.ts'
import type { Case, ReadVectors } from './case.ts'

const PLAINTEXT = utf8('alice promises bob')

/** Key and nonce, in bytes. */
const SIZES: Record<CipherAlgorithm, readonly [key: number, nonce: number]> = {
  'ChaCha20-Poly1305': [32, 12],
  'XChaCha20-Poly1305': [32, 24],
  'AES-128-GCM': [16, 12],
  'AES-192-GCM': [24, 12],
  'AES-256-GCM': [32, 12],
}

const DIGEST_BYTES: Record<KeyedHash, number> = { 'sha2-256': 32, 'sha2-384': 48, 'sha2-512': 64 }
const HASHES = Object.keys(DIGEST_BYTES) as readonly KeyedHash[]

export function cipherCases(read: ReadVectors): readonly Case[] {
  return [
    ...(Object.keys(SIZES) as CipherAlgorithm[]).flatMap((algorithm) => [
      ...changed(algorithm),
      ...resized(algorithm),
    ]),
    ...known(),
    ...wycheproof(read, 'ChaCha20-Poly1305', 'chacha20_poly1305_test.json'),
    ...wycheproof(read, 'XChaCha20-Poly1305', 'xchacha20_poly1305_test.json'),
    ...derivations(read, 'sha2-256', 'hkdf_sha256_test.json'),
    ...derivations(read, 'sha2-512', 'hkdf_sha512_test.json'),
    ...HASHES.flatMap((hash) => [...derivedSizes(hash), ...tags(hash)]),
    ...knownTags(),
    ...wycheproofTags(read),
  ]
}

function sealed(name: string, sealing: Sealing, plaintext: Uint8Array, expected: string): Case {
  const answer: Case['answer'] = ({ cipher }) => cipher.seal(sealing, plaintext)
  return { name: `${sealing.algorithm} ${name} sealed`, expected, answer }
}

function opened(name: string, sealing: Sealing, bytes: Uint8Array, expected: string): Case {
  const answer: Case['answer'] = ({ cipher }) => cipher.open(sealing, bytes)
  return { name: `${sealing.algorithm} ${name} opened`, expected, answer }
}

/** The answers of the paper that defined GCM, for keys and nonces of zeros. */
function* known(): Iterable<Case> {
  const answers = {
    'AES-128-GCM': [
      '58e2fccefa7e3061367f1d57a4e7455a',
      '0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf',
    ],
    'AES-192-GCM': [
      'cd33b28ac773f74ba00ed1f312572435',
      '98e7247c07f0fe411c267e4384b0f6002ff58d80033927ab8ef4d4587514f0fb',
    ],
    'AES-256-GCM': [
      '530f8afbc74536b9a963b4f1c4cb738b',
      'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919',
    ],
  } as const
  for (const [algorithm, [ofNothing, ofZeros]] of Object.entries(answers)) {
    const zero = zeros(algorithm as CipherAlgorithm)
    yield sealed('nothing', zero, new Uint8Array(0), ofNothing)
    yield sealed('zeros', zero, new Uint8Array(16), ofZeros)
  }
  const unknown = { ...zeros('AES-256-GCM'), algorithm: 'AES-256-CBC' as CipherAlgorithm }
  yield sealed('an unknown cipher', unknown, PLAINTEXT, 'throws')
  yield opened('an unknown cipher', unknown, PLAINTEXT, 'throws')
}

function zeros(algorithm: CipherAlgorithm): Sealing {
  const [key, nonce] = SIZES[algorithm]
  return { algorithm, key: new Uint8Array(key), nonce: new Uint8Array(nonce) }
}

/** A key of another size is a mistake of ours, a nonce of another size may be one of the sender. */
function* resized(algorithm: CipherAlgorithm): Iterable<Case> {
  const right = zeros(algorithm)
  const [keyBytes, nonceBytes] = SIZES[algorithm]
  for (const size of [0, 16, 24, 31, 32, 33].filter((each) => each !== keyBytes)) {
    const sealing = { ...right, key: new Uint8Array(size) }
    yield sealed(`a key of ${size} bytes`, sealing, PLAINTEXT, 'throws')
    yield opened(`a key of ${size} bytes`, sealing, new Uint8Array(32), 'throws')
  }
  for (const size of [0, 8, 12, 16, 24, 32].filter((each) => each !== nonceBytes)) {
    const sealing = { ...right, nonce: new Uint8Array(size) }
    yield sealed(`a nonce of ${size} bytes`, sealing, PLAINTEXT, 'throws')
    yield opened(`a nonce of ${size} bytes`, sealing, new Uint8Array(32), 'no')
  }
}

function* changed(algorithm: CipherAlgorithm): Iterable<Case> {
  const [keyBytes, nonceBytes] = SIZES[algorithm]
  const sealing = {
    algorithm,
    key: new Uint8Array(keyBytes).fill(1),
    nonce: new Uint8Array(nonceBytes).fill(2),
  }
  const withMore: Sealing = { ...sealing, additional: utf8('to bob') }
  const round: Case['answer'] = ({ cipher }) => cipher.open(withMore, cipher.seal(withMore, PLAINTEXT))
  yield { name: `${algorithm} there and back`, expected: hex(PLAINTEXT), answer: round }
  const refused = (
    name: string,
    change: (bytes: Uint8Array) => Uint8Array,
    as: Sealing = withMore,
  ): Case => ({
    name: `${algorithm} ${name}`,
    expected: 'no',
    answer: ({ cipher }) => cipher.open(as, change(cipher.seal(withMore, PLAINTEXT))),
  })
  const same = (bytes: Uint8Array): Uint8Array => bytes
  yield refused('ciphertext changed', flip(0))
  yield refused('tag changed', flip(-1))
  yield refused('cut', (bytes) => bytes.subarray(1))
  yield refused('longer', (bytes) => join(bytes, 0))
  yield refused('only a tag', (bytes) => bytes.subarray(-16))
  yield refused('less than a tag', (bytes) => bytes.subarray(-15))
  yield refused('without its addition', same, sealing)
  yield refused('another addition', same, { ...sealing, additional: utf8('to eve') })
  yield refused('another key', same, { ...withMore, key: new Uint8Array(keyBytes) })
  yield refused('another nonce', same, { ...withMore, nonce: new Uint8Array(nonceBytes) })
  for (const at of [0, -1])
    yield refused(`a nonce with byte ${at} changed`, same, { ...withMore, nonce: flip(at)(withMore.nonce) })
}

/** Changes one bit; places below zero count from the end. */
function flip(at: number): (bytes: Uint8Array) => Uint8Array {
  return (bytes) =>
    bytes.map((byte, index) => (index === (at + bytes.length) % bytes.length ? byte ^ 1 : byte))
}

function* wycheproof(read: ReadVectors, algorithm: CipherAlgorithm, file: string): Iterable<Case> {
  interface Group {
    readonly tests: readonly Readonly<
      Record<'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag' | 'result', string> & { tcId: number }
    >[]
  }
  for (const { tests } of groupsOf<Group>(read, 'wycheproof-aead-kdf', file)) {
    for (const { tcId, key, iv, aad, msg, ct, tag, result } of tests) {
      const sealing: Sealing = { algorithm, key: unhex(key), nonce: unhex(iv), additional: unhex(aad) }
      const valid = result === 'valid'
      yield opened(`Wycheproof ${tcId}`, sealing, unhex(ct + tag), valid ? msg : 'no')
      if (valid) yield sealed(`Wycheproof ${tcId}`, sealing, unhex(msg), ct + tag)
    }
  }
}

function* derivations(read: ReadVectors, hash: KeyedHash, file: string): Iterable<Case> {
  interface Group {
    readonly tests: readonly {
      tcId: number
      ikm: string
      salt: string
      info: string
      size: number
      okm: string
      result: string
    }[]
  }
  for (const { tests } of groupsOf<Group>(read, 'wycheproof-aead-kdf', file)) {
    for (const { tcId, ikm, salt, info, size, okm, result } of tests) {
      yield {
        name: `HKDF ${hash} Wycheproof ${tcId}`,
        expected: result === 'valid' ? okm : 'throws',
        answer: ({ cipher }) => cipher.deriveKey(unhex(ikm), unhex(salt), unhex(info), size, hash),
      }
    }
  }
}

/** How much HKDF gives at most follows from the hash; without one, it is SHA-256. */
function* derivedSizes(hash: KeyedHash): Iterable<Case> {
  const derive =
    (size: number, by?: KeyedHash): Case['answer'] =>
    ({ cipher }) =>
      cipher.deriveKey(PLAINTEXT, PLAINTEXT, PLAINTEXT, size, by)
  const max = 255 * DIGEST_BYTES[hash]
  for (const size of [0, -1, 1.5, Number.NaN, max + 1])
    yield { name: `HKDF ${hash} of ${size} bytes`, expected: 'throws', answer: derive(size, hash) }
  yield {
    name: `HKDF ${hash} of ${max} bytes`,
    expected: 'yes',
    answer: (providers) => (derive(max, hash)(providers) as Uint8Array).length === max,
  }
  yield {
    name: `HKDF without a hash is that of ${hash}`,
    expected: hash === 'sha2-256' ? 'yes' : 'no',
    answer: (providers) =>
      hex(derive(64)(providers) as Uint8Array) === hex(derive(64, hash)(providers) as Uint8Array),
  }
}

/** What a tag may be: the whole one, or its beginning where that was agreed, and nothing else. */
function* tags(hash: KeyedHash): Iterable<Case> {
  const key = utf8('what alice and bob know')
  const whole = DIGEST_BYTES[hash]
  const judged = (
    name: string,
    expected: string,
    change: (tag: Uint8Array) => Uint8Array,
    {
      tagBytes,
      message = PLAINTEXT,
      by = key,
    }: { tagBytes?: number; message?: Uint8Array; by?: Uint8Array } = {},
  ): Case => ({
    name: `HMAC ${hash} ${name}`,
    expected,
    answer: ({ cipher }) =>
      cipher.verifyMac(hash, by, message, change(cipher.mac(hash, key, PLAINTEXT)), tagBytes),
  })
  const first =
    (length: number) =>
    (tag: Uint8Array): Uint8Array =>
      tag.subarray(0, length)
  yield judged('whole', 'yes', (tag) => tag)
  yield judged('whole, as agreed', 'yes', (tag) => tag, { tagBytes: whole })
  yield judged('half, as agreed', 'yes', first(whole / 2), { tagBytes: whole / 2 })
  yield judged('8 bytes, as agreed', 'yes', first(8), { tagBytes: 8 })
  yield judged('half, not agreed', 'no', first(whole / 2))
  yield judged('whole where half was agreed', 'no', (tag) => tag, { tagBytes: whole / 2 })
  yield judged('the other half', 'no', (tag) => tag.subarray(whole / 2), { tagBytes: whole / 2 })
  yield judged('empty', 'no', first(0))
  yield judged('longer', 'no', (tag) => join(tag, 0))
  yield judged('first bit changed', 'no', flip(0))
  yield judged('last bit changed', 'no', flip(-1))
  yield judged('another message', 'no', (tag) => tag, { message: utf8('alice promises eve') })
  yield judged('another key', 'no', (tag) => tag, { by: utf8('what eve knows') })
  for (const tagBytes of [0, 7, 8.5, -8, whole + 1]) {
    const answer: Case['answer'] = ({ cipher }) => cipher.mac(hash, key, PLAINTEXT, tagBytes)
    yield { name: `HMAC ${hash} of ${tagBytes} bytes`, expected: 'throws', answer }
    yield judged(`of ${tagBytes} bytes verified`, 'throws', first(tagBytes), { tagBytes })
  }
}

/** RFC 4231: a short key, and one longer than a block; a hash that is none here. */
function* knownTags(): Iterable<Case> {
  const mac = (name: string, hash: KeyedHash, key: Uint8Array, message: string, expected: string): Case => ({
    name: `HMAC ${hash} ${name}`,
    expected,
    answer: ({ cipher }) => cipher.mac(hash, key, utf8(message)),
  })
  const short = {
    'sha2-256': '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    'sha2-384':
      'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
    'sha2-512':
      '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
  }
  const long = {
    'sha2-256': '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    'sha2-384':
      '4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952',
    'sha2-512':
      '80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598',
  }
  for (const hash of HASHES) {
    yield mac('of RFC 4231, 2', hash, utf8('Jefe'), 'what do ya want for nothing?', short[hash])
    const key = new Uint8Array(131).fill(0xaa)
    yield mac(
      'of RFC 4231, 6',
      hash,
      key,
      'Test Using Larger Than Block-Size Key - Hash Key First',
      long[hash],
    )
  }
  const unknown = 'sha1' as KeyedHash
  yield mac('with a hash that is none here', unknown, utf8('Jefe'), '', 'throws')
  yield {
    name: 'HKDF with a hash that is none here',
    expected: 'throws',
    answer: ({ cipher }) => cipher.deriveKey(PLAINTEXT, PLAINTEXT, PLAINTEXT, 32, unknown),
  }
}

function* wycheproofTags(read: ReadVectors): Iterable<Case> {
  interface Group {
    readonly tagSize: number
    readonly tests: readonly { tcId: number; key: string; msg: string; tag: string; result: string }[]
  }
  for (const { tagSize, tests } of groupsOf<Group>(read, 'wycheproof-aead-kdf', 'hmac_sha256_test.json')) {
    for (const { tcId, key, msg, tag, result } of tests) {
      const name = `HMAC Wycheproof ${tcId}`
      const given = [unhex(key), unhex(msg)] as const
      const tagBytes = tagSize / 8
      yield {
        name: `${name} verified`,
        expected: result === 'valid' ? 'yes' : 'no',
        answer: ({ cipher }) => cipher.verifyMac('sha2-256', ...given, unhex(tag), tagBytes),
      }
      if (result !== 'valid') continue
      yield { name, expected: tag, answer: ({ cipher }) => cipher.mac('sha2-256', ...given, tagBytes) }
    }
  }
}
