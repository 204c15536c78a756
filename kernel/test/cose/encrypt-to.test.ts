/** Content that is encrypted to keys: opened by each holder, by nobody else, and only as it was sealed. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { fc } from '../../../conformance/test/laws.ts'
import {
  CborTagged,
  decodeCbor,
  encodeCbor,
  FOREIGN_PROFILE,
  nobleAgreement,
  nobleCipher,
} from '../../../promisebase/index.ts'
import { decryptWith } from '../../cose/decrypt-with.ts'
import { encryptTo } from '../../cose/encrypt-to.ts'
import { coseEncryptionKey, encryptionKeyFrom, encryptionKeyId } from '../../cose/encryption.ts'
import { coseKeyFrom } from '../../cose/key.ts'
import { COSE_LIMITS } from '../../cose/limits.ts'
import { thumbprintOf } from '../../cose/thumbprint.ts'
import { bytes, crypto, ed25519Key, flip, refusedWith, utf8 } from './keys.ts'
import type { AgreementKey, CborInput, CborMap, CborValue } from '../../../promisebase/index.ts'
import type { EncryptionOptions } from '../../cose/encryption.ts'
import type { RefusalCode, Result } from '../../errors.ts'

const powers = { crypto, agreement: nobleAgreement, cipher: nobleCipher }
const plaintext = utf8('for alice and bob')
const secretOf = (name: string): Uint8Array => crypto.sha256(utf8(name))
const keyOf = (name: string): AgreementKey => nobleAgreement.publicKey('X-Wing', secretOf(name))
const [alice, bob, mallory] = ['alice', 'bob', 'mallory'].map(keyOf) as [
  AgreementKey,
  AgreementKey,
  AgreementKey,
]

function encrypt(keys: readonly AgreementKey[] = [alice, bob], options: EncryptionOptions = {}): Uint8Array {
  const { ok, refused } = encryptTo(powers, keys, plaintext, options)
  assert.ok(ok, refused?.detail)
  return ok
}

function decrypt(name: string, object: Uint8Array, options: EncryptionOptions = {}): Result<Uint8Array> {
  return decryptWith(powers, { algorithm: 'X-Wing', secret: secretOf(name) }, object, options)
}

const object = encrypt()

/** The same object, its four parts changed. */
function changed(change: (parts: CborValue[]) => CborInput, tag = 96): Uint8Array {
  const { ok } = decodeCbor(object, { ...FOREIGN_PROFILE })
  assert.ok(ok instanceof CborTagged && Array.isArray(ok.value))
  return encodeCbor(new CborTagged(tag, change(ok.value)))
}

function header(value: CborValue | undefined, ...changes: [CborValue, CborValue][]): Uint8Array {
  const { ok } = decodeCbor(value as Uint8Array, FOREIGN_PROFILE)
  return encodeCbor(new Map([...(ok as CborMap), ...changes]) as CborMap)
}

function withRecipients(change: (recipients: CborValue[][]) => CborInput): Uint8Array {
  return changed(
    ([body, unprotected, ciphertext, recipients]) =>
      [body, unprotected, ciphertext, change(recipients as CborValue[][])] as CborInput,
  )
}

