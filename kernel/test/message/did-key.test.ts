/** Keys of every kind as did:key texts: what a text says about its key, and what is no such text. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { fc } from '../../../conformance/test/laws.ts'
import { base58btc } from 'multiformats/bases/base58'

import { nobleAgreement, nobleCrypto } from '../../../promisebase/index.ts'
import { createKeyRing, readDidKey, writeDidKey } from '../../index.ts'
import type { DidKey, DidKeyKind } from '../../index.ts'

const secret = (length: number): Uint8Array => new Uint8Array(length).fill(7)

/** A key of each kind, the characters its text begins with, and how its multicodec is written. */
const KEYS: readonly (readonly [key: DidKey, begins: string, prefix: readonly number[]])[] = [
  [{ kind: 'Ed25519', bytes: nobleCrypto.publicKey('Ed25519', secret(32)).bytes }, 'did:key:z6Mk', [0xed, 1]],
  [
    { kind: 'X25519', bytes: nobleAgreement.publicKey('X25519', secret(32)).bytes },
    'did:key:z6LS',
    [0xec, 1],
  ],
  [{ kind: 'secp256k1', bytes: secp256k1.getPublicKey(secret(32)) }, 'did:key:zQ3s', [0xe7, 1]],
  [{ kind: 'P-256', bytes: p256.getPublicKey(secret(32)) }, 'did:key:zDn', [0x80, 0x24]],
  [{ kind: 'P-384', bytes: p384.getPublicKey(secret(48)) }, 'did:key:z82', [0x81, 0x24]],
  [{ kind: 'P-521', bytes: p521.getPublicKey(secret(66).fill(0, 0, 1)) }, 'did:key:z2J9', [0x82, 0x24]],
]
const coded = (...bytes: number[]): string => `did:key:${base58btc.encode(Uint8Array.from(bytes))}`

describe('a did:key', () => {
  for (const [key, begins, prefix] of KEYS) {
    test(`of ${key.kind} is read back from its one text`, () => {
      const text = writeDidKey(key)
      assert.ok(text.startsWith(begins), text)
      assert.deepEqual(readDidKey(text).ok, key)
    })

    test(`of ${key.kind} is refused where its key is cut, longer or no compressed point`, () => {
      const isPoint = key.bytes.length % 2 === 1
      const wrong = [
        [...key.bytes].slice(0, -1),
        [...key.bytes, 0],
        ...(isPoint ? [[4, ...key.bytes.subarray(1)]] : []),
      ]
      for (const bytes of wrong) {
        assert.equal(readDidKey(coded(...prefix, ...bytes)).refused?.code, 'KEY')
        assert.throws(() => writeDidKey({ kind: key.kind, bytes: Uint8Array.from(bytes) }), TypeError)
      }
    })
  }

  const text = writeDidKey((KEYS[1] as (typeof KEYS)[number])[0])
  const refused: Readonly<Record<string, string>> = {
    nothing: '',
    'only the scheme': 'did:key:',
    'another method': text.replace('did:key', 'did:web'),
    'another base': text.replace('did:key:z', 'did:key:b'),
    'a leading zero byte': text.replace('did:key:z', 'did:key:z1'),
    'a fragment': `${text}#key`,
    'white space behind': `${text} `,
    'a kind that is not known': coded(0xef, 1, ...secret(32)),
    'a multicodec without the rest of its varint': coded(0xed, ...secret(33)),
    'a text that never ends': `did:key:z${'1'.repeat(10_000)}`,
  }
  for (const [what, wrong] of Object.entries(refused))
    test(`is refused as ${what}`, () => assert.equal(readDidKey(wrong).refused?.code, 'KEY'))

  test('is not written for a kind that is not known', () => {
    assert.throws(() => writeDidKey({ kind: 'P-224' as DidKeyKind, bytes: secret(29) }), TypeError)
  })

  test('has one text: whatever is read is written the same', () => {
    const bytes = fc.tuple(
      fc.constantFrom(...KEYS.map(([, , prefix]) => prefix)),
      fc.uint8Array({ minLength: 31, maxLength: 34 }),
    )
    fc.assert(
      fc.property(bytes, ([prefix, rest]) => {
        const given = coded(...prefix, ...rest)
        const { ok } = readDidKey(given)
        if (ok !== undefined) assert.equal(writeDidKey(ok), given)
      }),
    )
  })

  test('of another kind of key is no principal, and the refusal says which kind it is', () => {
    const ring = createKeyRing(nobleCrypto)
    for (const [key] of KEYS) {
      const { ok, refused: no } = ring.read(writeDidKey(key))
      const speaks = key.kind === 'Ed25519' || key.kind === 'P-256'
      assert.equal(ok !== undefined, speaks, key.kind)
      if (!speaks) assert.ok(no?.detail.includes(`of a ${key.kind} key`), no?.detail)
    }
  })
})
