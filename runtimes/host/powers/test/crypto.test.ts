/**
 * node:crypto and noble must not differ in a single verdict, on any version of node: messages that one peer
 * accepts and another refuses split a grid.
 */
import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync, generatePrimeSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { invert } from '@noble/curves/abstract/modular.js'
import { ed25519 } from '@noble/curves/ed25519.js'
import { fc } from '../../../../conformance/test/laws.ts'
import { openVectorSet } from '../../../../conformance/vector-sets.ts'
import { nobleCrypto, toLowS } from '../../../../promisebase/index.ts'
import { createRsaSecret, nodeCrypto } from '../crypto.ts'
import type { PublicKey, SignatureAlgorithm } from '../../../../promisebase/index.ts'
import type { TestContext } from 'node:test'

/** What both sign with, a thousand times a second; PS256 and ML-DSA have tests of their own. */
const ALGORITHMS: readonly SignatureAlgorithm[] = ['Ed25519', 'ESP256']

/** noble makes and checks some hundred signatures a second: that many runs are a second of work each. */
const RUNS = { numRuns: 60 }

/** A first byte of 1 keeps the number below the order of P-256. */
const secret = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Uint8Array.from(bytes).fill(1, 0, 1))
const message = fc.uint8Array({ maxLength: 300 })

