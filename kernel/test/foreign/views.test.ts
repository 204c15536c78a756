/** Messages of other protocols: read through the view that was registered for them, and no other. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { CborTagged, encodeCbor } from '../../../promisebase/index.ts'
import {
  coseDetachedView,
  coseEmbeddedView,
  createViews,
  ed25519MapView,
  GRID_MESSAGE,
  LIMITS,
  readForeign,
} from '../../index.ts'
import { assertRefused } from '../assert-refused.ts'
import { countingCrypto } from '../counting-crypto.ts'
import { foundGrid, people } from '../fixture.ts'
import { detachedMessage, embeddedMessage, envelopeOf, mapMessage, protocolOf } from './foreign-message.ts'
import { onlyKey, publicKeyOf } from '../forge.ts'
import type { CborInput } from '../../../promisebase/index.ts'
import type { ForeignMessage, RefusalCode, Result, SignableView, Signer } from '../../index.ts'
import type { ForeignParts } from './foreign-message.ts'

const grid = await foundGrid()
const { alice, carol, mallory } = people
const OTHERS = protocolOf('a protocol of others')
const KID = new TextEncoder().encode('seller')

/** Alice alone where no key is named; carol under her name. */
const keyOf = (kid: Uint8Array | undefined) =>
  kid === undefined ? publicKeyOf(alice) : Buffer.from(kid).equals(KID) ? publicKeyOf(carol) : undefined
const read = (bytes: Uint8Array, view: SignableView): Result<ForeignMessage> =>
  readForeign(grid.crypto, createViews([[OTHERS, view]]), bytes)

const VIEWS = {
  'ed25519-map': { view: ed25519MapView, write: mapMessage },
  'cose-embedded': { view: coseEmbeddedView(keyOf), write: embeddedMessage },
  'cose-detached': { view: coseDetachedView(keyOf), write: detachedMessage },
}
const named = Object.entries(VIEWS)

for (const [name, { view, write }] of named) {
  describe(`the view ${name}`, () => {
    const refuses = (bytes: Uint8Array, code: RefusalCode): void => {
      const result = read(bytes, view)
      assert.equal(result.refused?.code, code, result.refused?.detail)
    }

    for (const isPrefixed of [false, true]) {
      test(`verifies a message whose link ${isPrefixed ? 'begins with 00' : 'is the bare CID'}`, () => {
        const bytes = write({ isPrefixed })
        const message = read(bytes, view).ok ?? assert.fail()
        assert.equal(message.verified, true)
        assert.deepEqual([message.view, message.signer?.principal], [name, alice.principal])
        assert.ok(message.protocol.equals(OTHERS))
        assert.equal(message.slots.length, 3)
        assert.equal(message.bytes, bytes)
      })
    }

    test('takes no signature from one writing of the link to the other', () => {
      const [link] = slotsOf(write({ isPrefixed: true }))
      refuses(joined(link ?? assert.fail(), ...slotsOf(write()).slice(1)), 'SIG')
    })

    test('refuses every single bit that is flipped', () => {
      const honest = write()
      for (let at = 0; at < honest.length; at += 1) {
        const bytes = honest.slice()
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
        const result = read(bytes, view)
        assert.ok(result.refused !== undefined, `bit of byte ${at}`)
      }
    })

    test('refuses a protocol that is not the one it was registered for', () => {
      refuses(write({ protocol: protocolOf('another one') }), 'FOREIGN')
    })

    test('refuses other numbers of slots', () => {
      const [link, payload, proof] = slotsOf(write())
      assert.ok(link !== undefined && payload !== undefined && proof !== undefined)
      refuses(joined(link), 'SHAPE')
      refuses(joined(link, payload), 'SHAPE')
      assert.notEqual(read(joined(link, payload, payload, proof), view).refused, undefined)
      assert.notEqual(read(joined(link, payload, proof, proof), view).refused, undefined)
    })

    test('refuses a proof that is none', () => {
      const [link, payload] = slotsOf(write())
      assert.ok(link !== undefined && payload !== undefined)
      for (const proof of [
        null,
        0,
        'proof',
        new Uint8Array(0),
        encodeCbor(null),
        [],
        new Map(),
      ] as CborInput[])
        assert.notEqual(read(joined(link, payload, encodeCbor(proof)), view).refused, undefined)
    })

    test('refuses what another view takes', () => {
      for (const [other, { write: writeOther }] of named)
        if (other !== name) assert.notEqual(read(writeOther(), view).refused, undefined, other)
    })

    test('does no cryptography for more bytes, depth or slots than are allowed', () => {
      const { crypto, counts } = countingCrypto(grid.crypto)
      const views = createViews([[OTHERS, view]])
      const link = new CborTagged(42, OTHERS.bytes)
      let deep: CborInput = 0
      for (let level = 0; level < 40; level += 1) deep = [deep]
      for (const bytes of [
        envelopeOf(link, new Uint8Array(LIMITS.messageBytes), null),
        envelopeOf(link, deep, null),
        envelopeOf(link, ...new Array<null>(LIMITS.envelopeSlots).fill(null)),
        envelopeOf(link, new Array<number>(5_000).fill(0), null),
      ])
        assert.equal(readForeign(crypto, views, bytes).refused?.code, 'LIMIT')
      assert.deepEqual([counts.admitKey, counts.verify], [0, 0])
    })
  })
}

