/** The signature of a message: one form, one algorithm per key, and the received bytes. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { p256 } from '@noble/curves/nist.js'
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js'

import { CborTagged, encodeCbor } from '../../../promisebase/index.ts'
import { composeMessage, GRID_MESSAGE } from '../../index.ts'
import { readSignature, verifySignature } from '../../message/cose.ts'
import { thumbprint } from '../../message/cose-key.ts'
import { assertRefused } from '../assert-refused.ts'
import { foundGrid, person } from '../fixture.ts'
import { forge, header, messageClaims, seal, publicKeyOf } from '../forge.ts'
import { CLAIM } from '../../message/labels.ts'
import type { CborInput, CborKey, CborMap } from '../../../promisebase/index.ts'
import type { ComposedMessage, RefusalCode, Signer } from '../../index.ts'
import type { SealOptions } from '../forge.ts'

const grid = await foundGrid()
const { alice, carol, mallory } = grid
const L = 2n ** 252n + 27742317777372353535851937790883648493n

const kid = (signer: Signer): Uint8Array => thumbprint(grid.crypto, publicKeyOf(signer))
const altered = (...entries: [CborKey, CborInput][]): CborMap =>
  new Map([...header(grid, alice), ...entries]) as CborMap
const without = (label: number): CborMap => {
  const map = header(grid, alice)
  map.delete(label)
  return map
}
const byCarol = (seal: SealOptions = {}): ComposedMessage =>
  forge(grid, {
    as: carol,
    seal,
    claims: messageClaims(grid, [
      [CLAIM.iss, carol.principal],
      [CLAIM.capabilities, [grid.grant({ holder: carol.principal }).bytes]],
    ]),
  })

describe('accepts', () => {
  test('Ed25519 and P-256, each with its own algorithm', async () => {
    assert.equal((await grid.send(forge(grid))).code, 'kept')
    assert.equal((await grid.send(byCarol(), carol)).code, 'kept')
  })

  test('the signature of a signer that signs something else while it is asked', async () => {
    const [own] = alice.keys
    assert.ok(own)
    const busy: Signer = {
      ...alice,
      keys: [
        {
          ...own,
          sign: (bytes) => {
            grid.compose({ method: 'something else, and longer than what is signed here' })
            return own.sign(bytes)
          },
        },
      ],
    }
    const sent = composeMessage(grid.crypto, busy, {
      protocol: grid.protocol('echo'),
      grid: grid.grid,
      audience: grid.node.principal,
      issuedAt: grid.time.now,
      expires: grid.time.now + 60,
      method: 'echo',
      capabilities: [grid.grant().bytes],
    })
    assert.equal((await grid.send(sent)).code, 'kept')
  })

  test('kid in the unprotected header, and then alone there', async () => {
    const sent = forge(grid, { seal: { header: without(4), unprotected: new Map([[4, kid(alice)]]) } })
    assert.equal((await grid.send(sent)).code, 'kept')
  })

  test('the id of a message does not depend on where kid stands', () => {
    const claims = messageClaims(grid)
    const moved = forge(grid, {
      claims,
      seal: { header: without(4), unprotected: new Map([[4, kid(alice)]]) },
    })
    const usual = forge(grid, { claims })
    assert.ok(moved.id.equals(usual.id))
    assert.notDeepEqual(moved.bytes, usual.bytes)
  })
})

const HEADERS: Record<string, [SealOptions, RefusalCode]> = {
  'kid in both headers': [{ unprotected: new Map([[4, kid(alice)]]) }, 'SHAPE'],
  "somebody else's kid beside ours": [{ unprotected: new Map([[4, kid(mallory)]]) }, 'SHAPE'],
  'an unknown unprotected label': [{ unprotected: new Map([[99, Uint8Array.of(0)]]) }, 'SHAPE'],
  'kid and one more label unprotected': [
    {
      header: without(4),
      unprotected: new Map<number, CborInput>([
        [4, kid(alice)],
        [99, 0],
      ]),
    },
    'SHAPE',
  ],
  'no kid at all': [{ header: without(4) }, 'SHAPE'],
  'a kid of 31 bytes': [{ header: altered([4, new Uint8Array(31)]) }, 'SHAPE'],
  'a kid that is text': [{ header: altered([4, alice.principal]) }, 'SHAPE'],
  "somebody else's kid": [{ header: altered([4, kid(mallory)]) }, 'KEY'],
  'no algorithm': [{ header: without(1) }, 'ALG'],
  'the algorithm only unprotected': [{ header: without(1), unprotected: new Map([[1, -19]]) }, 'ALG'],
  'the algorithm in both headers': [{ unprotected: new Map([[1, -19]]) }, 'SHAPE'],
  'EdDSA without a curve (-8)': [{ header: altered([1, -8]) }, 'ALG'],
  'ES256 without a curve (-7)': [{ header: altered([1, -7]) }, 'ALG'],
  'the algorithm of another kind of key (-9)': [{ header: altered([1, -9]) }, 'ALG'],
  'a MAC (5), the public key being its secret': [{ header: altered([1, 5]) }, 'ALG'],
  'algorithm none as text': [{ header: altered([1, 'none']) }, 'ALG'],
  'algorithm 0': [{ header: altered([1, 0]) }, 'ALG'],
  'algorithm -65535': [{ header: altered([1, -65535]) }, 'ALG'],
  'an algorithm beyond safe integers': [{ header: altered([1, 2n ** 60n]) }, 'ALG'],
  'crit with a label nobody knows': [{ header: altered([2, [99]], [99, 0]) }, 'SHAPE'],
  'crit that is empty': [{ header: altered([2, []]) }, 'SHAPE'],
  'crit that names kid': [{ header: altered([2, [4]]) }, 'SHAPE'],
  'crit unprotected': [{ unprotected: new Map([[2, [4]]]) }, 'SHAPE'],
  'a certificate chain (x5chain)': [{ header: altered([33, Uint8Array.of(0x30)]) }, 'SHAPE'],
  'a certificate chain unprotected': [{ unprotected: new Map([[33, Uint8Array.of(0x30)]]) }, 'SHAPE'],
  'a content type': [{ header: altered([3, 'application/cwt']) }, 'SHAPE'],
  'a typ, which only objects have': [{ header: altered([16, 'promisegrid-capability+cwt']) }, 'SHAPE'],
  'a text label': [{ header: altered(['alg', -19]) }, 'SHAPE'],
  'an empty protected header': [{ header: new Uint8Array(0) }, 'DECODE'],
  'a protected header of an empty map': [{ header: Uint8Array.of(0xa0) }, 'ALG'],
  'a protected header that is an array': [{ header: [] }, 'SHAPE'],
  'a protected header in another order': [
    {
      header: Uint8Array.from([
        0xa2,
        ...encodeCbor(4),
        ...encodeCbor(kid(alice)),
        ...encodeCbor(1),
        ...encodeCbor(-19),
      ]),
    },
    'CANON',
  ],
  'a protected header with a label twice': [{ header: Uint8Array.of(0xa2, 1, 0x32, 1, 0x32) }, 'DECODE'],
}

const FORMS: Record<string, [SealOptions, RefusalCode]> = {
  'a payload that is not detached': [{ attached: Uint8Array.of(1) }, 'SHAPE'],
  'an empty payload': [{ attached: new Uint8Array(0) }, 'SHAPE'],
  'no tag': [{ tag: -1 }, 'SHAPE'],
  'COSE_Sign, tag 98': [{ tag: 98 }, 'SHAPE'],
  'the tag of a MAC': [{ tag: 17 }, 'SHAPE'],
  'three elements': [{ elements: (four) => four.slice(0, 3) }, 'SHAPE'],
  'five elements': [{ elements: (four) => [...four, null] }, 'SHAPE'],
  'a map instead of an array': [{ elements: () => new Map([[1, 2]]) }, 'SHAPE'],
  'a protected header that is not in a byte string': [
    { elements: (four) => four.with(0, header(grid, alice)) },
    'SHAPE',
  ],
  'an unprotected header in a byte string': [
    { elements: (four) => four.with(1, encodeCbor(new Map())) },
    'SHAPE',
  ],
  'a signature that is text': [{ signature: () => 'signature' }, 'SHAPE'],
  'another context of the signed structure': [{ context: 'Signature' }, 'SIG'],
  'the context of a MAC': [{ context: 'MAC0' }, 'SIG'],
  'external data': [{ externalAad: Uint8Array.of(1) }, 'SIG'],
  'no signature': [{ signature: () => new Uint8Array(0) }, 'SIG'],
  'a signature of 63 bytes': [{ signature: (bytes) => bytes.slice(1) }, 'SIG'],
  'a signature of 65 bytes': [{ signature: (bytes) => Uint8Array.from([...bytes, 0]) }, 'SIG'],
  'a signature of zeros': [{ signature: () => new Uint8Array(64) }, 'SIG'],
  'S and the group order': [{ signature: plusOrder }, 'SIG'],
  'a signature with R not canonical': [
    { signature: (bytes) => withR(bytes, 'ed' + 'ff'.repeat(30) + '7f') },
    'SIG',
  ],
  'a signature with R of small order': [
    { signature: (bytes) => withR(bytes, '01' + '00'.repeat(31)) },
    'SIG',
  ],
}

const CURVE: Record<string, SealOptions> = {
  'the other half of s': { signature: (bytes) => scalars(bytes, (r, s, n) => [r, n - s]) },
  'r of zero': { signature: (bytes) => scalars(bytes, (_r, s) => [0n, s]) },
  's of zero': { signature: (bytes) => scalars(bytes, (r) => [r, 0n]) },
  'r of n': { signature: (bytes) => scalars(bytes, (_r, s, n) => [n, s]) },
  's of n': { signature: (bytes) => scalars(bytes, (r, _s, n) => [r, n]) },
  DER: { signature: (bytes) => p256.Signature.fromBytes(bytes, 'compact').toBytes('der') },
}

describe('refuses', () => {
  for (const [what, [options, code]] of Object.entries({ ...HEADERS, ...FORMS }))
    test(`${what}: ${code}`, () => assertRefused(grid, forge(grid, { seal: options }), code))

  for (const [what, options] of Object.entries(CURVE))
    test(`a P-256 signature with ${what}: SIG`, () =>
      assertRefused(grid, byCarol(options), 'SIG', { as: carol }))

  test('the claims of one person signed by another: KEY', () =>
    assertRefused(grid, forge(grid, { as: mallory }), 'KEY'))

  test("the claims of one person signed by another who shows the first one's kid: SIG", () =>
    assertRefused(grid, forge(grid, { as: mallory, seal: { header: header(grid, alice) } }), 'SIG'))

  test('a P-256 key whose header names Ed25519: ALG', () =>
    assertRefused(grid, byCarol({ header: new Map([...header(grid, carol), [1, -19]]) }), 'ALG', {
      as: carol,
    }))

  test('the signature of another message', async () => {
    const other = forge(grid)
    const sent = forge(grid, { elements: (five) => five.with(4, fifth(other)) })
    await assertRefused(grid, sent, 'SIG')
  })

  test('an embedded signature over the right bytes where a detached one belongs', async () => {
    const claims = messageClaims(grid)
    const { id } = forge(grid, { claims })
    const four = encodeCbor(['grid', grid.protocol('echo'), grid.grid, encodeCbor(claims)])
    const sent = forge(grid, {
      claims,
      elements: (five) => five.with(4, seal(grid, alice, four, { attached: four })),
    })
    await assertRefused(grid, { ...sent, id }, 'SHAPE')
  })

  test('the tagged form of the same content signed for the array form', async () => {
    const claims = encodeCbor(messageClaims(grid))
    const slots = [grid.protocol('echo'), grid.grid, claims]
    const signature = seal(grid, alice, encodeCbor(['grid', ...slots]))
    const tagged = new CborTagged(1_735_551_332, [GRID_MESSAGE, ...slots, signature])
    await assertRefused(grid, { bytes: encodeCbor(tagged), id: grid.grid }, 'SIG')
  })
})

describe('the primitive', () => {
  const payload = new TextEncoder().encode('payload')
  const read = (bytes: Uint8Array) => readSignature(bytes, { detached: true })

  test('verifies the received protected bytes, whoever made them', () => {
    const key = grid.keys.read(alice.principal).ok
    const signature = read(seal(grid, alice, payload)).ok
    assert.ok(key && signature)
    assert.deepEqual(verifySignature(grid.crypto, signature, payload, key), { ok: true })
  })

  test('refuses one payload under the signature of another', () => {
    const key = grid.keys.read(alice.principal).ok
    const signature = read(seal(grid, alice, payload)).ok
    assert.ok(key && signature)
    assert.equal(verifySignature(grid.crypto, signature, payload.slice(1), key).refused?.code, 'SIG')
  })

  test('is told the key identifier in bytes of its own: written over, they change no later verdict', () => {
    const bytes = fifth(grid.compose())
    for (let time = 0; time < 2; time += 1) {
      const part = readSignature(bytes.slice(), { detached: true }).ok?.parts[0]
      assert.deepEqual(part?.kid, kid(alice), `time ${time}`)
      part?.kid.fill(0)
    }
    assert.deepEqual(readSignature(bytes, { detached: true }).ok?.parts[0]?.kid, kid(alice))
  })

  test('refuses the key of somebody else before any mathematics', () => {
    const key = grid.keys.read(person('eve').principal).ok
    const signature = read(seal(grid, alice, payload)).ok
    assert.ok(key && signature)
    assert.equal(verifySignature(grid.crypto, signature, payload, key).refused?.code, 'KEY')
  })
})

/** Element five of a message: everything after the four signed ones. */
function fifth(sent: ComposedMessage): Uint8Array {
  const decoded = readEnvelopeSignature(sent.bytes)
  assert.ok(decoded)
  return decoded
}

function readEnvelopeSignature(bytes: Uint8Array): Uint8Array | undefined {
  for (let at = bytes.length - 1; at > 0; at -= 1) {
    const isHead = bytes[at] === 0x58 && bytes[at + 1] === bytes.length - at - 2
    if (isHead && bytes[at + 2] === 0xd2) return bytes.slice(at + 2)
  }
  return undefined
}

function plusOrder(signature: Uint8Array): Uint8Array {
  const s = bytesToNumberBE(signature.slice(32).reverse()) + L
  return Uint8Array.from([...signature.subarray(0, 32), ...numberToBytesBE(s, 32).reverse()])
}

function withR(signature: Uint8Array, hex: string): Uint8Array {
  return Uint8Array.from([...Buffer.from(hex, 'hex'), ...signature.subarray(32)])
}

function scalars(
  signature: Uint8Array,
  change: (r: bigint, s: bigint, n: bigint) => [bigint, bigint],
): Uint8Array {
  const [r, s] = [signature.subarray(0, 32), signature.subarray(32)].map(bytesToNumberBE) as [bigint, bigint]
  return Uint8Array.from(change(r, s, p256.Point.Fn.ORDER).flatMap((each) => [...numberToBytesBE(each, 32)]))
}
