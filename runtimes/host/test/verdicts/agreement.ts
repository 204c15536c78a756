/** X25519, ML-KEM-768 and X-Wing: shared secrets, keys that are none, and the sets of others. */
import { sha3_256 } from '@noble/hashes/sha3.js'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'

import { nobleAgreement } from '../../../../promisebase/index.ts'
import { groupsOf, hex, join, unhex, yes } from './case.ts'
import type { AgreementAlgorithm } from '../../../../promisebase/index.ts'
import type { Case, Providers, ReadVectors } from './case.ts'

const ALGORITHMS = ['X25519', 'ML-KEM-768', 'X-Wing'] as const
const SECRET_BYTES = { X25519: 32, 'ML-KEM-768': 64, 'X-Wing': 32 } as const

export function agreementCases(read: ReadVectors): readonly Case[] {
  return [
    ...ALGORITHMS.flatMap((algorithm) => [...made(algorithm)]),
    ...x25519Keys(),
    ...expandedSecrets(),
    ...wycheproofX25519(read),
    ...wycheproofMlKem(read),
    ...acvp(read),
    ...cctv(read),
    ...xWing(read),
  ]
}

function publicKey(name: string, algorithm: AgreementAlgorithm, secret: string, expected: string): Case {
  const answer = ({ agreement }: Providers): Uint8Array => agreement.publicKey(algorithm, unhex(secret)).bytes
  return { name: `${algorithm} ${name} key`, expected, answer }
}

/** Ciphertext, then shared secret. */
function encapsulated(
  name: string,
  algorithm: AgreementAlgorithm,
  key: string,
  entropy: string,
  expected: string,
): Case {
  return {
    name: `${algorithm} ${name} encapsulated`,
    expected,
    answer: ({ agreement }) => {
      const made = agreement.encapsulate({ algorithm, bytes: unhex(key) }, unhex(entropy))
      return made === undefined ? undefined : join(made.ciphertext, made.sharedSecret)
    },
  }
}

function decapsulated(
  name: string,
  algorithm: AgreementAlgorithm,
  secret: string,
  ciphertext: string,
  expected: string,
): Case {
  return {
    name: `${algorithm} ${name} decapsulated`,
    expected,
    answer: ({ agreement }) => agreement.decapsulate(algorithm, unhex(secret), unhex(ciphertext)),
  }
}

function admission(name: string, algorithm: AgreementAlgorithm, key: string, admitted: boolean): Case {
  return {
    name: `${algorithm} ${name} admitted`,
    expected: yes(admitted),
    answer: ({ agreement }) => agreement.admitKey({ algorithm, bytes: unhex(key) }),
  }
}

function* made(algorithm: AgreementAlgorithm): Iterable<Case> {
  const secret = '07'.repeat(SECRET_BYTES[algorithm])
  const key = nobleAgreement.publicKey(algorithm, unhex(secret))
  const entropy = '09'.repeat(algorithm === 'X-Wing' ? 64 : 32)
  const sent = nobleAgreement.encapsulate(key, unhex(entropy))
  if (sent === undefined) throw new Error(`${algorithm} refuses an honest key`)
  const [text, shared, bytes] = [hex(sent.ciphertext), hex(sent.sharedSecret), hex(key.bytes)]
  yield publicKey('honest', algorithm, secret, bytes)
  yield encapsulated('honest', algorithm, bytes, entropy, text + shared)
  yield decapsulated('honest', algorithm, secret, text, shared)
  yield decapsulated('short ciphertext', algorithm, secret, text.slice(2), 'no')
  yield decapsulated('long ciphertext', algorithm, secret, `${text}00`, 'no')
  yield decapsulated('empty ciphertext', algorithm, secret, '', 'no')
  yield decapsulated('short secret', algorithm, secret.slice(2), text, 'throws')
  yield decapsulated('long secret', algorithm, `${secret}07`, text, 'throws')
  yield encapsulated('short entropy', algorithm, bytes, entropy.slice(2), 'throws')
  for (const [name, wrong] of [
    ['short key', bytes.slice(2)],
    ['long key', `${bytes}00`],
    ['no key', ''],
  ] as const) {
    yield admission(name, algorithm, wrong, false)
    yield encapsulated(name, algorithm, wrong, entropy, 'no')
  }
}

