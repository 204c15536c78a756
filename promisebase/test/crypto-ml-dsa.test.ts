import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { shake128 } from '@noble/hashes/sha3.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { hexToBytes } from '@noble/hashes/utils.js'
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import { openVectorSet } from '../../conformance/vector-sets.ts'
import { isMlDsaSignature } from '../crypto/ml-dsa-strict.ts'
import {
  hashMlDsaMu,
  mlDsaMu,
  mlDsaPublicKey,
  nobleCrypto,
  signMlDsa,
  signMlDsaMu,
  verifyMlDsa,
  verifyMlDsaMu,
} from '../index.ts'
import type { MlDsaAlgorithm } from '../index.ts'
import type { TestContext } from 'node:test'

const SETS: readonly MlDsaAlgorithm[] = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87']
const SEED = new Uint8Array(32).fill(7)
const ZEROS = new Uint8Array(32)
const EXPANDED = { 'ML-DSA-44': ml_dsa44, 'ML-DSA-65': ml_dsa65, 'ML-DSA-87': ml_dsa87 }
const MU = new Uint8Array(64).fill(9)
const MESSAGE = new TextEncoder().encode('alice promises bob')

describe('ML-DSA', () => {
  for (const algorithm of SETS) {
    it(`signs by ${algorithm} with an empty context, otherwise every time`, () => {
      const key = nobleCrypto.publicKey(algorithm, SEED)
      const signature = nobleCrypto.sign(algorithm, SEED, MESSAGE)
      assert.ok(nobleCrypto.admitKey(key))
      assert.ok(nobleCrypto.verify(key, MESSAGE, signature))
      assert.ok(verifyMlDsa(algorithm, key.bytes, MESSAGE, signature))
      assert.equal(verifyMlDsa(algorithm, key.bytes, MESSAGE, signature, MESSAGE), false)
      assert.notDeepEqual(nobleCrypto.sign(algorithm, SEED, MESSAGE), signature)
      for (const other of SETS.filter((set) => set !== algorithm))
        assert.equal(nobleCrypto.verify({ ...key, algorithm: other }, MESSAGE, signature), false)
    })

    it(`refuses a ${algorithm} signature with a bit flipped anywhere`, () => {
      const key = nobleCrypto.publicKey(algorithm, SEED)
      const signature = signMlDsa(algorithm, SEED, MESSAGE, ZEROS)
      // Every 1009th bit, a prime: some twenty in each signature, in the challenge, in z and in the hint.
      for (let bit = 0; bit < signature.length * 8; bit += 1009) {
        const flipped = Uint8Array.from(signature)
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
        assert.equal(nobleCrypto.verify(key, MESSAGE, flipped), false, `bit ${bit}`)
      }
    })
  }

  it('takes a seed of 32 bytes, entropy of 32 and a context of at most 255, and nothing else', () => {
    for (const length of [0, 31, 33, 64]) {
      const wrong = new Uint8Array(length)
      assert.throws(() => nobleCrypto.sign('ML-DSA-44', wrong, MESSAGE), TypeError)
      assert.throws(() => nobleCrypto.publicKey('ML-DSA-44', wrong), TypeError)
      assert.throws(() => signMlDsa('ML-DSA-44', wrong, MESSAGE, ZEROS), TypeError)
      assert.throws(() => signMlDsa('ML-DSA-44', SEED, MESSAGE, wrong), TypeError)
    }
    const key = mlDsaPublicKey('ML-DSA-44', SEED)
    const context = new Uint8Array(255)
    const signature = signMlDsa('ML-DSA-44', SEED, MESSAGE, ZEROS, context)
    assert.ok(verifyMlDsa('ML-DSA-44', key, MESSAGE, signature, context))
    assert.equal(verifyMlDsa('ML-DSA-44', key, MESSAGE, signature, new Uint8Array(254)), false)
    assert.equal(verifyMlDsa('ML-DSA-44', key, MESSAGE, signature, new Uint8Array(256)), false)
    assert.throws(
      () => signMlDsa('ML-DSA-44', SEED, MESSAGE, ZEROS, new Uint8Array(256)),
      /context must have at most 255/,
    )
  })

  it('reads a hint in its only encoding', () => {
    const start = 3309 - 61
    const signature = (places: readonly number[], ends: readonly number[]): Uint8Array => {
      const bytes = new Uint8Array(3309)
      bytes.set(places, start)
      bytes.set(ends, start + 55)
      return bytes
    }
    const full = Array.from({ length: 55 }, (_, index) => index)
    assert.ok(isMlDsaSignature('ML-DSA-65', signature([], [0, 0, 0, 0, 0, 0])))
    assert.ok(isMlDsaSignature('ML-DSA-65', signature([3, 9, 2], [2, 3, 3, 3, 3, 3])))
    assert.ok(isMlDsaSignature('ML-DSA-65', signature([0, 0], [1, 1, 1, 1, 1, 2])))
    assert.ok(isMlDsaSignature('ML-DSA-65', signature(full, [55, 55, 55, 55, 55, 55])))
    const wrong: Readonly<Record<string, Uint8Array>> = {
      descending: signature([9, 3, 2], [2, 3, 3, 3, 3, 3]),
      twice: signature([3, 3, 2], [2, 3, 3, 3, 3, 3]),
      'after the last': signature([3, 9, 2, 0, 1], [2, 3, 3, 3, 3, 3]),
      'none but one': signature([1], [0, 0, 0, 0, 0, 0]),
      'ends that go back': signature([3, 9, 2], [2, 1, 3, 3, 3, 3]),
      'an end too far': signature(full, [55, 55, 55, 55, 55, 56]),
      'ends of 255': signature(full, [255, 255, 255, 255, 255, 255]),
    }
    for (const [name, bytes] of Object.entries(wrong))
      assert.equal(isMlDsaSignature('ML-DSA-65', bytes), false, name)
  })
})