describe('two providers', () => {
  it('admit the same new Ed25519 keys, and refuse their neighbours of mixed order', () => {
    const order8 = ed25519.Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')
    for (let count = 0; count < 40; count += 1) {
      let point = ed25519.Point.fromBytes(ed25519.keygen().publicKey)
      // What one admits both remember, so each new key is asked of node's own first.
      for (const isHonest of [true, ...Array<boolean>(7).fill(false)]) {
        const key = { algorithm: 'Ed25519', bytes: point.toBytes() } as const
        assert.equal(nodeCrypto.admitKey(key), isHonest)
        assert.equal(nobleCrypto.admitKey(key), isHonest)
        point = point.add(order8)
      }
    }
  })

  for (const algorithm of ALGORITHMS) {
    it(`make the same ${algorithm} keys, and verify the signatures of each other`, () => {
      fc.assert(
        fc.property(secret, message, (given, text) => {
          const key = nobleCrypto.publicKey(algorithm, given)
          assert.deepEqual(nodeCrypto.publicKey(algorithm, given), key)
          assert.ok(nobleCrypto.verify(key, text, nodeCrypto.sign(algorithm, given, text)))
          assert.ok(nodeCrypto.verify(key, text, nobleCrypto.sign(algorithm, given, text)))
        }),
        RUNS,
      )
    })

    it(`come to one verdict on ${algorithm} keys, messages and signatures with a bit flipped`, () => {
      const flips = fc.tuple(fc.constantFrom('key', 'message', 'signature'), fc.nat())
      fc.assert(
        fc.property(secret, flips, (given, [part, bit]) => {
          const text = nobleCrypto.sha256(given)
          const signature = nodeCrypto.sign(algorithm, given, text)
          const { bytes } = nodeCrypto.publicKey(algorithm, given)
          const key = { algorithm, bytes: part === 'key' ? flip(bytes, bit) : bytes }
          const read = part === 'message' ? flip(text, bit) : text
          const signed = part === 'signature' ? flip(signature, bit) : signature
          assert.equal(same(key, read, signed), false)
        }),
        RUNS,
      )
    })

    it(`throw alike on a secret that is none for ${algorithm}`, () => {
      const wrong = [new Uint8Array(31), new Uint8Array(33), new Uint8Array(0)]
      if (algorithm === 'ESP256') wrong.push(new Uint8Array(32), new Uint8Array(32).fill(0xff))
      for (const bytes of wrong) {
        for (const use of ['sign', 'publicKey'] as const) {
          const [ours, theirs] = [nodeCrypto, nobleCrypto].map((provider) => {
            return errorOf(() => provider[use](algorithm, bytes, new Uint8Array(1)))
          })
          assert.notEqual(ours, undefined)
          assert.equal(ours, theirs)
        }
      }
    })
  }

  it('verify the PS256 signatures of the platform, of every size, and none with a bit flipped', () => {
    // 2049 bits: the encoding is a byte shorter than the modulus. 2054: its first byte holds five bits.
    for (const bits of [2048, 2049, 2054]) {
      const given = bits === 2048 ? createRsaSecret(bits) : rsaSecretOf(bits)
      const key = nodeCrypto.publicKey('PS256', given)
      assert.equal(key.bytes.length, Math.ceil(bits / 8))
      assert.ok(nodeCrypto.admitKey(key))
      const text = nobleCrypto.sha256(key.bytes)
      for (let index = 0; index < 8; index++) {
        const signature = nodeCrypto.sign('PS256', given, text)
        assert.ok(same(key, text, signature))
        assert.equal(same(key, text, flip(signature, index * 251)), false)
        assert.equal(same(key, flip(text, index), signature), false)
        assert.equal(same({ ...key, bytes: flip(key.bytes, index * 251) }, text, signature), false)
      }
    }
  })

  it('sign by PS256 in node alone, with an RSA key of 2048 to 4096 bits and e = 65537', () => {
    const text = new Uint8Array(3)
    const der = (bits: number, publicExponent: number): Uint8Array => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits, publicExponent })
      return privateKey.export({ format: 'der', type: 'pkcs8' })
    }
    assert.throws(() => nodeCrypto.sign('PS256', der(2048, 3), text), RangeError)
    assert.throws(() => nodeCrypto.publicKey('PS256', der(2040, 65537)), RangeError)
    const good = createRsaSecret(2048)
    for (const wrong of [new Uint8Array(32), new Uint8Array(1200).fill(0x30), good.subarray(0, -1)]) {
      assert.throws(() => nodeCrypto.sign('PS256', wrong, text), TypeError)
      assert.throws(() => nodeCrypto.publicKey('PS256', wrong), TypeError)
    }
    assert.throws(() => nobleCrypto.sign('PS256', good, text), /signs only where the platform has RSA/)
    assert.throws(() => nobleCrypto.publicKey('PS256', good), TypeError)
    for (const bits of [0, 1024, 2047, 2049, 4104, Number.NaN])
      assert.throws(() => createRsaSecret(bits), RangeError)
  })

  it('make the same ML-DSA keys, and verify the signatures of each other', () => {
    for (const algorithm of ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const) {
      const given = nobleCrypto.sha256(new TextEncoder().encode(algorithm))
      const key = nodeCrypto.publicKey(algorithm, given)
      assert.deepEqual(nobleCrypto.publicKey(algorithm, given), key)
      const [ours, theirs] = [nodeCrypto, nobleCrypto].map((each) => each.sign(algorithm, given, given))
      assert.ok(ours !== undefined && theirs !== undefined)
      assert.ok(same(key, given, ours) && same(key, given, theirs))
      assert.equal(same(key, given, flip(ours, 12345)), false)
    }
  })

  it('sign Ed25519 with the same bytes, and ESP256 always with the lower s', () => {
    fc.assert(
      fc.property(secret, message, (given, text) => {
        assert.deepEqual(nodeCrypto.sign('Ed25519', given, text), nobleCrypto.sign('Ed25519', given, text))
        const signed = nodeCrypto.sign('ESP256', given, text)
        assert.deepEqual(toLowS(signed), signed)
      }),
      RUNS,
    )
  })

  it('sign with what a secret is, and not with what the same array held before', () => {
    const held = new Uint8Array(32).fill(1)
    const bytes = new Uint8Array(100)
    for (const fill of [1, 1, 2, 1]) {
      held.fill(fill)
      const expected = nobleCrypto.sign('Ed25519', new Uint8Array(32).fill(fill), bytes)
      assert.deepEqual(nodeCrypto.sign('Ed25519', held, bytes), expected)
    }
    const point = nobleCrypto.publicKey('ESP256', new Uint8Array(32).fill(1))
    assert.deepEqual(nodeCrypto.publicKey('ESP256', held), point)
  })

  it('hash alike', () => {
    fc.assert(
      fc.property(message, (bytes) => {
        assert.deepEqual(nodeCrypto.sha256(bytes), nobleCrypto.sha256(bytes))
        assert.deepEqual(nodeCrypto.sha512(bytes), nobleCrypto.sha512(bytes))
      }),
    )
  })

  it('return plain bytes that nothing else shares', () => {
    const given = new Uint8Array(32).fill(5)
    const results = [
      nodeCrypto.sha256(given),
      nodeCrypto.random(32),
      nodeCrypto.sign('Ed25519', given, given),
      nodeCrypto.sign('ESP256', given, given),
      nodeCrypto.publicKey('Ed25519', given).bytes,
      nodeCrypto.publicKey('ESP256', given).bytes,
    ]
    for (const bytes of results) {
      assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype)
      assert.equal(bytes.buffer.byteLength, bytes.length)
    }
    assert.notDeepEqual(nodeCrypto.random(32), nodeCrypto.random(32))
  })

  it('answers ten thousand malformed keys and signatures, and goes on', () => {
    const algorithms = ['Ed25519', 'ESP256', 'PS256', 'ML-DSA-65', 'none'] as readonly SignatureAlgorithm[]
    const lengths = [0, 1, 31, 32, 33, 63, 64, 65, 256, 1952, 3309]
    const text = new Uint8Array(40)
    for (let count = 0; count < 10_000; count += 1) {
      const algorithm = algorithms[count % algorithms.length] as SignatureAlgorithm
      const bytes = nodeCrypto.random(lengths[count % 7] as number)
      const signature = nodeCrypto.random(lengths[(count * 7) % 11] as number)
      assert.equal(nodeCrypto.verify({ algorithm, bytes }, text, signature), false)
    }
    const key = nodeCrypto.publicKey('Ed25519', new Uint8Array(32))
    assert.ok(nodeCrypto.verify(key, text, nodeCrypto.sign('Ed25519', new Uint8Array(32), text)))
  })

  it('hold their verdict when more keys come than are remembered', () => {
    const given = new Uint8Array(32).fill(6)
    const key = nodeCrypto.publicKey('ESP256', given)
    const signature = nodeCrypto.sign('ESP256', given, given)
    for (let index = 1; index <= 4200; index++) {
      const other = Uint8Array.from(key.bytes)
      new DataView(other.buffer).setUint32(1, index)
      nodeCrypto.verify({ algorithm: 'ESP256', bytes: other }, given, signature)
    }
    assert.ok(nodeCrypto.verify(key, given, signature))
  })
})