describe('ed25519-map', () => {
  const changed = (edit: (proof: Map<string, CborInput>) => CborInput): Uint8Array =>
    mapMessage({ proof: edit })
  const rows: Readonly<Record<string, readonly [Uint8Array, RefusalCode]>> = {
    'the name of another algorithm': [changed((proof) => proof.set('algorithm', 'Ed448')), 'ALG'],
    'no algorithm': [changed((proof) => without(proof, 'algorithm')), 'SHAPE'],
    'a fifth entry': [changed((proof) => proof.set('more', 0)), 'SHAPE'],
    'a key_id that is not the key': [changed((proof) => proof.set('key_id', '00'.repeat(32))), 'KEY'],
    'the key of somebody else': [
      changed((proof) =>
        proof
          .set('public_key', publicKeyOf(mallory).bytes)
          .set('key_id', Buffer.from(publicKeyOf(mallory).bytes).toString('hex')),
      ),
      'SIG',
    ],
    'a key of 31 bytes': [changed((proof) => proof.set('public_key', new Uint8Array(31))), 'KEY'],
    'a key of small order': [
      changed((proof) => proof.set('public_key', new Uint8Array(32)).set('key_id', '00'.repeat(32))),
      'KEY',
    ],
    'a signature of 63 bytes': [changed((proof) => proof.set('signature', new Uint8Array(63))), 'SIG'],
    'a signature as text': [changed((proof) => proof.set('signature', 'a'.repeat(64))), 'SHAPE'],
    'a proof as an array': [changed((proof) => [...proof.values()]), 'SHAPE'],
    'the tagged array signed': [signedTagged(), 'SIG'],
  }
  for (const [name, [bytes, code]] of Object.entries(rows))
    test(`refuses ${name} with ${code}`, () => {
      const result = read(bytes, ed25519MapView)
      assert.equal(result.refused?.code, code, result.refused?.detail)
    })
})

describe('the COSE views', () => {
  const both: readonly [string, (parts: ForeignParts) => Uint8Array, SignableView][] = [
    ['embedded', embeddedMessage, VIEWS['cose-embedded'].view],
    ['detached', detachedMessage, VIEWS['cose-detached'].view],
  ]
  const withKid = (alg: number): Map<number, CborInput> =>
    new Map<number, CborInput>([
      [1, alg],
      [4, KID],
    ])
  const crit = (labels: CborInput): Map<number, CborInput> =>
    new Map<number, CborInput>([
      [1, -8],
      [2, labels],
      [99, true],
    ])
  for (const [name, write, view] of both) {
    const code = (parts: ForeignParts): RefusalCode | undefined => read(write(parts), view).refused?.code

    test(`${name}: find the key by its identifier, in either header`, () => {
      for (const parts of [
        { header: withKid(-7) },
        { header: withKid(-9) },
        { header: new Map([[1, -7]]), unprotected: new Map([[4, KID]]) },
      ]) {
        const message = read(write({ by: carol, ...parts }), view)
        assert.equal(message.ok?.signer?.principal, carol.principal, message.refused?.detail)
      }
    })

    test(`${name}: take either half of s, as RFC 9053 does`, () => {
      const high = write({ by: highHalf(carol), header: withKid(-7) })
      assert.equal(read(high, view).ok?.verified, true)
    })

    test(`${name}: take a proof as it is, outside a byte string`, () => {
      assert.equal(read(write({ isWrapped: false }), view).ok?.verified, true)
    })

    test(`${name}: sign all slots before the proof`, () => {
      assert.equal(read(write({ more: [[], 1.5, 'parents'] }), view).ok?.verified, true)
    })

    test(`${name}: refuse keys, algorithms and headers they do not know`, () => {
      assert.equal(code({ by: mallory }), 'SIG')
      assert.equal(code({ by: carol }), 'ALG')
      assert.equal(
        code({
          header: new Map<number, CborInput>([
            [1, -8],
            [4, new Uint8Array(3)],
          ]),
        }),
        'KEY',
      )
      assert.equal(code({ header: new Map([[1, -39]]) }), 'ALG')
      assert.equal(code({ header: new Map([[1, 'EdDSA']]) }), 'ALG')
      assert.equal(code({ header: new Uint8Array(0), unprotected: new Map([[1, -8]]) }), 'SHAPE')
      assert.equal(code({ header: [] }), 'SHAPE')
      assert.equal(code({ header: crit([99]) }), 'CRIT')
      assert.equal(code({ header: crit([]) }), 'CRIT')
      assert.equal(code({ header: withKid(-8), unprotected: new Map([[4, KID]]) }), 'SHAPE')
      assert.equal(code({ unprotected: new Map([[4, 'seller']]) }), 'SHAPE')
      assert.equal(code({ elements: (four) => four.slice(0, 3) }), 'SHAPE')
      assert.equal(code({ elements: (four) => four.with(3, 'x') }), 'SHAPE')
      assert.equal(code({ elements: (four) => four.with(3, new Uint8Array(64)) }), 'SIG')
      assert.equal(code({ elements: (four) => four.with(2, 0) }), 'SHAPE')
    })
  }

  test('refuse an embedded payload that is not what the slots hold', () => {
    const parts = { embedded: encodeCbor([OTHERS, 'something else']) }
    assert.equal(read(embeddedMessage(parts), VIEWS['cose-embedded'].view).refused?.code, 'SIG')
  })
})