describe('a secret of ML-DSA that was expanded', () => {
  for (const algorithm of SETS) {
    it(`makes the key and the signatures of its seed by ${algorithm}`, () => {
      const secret = EXPANDED[algorithm].keygen(SEED).secretKey
      const before = Uint8Array.from(secret)
      const key = mlDsaPublicKey(algorithm, SEED)
      assert.deepEqual(mlDsaPublicKey(algorithm, secret), key)
      const signature = signMlDsa(algorithm, secret, MESSAGE, ZEROS, SEED)
      assert.deepEqual(signature, signMlDsa(algorithm, SEED, MESSAGE, ZEROS, SEED))
      assert.ok(verifyMlDsa(algorithm, key, MESSAGE, signature, SEED))
      assert.deepEqual(secret, before, 'what was lent is not wiped')
    })

    it(`is refused by ${algorithm} when its parts are out of range or not of one key`, () => {
      const secret = EXPANDED[algorithm].keygen(SEED).secretKey
      const other = EXPANDED[algorithm].keygen(ZEROS).secretKey
      const flip = (at: number): Uint8Array => secret.map((byte, index) => (index === at ? byte ^ 1 : byte))
      const wrong: Readonly<Record<string, Uint8Array>> = {
        'another matrix': flip(0),
        'another hash of the key': flip(64),
        'the end of that hash': flip(127),
        'another s1': Uint8Array.from([...secret.subarray(0, 128), ...other.subarray(128)]),
        'the front of another key': Uint8Array.from([...other.subarray(0, 128), ...secret.subarray(128)]),
        's1 out of range': secret.map((byte, index) => (index >= 128 && index < 131 ? 0xff : byte)),
        'a byte less': secret.subarray(1),
        'a byte more': Uint8Array.from([...secret, 0]),
        'nothing but zeros': new Uint8Array(secret.length),
      }
      for (const [name, bytes] of Object.entries(wrong)) {
        assert.throws(() => mlDsaPublicKey(algorithm, bytes), TypeError, name)
        assert.throws(() => signMlDsa(algorithm, bytes, MESSAGE, ZEROS), TypeError, name)
        assert.throws(() => signMlDsaMu(algorithm, bytes, MU, ZEROS), TypeError, name)
      }
    })

    it(`is no secret of the provider: ${algorithm} signs there with seeds alone`, () => {
      const secret = EXPANDED[algorithm].keygen(SEED).secretKey
      assert.throws(() => nobleCrypto.sign(algorithm, secret, MESSAGE), TypeError)
      assert.throws(() => nobleCrypto.publicKey(algorithm, secret), TypeError)
    })
  }
})

