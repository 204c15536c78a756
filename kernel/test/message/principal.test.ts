/** Who speaks: one spelling per principal, and no key that anyone could sign with. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { p256 } from '@noble/curves/nist.js'
import { base58btc } from 'multiformats/bases/base58'

import { nobleCrypto } from '../../../promisebase/index.ts'
import { createKeyRing, createSigner, principalOf } from '../../index.ts'
import { coseKeyOf, thumbprint } from '../../message/cose-key.ts'
import { CLAIM } from '../../message/labels.ts'
import { assertRefused } from '../assert-refused.ts'
import { foundGrid, people } from '../fixture.ts'
import { forge, messageClaims, onlyKey, publicKeyOf } from '../forge.ts'
import type { CborMap, CborValue } from '../../../promisebase/index.ts'
import type { Signer } from '../../index.ts'

const { alice, carol } = people
const keys = createKeyRing(nobleCrypto)
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))
const didKey = (...bytes: number[]): string => `did:key:${base58btc.encode(Uint8Array.from(bytes))}`
const ed25519 = (key: Uint8Array): string => didKey(0xed, 1, ...key)
const compressed = p256.Point.fromBytes(publicKeyOf(carol).bytes).toBytes(true)

/** Points that a signature of zeros could pass for, and encodings that two texts could share. */
const BAD_POINTS: Record<string, string> = {
  'the identity': `01${'00'.repeat(31)}`,
  'the identity with a sign bit': `01${'00'.repeat(30)}80`,
  'the identity, not canonical': `ee${'ff'.repeat(30)}7f`,
  'order two': `ec${'ff'.repeat(30)}7f`,
  'order four': '00'.repeat(32),
  'order eight': 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'y not canonical': `f0${'ff'.repeat(30)}7f`,
  'not on the curve': `02${'00'.repeat(31)}`,
}

const BAD_TEXTS: Record<string, string> = {
  nothing: '',
  'only the scheme': 'did:key:',
  'another method': alice.principal.replace('did:key', 'did:web'),
  'upper case scheme': alice.principal.replace('did:', 'DID:'),
  'white space behind': `${alice.principal} `,
  'a fragment': `${alice.principal}#key`,
  'another base': `did:key:b${alice.principal.slice(9)}`,
  'a letter that base58 has not': alice.principal.replace(/.$/, '0'),
  'a key of 31 bytes': ed25519(publicKeyOf(alice).bytes.subarray(1)),
  'a key of 33 bytes': ed25519(Uint8Array.from([...publicKeyOf(alice).bytes, 0])),
  'an X25519 key': didKey(0xec, 1, ...publicKeyOf(alice).bytes),
  'a secp256k1 key': didKey(0xe7, 1, ...compressed),
  'an uncompressed P-256 point': didKey(0x80, 0x24, ...publicKeyOf(carol).bytes),
  'a P-256 point not on the curve': didKey(0x80, 0x24, 2, ...new Uint8Array(32).fill(0xff)),
  'a P-256 point with another first byte': didKey(0x80, 0x24, 5, ...compressed.subarray(1)),
  'leading zeros of base58': alice.principal.replace('did:key:z', 'did:key:z1'),
  'a key set that nobody has': 'bafyreifepiu23okq5zuyvyhsoiazv2icw2van3s7ko6d3ixl5jx2yj2yhu',
  'a text that never ends': `did:key:z${'1'.repeat(10_000)}`,
}

describe('a principal', () => {
  for (const signer of [alice, carol]) {
    test(`of ${publicKeyOf(signer).algorithm} is read back from its one text`, () => {
      const { ok } = keys.read(signer.principal)
      assert.deepEqual(ok?.keys[0]?.publicKey, publicKeyOf(signer))
      assert.deepEqual(ok.keys[0]?.kid, thumbprint(nobleCrypto, publicKeyOf(signer)))
      assert.equal(principalOf(publicKeyOf(signer)), signer.principal)
    })
  }

  for (const [what, text] of Object.entries(BAD_TEXTS))
    test(`is refused as ${what}`, () => assert.equal(keys.read(text).refused?.code, 'KEY'))

  for (const [what, point] of Object.entries(BAD_POINTS))
    test(`is refused with the point ${what}`, () =>
      assert.equal(keys.read(ed25519(hex(point))).refused?.code, 'KEY'))
})

