/** The claims of a token: exactly these, each of its type, one holder, and no caveat nobody understands. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { CborFloat, CODEC, createCid, encodeCbor } from '../../../promisebase/index.ts'
import { issueToken, readToken, verifyToken } from '../../index.ts'
import { LIMITS } from '../../limits.ts'
import { CLAIM } from '../../message/labels.ts'
import { coseKeyOf } from '../../message/cose-key.ts'
import { foundGrid } from '../fixture.ts'
import { sealObject, tokenClaims, publicKeyOf } from '../forge.ts'
import type { CID } from 'multiformats/cid'
import type { CborMap } from '../../../promisebase/index.ts'
import type { CapabilityTerms, Caveats, Principal } from '../../index.ts'

const grid = await foundGrid()
const { crypto, keys, root, alice, bob, carol, node } = grid
const bytes = (length: number): Uint8Array => new Uint8Array(length)
const cid = (codec: number): CID => createCid(codec, bytes(32))
const cnf = (...entries: [number | string, unknown][]): CborMap => new Map(entries) as CborMap
const key = coseKeyOf(publicKeyOf(alice))
const map = (entries: Record<string, unknown>): CborMap => new Map(Object.entries(entries)) as CborMap
const caveats = (amounts: Record<string, unknown>): CborMap => map({ budget: map(amounts) })
const sixtyFour = Array.from({ length: 65 }, (_, index) => `m${String(index).padStart(2, '0')}`)

const seventeen = sixtyFour.slice(0, LIMITS.principals + 1)

const readEdited = (edit: [number | string, unknown][], claims = tokenClaims(grid, edit)) =>
  readToken(crypto, keys, sealObject(grid, root, 'capability', claims))

const WHOLE = [-1, 2n ** 53n, 2n ** 64n - 1n, new CborFloat(10), 10.5, '10', null, true, bytes(8)]

const BAD_INTERVALS = [
  ...[[], [1], [1, 2, 3], [null, null], [2, 1], 1, null, Uint8Array.of(1, 2), map({ min: 1 })],
  ...[
    ['1', null],
    ['1', 2],
    [1, '2'],
    [1.5, null],
    [null, 2n ** 60n],
    [null, new CborFloat(1)],
  ],
]

const SHAPELESS: Record<string, [number, unknown[]]> = {
  iss: [CLAIM.iss, [undefined, '', 7, 'x'.repeat(LIMITS.nameBytes + 1)]],
  aud: [CLAIM.aud, ['', 7, [node.principal]]],
  exp: [CLAIM.exp, [undefined, ...WHOLE]],
  nbf: [CLAIM.nbf, WHOLE],
  cti: [CLAIM.cti, [undefined, bytes(15), bytes(33), '0123456789abcdef']],
  cnf: [
    CLAIM.cnf,
    [
      undefined,
      null,
      key,
      cnf(),
      cnf([2, bytes(3)]),
      cnf([3, bytes(32)]),
      cnf([1, key], [3, bytes(32)]),
      cnf([1, key], [-65537, alice.principal]),
      cnf([-65537, 7]),
      cnf(['1', key]),
    ],
  ],
  grid: [CLAIM.grid, [undefined, cid(CODEC.raw), grid.grid.toString(), bytes(36)]],
  resource: [
    CLAIM.resource,
    [
      ...[undefined, null, 7, new Map(), 'everything', ['code'], ['node', 7], ['*']],
      ['disk', node.principal, 'notes', bytes(1)],
      ['code', cid(CODEC.raw), 1],
      ['node', node.principal, 1],
      ['label', node.principal],
      ['label', node.principal, 'a', 'b'],
      ['space', node.principal, 'notes'],
      ['space', node.principal, 'notes', bytes(1), 1],
      ['space', node.principal, 7, bytes(1)],
      ['space', node.principal, 'notes', 'prefix'],
      ...['a//b', './a', 'a/..', '%41', 'e\u0301', '/', 7].map((label) => ['label', node.principal, label]),
      ['label', node.principal, 'x'.repeat(LIMITS.nameBytes + 1)],
    ],
  ],
  methods: [
    CLAIM.methods,
    [
      undefined,
      '*',
      [],
      [''],
      [7],
      ['*', 'get'],
      ['!', '*'],
      ['put', 'get'],
      ['get', 'get'],
      ['Z', 'a', 'Z'],
      ['\u{10000}', '\uffff'],
      sixtyFour,
      ['x'.repeat(LIMITS.nameBytes + 1)],
      new Map([['get', true]]),
    ],
  ],
  parent: [CLAIM.parent, [cid(CODEC.dagCbor), grid.adoption.id.toString(), bytes(36), null]],
  caveats: [
    CLAIM.caveats,
    [
      new Map(),
      null,
      [],
      'budget',
      map({ budget: new Map() }),
      map({ budget: 10 }),
      ...WHOLE.map((amount) => caveats({ fuel: amount })),
      ...WHOLE.map((feedSeconds) => map({ feedSeconds })),
      ...[false, 1, null, 'yes'].map((final) => map({ final })),
      ...[[], 'bob', [7], [''], ['b', 'a'], ['a', 'a'], seventeen].map((executors) => map({ executors })),
    ],
  ],
  bearer: [CLAIM.bearer, [true, false, 1, null, 'yes']],
}

describe('a token is refused', () => {
  for (const [name, [label, values]] of Object.entries(SHAPELESS)) {
    test(`with any of ${values.length} wrong values of ${name}: SHAPE`, () => {
      for (const value of values)
        assert.equal(readEdited([[label, value]]).refused?.code, 'SHAPE', String(value))
    })
  }

  test('with a holder that is not exactly one public key: KEY', () => {
    for (const bad of [new Map(), 'did:key', new Map([...key, [4, [2]]])])
      assert.equal(readEdited([[CLAIM.cnf, cnf([1, bad])]]).refused?.code, 'KEY')
    for (const text of [
      alice.principal,
      'key set',
      cid(CODEC.raw).toString(),
      `${cid(CODEC.cbor).toString()}a`,
    ])
      assert.equal(readEdited([[CLAIM.cnf, cnf([-65537, text])]]).refused?.code, 'KEY')
  })

  test('with a caveat or an amount nobody knows: CAVEAT, known ones beside it or not', () => {
    for (const given of [
      map({ count: 3 }),
      map({ budget: map({ fuel: 1 }), count: 3 }),
      map({ '': 1 }),
      map({ __proto__x: 1, constructor: 1 }),
      cnf([1, 1]),
      caveats({ calls: 1 }),
      caveats({ fuel: 1, gas: 1 }),
      caveats({ toString: 1 }),
    ])
      assert.equal(readEdited([[CLAIM.caveats, given]]).refused?.code, 'CAVEAT')
  })

  test('with a constraint that is none: SHAPE', () => {
    const [deep, long] = [Array.from({ length: 9 }, () => 'a'), 'x'.repeat(LIMITS.nameBytes + 1)]
    const many = sixtyFour.slice(0, LIMITS.constraints + 1).map((name) => [[name], map({ equals: 1 })])
    const lists: unknown[] = [
      null,
      [],
      'to',
      map({}),
      [null],
      [[]],
      [[['to']]],
      [[['to'], map({ equals: 1 }), 1]],
      many,
    ]
    const paths: unknown[] = ['to', [-1], [1.5], [''], [true], [null], [long], deep, [new CborFloat(1)]]
    const constraints: unknown[] = [
      ...[map({}), 'bob', [1], null],
      ...[1.5, 2n ** 60n, [1], map({}), new CborFloat(1)].map((equals) => map({ equals })),
      ...[
        null,
        Uint8Array.of(1, 2),
        [],
        'a',
        [['a']],
        ['b', 'a'],
        ['a', 'a'],
        [1.5],
        sixtyFour.slice(0, 33),
      ].map((oneOf) => map({ oneOf })),
      ...BAD_INTERVALS.flatMap((interval) => [map({ range: interval }), map({ size: interval })]),
      ...[
        [-1, null],
        [null, -1],
      ].map((size) => map({ size })),
      ...['', bytes(0), 7, null].map((prefix) => map({ prefix })),
    ]
    for (const given of [
      ...lists,
      ...paths.map((path) => [[path, map({ equals: 1 })]]),
      ...constraints.map((each) => [[['to'], each]]),
      ...[
        [['b'], ['a']],
        [['a'], ['a']],
        [['a', 'b'], ['c']],
        [['a'], [1]],
      ].map((unsorted) => unsorted.map((path) => [path, map({ equals: 1 })])),
    ])
      assert.equal(
        readEdited([[CLAIM.caveats, map({ arguments: given })]]).refused?.code,
        'SHAPE',
        JSON.stringify(given),
      )
  })

  test('with a constraint nobody knows: CAVEAT', () => {
    for (const given of [map({ regex: 'a*' }), map({ equals: 1, not: 2 }), cnf([1, 1]), map({ toString: 1 })])
      assert.equal(
        readEdited([[CLAIM.caveats, map({ arguments: [[['to'], given]] })]]).refused?.code,
        'CAVEAT',
      )
  })

  test('with a total or a rate that is none, or that no one node counts', () => {
    const here: [number, unknown] = [CLAIM.aud, node.principal]
    const shapes: Record<string, unknown>[] = [
      { total: map({}) },
      { total: 3 },
      ...WHOLE.map((calls) => ({ total: map({ calls }) })),
      { rate: 10 },
      { rate: map({ calls: 1 }) },
      { rate: map({ seconds: 1 }) },
      { rate: map({ calls: 1, seconds: 0 }) },
      { rate: map({ calls: '1', seconds: 1 }) },
    ]
    for (const given of shapes)
      assert.equal(readEdited([here, [CLAIM.caveats, map(given)]]).refused?.code, 'SHAPE')
    for (const given of [{ total: map({ wallMs: 1 }) }, { rate: map({ calls: 1, seconds: 1, burst: 2 }) }])
      assert.equal(readEdited([here, [CLAIM.caveats, map(given)]]).refused?.code, 'CAVEAT')
    for (const given of [{ total: map({ calls: 1 }) }, { rate: map({ calls: 1, seconds: 1 }) }]) {
      assert.equal(readEdited([[CLAIM.caveats, map(given)]]).refused?.code, 'SHAPE')
      assert.ok(readEdited([here, [CLAIM.caveats, map(given)]]).ok)
    }
  })

  test('with a claim of messages, receipts or policy: SHAPE', () => {
    const own = new Set(['iss', 'aud', 'exp', 'nbf', 'cti', 'cnf', 'meta', ...Object.keys(SHAPELESS)])
    for (const [name, label] of Object.entries(CLAIM))
      if (!own.has(name)) assert.equal(readEdited([[label, 1]]).refused?.code, 'SHAPE', name)
  })

  test('by the signature of another person, of other claims, or of another object', () => {
    const claims = tokenClaims(grid)
    const honest = readToken(crypto, keys, sealObject(grid, root, 'capability', claims)).ok
    assert.ok(honest)
    assert.deepEqual(verifyToken(crypto, keys, honest), { ok: true })
    const byBob = readToken(crypto, keys, sealObject(grid, bob, 'capability', claims)).ok
    assert.ok(byBob)
    assert.equal(verifyToken(crypto, keys, byBob).refused?.code, 'KEY')
    const other = encodeCbor(tokenClaims(grid, [[CLAIM.methods, ['get']]]))
    const swapped = readToken(
      crypto,
      keys,
      sealObject(grid, root, 'capability', claims, { attached: other }),
    ).ok
    assert.ok(swapped)
    assert.equal(verifyToken(crypto, keys, swapped).refused?.code, 'SIG')
  })
})

describe('a token is read', () => {
  test('with everything it may say', () => {
    const { ok } = readEdited([
      [CLAIM.nbf, 1],
      [CLAIM.aud, node.principal],
      [CLAIM.methods, ['Z', 'a', 'é', '\uffff', '\u{10000}']],
      [CLAIM.caveats, caveats({ fuel: 0, memoryBytes: Number.MAX_SAFE_INTEGER })],
      [CLAIM.meta, [1, 'note']],
    ])
    assert.equal(ok?.capability.holder, alice.principal)
    assert.deepEqual(ok.capability.caveats, { budget: { fuel: 0, memoryBytes: Number.MAX_SAFE_INTEGER } })
  })

  test('with lists as long as they may be', () => {
    const path = Array.from({ length: LIMITS.pathSteps }, () => 'a')
    const values = Array.from({ length: LIMITS.constraintValues }, (_, index) => index)
    const each = sixtyFour.slice(0, LIMITS.constraints - 1).map((name) => [[name], map({ equals: 1 })])
    const given = {
      arguments: [...each, [path, map({ oneOf: values })]],
      executors: sixtyFour.slice(0, LIMITS.principals),
    }
    const { ok } = readEdited([
      [CLAIM.methods, sixtyFour.slice(0, LIMITS.methods)],
      [CLAIM.caveats, map(given)],
    ])
    assert.equal(ok?.capability.methods.length, LIMITS.methods)
    const { arguments: constraints = [], executors } = ok.capability.caveats
    assert.equal(constraints.length, LIMITS.constraints)
    assert.deepEqual(constraints.at(-1), { path, is: { oneOf: values } })
    assert.deepEqual(executors, given.executors)
  })

  test('as bearer only when it says so and names nobody', () => {
    const { ok } = readEdited([
      [CLAIM.cnf, undefined],
      [CLAIM.bearer, true],
    ])
    assert.equal(ok?.capability.holder, 'bearer')
  })

  test('for a P-256 holder, with both coordinates', () => {
    const { ok } = readEdited([[CLAIM.cnf, cnf([1, coseKeyOf(publicKeyOf(carol))])]])
    assert.equal(ok?.capability.holder, carol.principal)
  })
})

const NARROW: Caveats = {
  budget: { fuel: 3 },
  arguments: [
    { path: [], is: { size: { max: 100 } } },
    { path: ['n'], is: { range: { min: -1, max: 10 } } },
    { path: ['to'], is: { oneOf: [3, 'a', 'bb', true] } },
    { path: ['items', 0], is: { prefix: Uint8Array.of(1), size: { min: 1 } } },
    { path: ['items', 'x'], is: { equals: null } },
  ],
  total: { calls: 3, outputBytes: 0 },
  rate: { calls: 10, seconds: 60 },
  executors: ['a', 'b'],
  final: true,
  feedSeconds: 0,
}

describe('issuing', () => {
  const terms: CapabilityTerms = {
    grid: grid.grid,
    holder: alice.principal,
    resource: { kind: 'code', protocol: grid.protocol('echo') },
    methods: ['b', 'a'],
    caveats: { budget: { fuel: 3 } },
    expires: 9,
  }
  const issue = (change: Partial<CapabilityTerms>) => issueToken(crypto, keys, root, { ...terms, ...change })

  test('gives what is read back, methods in their one order', () => {
    const issued = issue({ notBefore: 2, audience: node.principal, parent: grid.adoption.id })
    const { ok } = readToken(crypto, keys, issued.bytes)
    assert.ok(ok)
    assert.deepEqual({ ...ok.capability }, { ...issued })
    assert.deepEqual(issued.methods, ['a', 'b'])
  })

  test('gives every caveat back, each list in its one order', () => {
    const { arguments: sorted = [], ...rest } = NARROW
    const shuffled = sorted.toReversed().map(({ path, is }) => ({
      path,
      is: is.oneOf === undefined ? is : { oneOf: [...is.oneOf, ...is.oneOf].reverse() },
    }))
    const given = { ...rest, arguments: shuffled, executors: ['b', 'a'] }
    const issued = issue({ audience: node.principal, caveats: given })
    assert.deepEqual(sortedByName(issued.caveats), sortedByName(NARROW))
    const { ok } = readToken(crypto, keys, issued.bytes)
    assert.deepEqual(ok?.capability.caveats, issued.caveats)
  })

  test('leaves out caveats that restrict nothing', () => {
    const unsaid = { rate: undefined } as unknown as Caveats
    const issued = issue({ caveats: { budget: {}, arguments: [], total: {}, ...unsaid } })
    assert.deepEqual(issued.caveats, {})
    assert.ok(readToken(crypto, keys, issued.bytes).ok)
  })

  test('never gives two tokens one id', () => assert.ok(!issue({}).id.equals(issue({}).id)))

  test('refuses terms that nobody could read', () => {
    const wrong: Partial<CapabilityTerms>[] = [
      { methods: [] },
      { methods: ['*', 'a'] },
      { methods: ['x'.repeat(LIMITS.nameBytes + 1)] },
      { holder: 'nobody' },
      { holder: '' as Principal },
      { caveats: { budget: { fuel: -1 } } },
      { caveats: { budget: { fuel: 1.5 } } },
      { caveats: { total: { calls: 1 } } },
      { caveats: { rate: { calls: 1, seconds: 1 } } },
      { caveats: { rate: { calls: 1, seconds: 0 } }, audience: node.principal },
      { caveats: { executors: [] } },
      { caveats: { feedSeconds: 0.5 } },
      { caveats: { delegable: false } as Caveats },
      { caveats: { arguments: [{ path: ['to'], is: {} }] } },
      { caveats: { arguments: [{ path: ['to'], is: { not: 1 } as object }] } },
      { caveats: { arguments: [{ path: ['to'], is: { equals: 0.5 } }] } },
      { caveats: { arguments: [{ path: ['to'], is: { oneOf: [] } }] } },
      { caveats: { arguments: [{ path: ['to'], is: { range: {} } }] } },
      { caveats: { arguments: [{ path: ['to'], is: { range: { min: 2, max: 1 } } }] } },
      { caveats: { arguments: ['to', 'to'].map((step) => ({ path: [step], is: { equals: 1 } })) } },
      { expires: -1 },
      { expires: 1.5 },
      { expires: Number.NaN },
      { notBefore: -1 },
      { audience: '' },
      { resource: { kind: 'label', owner: node.principal, prefix: 'a//b' } },
      { resource: { kind: 'space', owner: node.principal, space: '', prefix: bytes(0) } },
      { resource: { kind: 'space', owner: node.principal, space: 'x', prefix: bytes(257) } },
      { grid: createCid(CODEC.raw, bytes(32)) },
      { parent: createCid(CODEC.dagCbor, bytes(32)) },
    ]
    assert.throws(() => issue({ holder: 'nobody' }), { name: 'TypeError', message: /^holder: / })
    assert.throws(() => issue({ methods: [] }), { name: 'TypeError', message: /^methods must be / })
    const unknown = { caveats: { delegable: false } as Caveats }
    assert.throws(() => issue(unknown), { name: 'TypeError', message: /^there is no caveat delegable/ })
    for (const change of wrong) assert.throws(() => issue(change), TypeError, JSON.stringify(change))
  })
})

function sortedByName(fields: object): object {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)))
}
