/** ChaCha20-Poly1305, AES-256-GCM and HKDF: known answers, everything changed in turn, the sets of others. */
import { groupsOf, hex, join, unhex, utf8 } from './case.ts'
import type { CipherAlgorithm, Sealing } from '../../../../promisebase/index.ts'
import type { Case, ReadVectors } from './case.ts'

const PLAINTEXT = utf8('alice promises bob')

export function cipherCases(read: ReadVectors): readonly Case[] {
  return [
    ...changed('ChaCha20-Poly1305'),
    ...changed('AES-256-GCM'),
    ...known(),
    ...wycheproof(read),
    ...derivations(read),
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

/** The answers of the paper that defined GCM, for a key and a nonce of zeros. */
function* known(): Iterable<Case> {
  const zero: Sealing = { algorithm: 'AES-256-GCM', key: new Uint8Array(32), nonce: new Uint8Array(12) }
  yield sealed('nothing', zero, new Uint8Array(0), '530f8afbc74536b9a963b4f1c4cb738b')
  yield sealed(
    'zeros',
    zero,
    new Uint8Array(16),
    'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919',
  )
  yield sealed('a short key', { ...zero, key: new Uint8Array(16) }, PLAINTEXT, 'throws')
  yield sealed('a long nonce', { ...zero, nonce: new Uint8Array(16) }, PLAINTEXT, 'throws')
  yield sealed(
    'an unknown cipher',
    { ...zero, algorithm: 'AES-256-CBC' as 'AES-256-GCM' },
    PLAINTEXT,
    'throws',
  )
}

function* changed(algorithm: CipherAlgorithm): Iterable<Case> {
  const sealing = { algorithm, key: new Uint8Array(32).fill(1), nonce: new Uint8Array(12).fill(2) }
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
  const flip = (at: number) => (bytes: Uint8Array) =>
    bytes.map((byte, index) => (index === (at < 0 ? bytes.length + at : at) ? byte ^ 1 : byte))
  const same = (bytes: Uint8Array): Uint8Array => bytes
  yield refused('ciphertext changed', flip(0))
  yield refused('tag changed', flip(-1))
  yield refused('cut', (bytes) => bytes.subarray(1))
  yield refused('longer', (bytes) => join(bytes, 0))
  yield refused('only a tag', (bytes) => bytes.subarray(-16))
  yield refused('less than a tag', (bytes) => bytes.subarray(-15))
  yield refused('without its addition', same, sealing)
  yield refused('another addition', same, { ...sealing, additional: utf8('to eve') })
  yield refused('another key', same, { ...withMore, key: new Uint8Array(32) })
  yield refused('another nonce', same, { ...withMore, nonce: new Uint8Array(12) })
  yield refused('a nonce of another size', same, { ...withMore, nonce: new Uint8Array(24) })
}

function* wycheproof(read: ReadVectors): Iterable<Case> {
  interface Group {
    readonly tests: readonly Readonly<
      Record<'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag' | 'result', string> & { tcId: number }
    >[]
  }
  for (const { tests } of groupsOf<Group>(read, 'wycheproof-aead-kdf', 'chacha20_poly1305_test.json')) {
    for (const { tcId, key, iv, aad, msg, ct, tag, result } of tests) {
      const sealing: Sealing = {
        algorithm: 'ChaCha20-Poly1305',
        key: unhex(key),
        nonce: unhex(iv),
        additional: unhex(aad),
      }
      const valid = result === 'valid'
      yield opened(`Wycheproof ${tcId}`, sealing, unhex(ct + tag), valid ? msg : 'no')
      if (valid) yield sealed(`Wycheproof ${tcId}`, sealing, unhex(msg), ct + tag)
    }
  }
}

function* derivations(read: ReadVectors): Iterable<Case> {
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
  for (const { tests } of groupsOf<Group>(read, 'wycheproof-aead-kdf', 'hkdf_sha256_test.json')) {
    for (const { tcId, ikm, salt, info, size, okm, result } of tests) {
      yield {
        name: `HKDF Wycheproof ${tcId}`,
        expected: result === 'valid' ? okm : 'throws',
        answer: ({ cipher }) => cipher.deriveKey(unhex(ikm), unhex(salt), unhex(info), size),
      }
    }
  }
  for (const size of [0, -1, 1.5, 8161]) {
    yield {
      name: `HKDF of ${size} bytes`,
      expected: 'throws',
      answer: ({ cipher }) => cipher.deriveKey(PLAINTEXT, PLAINTEXT, PLAINTEXT, size),
    }
  }
}