describe('encrypted content', () => {
  test('opens for each holder of a key, by either cipher', () => {
    for (const algorithm of ['AES-256-GCM', 'ChaCha20-Poly1305'] as const) {
      const sealed = encrypt([alice, bob], { algorithm })
      assert.deepEqual(decrypt('alice', sealed).ok, plaintext)
      assert.deepEqual(decrypt('bob', sealed).ok, plaintext)
      refusedWith(decrypt('mallory', sealed), 'KEY')
    }
  })

  test('is other bytes each time, and longer than one message when it has to be', () => {
    assert.notDeepEqual(encrypt(), object)
    const large = encryptTo(powers, [alice], bytes(200_000)).ok
    assert.deepEqual(decrypt('alice', large ?? bytes(0)).ok, bytes(200_000))
    assert.deepEqual(decrypt('alice', encryptTo(powers, [alice], bytes(0)).ok ?? bytes(1)).ok, bytes(0))
    refusedWith(encryptTo(powers, [alice], bytes(COSE_LIMITS.detachedBytes + 1)), 'LIMIT')
    refusedWith(decrypt('alice', bytes(COSE_LIMITS.sealedBytes + 1)), 'LIMIT')
  })

  test('binds what it is for', () => {
    const bound = encrypt([alice], { externalAad: utf8('reply 1') })
    assert.deepEqual(decrypt('alice', bound, { externalAad: utf8('reply 1') }).ok, plaintext)
    refusedWith(decrypt('alice', bound, { externalAad: utf8('reply 2') }), 'SIG')
    refusedWith(decrypt('alice', bound), 'SIG')
    refusedWith(decrypt('alice', object, { externalAad: utf8('reply 1') }), 'SIG')
  })

  test('is refused whichever bit is changed, and wherever it is cut', () => {
    const one = encrypt([alice])
    fc.assert(
      fc.property(fc.nat({ max: one.length - 1 }), fc.nat({ max: 7 }), (at, bit) => {
        const other = one.map((byte, index) => (index === at ? byte ^ (1 << bit) : byte))
        assert.notEqual(decrypt('alice', other).refused, undefined)
      }),
      { numRuns: 60 },
    )
    fc.assert(
      fc.property(fc.nat({ max: one.length - 1 }), (length) =>
        refusedWith(decrypt('alice', one.subarray(0, length)), 'DECODE'),
      ),
      { numRuns: 60 },
    )
    refusedWith(decrypt('alice', Uint8Array.of(...one, 0)), 'DECODE')
  })

  test('is refused when a recipient is replaced, moved, doubled or sent to somebody else', () => {
    const swapped = withRecipients(
      ([first, second]) => [[first?.[0], first?.[1], second?.[2]], second] as CborInput,
    )
    refusedWith(decrypt('alice', swapped), 'SIG')
    const renamed = withRecipients(
      ([, second]) =>
        [[header(second?.[0], [4, encryptionKeyId(crypto, alice)]), new Map(), second?.[2]]] as CborInput,
    )
    refusedWith(decrypt('alice', renamed), 'SIG')
    refusedWith(
      decrypt(
        'bob',
        withRecipients(([first]) => [first] as CborInput),
      ),
      'KEY',
    )
    refusedWith(
      decrypt(
        'alice',
        withRecipients(([first]) => [first, first] as CborInput),
      ),
      'SHAPE',
    )
    const { ok } = decodeCbor(encrypt([alice]), FOREIGN_PROFILE)
    const other = ((ok as CborTagged).value as CborValue[])[3]
    refusedWith(
      decrypt(
        'alice',
        changed(([body, none, sealed]) => [body, none, sealed, other] as CborInput),
      ),
      'SIG',
    )
  })

  test('is refused with another algorithm, nonce or type, whoever changed it', () => {
    const withBody = (...changes: [CborValue, CborValue][]): Uint8Array =>
      changed(([body, ...rest]) => [header(body, ...changes), ...rest] as CborInput)
    refusedWith(decrypt('alice', withBody([1, 24])), 'SIG')
    refusedWith(decrypt('alice', withBody([5, bytes(12)])), 'SIG')
    const wrong: [Uint8Array, RefusalCode][] = [
      [withBody([1, 1]), 'ALG'],
      [withBody([1, 'AES']), 'ALG'],
      [withBody([5, bytes(13)]), 'SHAPE'],
      [withBody([16, 'promisegrid-receipt+cwt']), 'SHAPE'],
      [withBody([2, [1]]), 'SHAPE'],
      [withBody([99, 1]), 'SHAPE'],
    ]
    for (const [sealed, code] of wrong) refusedWith(decrypt('alice', sealed), code)
  })

  test('says nothing of what was sent to others: that is theirs to open, or not', () => {
    refusedWith(decrypt('bob', flip(object, -1)), 'SIG')
    assert.deepEqual(decrypt('alice', flip(object, -1)).ok, plaintext)
  })

  test('has exactly its form', () => {
    const wrong: [Uint8Array, RefusalCode][] = [
      [changed((parts) => parts as CborInput, 16), 'SHAPE'],
      [changed((parts) => parts.slice(0, 3) as CborInput), 'SHAPE'],
      [changed(([body, , ...rest]) => [body, new Map([[4, bytes(1)]]), ...rest] as CborInput), 'SHAPE'],
      [changed(([body, none, , recipients]) => [body, none, null, recipients] as CborInput), 'SHAPE'],
      [withRecipients(() => []), 'SHAPE'],
      [withRecipients(() => 'none'), 'SHAPE'],
      [withRecipients(([first]) => [first?.slice(0, 2)] as CborInput), 'SHAPE'],
      [withRecipients(([first]) => [[...(first ?? []), []]] as CborInput), 'SHAPE'],
      [
        withRecipients(([first]) => [[first?.[0], new Map([[4, bytes(1)]]), first?.[2]]] as CborInput),
        'SHAPE',
      ],
      [withRecipients(([first]) => [[first?.[0], new Map(), bytes(39)]] as CborInput), 'SHAPE'],
      [
        withRecipients(([first]) => [[header(first?.[0], [1, -31]), new Map(), first?.[2]]] as CborInput),
        'ALG',
      ],
      [
        withRecipients(
          ([first]) => [[header(first?.[0], [4, bytes(31)]), new Map(), first?.[2]]] as CborInput,
        ),
        'SHAPE',
      ],
      [
        withRecipients(
          ([first]) => [[header(first?.[0], [-65601, bytes(1119)]), new Map(), first?.[2]]] as CborInput,
        ),
        'SHAPE',
      ],
      [
        withRecipients(
          ([first]) =>
            Array.from({ length: 17 }, (_, index) => [
              header(first?.[0], [4, bytes(32, index)]),
              new Map(),
              first?.[2],
            ]) as CborInput,
        ),
        'LIMIT',
      ],
    ]
    for (const [sealed, code] of wrong) refusedWith(decrypt('alice', sealed), code)
    const { ok } = decodeCbor(object, FOREIGN_PROFILE)
    refusedWith(decrypt('alice', encodeCbor((ok as CborTagged).value)), 'SHAPE')
    refusedWith(decrypt('alice', Uint8Array.of(0xd9, 0, 96, ...object.subarray(2))), 'CANON')
  })
})

