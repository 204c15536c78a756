/** The claims of a message: each label has one type, and nothing else may be in the map. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { CborFloat, CODEC, createCid, encodeCbor } from '../../../promisebase/index.ts'
import { LIMITS } from '../../limits.ts'
import { CLAIM } from '../../message/labels.ts'
import { readMessageClaims, writeMessageClaims } from '../../message/message-claims.ts'
import { assertRefused } from '../assert-refused.ts'
import { foundGrid } from '../fixture.ts'
import { forge, messageClaims } from '../forge.ts'
import type { CborInput } from '../../../promisebase/index.ts'

const grid = await foundGrid()
const { alice, node, time } = grid
const bytes = (length: number): Uint8Array => new Uint8Array(length)
const cid = (codec: number): CborInput => createCid(codec, bytes(32))
const tooLong = 'x'.repeat(LIMITS.nameBytes + 1)
const kept = { status: 'kept', cid: createCid(CODEC.raw, bytes(32)), fuel: 1 }
const names = Object.keys(CLAIM) as (keyof typeof CLAIM)[]

const WHOLE = [-1, 2n ** 53n, 2n ** 64n - 1n, new CborFloat(1), 1.5, '1', bytes(8), null, true, []]
const NAME = ['', tooLong, 'é'.repeat(129), 7, bytes(3), null, true, ['x']]

/** Values each claim must not have; a message with any of them is refused, however well signed. */
const WRONG: Partial<Record<keyof typeof CLAIM, readonly unknown[]>> = {
  iss: [...NAME, undefined],
  aud: [...NAME, undefined, [node.principal], [node.principal, 'other']],
  exp: [...WHOLE, undefined],
  nbf: WHOLE,
  iat: [...WHOLE, undefined],
  cti: [undefined, bytes(0), bytes(15), bytes(33), '0123456789abcdef', 7, null],
  method: [...NAME, undefined],
  resource: [
    [],
    ['code'],
    ['code', grid.protocol('echo').toString()],
    ['code', cid(CODEC.cbor)],
    ['code', cid(CODEC.raw), 'more'],
    ['node'],
    ['node', ''],
    ['node', node.principal, 'more'],
    ['space', node.principal, 'notes'],
    ['space', node.principal, 'notes', 'prefix as text'],
    ['space', node.principal, '', bytes(0)],
    ['space', node.principal, 'notes', bytes(LIMITS.nameBytes + 1)],
    ['space', node.principal, 'notes', bytes(0), 'more'],
    ['label', node.principal],
    ['label', node.principal, 'a//b'],
    ['label', node.principal, '/a'],
    ['label', node.principal, 'a/'],
    ['label', node.principal, 'a/../b'],
    ['label', node.principal, './a'],
    ['label', node.principal, 'a/%2e%2e/b'],
    ['label', node.principal, 'e\u0301'],
    ['label', node.principal, 'a', 'more'],
    ['everything', node.principal],
    ['__proto__', node.principal],
    'node',
    new Map([['kind', 'node']]),
    null,
  ],
  arguments: ['text', 7, null, [], bytes(LIMITS.inlineBytes + 1), cid(0x70)],
  context: [cid(CODEC.raw), cid(CODEC.cbor), bytes(36), 'text', null],
  capabilities: [
    [],
    [null],
    ['id as text'],
    [7],
    [cid(CODEC.dagCbor)],
    [bytes(0)],
    bytes(8),
    null,
    new Map(),
  ],
  replyTo: NAME,
  inReplyTo: [cid(CODEC.dagCbor), bytes(36), 'id as text', null],
  outcome: [
    'kept',
    [],
    new Map(),
    { status: 'done', code: 'X' },
    { status: 'refused' },
    { status: 'refused', code: '' },
    { status: 'refused', code: 'X'.repeat(65) },
    { status: 'refused', code: 'X', detail: 7 },
    { status: 'refused', code: 'X', more: 1 },
    { status: 'kept', fuel: 1 },
    { ...kept, fuel: -1 },
    { ...kept, fuel: '1' },
    { ...kept, cid: cid(0x70) },
    { ...kept, result: 'text' },
    { ...kept, receipt: bytes(0) },
    { ...kept, more: 1 },
    { ...kept, code: 'X' },
  ],
  private: [false, 1, 'true', null],
}

