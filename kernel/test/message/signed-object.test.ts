/** Capability, receipt and policy: none can be taken for another, and only the claims give a name. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { CODEC, createCid, encodeCbor, hashBlock } from '../../../promisebase/index.ts'
import {
  initialPolicy,
  nextPolicy,
  readAssessment,
  readPromise,
  readReceipt,
  readToken,
  signAssessment,
  signPolicy,
  signPromise,
} from '../../index.ts'
import { nameFeed, readHeartbeat, readRevocation, signHeartbeat, signRevocation } from '../../index.ts'
import { signReceipt } from '../../cache/receipt.ts'
import { LIMITS } from '../../limits.ts'
import { CLAIM, OBJECT_TYPE } from '../../message/labels.ts'
import { foundGrid } from '../fixture.ts'
import { header, sealObject, tokenClaims } from '../forge.ts'
import { readKeyStatement, signKeyStatement } from '../../message/key-statement.ts'
import type { CborInput } from '../../../promisebase/index.ts'
import type { ObjectKind } from '../../message/labels.ts'
import type { SealOptions } from '../forge.ts'

const grid = await foundGrid()
const { crypto, keys, root, node } = grid
const KINDS = Object.keys(OBJECT_TYPE) as ObjectKind[]
const revoked = createCid(CODEC.raw, new Uint8Array(32))
const cid = (codec: number): CborInput => createCid(codec, new Uint8Array(32))

const receipt = signReceipt(crypto, node, {
  issuedAt: grid.time.now,
  grid: grid.grid,
  cacheKey: createCid(CODEC.dagCbor, new Uint8Array(32)),
  result: createCid(CODEC.raw, new Uint8Array(32)),
  fuel: 1,
  profile: createCid(CODEC.dagCbor, new Uint8Array(32)),
}).bytes
const policy = initialPolicy(grid.genesis.genesis)
const record = signPolicy(crypto, root, grid.grid, policy, { threshold: 1 }, grid.time.now)
const token = grid.grant().bytes

/** Each kind, its honest bytes, and its reader. */
const OBJECTS: Record<ObjectKind, { honest: Uint8Array; code: (bytes: Uint8Array) => string | undefined }> = {
  capability: { honest: token, code: (bytes) => readToken(crypto, keys, bytes).refused?.code },
  receipt: { honest: receipt, code: (bytes) => readReceipt(crypto, keys, bytes).refused?.code },
  policy: {
    honest: record,
    code: (bytes) => nextPolicy(crypto, keys, grid.grid, policy, [bytes]).refused?.code,
  },
  keyStatement: {
    honest: signKeyStatement(crypto, root, { grid: grid.grid, issuedAt: grid.time.now, seq: 1 }).bytes,
    code: (bytes) => readKeyStatement(crypto, keys, bytes).refused?.code,
  },
  promise: {
    honest: signPromise(crypto, node, {
      audience: root.principal,
      issuedAt: grid.time.now,
      expires: grid.time.now + 1,
      grid: grid.grid,
      request: createCid(CODEC.raw, new Uint8Array(32)),
      protocol: createCid(CODEC.dagCbor, new Uint8Array(32)),
    }).bytes,
    code: (bytes) => readPromise(crypto, keys, bytes).refused?.code,
  },
  revocation: {
    honest: signRevocation(crypto, root, { grid: grid.grid, issuedAt: grid.time.now, revoked }).bytes,
    code: (bytes) => readRevocation(crypto, keys, bytes).refused?.code,
  },
  heartbeat: {
    honest: signHeartbeat(crypto, root, {
      grid: grid.grid,
      issuedAt: grid.time.now,
      seq: 1,
      feed: nameFeed(crypto, [revoked]),
    }).bytes,
    code: (bytes) => readHeartbeat(crypto, keys, bytes).refused?.code,
  },
  assessment: {
    honest: signAssessment(crypto, root, {
      ...{ grid: grid.grid, issuedAt: grid.time.now, subject: node.principal },
      counts: { kept: 0, broken: 0, refused: 0, expired: 0 },
    }).bytes,
    code: (bytes) => readAssessment(crypto, keys, bytes).refused?.code,
  },
}

const sealed = (options: SealOptions): Uint8Array =>
  sealObject(grid, root, 'capability', tokenClaims(grid), options)
const typed = (entries: [number, CborInput][]): CborInput =>
  new Map<unknown, CborInput>([...header(grid, root, 'capability'), ...entries]) as CborInput

describe('an object', () => {
  for (const kind of KINDS) {
    test(`${kind} is read as itself`, () => assert.equal(OBJECTS[kind].code(OBJECTS[kind].honest), undefined))

    for (const other of KINDS.filter((each) => each !== kind))
      test(`${other} is refused where a ${kind} is expected`, () =>
        assert.equal(OBJECTS[kind].code(OBJECTS[other].honest), 'SHAPE'))

    test(`${kind} with the claims of its kind but the type of another is refused`, () => {
      const other = KINDS.find((each) => each !== kind) ?? kind
      const bytes = sealObject(grid, root, other, tokenClaims(grid))
      assert.equal(OBJECTS.capability.code(bytes), other === 'capability' ? undefined : 'SHAPE')
    })

    test(`${kind} longer than a token may be is refused`, () =>
      assert.equal(OBJECTS[kind].code(new Uint8Array(LIMITS.tokenBytes + 1)), 'LIMIT'))
  }

  test('a message is not a capability, and its claims in an object are none', () => {
    assert.equal(OBJECTS.capability.code(grid.compose().bytes), 'SHAPE')
    const claims = new Map([[CLAIM.method, 'echo']])
    assert.equal(OBJECTS.capability.code(sealObject(grid, root, 'capability', claims)), 'SHAPE')
  })
})