function* x25519Keys(): Iterable<Case> {
  const field = (low: string): string => low + 'ff'.repeat(30)
  const refused = {
    zero: '00'.repeat(32),
    one: `01${'00'.repeat(31)}`,
    'order 8': 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    'another of order 8': '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    'p - 1': `${field('ec')}7f`,
    p: `${field('ed')}7f`,
    'p + 1': `${field('ee')}7f`,
    'p + 9, of full order but twice encoded': `${field('f6')}7f`,
    '9 with the highest bit': `09${'00'.repeat(30)}80`,
  }
  const mlKem = hex(nobleAgreement.publicKey('ML-KEM-768', new Uint8Array(64)).bytes)
  for (const [name, key] of Object.entries(refused)) {
    yield admission(name, 'X25519', key, false)
    yield encapsulated(name, 'X25519', key, '09'.repeat(32), 'no')
    yield encapsulated(name, 'X-Wing', mlKem + key, '09'.repeat(64), 'no')
  }
  for (const key of [`09${'00'.repeat(31)}`, `${field('eb')}7f`]) yield admission(key, 'X25519', key, true)
  const ciphertext = nobleAgreement.encapsulate(
    { algorithm: 'ML-KEM-768', bytes: unhex(mlKem) },
    new Uint8Array(32),
  )
  yield decapsulated(
    'of a small X25519 key',
    'X-Wing',
    '07'.repeat(32),
    hex(ciphertext?.ciphertext ?? new Uint8Array(0)) + refused.zero,
    'no',
  )
}

function* wycheproofX25519(read: ReadVectors): Iterable<Case> {
  interface Group {
    readonly tests: readonly {
      tcId: number
      public: string
      private: string
      shared: string
      flags: string[]
    }[]
  }
  for (const { tests } of groupsOf<Group>(read, 'wycheproof-x25519', 'x25519_test.json')) {
    for (const { tcId, public: key, private: secret, shared, flags } of tests) {
      const expected = flags.includes('ZeroSharedSecret') ? 'no' : shared
      yield decapsulated(`Wycheproof ${tcId}`, 'X25519', secret, key, expected)
    }
  }
}

/** An expanded secret: s of 1152 bytes, the key of 1184, its hash of 32, z of 32. */
function* expandedSecrets(): Iterable<Case> {
  const { publicKey: keyBytes, secretKey: secret } = ml_kem768.keygen(new Uint8Array(64).fill(7))
  const sent = nobleAgreement.encapsulate({ algorithm: 'ML-KEM-768', bytes: keyBytes }, new Uint8Array(32))
  const text = hex(sent?.ciphertext ?? new Uint8Array(0))
  yield publicKey('expanded', 'ML-KEM-768', hex(secret), hex(keyBytes))
  yield decapsulated(
    'expanded',
    'ML-KEM-768',
    hex(secret),
    text,
    hex(sent?.sharedSecret ?? new Uint8Array(0)),
  )
  yield decapsulated('expanded, short ciphertext', 'ML-KEM-768', hex(secret), text.slice(2), 'no')
  const flip = (at: number): Uint8Array => secret.map((byte, index) => (index === at ? byte ^ 1 : byte))
  const unreduced = (at: number): Uint8Array =>
    secret.map((byte, index) => (index === at || index === at + 1 ? 0xff : byte))
  const wrong: Readonly<Record<string, Uint8Array>> = {
    'a key changed': flip(1152),
    'the end of the key changed': flip(2335),
    'a hash changed': flip(2336),
    'a number of s out of range': unreduced(0),
    'one byte less': secret.subarray(1),
    'one byte more': join(secret, 0),
    'nothing but zeros': new Uint8Array(2400),
  }
  for (const [name, bytes] of Object.entries(wrong)) {
    yield publicKey(`expanded, ${name}`, 'ML-KEM-768', hex(bytes), 'throws')
    yield decapsulated(`expanded, ${name}`, 'ML-KEM-768', hex(bytes), text, 'throws')
  }
  // Its hash is right, and nobody may send to it.
  const key = unreduced(1152).slice(1152, 2336)
  const rehashed = join(secret.subarray(0, 1152), key, sha3_256(key), secret.subarray(2368))
  yield publicKey('expanded, a number of the key out of range', 'ML-KEM-768', hex(rehashed), 'throws')
  for (const algorithm of ['X25519', 'X-Wing'] as const)
    yield publicKey('with an expanded secret of ML-KEM', algorithm, hex(secret), 'throws')
}