describe('a protocol without a view', () => {
  const bytes = mapMessage()

  test('is refused unless one asks for it unread', () => {
    assert.equal(readForeign(grid.crypto, createViews(), bytes).refused?.code, 'FOREIGN')
    assert.equal(
      readForeign(grid.crypto, createViews(), bytes, { unknown: 'refuse' }).refused?.code,
      'FOREIGN',
    )
  })

  test('is handed back as it is: every slot, and nobody who signed', () => {
    const message = readForeign(grid.crypto, createViews(), bytes, { unknown: 'opaque' }).ok ?? assert.fail()
    assert.equal(message.verified, false)
    assert.equal(message.signer, undefined)
    assert.deepEqual(Buffer.concat([bytes.subarray(0, 6), ...message.slots]), Buffer.from(bytes))
  })

  test('must be an envelope all the same', () => {
    const opaque = { unknown: 'opaque' } as const
    const code = (given: Uint8Array) => readForeign(grid.crypto, createViews(), given, opaque).refused?.code
    assert.equal(code(new Uint8Array(0)), 'DECODE')
    assert.equal(code(bytes.slice(0, -1)), 'DECODE')
    assert.equal(code(Uint8Array.from([...bytes, 0])), 'DECODE')
    assert.equal(code(grid.compose().bytes), 'SHAPE')
    assert.equal(code(envelopeOf('no link')), 'SHAPE')
  })
})

describe('the registry', () => {
  test('takes one view for a protocol, and none for our own', () => {
    const views = createViews([[OTHERS, ed25519MapView]])
    assert.throws(() => views.register(OTHERS, ed25519MapView), RangeError)
    assert.throws(() => views.register(GRID_MESSAGE, ed25519MapView), RangeError)
  })

  test('tells protocols apart by codec as well as by hash', () => {
    const views = createViews([[OTHERS, ed25519MapView]])
    assert.equal(views.find(protocolOf('another one')), undefined)
    assert.equal(views.find(OTHERS), ed25519MapView)
  })
})

describe('the kernel', () => {
  test('does not act on a foreign message, whoever signed it', async () => {
    for (const [, { write }] of named)
      await assertRefused(grid, { bytes: write(), id: grid.compose().id }, 'FOREIGN', {
        rule: 'message.md#envelope',
      })
  })

  test('does not take the bytes of our message for a foreign one', () => {
    const { bytes } = grid.compose({ form: 'tagged' })
    assert.equal(readForeign(grid.crypto, createViews(), bytes).refused?.code, 'FOREIGN')
  })
})

function slotsOf(bytes: Uint8Array): readonly Uint8Array[] {
  return readForeign(grid.crypto, createViews(), bytes, { unknown: 'opaque' }).ok?.slots ?? []
}

function joined(...slots: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(
    Buffer.concat([mapMessage().subarray(0, 5), Uint8Array.of(0x80 + slots.length), ...slots]),
  )
}

function without(proof: Map<string, CborInput>, name: string): CborInput {
  proof.delete(name)
  return proof
}

/** Signed over what another view signs. */
function signedTagged(): Uint8Array {
  const slots = slotsOf(mapMessage()).slice(0, 2)
  const signature = onlyKey(alice).sign(joined(...slots))
  return mapMessage({ proof: (proof) => proof.set('signature', signature) })
}

/** A signer that gives the other half of s. */
function highHalf(signer: Signer): Signer {
  const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
  const { publicKey, sign } = onlyKey(signer)
  const signHigh = (bytes: Uint8Array): Uint8Array => {
    const signature = sign(bytes)
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`)
    const high = (order - s).toString(16).padStart(64, '0')
    return Uint8Array.from([...signature.subarray(0, 32), ...Buffer.from(high, 'hex')])
  }
  return { ...signer, keys: [{ publicKey, sign: signHigh }] }
}