const FORMS: Record<string, [SealOptions, string]> = {
  'without a type': [{ header: header(grid, root) }, 'SHAPE'],
  'with a type unprotected': [
    { header: header(grid, root), unprotected: new Map([[16, OBJECT_TYPE.capability]]) },
    'SHAPE',
  ],
  'with an unknown type': [{ header: typed([[16, 'application/cwt']]) }, 'SHAPE'],
  'with a type that is a number': [{ header: typed([[16, 61]]) }, 'SHAPE'],
  'with one more protected label': [{ header: typed([[99, 1]]) }, 'SHAPE'],
  'with crit': [{ header: typed([[2, [16]]]) }, 'SHAPE'],
  'with a certificate chain': [{ header: typed([[33, Uint8Array.of(1)]]) }, 'SHAPE'],
  'with a detached payload': [{ attached: null }, 'SHAPE'],
  'with a payload that is not bytes': [{ attached: 'text' }, 'SHAPE'],
  'with a payload that is a map': [{ attached: tokenClaims(grid) }, 'SHAPE'],
  'under the tag of COSE_Sign': [{ tag: 98 }, 'SHAPE'],
  'without a tag': [{ tag: -1 }, 'SHAPE'],
}

describe('a token', () => {
  for (const [what, [options, code]] of Object.entries(FORMS))
    test(`${what} is refused: ${code}`, () => assert.equal(OBJECTS.capability.code(sealed(options)), code))

  test('with claims in another encoding is refused', () => {
    const honest = encodeCbor(tokenClaims(grid))
    const long = Uint8Array.from([0xb8, (honest[0] ?? 0) & 0x1f, ...honest.subarray(1)])
    assert.equal(OBJECTS.capability.code(sealObject(grid, root, 'capability', long)), 'CANON')
    const more = Uint8Array.from([...honest, 0])
    assert.equal(OBJECTS.capability.code(sealObject(grid, root, 'capability', more)), 'DECODE')
    assert.equal(OBJECTS.capability.code(sealObject(grid, root, 'capability', new Uint8Array(0))), 'DECODE')
  })

  test('is named by its claims, whatever its header says', () => {
    const claims = tokenClaims(grid)
    const kid = header(grid, root, 'capability').get(4) as Uint8Array
    const bare = new Map<number, CborInput>([
      [1, -19],
      [16, OBJECT_TYPE.capability],
    ])
    const usual = sealObject(grid, root, 'capability', claims)
    const moved = sealObject(grid, root, 'capability', claims, {
      header: bare,
      unprotected: new Map([[4, kid]]),
    })
    const [first, second] = [readToken(crypto, keys, usual), readToken(crypto, keys, moved)]
    assert.ok(first.ok && second.ok)
    assert.notDeepEqual(usual, moved)
    assert.ok(first.ok.capability.id.equals(second.ok.capability.id))
    assert.ok(first.ok.capability.id.equals(hashBlock(crypto.sha256, CODEC.raw, encodeCbor(claims))))
  })
})

describe('a receipt', () => {
  const claims = (edit: readonly [number, unknown][] = []): CborInput => {
    const map = new Map<number, unknown>([
      [CLAIM.iss, node.principal],
      [CLAIM.iat, 1],
      [CLAIM.grid, grid.grid],
      [CLAIM.cacheKey, cid(CODEC.dagCbor)],
      [CLAIM.result, cid(CODEC.raw)],
      [CLAIM.fuel, 1],
      [CLAIM.profile, cid(CODEC.dagCbor)],
      ...edit,
    ])
    for (const [label, value] of map) if (value === undefined) map.delete(label)
    return map as CborInput
  }

  test('by its executor is read', () => {
    const bytes = sealObject(grid, node, 'receipt', claims())
    assert.equal(readReceipt(crypto, keys, bytes).ok?.executor, node.principal)
  })

  test('signed by somebody else than it names is refused', () => {
    const bytes = sealObject(grid, grid.mallory, 'receipt', claims())
    assert.equal(readReceipt(crypto, keys, bytes).refused?.code, 'KEY')
  })

  test('that says anything about a requester, an end or an audience is refused', () => {
    for (const label of [CLAIM.aud, CLAIM.exp, CLAIM.nbf, CLAIM.cti, CLAIM.capabilities, CLAIM.inReplyTo]) {
      const bytes = sealObject(grid, node, 'receipt', claims([[label, 1]]))
      assert.equal(readReceipt(crypto, keys, bytes).refused?.code, 'SHAPE')
    }
  })

  test('without one of its claims, or with one of another type, is refused', () => {
    const wrong: [number, unknown[]][] = [
      [CLAIM.iss, [undefined, '', 7]],
      [CLAIM.iat, [undefined, -1, '1']],
      [CLAIM.grid, [undefined, cid(CODEC.raw), new Uint8Array(36)]],
      [CLAIM.cacheKey, [undefined, cid(CODEC.raw), new Uint8Array(36)]],
      [CLAIM.result, [undefined, cid(0x70), new Uint8Array(3)]],
      [CLAIM.fuel, [undefined, -1, 2n ** 60n, '1']],
      [CLAIM.profile, [undefined, cid(CODEC.raw)]],
    ]
    for (const [label, values] of wrong) {
      for (const value of values) {
        const bytes = sealObject(grid, node, 'receipt', claims([[label, value]]))
        assert.equal(readReceipt(crypto, keys, bytes).refused?.code, 'SHAPE', `${label} ${String(value)}`)
      }
    }
  })
})