function* wycheproofMlKem(read: ReadVectors): Iterable<Case> {
  interface Group {
    readonly tests: readonly {
      tcId: number
      seed: string
      dk: string
      m: string
      ek: string
      c: string
      K: string
      result: string
      comment?: string
    }[]
  }
  const groups = (file: string): readonly Group[] => groupsOf<Group>(read, 'wycheproof-mlkem768', file)
  for (const { tests } of groups('mlkem_768_test.json')) {
    for (const { tcId, seed, c, K, result } of tests) {
      const wrong = seed.length === 128 ? 'no' : 'throws'
      const expected = result === 'valid' ? K : wrong
      yield decapsulated(`Wycheproof ${tcId}`, 'ML-KEM-768', seed, c, expected)
    }
  }
  for (const { tests } of groups('mlkem_768_semi_expanded_decaps_test.json')) {
    for (const { tcId, dk, c, K, result } of tests) {
      const wrong = c.length === 2 * 1088 ? 'throws' : 'no'
      const expected = result === 'valid' ? K : wrong
      yield decapsulated(`Wycheproof expanded ${tcId}`, 'ML-KEM-768', dk, c, expected)
    }
  }
  for (const { tests } of groups('mlkem_768_encaps_test.json')) {
    for (const { tcId, m, ek, c, K, result } of tests) {
      const expected = result === 'valid' ? c + K : 'no'
      yield encapsulated(`Wycheproof encaps ${tcId}`, 'ML-KEM-768', ek, m, expected)
    }
  }
  for (const { tests } of groups('mlkem_768_keygen_seed_test.json')) {
    for (const { tcId, seed, ek } of tests)
      yield publicKey(`Wycheproof keygen ${tcId}`, 'ML-KEM-768', seed, ek)
  }
}

function* acvp(read: ReadVectors): Iterable<Case> {
  interface Group {
    readonly function?: string
    readonly keyFormat?: string
    readonly tests: readonly {
      tcId: number
      d: string
      z: string
      ek: string
      dk: string
      m: string
      c: string
      k: string
      testPassed?: boolean
    }[]
  }
  const groups = (file: string): readonly Group[] => groupsOf<Group>(read, 'acvp-mlkem768', file)
  for (const { tests } of groups('keyGen.json')) {
    for (const { tcId, d, z, ek } of tests)
      yield publicKey(`ACVP ${tcId}`, 'ML-KEM-768', d + z, ek.toLowerCase())
  }
  for (const file of ['encapDecap.json', 'encapDecap-tr1.json']) {
    for (const group of groups(file)) {
      for (const { tcId, d, z, ek, dk, m, c, k, testPassed } of group.tests) {
        const name = `ACVP ${file} ${tcId}`
        if (group.function === 'encapsulation')
          yield encapsulated(name, 'ML-KEM-768', ek, m, (c + k).toLowerCase())
        if (group.function === 'decapsulation' && group.keyFormat === 'seed')
          yield decapsulated(name, 'ML-KEM-768', d + z, c, k.toLowerCase())
        if (group.function === 'decapsulation' && group.keyFormat !== 'seed')
          yield decapsulated(name, 'ML-KEM-768', dk, c, k.toLowerCase())
        if (group.function === 'decapsulationKeyCheck')
          yield publicKey(name, 'ML-KEM-768', dk, testPassed === true ? ek.toLowerCase() : 'throws')
        if (group.function === 'encapsulationKeyCheck')
          yield admission(name, 'ML-KEM-768', ek, testPassed === true)
      }
    }
  }
}

function* cctv(read: ReadVectors): Iterable<Case> {
  const text = (file: string): string => (read('cctv-mlkem', file) ?? '') as string
  const moduli = text('modulus-ML-KEM-768.txt').split('\n').filter(Boolean)
  for (const [index, key] of moduli.entries()) {
    yield admission(`CCTV modulus ${index}`, 'ML-KEM-768', key, false)
    yield encapsulated(`CCTV modulus ${index}`, 'ML-KEM-768', key, '00'.repeat(32), 'no')
  }
  const lines = text('intermediate-ML-KEM-768.txt').matchAll(/^(\w+) = ([0-9a-f]+)$/gm)
  const values = Object.fromEntries([...lines].map(([, name, value]) => [name, value])) as Record<
    string,
    string
  >
  const { d = '', z = '', ek = '', m = '', c = '', K = '', KBar = '' } = values
  if (d === '') return
  yield encapsulated('CCTV', 'ML-KEM-768', ek, m, c + K)
  // These keys are made from d as the draft of FIPS 203 did: to ours the ciphertext is a stranger's, and the
  // secret is the one of implicit rejection, which follows from z and the ciphertext alone.
  yield decapsulated('CCTV', 'ML-KEM-768', d + z, c, KBar)
}

function* xWing(read: ReadVectors): Iterable<Case> {
  interface Vector {
    readonly seed: string
    readonly eseed?: string
    readonly randomness?: string
    readonly pk: string
    readonly ct: string
    readonly ss: string
  }
  for (const file of ['xwing-test-vectors.json', 'hybrids/test-vectors-MLKEM768X25519.json']) {
    const vectors = (read('xwing-hybrid-kem', file) ?? []) as readonly Vector[]
    for (const [index, { seed, eseed, randomness = eseed ?? '', pk, ct, ss }] of vectors.entries()) {
      const name = `${file} ${index}`
      yield publicKey(name, 'X-Wing', seed, pk)
      yield encapsulated(name, 'X-Wing', pk, randomness, ct + ss)
      yield decapsulated(name, 'X-Wing', seed, ct, ss)
    }
  }
}