describe('refuses', () => {
  for (const [name, values] of Object.entries(WRONG)) {
    const label = CLAIM[name as keyof typeof CLAIM]
    test(`${values.length} wrong values of ${name}`, async () => {
      for (const value of values)
        await assertRefused(grid, forge(grid, { claims: messageClaims(grid, [[label, value]]) }), 'SHAPE')
    })
  }

  test('every label that belongs to another kind of object', async () => {
    const own = new Set<string>([...Object.keys(WRONG), 'meta'])
    const others = names.filter((name) => !own.has(name))
    assert.ok(others.includes('cnf') && others.includes('bearer') && others.includes('grid'))
    for (const name of others) {
      const claims = messageClaims(grid, [[CLAIM[name], 1]])
      await assertRefused(grid, forge(grid, { claims }), 'SHAPE')
    }
  })

  test('labels nobody has assigned, and labels that are text', async () => {
    for (const label of [0, 2, 9, 38, 39, -1, -65536, -65560, -65599, -65600, -70000, -90000, 2 ** 31]) {
      const claims = messageClaims(grid, [[label, 1]])
      await assertRefused(grid, forge(grid, { claims }), 'SHAPE')
    }
    for (const label of ['iss', 'meta', '__proto__', 'constructor', 'then', '']) {
      const claims = messageClaims(grid, [[label, 1]])
      await assertRefused(grid, forge(grid, { claims }), 'SHAPE')
    }
  })

  test('labels too large to be numbers', async () => {
    const claims = messageClaims(grid)
    claims.set(2n ** 63n, 1)
    await assertRefused(grid, forge(grid, { claims }), 'SHAPE')
  })

  test('claims that are no map', async () => {
    for (const claims of [null, 1, 'claims', [1, 2], true] as CborInput[])
      await assertRefused(grid, forge(grid, { claims: encodeCbor(claims) }), 'SHAPE')
  })

  test('claims in another encoding', async () => {
    const honest = encodeCbor(messageClaims(grid))
    const long = Uint8Array.from([0xb8, (honest[0] ?? 0) & 0x1f, ...honest.subarray(1)])
    await assertRefused(grid, forge(grid, { claims: long }), 'CANON')
    const twice = encodeCbor(messageClaims(grid, [[CLAIM.cti, undefined]]))
    const second = Uint8Array.from([(twice[0] ?? 0) + 1, 1, 0x61, 0x61, ...twice.subarray(1)])
    await assertRefused(grid, forge(grid, { claims: second }), 'DECODE')
    await assertRefused(grid, forge(grid, { claims: Uint8Array.from([...honest, 0]) }), 'DECODE')
    await assertRefused(grid, forge(grid, { claims: new Uint8Array(0) }), 'DECODE')
  })

  test('a time under the tag of times, as a big number, and as a float', async () => {
    const tagged = (head: number[], label: number): Uint8Array => {
      const claims = encodeCbor(messageClaims(grid, [[label, 0x51]]))
      const at = claims.findIndex((byte, index) => byte === label && claims[index + 1] === 0x18)
      return Uint8Array.from([...claims.subarray(0, at + 1), ...head, ...claims.subarray(at + 3)])
    }
    for (const label of [CLAIM.exp, CLAIM.iat]) {
      const now = encodeCbor(time.now)
      await assertRefused(grid, forge(grid, { claims: tagged([0xc1, ...now], label) }), 'SHAPE')
      const big = [0xc2, 0x49, 1, 0, 0, 0, 0, 0, 0, 0, 0]
      await assertRefused(grid, forge(grid, { claims: tagged(big, label) }), 'SHAPE')
      const float = [0xfb, 0x41, 0xda, 0, 0, 0, 0, 0, 1]
      await assertRefused(grid, forge(grid, { claims: tagged(float, label) }), 'SHAPE')
    }
  })
})

describe('accepts', () => {
  test('every claim a request may have, at the ends of its range', async () => {
    for (const [label, value] of [
      [CLAIM.cti, grid.crypto.random(16)],
      [CLAIM.cti, grid.crypto.random(32)],
      [CLAIM.nbf, 0],
      [CLAIM.iat, 0],
      [CLAIM.replyTo, 'x'.repeat(LIMITS.nameBytes)],
      [CLAIM.arguments, bytes(0)],
      [CLAIM.arguments, bytes(LIMITS.inlineBytes)],
      [CLAIM.arguments, undefined],
      [CLAIM.private, true],
    ] as const) {
      const sent = forge(grid, { claims: messageClaims(grid, [[label, value]]) })
      assert.equal((await grid.send(sent)).code, 'kept', String(label))
    }
  })

  test('meta, whatever is in it, and gives it no meaning', async () => {
    const metas = [
      null,
      'text',
      [1, [2, [3]]],
      new Map<number, CborInput>([
        [CLAIM.aud, 'somebody else'],
        [CLAIM.exp, 0],
        [CLAIM.method, 'delete'],
      ]),
    ]
    for (const meta of metas) {
      const sent = forge(grid, { claims: messageClaims(grid, [[CLAIM.meta, meta]]) })
      assert.equal((await grid.send(sent)).code, 'kept')
    }
  })

  test('no authority from meta: a token in it is not presented', async () => {
    const claims = messageClaims(grid, [
      [CLAIM.meta, new Map([[CLAIM.capabilities, [grid.grant().bytes]]])],
      [CLAIM.capabilities, undefined],
    ])
    await assertRefused(grid, forge(grid, { claims }), 'CHAIN')
  })
})

describe('reading what was written', () => {
  test('gives the same claims', () => {
    const claims = {
      issuer: alice.principal,
      audience: node.principal,
      expires: 5,
      notBefore: 1,
      issuedAt: 2,
      nonce: bytes(20),
      method: 'm',
      resource: grid.space('notes', 'a'),
      arguments: { cid: createCid(CODEC.raw, bytes(32)) },
      context: createCid(CODEC.dagCbor, bytes(32)),
      capabilities: [grid.adoption.id, grid.adoption.bytes],
      replyTo: 'somewhere',
      inReplyTo: grid.adoption.id,
      outcome: { status: 'refused', code: 'X', detail: 'why' },
      private: true,
    } as const
    assert.deepEqual(readMessageClaims(encodeCbor(writeMessageClaims(claims))).ok, claims)
  })

  test('refuses to write what is required and absent', () => {
    const nothing = { capabilities: [] } as unknown as Parameters<typeof writeMessageClaims>[0]
    assert.throws(() => writeMessageClaims(nothing), TypeError)
  })
})