describe('two providers over the vectors of others', () => {
  it('agree with RFC 8032', (t) => {
    const rfc = setOrSkip(t, 'ed25519-rfc8032')
    if (rfc === undefined) return
    for (const { publicKey, message: text, signature } of rfc.json('ed25519.json') as {
      publicKey: string
      message: string
      signature: string
    }[]) {
      assert.ok(sameHex(publicKey, hex(text), signature))
    }
    for (const file of ['ed25519ctx.json', 'ed25519ph.json']) {
      for (const { publicKey, message: text, signature } of rfc.json(file) as {
        publicKey: string
        message: string
        signature: string
      }[]) {
        assert.equal(
          sameHex(publicKey, hex(text), signature),
          false,
          'signatures of the variants are not Ed25519',
        )
      }
    }
    for (const line of rfc.text('sign-input.txt').trim().split('\n')) {
      const [given = '', key = '', text = '', signed = ''] = line.split(':')
      assert.deepEqual(
        nodeCrypto.sign('Ed25519', hex(given.slice(0, 64)), hex(text)),
        hex(signed.slice(0, 128)),
      )
      assert.ok(
        nodeCrypto.verify({ algorithm: 'Ed25519', bytes: hex(key) }, hex(text), hex(signed.slice(0, 128))),
      )
    }
  })
})

/** An RSA secret of any size; OpenSSL makes none of an odd one. */
function rsaSecretOf(bits: number): Uint8Array {
  const [p, q] = [bits - (bits >> 1), bits >> 1].map((each) => generatePrimeSync(each, { bigint: true }))
  if (p === undefined || q === undefined) throw new Error('no primes')
  const phi = (p - 1n) * (q - 1n)
  const d = invert(65537n, phi)
  const numbers = { n: p * q, e: 65537n, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: invert(q, p) }
  const fields = Object.entries(numbers).map(([name, value]) => {
    const text = value.toString(16)
    return [
      name,
      Buffer.from(text.padStart(text.length + (text.length & 1), '0'), 'hex').toString('base64url'),
    ]
  })
  const key = createPrivateKey({ key: { kty: 'RSA', ...Object.fromEntries(fields) }, format: 'jwk' })
  return key.export({ format: 'der', type: 'pkcs8' })
}

/** The one verdict of both. */
function same(key: PublicKey, text: Uint8Array, signature: Uint8Array): boolean {
  const verdict = nodeCrypto.verify(key, text, signature)
  assert.equal(nobleCrypto.verify(key, text, signature), verdict)
  assert.equal(nobleCrypto.admitKey(key), nodeCrypto.admitKey(key))
  return verdict
}

function sameHex(key: string, text: Uint8Array, signature: string): boolean {
  return same({ algorithm: 'Ed25519', bytes: hex(key) }, Uint8Array.from(text), hex(signature))
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'))
}

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = Uint8Array.from(bytes)
  const place = (bit >> 3) % bytes.length
  flipped[place] = (flipped[place] as number) ^ (1 << (bit & 7))
  return flipped
}

function errorOf(run: () => unknown): string | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    return String(error)
  }
}

function setOrSkip(t: TestContext, name: string) {
  const set = openVectorSet(name)
  if (set.skipped === undefined) return set
  t.skip(set.skipped)
  return undefined
}