describe('ML-DSA in two steps', () => {
  for (const algorithm of SETS) {
    it(`makes by ${algorithm} the signatures that one step makes, and takes them`, () => {
      const key = mlDsaPublicKey(algorithm, SEED)
      for (const context of [new Uint8Array(0), MESSAGE, new Uint8Array(255)]) {
        const mu = mlDsaMu(key, MESSAGE, context)
        const signature = signMlDsa(algorithm, SEED, MESSAGE, ZEROS, context)
        assert.deepEqual(signMlDsaMu(algorithm, SEED, mu, ZEROS), signature)
        assert.ok(verifyMlDsaMu(algorithm, key, mu, signature))
        assert.equal(verifyMlDsaMu(algorithm, key, mlDsaMu(key, MESSAGE, SEED), signature), false)
        assert.equal(verifyMlDsaMu(algorithm, key, mu, signature.subarray(1)), false)
        assert.equal(verifyMlDsaMu(algorithm, key.subarray(1), mu, signature), false)
      }
    })
  }

  it('hashes the key, and the length of the context, with the message', () => {
    const [key, other] = [mlDsaPublicKey('ML-DSA-44', SEED), mlDsaPublicKey('ML-DSA-44', ZEROS)]
    const one = Uint8Array.of(1)
    assert.deepEqual(mlDsaMu(key, MESSAGE), mlDsaMu(key, MESSAGE, new Uint8Array(0)))
    assert.notDeepEqual(mlDsaMu(key, MESSAGE), mlDsaMu(other, MESSAGE))
    assert.notDeepEqual(mlDsaMu(key, one, MESSAGE), mlDsaMu(key, Uint8Array.from([...MESSAGE, 1])))
    assert.throws(() => mlDsaMu(key, MESSAGE, new Uint8Array(256)), RangeError)
  })

  it('signs by HashML-DSA for one hash, and not what ML-DSA signs', () => {
    const key = mlDsaPublicKey('ML-DSA-65', SEED)
    const digest = sha512(MESSAGE)
    const signature = signMlDsaMu('ML-DSA-65', SEED, hashMlDsaMu(key, 'sha2-512', digest, SEED), ZEROS)
    const verify = (mu: Uint8Array): boolean => verifyMlDsaMu('ML-DSA-65', key, mu, signature)
    assert.ok(verify(hashMlDsaMu(key, 'sha2-512', digest, SEED)))
    assert.ok(ml_dsa65.prehash(sha512).verify(signature, MESSAGE, key, { context: SEED }))
    assert.equal(verify(hashMlDsaMu(key, 'sha3-512', digest, SEED)), false)
    assert.equal(verify(hashMlDsaMu(key, 'sha2-512', digest)), false)
    assert.equal(verifyMlDsa('ML-DSA-65', key, digest, signature, SEED), false)
    assert.equal(verifyMlDsa('ML-DSA-65', key, MESSAGE, signature, SEED), false)
    assert.throws(() => hashMlDsaMu(key, 'sha2-512', digest, new Uint8Array(256)), RangeError)
    assert.throws(() => hashMlDsaMu(key, 'md5' as 'sha2-512', digest), TypeError)
    assert.throws(() => hashMlDsaMu(key, 'toString' as 'sha2-512', digest), TypeError)
  })

  it('takes a hash of 64 bytes, and nothing else', () => {
    const key = mlDsaPublicKey('ML-DSA-44', SEED)
    const signature = signMlDsaMu('ML-DSA-44', SEED, MU, ZEROS)
    for (const length of [0, 32, 63, 65]) {
      const wrong = new Uint8Array(length)
      assert.throws(() => signMlDsaMu('ML-DSA-44', SEED, wrong, ZEROS), TypeError)
      assert.equal(verifyMlDsaMu('ML-DSA-44', key, wrong, signature), false)
    }
    for (const length of [0, 31, 33, 64]) {
      assert.throws(() => signMlDsaMu('ML-DSA-44', new Uint8Array(length), MU, ZEROS), TypeError)
      assert.throws(() => signMlDsaMu('ML-DSA-44', SEED, MU, new Uint8Array(length)), TypeError)
    }
  })
})

