/** The tagged form: the same message in the registered envelope, and never the same signature. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import {
  CborFloat,
  CborTagged,
  CODEC,
  decodeCbor,
  encodeCbor,
  CORE_PROFILE,
  GRID_CBOR_PROFILE,
  GRID_TAG,
  hashBlock,
} from '../../../promisebase/index.ts'
import { GRID_MESSAGE, readEnvelope, readReply } from '../../index.ts'
import { assertRefused } from '../assert-refused.ts'
import { foundGrid, people } from '../fixture.ts'
import { forge, messageClaims } from '../forge.ts'
import { watched } from '../handlers.ts'
import type { CborInput } from '../../../promisebase/index.ts'
import type { MessageForm, RefusalCode } from '../../index.ts'
import type { MessageParts } from '../forge.ts'

const grid = await foundGrid()
const HEAD = [0xda, 0x67, 0x72, 0x69, 0x64, 0x85, 0xd8, 0x2a, 0x58, 0x25, 0x00]
const tagged = (parts: MessageParts = {}) => forge(grid, { tag: GRID_TAG, marker: GRID_MESSAGE, ...parts })
const spliced = (bytes: Uint8Array, at: number, gone: number, fresh: readonly number[]): Uint8Array =>
  Uint8Array.from([...bytes.subarray(0, at), ...fresh, ...bytes.subarray(at + gone)])

describe('the protocol of the tagged form', () => {
  test('is the raw CID of its text', () => {
    const text = readFileSync(join(repository(), 'spec/protocols/grid-message-1.md'))
    assert.equal(hashBlock(grid.crypto.sha256, CODEC.raw, text).toString(), GRID_MESSAGE.toString())
  })

  test('is not named in its text', () => {
    const text = readFileSync(join(repository(), 'spec/protocols/grid-message-1.md'), 'utf8')
    assert.ok(!text.includes(GRID_MESSAGE.toString()))
  })
})

describe('accepts', () => {
  test('a message composed in the tagged form, and answers in it', async () => {
    const sent = grid.compose({ form: 'tagged' })
    assert.deepEqual([...sent.bytes.subarray(0, HEAD.length)], HEAD)
    assert.equal((await grid.send(sent)).code, 'kept')
    assert.equal(formOf(await grid.kernel.dispatch(sent.bytes)), 'tagged')
  })

  test('five elements as before, and answers in them', async () => {
    const sent = grid.compose()
    assert.equal(formOf(sent.bytes), 'array')
    assert.equal(formOf(await grid.kernel.dispatch(sent.bytes)), 'array')
  })

  test('a signed refusal is in the form of the request too', async () => {
    const sent = grid.compose({ form: 'tagged', method: 'sing' })
    const answer = await grid.send(sent)
    assert.deepEqual([answer.signed, answer.code], [true, 'UNKNOWN_METHOD'])
    assert.equal(formOf(await grid.kernel.dispatch(sent.bytes)), 'tagged')
  })

  test('both CIDs as plain byte strings', async () => {
    const sent = tagged({ protocol: grid.protocol('echo').bytes, grid: grid.grid.bytes })
    assert.equal((await grid.send(sent)).code, 'kept')
  })

  test('gives the id of its own signed payload', async () => {
    const { bytes, id } = grid.compose({ form: 'tagged' })
    const { message } = await grid.kernel.explain(bytes)
    assert.equal(message?.form, 'tagged')
    assert.ok(message.id.equals(id))
  })

  test('is a block of codec grid-cbor, encoded again to the same bytes by one who knows no protocol', () => {
    const { bytes } = grid.compose({ form: 'tagged' })
    assert.deepEqual(encodeCbor(decodeCbor(bytes, GRID_CBOR_PROFILE).ok ?? null), bytes)
  })
})

/** Every row: what is sent, and with which code it is refused. */
const REFUSED: Record<string, [() => Uint8Array, RefusalCode]> = {
  'the tag alone': [() => Uint8Array.from(HEAD.slice(0, 5)), 'DECODE'],
  'half a message': [() => tagged().bytes.slice(0, 200), 'DECODE'],
  'one byte more': [() => Uint8Array.from([...tagged().bytes, 0]), 'DECODE'],
  'four slots': [() => tagged({ elements: (five) => five.slice(0, 4) }).bytes, 'SHAPE'],
  'six slots': [() => tagged({ elements: (five) => [...five, null] }).bytes, 'SHAPE'],
  'the link of its protocol alone': [() => tagged({ elements: (five) => five.slice(0, 1) }).bytes, 'SHAPE'],
  'no slot': [() => tagged({ elements: () => [] }).bytes, 'SHAPE'],
  'a map under the tag': [() => encodeCbor(new CborTagged(GRID_TAG, new Map())), 'SHAPE'],
  'a long head of five': [() => spliced(tagged().bytes, 5, 1, [0x98, 0x05]), 'CANON'],
  'the tag twice': [() => Uint8Array.from([...HEAD.slice(0, 5), ...tagged().bytes]), 'SHAPE'],
  'the five elements under the tag': [() => forge(grid, { tag: GRID_TAG }).bytes, 'SHAPE'],
  'its protocol as a byte string': [() => tagged({ marker: GRID_MESSAGE.bytes }).bytes, 'SHAPE'],
  'its protocol without the zero': [() => tagged({ marker: bare(GRID_MESSAGE.bytes) }).bytes, 'FOREIGN'],
  'another protocol': [() => tagged({ marker: grid.protocol('echo') }).bytes, 'FOREIGN'],
  'another protocol with a float in a slot': [
    () => tagged({ marker: grid.protocol('echo'), claims: encodeCbor(new CborFloat(1)) }).bytes,
    'FOREIGN',
  ],
  'a float in the place of the protocol': [() => tagged({ protocol: new CborFloat(1) }).bytes, 'SHAPE'],
  'a CID without the zero in a link': [
    () => tagged({ protocol: bare(grid.protocol('echo').bytes) }).bytes,
    'DECODE',
  ],
  'claims as a map': [() => tagged({ elements: (five) => five.with(3, new Map()) }).bytes, 'SHAPE'],
  'no signature': [() => tagged({ elements: (five) => five.with(4, null) }).bytes, 'SHAPE'],
  'of another grid': [
    () => tagged({ grid: hashBlock(grid.crypto.sha256, CODEC.dagCbor, OTHER) }).bytes,
    'GRID',
  ],
  'of no grid at all': [() => tagged({ grid: grid.protocol('echo').toString() }).bytes, 'SHAPE'],
  'a grid of another codec': [() => tagged({ grid: GRID_MESSAGE }).bytes, 'CID'],
  'too many bytes': [() => new Uint8Array(65_537).fill(0xda), 'LIMIT'],
  'claims that are none': [() => tagged({ claims: Uint8Array.of(0) }).bytes, 'SHAPE'],
  'signed by mallory': [() => tagged({ as: grid.mallory }).bytes, 'KEY'],
  'one bit of the signature flipped': [() => flipped(tagged().bytes), 'SIG'],
}
const OTHER = Uint8Array.of(0xa0)