describe('a COSE_Key', () => {
  const altered = (signer: Signer, ...entries: [number, CborValue | undefined][]): CborMap => {
    const map = coseKeyOf(publicKeyOf(signer))
    for (const [label, value] of entries) {
      if (value === undefined) map.delete(label)
      else map.set(label, value)
    }
    return map
  }

  for (const signer of [alice, carol])
    test(`of ${publicKeyOf(signer).algorithm} stands for the same principal`, () =>
      assert.equal(keys.fromCoseKey(coseKeyOf(publicKeyOf(signer))).ok?.principal, signer.principal))

  const [x, y] = [publicKeyOf(carol).bytes.slice(1, 33), publicKeyOf(carol).bytes.slice(33)]
  const cases: Record<string, CborValue> = {
    'that is no map': [1, 6],
    'without a kind': altered(alice, [1, undefined]),
    'without an algorithm': altered(alice, [3, undefined]),
    'with an algorithm that names no curve': altered(alice, [3, -8]),
    'with the algorithm of another kind': altered(alice, [3, -9]),
    'of P-256 with ES384': altered(carol, [3, -35]),
    'of P-256 with ES256 without a curve': altered(carol, [3, -7]),
    'with another curve': altered(alice, [-1, 4]),
    'with a kid': altered(alice, [2, Uint8Array.of(1)]),
    'with key_ops': altered(alice, [4, [2]]),
    'with a base IV': altered(alice, [5, Uint8Array.of(1)]),
    'with its private part': altered(alice, [-4, new Uint8Array(32)]),
    'that is symmetric': new Map<number, CborValue>([
      [1, 4],
      [3, -19],
      [-1, new Uint8Array(32)],
      [-2, new Uint8Array(32)],
    ]),
    'with x of 31 bytes': altered(alice, [-2, new Uint8Array(31)]),
    'with x of 33 bytes': altered(carol, [-2, new Uint8Array(33)]),
    'with x as text': altered(alice, [-2, 'x'.repeat(32)]),
    'of P-256 with y as a sign': altered(carol, [-3, true]),
    'of P-256 without y': altered(carol, [-3, undefined]),
    'of P-256 off the curve': altered(carol, [-2, y], [-3, x]),
    'of P-256 at the origin': altered(carol, [-2, new Uint8Array(32)], [-3, new Uint8Array(32)]),
    'with a text label': new Map([...altered(alice), ['kid', 1]] as [string, CborValue][]),
  }
  for (const [what, value] of Object.entries(cases))
    test(`${what} is refused`, () => assert.equal(keys.fromCoseKey(value).refused?.code, 'KEY'))

  for (const [what, point] of Object.entries(BAD_POINTS))
    test(`with the point ${what} is refused`, () =>
      assert.equal(keys.fromCoseKey(altered(alice, [-2, hex(point)])).refused?.code, 'KEY'))
})

describe('a signer', () => {
  test('keeps its secret: a caller who changes what it handed in changes nothing', () => {
    const secret = nobleCrypto.sha256(new Uint8Array(1))
    const signer = createSigner(nobleCrypto, 'Ed25519', secret)
    const { sign } = onlyKey(signer)
    const before = sign(new Uint8Array(3))
    secret.fill(0)
    assert.deepEqual(sign(new Uint8Array(3)), before)
    assert.ok(!JSON.stringify(signer).includes('secret'))
  })

  test('is not made of a secret of another length, or of none for its curve', () => {
    assert.throws(() => createSigner(nobleCrypto, 'Ed25519', new Uint8Array(31)), RangeError)
    assert.throws(() => createSigner(nobleCrypto, 'ESP256', new Uint8Array(32)), RangeError)
  })
})

describe('a message', () => {
  test('by a principal that cannot be read is refused', async () => {
    const grid = await foundGrid()
    const issuers = [
      ...Object.values(BAD_TEXTS),
      ...Object.values(BAD_POINTS).map((point) => ed25519(hex(point))),
    ]
    for (const issuer of issuers.filter((text) => text.length > 0 && text.length < 256)) {
      const claims = messageClaims(grid, [[CLAIM.iss, issuer]])
      await assertRefused(grid, forge(grid, { claims }), 'KEY')
    }
  })

  test('under the identity key with a signature of zeros is refused', async () => {
    const grid = await foundGrid()
    const identity = Uint8Array.from([1, ...new Uint8Array(31)])
    const claims = messageClaims(grid, [[CLAIM.iss, ed25519(identity)]])
    const signature = (): Uint8Array => Uint8Array.from([...identity, ...new Uint8Array(32)])
    await assertRefused(grid, forge(grid, { claims, seal: { signature } }), 'KEY')
  })
})