describe('ML-DSA by the vectors of others', () => {
  it('makes keys and signatures as ACVP does, from seeds', (t) => {
    const set = setOrSkip(t, 'acvp-mldsa65')
    if (set === undefined) return
    interface Group {
      readonly signatureInterface?: string
      readonly preHash?: string
      readonly tests: readonly {
        readonly seed: string
        readonly pk: string
        readonly message: string
        readonly context: string
        readonly rnd?: string
        readonly signature: string
        readonly testPassed: boolean
      }[]
    }
    const groups = (file: string): readonly Group[] => (set.json(file) as { testGroups: Group[] }).testGroups
    const isPure = (group: Group): boolean =>
      group.signatureInterface === 'external' && group.preHash === 'pure'
    for (const { tests } of groups('keyGen.json')) {
      for (const { seed, pk } of tests) assert.deepEqual(mlDsaPublicKey('ML-DSA-65', hex(seed)), hex(pk))
    }
    for (const { tests } of groups('sigGen-seed.json').filter(isPure)) {
      for (const { seed, message, context, rnd, signature } of tests) {
        const entropy = rnd === undefined ? ZEROS : hex(rnd)
        const made = signMlDsa('ML-DSA-65', hex(seed), hex(message), entropy, hex(context))
        assert.deepEqual(made, hex(signature))
      }
    }
    for (const { tests } of groups('sigVer.json').filter(isPure)) {
      for (const { pk, message, context, signature, testPassed } of tests) {
        const verdict = verifyMlDsa('ML-DSA-65', hex(pk), hex(message), hex(signature), hex(context))
        assert.equal(verdict, testPassed)
      }
    }
    t.diagnostic('not read here: groups preHash and internal, and sigGen.json, whose secrets are no seeds')
  })

  it('comes to the verdicts of Wycheproof, contexts included', (t) => {
    const set = setOrSkip(t, 'wycheproof-mldsa65')
    if (set === undefined) return
    interface Group {
      readonly publicKey: string
      readonly tests: readonly { msg: string; sig: string; ctx?: string; result: string; comment: string }[]
    }
    const { testGroups } = set.json('mldsa_65_verify_test.json') as { testGroups: Group[] }
    for (const { publicKey, tests } of testGroups) {
      for (const { msg, sig, ctx = '', result, comment } of tests) {
        const verdict = verifyMlDsa('ML-DSA-65', hex(publicKey), hex(msg), hex(sig), hex(ctx))
        assert.equal(verdict, result === 'valid', comment)
      }
    }
  })

  it('signs as Wycheproof does, or throws', (t) => {
    const set = setOrSkip(t, 'wycheproof-mldsa65')
    if (set === undefined) return
    interface Test {
      readonly msg?: string
      readonly mu?: string
      readonly ctx?: string
      readonly rnd?: string
      readonly sig: string
      readonly result: string
      readonly comment: string
    }
    interface Group {
      readonly privateSeed?: string
      readonly privateKey?: string
      readonly tests: readonly Test[]
    }
    for (const file of ['mldsa_65_sign_seed_test.json', 'mldsa_65_sign_noseed_test.json']) {
      const { testGroups } = set.json(file) as { testGroups: Group[] }
      for (const { privateSeed, privateKey = '', tests } of testGroups) {
        const secret = hex(privateSeed ?? privateKey)
        for (const { msg, mu, ctx = '', rnd, sig, result, comment } of tests) {
          const entropy = rnd === undefined ? ZEROS : hex(rnd)
          const sign = (): Uint8Array =>
            msg === undefined
              ? signMlDsaMu('ML-DSA-65', secret, hex(mu ?? ''), entropy)
              : signMlDsa('ML-DSA-65', secret, hex(msg), entropy, hex(ctx))
          if (result === 'valid') assert.deepEqual(sign(), hex(sig), comment)
          else assert.throws(sign, isMistake, comment)
        }
      }
    }
  })

  it('agrees with the hundred accumulated runs of CCTV', (t) => {
    const set = setOrSkip(t, 'cctv-mldsa-accumulated')
    if (set === undefined) return
    const { expected } = set.json('accumulated.json') as { expected: Record<string, Record<string, string>> }
    for (const algorithm of SETS) {
      const result = expected[algorithm]?.['100']
      if (result !== undefined) assert.equal(accumulate(algorithm, 100), result)
    }
    t.diagnostic('runs of 100 only; the set has runs of 10000, minutes in plain JavaScript')
  })

  it('verifies the plain signatures of the composite drafts, and both halves of the composites', (t) => {
    const set = setOrSkip(t, 'composite-sigs')
    if (set === undefined) return
    interface Entry {
      readonly tcId: string
      readonly m: string
      readonly pk: string
      readonly s: string
      readonly ctx?: string
      readonly sWithContext?: string
    }
    const head = set.json('testvectors-head.json') as { m: string; ctx: string; tests: Entry[] }
    const revisions = set.json('ed25519-composites-revisions.json') as Record<'accept' | 'reject', Entry[]>
    for (const test of head.tests) {
      const entry = { ...test, m: head.m, ctx: head.ctx }
      if (isPlain(entry.tcId)) assertPlain(entry)
      else if (entry.tcId in LABELS) assertHalves(entry, true)
    }
    for (const entry of revisions.accept) assertHalves(entry, true)
    for (const entry of revisions.reject) assertHalves(entry, false)
    t.diagnostic('not read: composites with ECDSA over SHA-512 and with Ed448, which are none of ours')
  })
})