describe('an encryption key', () => {
  test('has the thumbprint of its COSE_Key for a name, and comes back out of it', () => {
    const key = coseKeyFrom(coseEncryptionKey(alice)).ok
    assert.ok(key)
    assert.deepEqual(thumbprintOf(crypto, key), encryptionKeyId(crypto, alice))
    assert.deepEqual(encryptionKeyFrom(key).ok, alice)
    refusedWith(encryptionKeyFrom(ed25519Key('alice')), 'KEY')
    refusedWith(encryptionKeyFrom({ ...key, algorithm: -48 }), 'KEY')
  })

  test('that is not admitted, or named twice, gets nothing', () => {
    refusedWith(encryptTo(powers, [{ algorithm: 'X-Wing', bytes: bytes(1215) }], plaintext), 'KEY')
    refusedWith(encryptTo(powers, [{ algorithm: 'X-Wing', bytes: bytes(1216, 255) }], plaintext), 'KEY')
    refusedWith(encryptTo(powers, [alice, mallory, alice], plaintext), 'KEY')
    assert.throws(() => encryptTo(powers, [], plaintext), RangeError)
    assert.throws(
      () =>
        encryptTo(
          powers,
          Array.from({ length: 17 }, () => alice),
          plaintext,
        ),
      RangeError,
    )
    assert.throws(() => encryptTo(powers, [{ algorithm: 'X25519', bytes: bytes(32) }], plaintext), TypeError)
  })
})
