/** Key sets: one block per set, and nothing in it that could be read in two ways. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { encodeCbor, nobleCrypto } from '../../../promisebase/index.ts'
import { createRsaSecret, nodeCrypto } from '../../../runtimes/host/index.ts'
import { createKeyRing, createKeySetSigner, LIMITS, readKeySet, writeKeySet } from '../../index.ts'
import { coseKeyOf, numberedKey, thumbprint } from '../../message/cose-key.ts'
import { hybrid, person } from '../fixture.ts'
import type {
  CborInput,
  CborKey,
  CborMap,
  PublicKey,
  SignatureAlgorithm,
} from '../../../promisebase/index.ts'
import type { RefusalCode } from '../../index.ts'

const secret = (name: string): Uint8Array => nodeCrypto.sha256(new TextEncoder().encode(name))
const publicKey = (algorithm: SignatureAlgorithm, name = 'key'): PublicKey =>
  nodeCrypto.publicKey(algorithm, secret(name))
const [ed, p256, pq] = [publicKey('Ed25519'), publicKey('ESP256'), publicKey('ML-DSA-65')]
const rsa = nodeCrypto.publicKey('PS256', createRsaSecret(2048))
const blockOf = (...keys: PublicKey[]): Uint8Array => encodeCbor(keys.map(coseKeyOf))
const edited = (key: PublicKey, ...entries: [CborKey, CborInput | undefined][]): CborMap => {
  const map = coseKeyOf(key) as Map<CborKey, CborInput>
  for (const [label, value] of entries) {
    if (value === undefined) map.delete(label)
    else map.set(label, value)
  }
  return map as CborMap
}
const codeOf = (block: Uint8Array): RefusalCode | undefined => readKeySet(nobleCrypto, block).refused?.code
const [x, y] = [p256.bytes.slice(1, 33), p256.bytes.slice(33)]

const SETS: Record<string, PublicKey[]> = {
  'Ed25519 and ML-DSA-65': [ed, pq],
  'ML-DSA-65 alone': [pq],
  'PS256 alone': [rsa],
  'Ed25519 and P-256': [ed, p256],
  'one key of each kind': [ed, p256, rsa, publicKey('ML-DSA-44')],
  'four Ed25519 keys': ['a', 'b', 'c', 'd'].map((name) => publicKey('Ed25519', name)),
}

describe('a key set', () => {
  for (const [what, keys] of Object.entries(SETS)) {
    test(`of ${what} has one block, whatever order its keys come in`, () => {
      const set = writeKeySet(nobleCrypto, keys)
      assert.deepEqual(writeKeySet(nodeCrypto, [...keys].reverse()).bytes, set.bytes)
      const read = readKeySet(nobleCrypto, set.bytes).ok
      assert.deepEqual(read, set)
      assert.equal(set.cid.toString(), set.principal)
      assert.equal(set.principal.length, 59)
      assert.equal(set.cid.code, 0x51)
      for (const { kid, publicKey: key } of set.keys) assert.deepEqual(kid, thumbprint(nodeCrypto, key))
    })
  }

  test('is its bytes alone: the caller may use his buffer again', () => {
    const bytes = Uint8Array.from(writeKeySet(nobleCrypto, [ed, pq]).bytes)
    const read = readKeySet(nobleCrypto, bytes).ok
    bytes.fill(0)
    assert.deepEqual(read, writeKeySet(nobleCrypto, [ed, pq]))
  })

  test('with −8 or −7 is another set of the same keys', () => {
    for (const [key, alg] of [
      [ed, -8],
      [p256, -7],
    ] as const) {
      const block = encodeCbor([coseKeyOf(pq), edited(key, [3, alg])])
      const read = readKeySet(nobleCrypto, block).ok
      assert.equal(read?.keys[1]?.coseAlgorithm, alg)
      assert.deepEqual(read.keys[1].kid, thumbprint(nobleCrypto, key))
      assert.notEqual(read.principal, writeKeySet(nobleCrypto, [pq, key]).principal)
    }
  })
})

const ascending = (...keys: CborInput[]): Uint8Array =>
  encodeCbor([...keys].sort((a, b) => Buffer.compare(encodeCbor(a), encodeCbor(b))))
const withPq = (key: CborInput): Uint8Array => ascending(coseKeyOf(pq), key)

const REFUSED: Record<string, [Uint8Array, RefusalCode]> = {
  'no key': [encodeCbor([]), 'SHAPE'],
  'five keys': [
    ascending(...['a', 'b', 'c', 'd', 'e'].map((name) => coseKeyOf(publicKey('Ed25519', name)))),
    'SHAPE',
  ],
  'a map instead of an array': [encodeCbor(coseKeyOf(pq)), 'SHAPE'],
  'a byte after it': [Uint8Array.of(...blockOf(pq), 0), 'DECODE'],
  'a long head': [Uint8Array.of(0x98, 1, ...blockOf(pq).subarray(1)), 'CANON'],
  'keys in another order': [blockOf(ed, pq), 'KEY'],
  'one key twice': [blockOf(pq, pq), 'KEY'],
  'one key under two algorithms (S-17)': [ascending(coseKeyOf(ed), edited(ed, [3, -8])), 'KEY'],
  'one P-256 key under two algorithms': [ascending(coseKeyOf(p256), edited(p256, [3, -7])), 'KEY'],
  'a single Ed25519 key': [blockOf(ed), 'KEY'],
  'a single P-256 key': [blockOf(p256), 'KEY'],
  'a single Ed25519 key with −8': [encodeCbor([edited(ed, [3, -8])]), 'KEY'],
  'a kid': [withPq(edited(ed, [2, new Uint8Array(2)])), 'KEY'],
  'key_ops (S-15)': [withPq(edited(ed, [4, [2]])), 'KEY'],
  'a private part (S-15)': [withPq(edited(ed, [-4, new Uint8Array(32)])), 'KEY'],
  'a private ML-DSA seed': [ascending(coseKeyOf(ed), edited(pq, [-2, new Uint8Array(32)])), 'KEY'],
  'no algorithm': [withPq(edited(ed, [3, undefined])), 'KEY'],
  'ES256 for an OKP key (S-13)': [withPq(edited(ed, [3, -7])), 'KEY'],
  'EdDSA for an EC2 key (S-13)': [withPq(edited(p256, [3, -8])), 'KEY'],
  'ES384 (S-14)': [withPq(edited(p256, [3, -35])), 'KEY'],
  'alg 0 (S-18)': [withPq(edited(ed, [3, 0])), 'KEY'],
  'alg −65535 (S-18)': [withPq(edited(ed, [3, -65535])), 'KEY'],
  'alg as text (S-18)': [withPq(edited(ed, [3, 'none'])), 'KEY'],
  'another parameter set than the key has': [ascending(coseKeyOf(ed), edited(pq, [3, -50])), 'KEY'],
  'the curve X25519': [withPq(edited(ed, [-1, 4])), 'KEY'],
  'x of 31 bytes (S-16)': [withPq(edited(ed, [-2, new Uint8Array(31)])), 'KEY'],
  'y as a boolean (S-16)': [withPq(edited(p256, [-3, true])), 'KEY'],
  'a point that is not on P-256 (S-16)': [withPq(edited(p256, [-2, y], [-3, x])), 'KEY'],
  'an Ed25519 key of small order (S-25)': [
    withPq(edited(ed, [-2, Uint8Array.of(1, ...new Uint8Array(31))])),
    'KEY',
  ],
  'an ML-DSA key of 1,951 bytes': [ascending(coseKeyOf(ed), edited(pq, [-1, pq.bytes.slice(1)])), 'KEY'],
  'an ML-DSA key of zeros (H-08)': [
    ascending(
      coseKeyOf(ed),
      edited(pq, [-1, Uint8Array.from([...pq.bytes.slice(0, 32), ...new Uint8Array(1920)])]),
    ),
    'KEY',
  ],
  'an RSA key of 1,024 bits': [ascending(coseKeyOf(ed), edited(rsa, [-1, rsa.bytes.slice(128)])), 'KEY'],
  'an RSA key with e = 3': [ascending(coseKeyOf(ed), edited(rsa, [-2, Uint8Array.of(3)])), 'KEY'],
  'an RSA key with e = 65,539': [ascending(coseKeyOf(ed), edited(rsa, [-2, Uint8Array.of(1, 0, 3)])), 'KEY'],
  'an RSA modulus with a zero in front': [
    ascending(coseKeyOf(ed), edited(rsa, [-1, Uint8Array.of(0, ...rsa.bytes)])),
    'KEY',
  ],
  'a key that is a list': [ascending(coseKeyOf(pq), [1, 1]), 'KEY'],
  'signatures longer than a token has room for': [
    ascending(...['a', 'b', 'c'].map((name) => coseKeyOf(publicKey('ML-DSA-44', name)))),
    'LIMIT',
  ],
  'more bytes than a set may have': [new Uint8Array(LIMITS.keySetBytes + 1), 'LIMIT'],
}

describe('the block of a key set', () => {
  for (const [what, [block, code]] of Object.entries(REFUSED))
    test(`with ${what} is refused: ${code}`, () => {
      assert.equal(codeOf(block), code)
      assert.equal(readKeySet(nodeCrypto, block).refused?.code, code)
    })

  test('of the size of the limit is read for what it is', () => {
    assert.equal(codeOf(new Uint8Array(LIMITS.keySetBytes)), 'DECODE')
  })

  test('with one bit changed is another set or none', () => {
    const { bytes, principal } = writeKeySet(nobleCrypto, [ed, pq])
    for (let at = 0; at < bytes.length; at += 61) {
      const changed = Uint8Array.from(bytes)
      changed[at] = (changed[at] as number) ^ (1 << (at & 7))
      assert.notEqual(readKeySet(nobleCrypto, changed).ok?.principal, principal)
    }
  })
})

describe('a thumbprint', () => {
  test('is that of RFC 9679 over kty, crv and x', () => {
    const required = new Map<number, CborInput>([
      [1, 1],
      [-1, 6],
      [-2, ed.bytes],
    ])
    assert.deepEqual(thumbprint(nobleCrypto, ed), nobleCrypto.sha256(encodeCbor(required)))
  })

  test('of an ML-DSA key is over its alg too, as RFC 9964 says', () => {
    const required = coseKeyOf(pq)
    assert.deepEqual(thumbprint(nobleCrypto, pq), nobleCrypto.sha256(encodeCbor(required)))
  })

  test('belongs to the key its COSE_Key is read back as', () => {
    for (const key of [ed, p256, rsa, pq]) assert.deepEqual(numberedKey(coseKeyOf(key))?.publicKey, key)
  })
})

describe('a signer of a key set', () => {
  test('has its keys in the order of the set, whatever order their secrets come in', () => {
    const secrets = [
      { algorithm: 'Ed25519', secret: secret('a') },
      { algorithm: 'ML-DSA-65', secret: secret('b') },
    ] as const
    const [one, other] = [secrets, [...secrets].reverse()].map((each) => createKeySetSigner(nodeCrypto, each))
    assert.ok(one && other)
    assert.equal(one.principal, other.principal)
    for (const signer of [one, other])
      assert.deepEqual(
        signer.keys.map((key) => key.publicKey.algorithm),
        ['ML-DSA-65', 'Ed25519'],
      )
  })

  test('is made of 1 to 4 secrets that can be a set', () => {
    const one = { algorithm: 'Ed25519', secret: secret('a') } as const
    const bad = [
      [],
      [one],
      [one, one],
      ['a', 'b', 'c', 'd', 'e'].map((name) => ({ ...one, secret: secret(name) })),
    ]
    for (const secrets of bad) assert.throws(() => createKeySetSigner(nodeCrypto, secrets), RangeError)
  })

  test('keeps its secrets', () => {
    const given = secret('kept')
    const signer = createKeySetSigner(nodeCrypto, [
      { algorithm: 'Ed25519', secret: given },
      { algorithm: 'ESP256', secret: secret('other') },
    ])
    const before = signer.keys[0]?.sign(new Uint8Array(3))
    given.fill(0)
    assert.deepEqual(signer.keys[0]?.sign(new Uint8Array(3)), before)
  })
})

describe('a ring', () => {
  const alice = hybrid('alice')

  test('names a set that it was not given as missing, and knows it once it was', () => {
    const ring = createKeyRing(nobleCrypto)
    const { refused } = ring.read(alice.principal)
    assert.deepEqual([refused?.code, refused?.missing], ['MISSING', [alice.principal]])
    assert.equal(ring.learn(alice.keySet as Uint8Array).ok?.principal, alice.principal)
    assert.equal(ring.read(alice.principal).ok?.keys.length, 2)
  })

  test('takes nothing but the one text of a CID for a set', () => {
    const ring = createKeyRing(nobleCrypto)
    const { principal } = alice
    const raw = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
    const texts = [
      principal.toUpperCase(),
      `${principal}a`,
      principal.slice(0, -1),
      `z${principal.slice(1)}`,
      raw,
    ]
    for (const text of texts) assert.equal(ring.read(text).refused?.code, 'KEY', text)
  })

  test('bars nobody by a set that was only shown', () => {
    const ring = createKeyRing(nobleCrypto)
    ring.learn(alice.keySet as Uint8Array)
    assert.ok(ring.read(person('alice').principal).ok)
  })

  test('hears a key of a set alone no more once the set has signed (H-04)', () => {
    const ring = createKeyRing(nobleCrypto)
    assert.ok(ring.read(person('alice').principal).ok)
    const set = ring.learn(alice.keySet as Uint8Array).ok
    assert.ok(set)
    assert.deepEqual(ring.claim(set), { ok: true })
    assert.equal(ring.read(person('alice').principal).refused?.code, 'KEY')
    assert.ok(ring.lookUp(person('alice').principal).ok)
    assert.deepEqual(ring.claim(set), { ok: true })
  })

  test('hears a key of a set that has signed in no other set (H-05)', () => {
    const ring = createKeyRing(nobleCrypto)
    const other = createKeySetSigner(nodeCrypto, [
      { algorithm: 'Ed25519', secret: secret('person alice') },
      { algorithm: 'ML-DSA-65', secret: secret('another') },
    ])
    const [first, second] = [alice, other].map(({ keySet }) => ring.learn(keySet as Uint8Array).ok)
    assert.ok(first && second)
    assert.deepEqual(ring.claim(first), { ok: true })
    assert.equal(ring.claim(second).refused?.code, 'KEY')
    const fresh = createKeyRing(nobleCrypto)
    const learnt = fresh.learn(alice.keySet as Uint8Array).ok
    assert.ok(learnt)
    fresh.claim(learnt)
    assert.equal(fresh.learn(other.keySet as Uint8Array).refused?.code, 'KEY')
  })
})
