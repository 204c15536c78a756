/**
 * node:crypto and noble must not differ in a single verdict, on any version of node: messages that one peer
 * accepts and another refuses split a grid.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { openVectorSet } from '../../../conformance/vector-sets.ts'
import { nobleCrypto, toLowS } from '../../../promisebase/index.ts'
import { nodeCrypto } from '../node-crypto.ts'
import type { PublicKey, SignatureAlgorithm } from '../../../promisebase/index.ts'
import type { TestContext } from 'node:test'

const ALGORITHMS: readonly SignatureAlgorithm[] = ['Ed25519', 'ESP256']

/** noble makes and checks some hundred signatures a second: that many runs are a second of work each. */
const RUNS = { numRuns: 60 }

/** A first byte of 1 keeps the number below the order of P-256. */
const secret = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Uint8Array.from(bytes).fill(1, 0, 1))
const message = fc.uint8Array({ maxLength: 300 })

describe('two providers', () => {
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
  it('agree on every edge case of CCTV and ZIP 215', (t) => {
    const set = setOrSkip(t, 'ed25519-edge')
    if (set === undefined) return
    let accepted = 0
    for (const { key, sig, msg } of set.json('cctv-ed25519vectors.json') as {
      key: string
      sig: string
      msg: string
    }[]) {
      accepted += sameHex(key, Buffer.from(msg), sig) ? 1 : 0
    }
    for (const { vk_bytes, sig_bytes } of set.json('zip215.json') as {
      vk_bytes: string
      sig_bytes: string
    }[]) {
      accepted += sameHex(vk_bytes, Buffer.from('Zcash'), sig_bytes) ? 1 : 0
    }
    t.diagnostic(`${accepted} accepted`)
  })

  it('agree with Wycheproof, ACVP and RFC 8032', (t) => {
    const [wycheproof, acvp, rfc] = ['wycheproof-ed25519', 'acvp-eddsa', 'ed25519-rfc8032'].map((name) =>
      setOrSkip(t, name),
    )
    if (wycheproof === undefined || acvp === undefined || rfc === undefined) return
    interface Group {
      readonly preHash?: boolean
      readonly publicKey: { readonly pk: string }
      readonly tests: readonly Readonly<Record<string, string | boolean>>[]
    }
    for (const { publicKey, tests } of (wycheproof.json('ed25519_test.json') as { testGroups: Group[] })
      .testGroups) {
      for (const { msg, sig, result } of tests) {
        assert.equal(sameHex(publicKey.pk, hex(msg as string), sig as string), result === 'valid')
      }
    }
    for (const { preHash, tests } of (acvp.json('SigVer.json') as { testGroups: Group[] }).testGroups) {
      for (const { q, message: text, signature, testPassed } of tests) {
        const accepted = sameHex(q as string, hex(text as string), signature as string)
        assert.equal(accepted, preHash === true ? false : testPassed)
      }
    }
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