describe('refuses', () => {
  for (const [name, [bytes, code]] of Object.entries(REFUSED)) {
    test(`${name} with ${code}`, async () => {
      const given = bytes()
      await assertRefused(grid, { bytes: given, id: grid.compose().id }, code)
    })
  }
})

describe('a signature of one form', () => {
  const elementsOf = (bytes: Uint8Array): CborInput[] => {
    const decoded = decodeCbor(bytes, CORE_PROFILE)
    return (decoded.ok instanceof CborTagged ? decoded.ok.value : decoded.ok) as CborInput[]
  }

  test('is none in the other: five elements put under the tag', async () => {
    const sent = grid.compose()
    const moved = encodeCbor(new CborTagged(GRID_TAG, elementsOf(sent.bytes).with(0, GRID_MESSAGE)))
    await assertRefused(grid, { ...sent, bytes: moved }, 'SIG')
  })

  test('is none in the other: slots taken from under the tag', async () => {
    const sent = grid.compose({ form: 'tagged' })
    await assertRefused(grid, { ...sent, bytes: encodeCbor(elementsOf(sent.bytes).with(0, 'grid')) }, 'SIG')
  })

  test('is none for the tagged payload of another envelope: the untagged array was signed', async () => {
    const claims = encodeCbor(messageClaims(grid))
    const four = [GRID_MESSAGE, grid.protocol('echo'), grid.grid, claims]
    const honest = tagged({ claims })
    const signed = forge(grid, { marker: GRID_MESSAGE, claims })
    const signature = elementsOf(signed.bytes)[4] ?? null
    const moved = encodeCbor(new CborTagged(GRID_TAG, [...four, signature]))
    await assertRefused(grid, { ...honest, bytes: moved }, 'SIG')
  })
})

describe('one nonce', () => {
  for (const [first, second] of [
    ['array', 'tagged'],
    ['tagged', 'array'],
  ] as const) {
    for (const pure of [true, false]) {
      test(`is one message over both forms: ${first}, then ${second}, ${pure ? 'pure' : 'with effects'}`, async () => {
        const watch = watched('once', { pure })
        const own = await foundGrid({ handlers: [watch.handler] })
        const protocol = own.protocol('once')
        const chain = own.grant({ resource: { kind: 'code', protocol } })
        const claims = messageClaims(own, [
          [-65539, 'same'],
          [-65541, [chain.bytes]],
        ])
        const written = (form: MessageForm) =>
          forge(own, {
            protocol,
            claims,
            ...(form === 'array' ? {} : { tag: GRID_TAG, marker: GRID_MESSAGE }),
          })
        assert.equal((await own.send(written(first))).code, 'kept')
        const again = await own.send(written(second))
        assert.equal(again.code, 'REPLAY')
        assert.equal(watch.calls.length, 1)
      })
    }
  }
})

test('a reply is read in either form by the one who asked', async () => {
  const sent = grid.compose({ form: 'tagged' })
  const reply = await grid.kernel.dispatch(sent.bytes)
  const pending = {
    ...sent,
    grid: grid.grid,
    sender: people.alice.principal,
    executors: [people.node.principal],
  }
  assert.equal(readReply(grid.crypto, grid.keys, pending, reply).ok?.signed, true)
  const flip = readReply(grid.crypto, grid.keys, pending, flipped(reply))
  assert.equal(flip.refused?.code, 'SIG')
})

function formOf(bytes: Uint8Array): MessageForm | undefined {
  return readEnvelope(bytes).ok?.form
}

function bare(cid: Uint8Array): CborTagged {
  return new CborTagged(42, cid)
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1
  return copy
}

function repository(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}