/** The parameter sets of the composites with Ed25519, and the labels that stand in both halves. */
const LABELS: Readonly<Record<string, readonly [MlDsaAlgorithm, string, keyBytes: number, bytes: number]>> = {
  'id-MLDSA44-Ed25519-SHA512': ['ML-DSA-44', 'COMPSIG-MLDSA44-Ed25519-SHA512', 1312, 2420],
  'id-MLDSA65-Ed25519-SHA512': ['ML-DSA-65', 'COMPSIG-MLDSA65-Ed25519-SHA512', 1952, 3309],
}

interface Composite {
  readonly tcId: string
  readonly m: string
  readonly pk: string
  readonly s: string
  readonly ctx?: string
  readonly sWithContext?: string
}

function isPlain(name: string): boolean {
  return /^id-ML-DSA-(44|65|87)$/.test(name)
}

function assertPlain({ tcId, m, pk, s, ctx = '', sWithContext = '' }: Composite): void {
  const key = { algorithm: tcId.slice(3) as MlDsaAlgorithm, bytes: base64(pk) }
  assert.ok(nobleCrypto.verify(key, base64(m), base64(s)))
  assert.equal(nobleCrypto.verify(key, base64(m), base64(sWithContext)), false, 'a context is not ours')
  const verdict = verifyMlDsa(key.algorithm, key.bytes, base64(m), base64(sWithContext), base64(ctx))
  assert.ok(verdict)
}

/** The draft signs M' = prefix ‖ label ‖ len(ctx) ‖ ctx ‖ SHA-512(m), in ML-DSA with the label as context. */
function assertHalves({ tcId, m, pk, s, ctx, sWithContext }: Composite, accepted: boolean): void {
  const [algorithm, label, keyBytes, signatureBytes] = LABELS[tcId] as (typeof LABELS)[string] & object
  const verdict = (signature: Uint8Array, context: Uint8Array): readonly [boolean, boolean] => {
    const text = (value: string): Uint8Array => new TextEncoder().encode(value)
    const message = Uint8Array.from([
      ...text('CompositeAlgorithmSignatures2025'),
      ...text(label),
      context.length,
      ...context,
      ...sha512(base64(m)),
    ])
    const key = base64(pk)
    const first = signature.subarray(0, signatureBytes)
    const second = { algorithm: 'Ed25519', bytes: key.subarray(keyBytes) } as const
    return [
      verifyMlDsa(algorithm, key.subarray(0, keyBytes), message, first, text(label)),
      nobleCrypto.verify(second, message, signature.subarray(signatureBytes)),
    ]
  }
  assert.deepEqual(verdict(base64(s), new Uint8Array(0)), [accepted, accepted], tcId)
  if (ctx === undefined || sWithContext === undefined) return
  assert.deepEqual(verdict(base64(sWithContext), base64(ctx)), [accepted, accepted], tcId)
  assert.deepEqual(verdict(base64(sWithContext), new Uint8Array(0)), [false, false], 'another context')
}

/** CCTV: keys and signatures from one stream of seeds, hashed into one result. */
function accumulate(algorithm: MlDsaAlgorithm, runs: number): string {
  const seeds = shake128.create({})
  const results = shake128.create({})
  const nothing = new Uint8Array(0)
  for (let run = 0; run < runs; run++) {
    const seed = seeds.xof(32)
    const key = mlDsaPublicKey(algorithm, seed)
    const signature = signMlDsa(algorithm, seed, nothing, ZEROS)
    results.update(key).update(signature)
    assert.ok(nobleCrypto.verify({ algorithm, bytes: key }, nothing, signature))
  }
  return Buffer.from(results.xof(32)).toString('hex')
}

/** What a caller does wrong, told by our own checks and not by what the library happens to throw. */
function isMistake(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError
}

function hex(text: string): Uint8Array {
  return hexToBytes(text)
}

function base64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64'))
}

function setOrSkip(t: TestContext, name: string) {
  const set = openVectorSet(name)
  if (set.skipped === undefined) return set
  t.skip(set.skipped)
  return undefined
}
