/** Chains, through the front door: from this node's own promise to the sender, link by link. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { issueToken, principalOf, readToken } from '../../index.ts'
import { CLAIM } from '../../message/labels.ts'
import { idKey, SPACE } from '../../spaces.ts'
import { assertRefused } from '../assert-refused.ts'
import { countingCrypto } from '../counting-crypto.ts'
import { foundGrid, people, person, seededCrypto } from '../fixture.ts'
import { forge, header, messageClaims, sealObject, tokenClaims } from '../forge.ts'
import type { CID } from 'multiformats/cid'
import type { Capability, Caveats, Constraint, Signer } from '../../index.ts'
import type { Grid, Terms } from '../fixture.ts'

const { alice, bob, carol, mallory, node, root } = people
const DAY = 24 * 3_600

/** root → alice → bob → alice → … : `length` delegations below the adoption, the last one held by alice. */
function delegations(grid: Grid, length: number, terms: Terms = {}): Capability[] {
  const holders = Array.from({ length }, (_, index) => ((length - index) % 2 === 1 ? alice : bob))
  const chain: Capability[] = []
  for (const [index, holder] of holders.entries()) {
    const by = index === 0 ? root : (holders[index - 1] as Signer)
    const parent = chain[index - 1] ?? grid.adoption
    chain.push(grid.grant({ ...terms, by, parent, holder: holder.principal }))
  }
  return chain
}

describe('a chain is accepted', async () => {
  const grid = await foundGrid()

  for (const length of [1, 2, 3, 9])
    test(`with ${length} delegations below the adoption`, async () =>
      assert.equal((await grid.send({ chain: delegations(grid, length) })).code, 'kept'))

  test('that is the adoption alone, by the one who was adopted', async () =>
    assert.equal((await grid.send({ as: root, chain: [grid.adoption] })).code, 'kept'))

  test('that shows the adoption itself, as bytes or by its id', async () => {
    const [link] = delegations(grid, 1)
    assert.ok(link)
    assert.equal((await grid.send({ chain: [grid.adoption, link] })).code, 'kept')
    assert.equal((await grid.send({ chain: [grid.adoption.id, link] })).code, 'kept')
  })

  test('of nine tokens, whether the adoption is one of them or not', async () => {
    assert.equal((await grid.send({ chain: [grid.adoption, ...delegations(grid, 8)] })).code, 'kept')
    const ten = grid.compose({ chain: [grid.adoption, ...delegations(grid, 9)] })
    await assertRefused(grid, ten, 'LIMIT')
  })

  test('that begins with a promise of this node to the sender, without adoption', async () => {
    const direct = grid.grant({ by: node, parent: null })
    assert.equal((await grid.send({ chain: [direct] })).code, 'kept')
    const onward = grid.grant({ by: alice, parent: direct, holder: bob.principal })
    assert.equal((await grid.send({ as: bob, chain: [direct, onward] })).code, 'kept')
  })

  test('that names tokens the node keeps by their ids', async () => {
    const chain = delegations(grid, 3)
    for (const link of chain.slice(0, 2)) assert.ok((await grid.kernel.keepToken(link.bytes)).ok)
    const [first, second, third] = chain as [Capability, Capability, Capability]
    assert.equal((await grid.send({ chain: [first.id, second.id, third] })).code, 'kept')
  })

  test('across kinds of keys', async () => {
    const toCarol = grid.grant({ holder: carol.principal })
    const toAlice = grid.grant({ by: carol, parent: toCarol })
    assert.equal((await grid.send({ chain: [toCarol, toAlice] })).code, 'kept')
  })

  test('that comes back to the node and leaves it again', async () => {
    const toNode = grid.grant({ holder: node.principal })
    const toAlice = grid.grant({ by: node, parent: toNode })
    assert.equal((await grid.send({ chain: [grid.adoption, toNode, toAlice] })).code, 'kept')
  })

  test('while a sibling of its last link is worth nothing to its sender', async () => {
    const [first] = delegations(grid, 1) as [Capability]
    const [toBob, toCarol] = [bob, carol].map((each) =>
      grid.grant({ by: alice, parent: first, holder: each.principal }),
    ) as [Capability, Capability]
    assert.equal((await grid.send({ as: bob, chain: [first, toBob] })).code, 'kept')
    await assertRefused(grid, grid.compose({ as: bob, chain: [first, toCarol] }), 'POP', { as: bob })
  })
})

const where = (is: Constraint): Terms => ({ caveats: { arguments: [{ path: ['to'], is }] } })
const counted = (caveats: Caveats): Terms => ({ audience: node.principal, caveats })

/** Each changes one thing of an honest second delegation, alice's to bob; the message is bob's. */
const EXCESSES: Record<string, [Terms, Terms, string]> = {
  'adds a method': [{ methods: ['echo'] }, { methods: ['echo', 'put'] }, 'methods'],
  'makes a list of methods every method': [{ methods: ['echo'] }, { methods: ['*'] }, 'methods'],
  'expires later': [{ expires: 1_780_000_100 }, { expires: 1_780_000_101 }, 'time'],
  'begins earlier': [{ notBefore: 1_779_999_999 }, { notBefore: 1_779_999_998 }, 'time'],
  'forgets when to begin': [{ notBefore: 1_779_999_999 }, {}, 'time'],
  'forgets its node': [{ audience: node.principal }, {}, 'audience'],
  'drops a budget': [{ caveats: { budget: { fuel: 10 } } }, {}, 'budget'],
  'raises a budget': [{ caveats: { budget: { fuel: 10 } } }, { caveats: { budget: { fuel: 11 } } }, 'budget'],
  'states another budget instead': [
    { caveats: { budget: { fuel: 10 } } },
    { caveats: { budget: { memoryBytes: 1 } } },
    'budget',
  ],
  'drops one of two budgets': [
    { caveats: { budget: { fuel: 10, wallMs: 5 } } },
    { caveats: { budget: { fuel: 10 } } },
    'budget',
  ],
  'drops a constraint': [where({ equals: 'bob' }), {}, 'arguments'],
  'widens a constraint': [where({ prefix: 'a/' }), where({ prefix: 'a' }), 'arguments'],
  'allows one value more': [where({ oneOf: ['a'] }), where({ oneOf: ['a', 'b'] }), 'arguments'],
  'constrains something else instead': [
    where({ equals: 'bob' }),
    { caveats: { arguments: [{ path: ['from'], is: { equals: 'bob' } }] } },
    'arguments',
  ],
  'drops a total': [counted({ total: { calls: 3 } }), counted({}), 'total'],
  'raises a total': [counted({ total: { calls: 3 } }), counted({ total: { calls: 4 } }), 'total'],
  'raises a rate': [
    counted({ rate: { calls: 3, seconds: 60 } }),
    counted({ rate: { calls: 4, seconds: 60 } }),
    'rate',
  ],
  'counts calls in another span': [
    counted({ rate: { calls: 3, seconds: 60 } }),
    counted({ rate: { calls: 3, seconds: 120 } }),
    'rate',
  ],
  'adds an executor': [
    { caveats: { executors: [node.principal] } },
    { caveats: { executors: [node.principal, bob.principal].sort() } },
    'executors',
  ],
  'drops the executors': [{ caveats: { executors: [node.principal] } }, {}, 'executors'],
  'takes older news': [{ caveats: { feedSeconds: 60 } }, { caveats: { feedSeconds: 61 } }, 'feed'],
  'stands behind a final one': [
    { caveats: { final: true, budget: { fuel: 10 } } },
    { caveats: { final: true, budget: { fuel: 5 } } },
    'final',
  ],
}

describe('a chain is refused when a link', async () => {
  const grid = await foundGrid()
  for (const [what, [parentTerms, childTerms, rule]] of Object.entries(EXCESSES)) {
    test(`${what}: ATTEN`, async () => {
      const first = grid.grant(parentTerms)
      const second = grid.grant({ ...childTerms, by: alice, parent: first, holder: bob.principal })
      const sent = grid.compose({ as: bob, chain: [first, second] })
      await assertRefused(grid, sent, 'ATTEN', {
        signed: true,
        as: bob,
        link: 2,
        rule: `capability.md#attenuation-${rule}`,
      })
    })
  }

  const label = (prefix: string): Terms => ({ resource: { kind: 'label', owner: node.principal, prefix } })
  const space = (prefix: string, name = 'notes', owner = node.principal): Terms => ({
    resource: { kind: 'space', owner, space: name, prefix: new TextEncoder().encode(prefix) },
  })
  const code = (name: string): Terms => ({ resource: { kind: 'code', protocol: grid.protocol(name) } })
  const everything = (owner: string): Terms => ({ resource: { kind: 'node', owner } })
  const widenings: Record<string, [Terms, Terms]> = {
    'reaches beside a label with a longer name': [label('a/b'), label('a/bc')],
    'reaches above a label': [label('a/b'), label('a')],
    'reaches all labels': [label('a'), label('')],
    'reaches before a prefix': [space('ab'), space('a')],
    'reaches beside a prefix': [space('ab'), space('ac')],
    'reaches a space with a longer name': [space(''), space('', 'notes2')],
    'reaches a space of the kernel': [space(''), space('', '.tokens')],
    'makes a space of somebody else of it': [space(''), space('', 'notes', bob.principal)],
    'makes a label of a space': [space('a'), label('a')],
    'makes code of a space': [space(''), code('echo')],
    'makes a space of code': [code('store'), space('')],
    'goes to other code': [code('echo'), code('store')],
    'makes everything of code': [code('echo'), everything(node.principal)],
    'makes everything of somebody else of everything here': [
      everything(node.principal),
      everything(bob.principal),
    ],
    'makes a space of somebody else of everything here': [
      everything(node.principal),
      space('', 'notes', bob.principal),
    ],
  }
  for (const [what, [outer, inner]] of Object.entries(widenings)) {
    test(`${what}: ATTEN`, async () => {
      const first = grid.grant(outer)
      const second = grid.grant({ ...inner, by: alice, parent: first, holder: bob.principal })
      const sent = grid.compose({ as: bob, chain: [first, second] })
      const rule = 'capability.md#attenuation-resource'
      await assertRefused(grid, sent, 'ATTEN', { signed: true, as: bob, link: 2, rule })
    })
  }

  test('refreshes its own expiry: ATTEN', async () => {
    const first = grid.grant({ expires: grid.time.now + 10 })
    const second = grid.grant({ by: alice, parent: first, expires: grid.time.now + 20 })
    await assertRefused(grid, grid.compose({ chain: [first, second] }), 'ATTEN', { signed: true, link: 2 })
  })

  test('is signed by the grandparent: KEY, or SIG when it shows the right key', async () => {
    const [first, second, third] = delegations(grid, 3) as [Capability, Capability, Capability]
    const claims = readToken(grid.crypto, grid.keys, second.bytes).ok?.object.signature.payload
    assert.ok(claims)
    const byRoot = sealObject(grid, root, 'capability', claims)
    await assertRefused(grid, grid.compose({ chain: [first, byRoot, third] }), 'KEY', { link: 2 })
    const shown = sealObject(grid, root, 'capability', claims, { header: header(grid, bob, 'capability') })
    const holder = grid.keys.read(first.holder).ok
    assert.ok(holder)
    const code = first.holder === bob.principal ? 'SIG' : 'KEY'
    await assertRefused(grid, grid.compose({ chain: [first, shown, third] }), code, { link: 2 })
  })

  test('is issued by somebody who does not hold the one before: CHAIN', async () => {
    const first = grid.grant()
    const stolen = grid.grant({ by: mallory, parent: first, holder: mallory.principal })
    await assertRefused(grid, grid.compose({ as: mallory, chain: [first, stolen] }), 'CHAIN', {
      as: mallory,
      link: 2,
      rule: 'capability.md#holder',
    })
  })

  test('names another parent, or none: CHAIN', async () => {
    const [first, other] = [grid.grant(), grid.grant()]
    for (const parent of [other, null, grid.adoption]) {
      const second = grid.grant({ by: alice, parent, holder: bob.principal })
      const sent = grid.compose({ as: bob, chain: [first, second] })
      await assertRefused(grid, sent, 'CHAIN', { as: bob, link: 2, rule: 'capability.md#parent' })
    }
  })

  test('is out of order, left out, or shown twice: CHAIN', async () => {
    const [first, second, third] = delegations(grid, 3) as [Capability, Capability, Capability]
    for (const chain of [
      [second, first, third],
      [first, third],
      [first, first, second, third],
      [first, second, third, third],
      [first, second, first],
      [third, second, first],
    ])
      await assertRefused(grid, grid.compose({ chain }), 'CHAIN')
  })

  test('is not yet, or no longer, valid: EARLY and EXPIRED without any allowance', async () => {
    const { now } = grid.time
    for (const [terms, code] of [
      [{ expires: now }, 'EXPIRED'],
      [{ expires: now + 1 }, undefined],
      [{ notBefore: now }, undefined],
      [{ notBefore: now + 1 }, 'EARLY'],
    ] as const) {
      const [first] = [grid.grant(terms)]
      const second = grid.grant({ ...terms, by: alice, parent: first, holder: bob.principal })
      const sent = grid.compose({ as: bob, chain: [first, second] })
      if (code === undefined) assert.equal((await grid.send(sent, bob)).code, 'kept')
      else
        await assertRefused(grid, sent, code, { signed: true, as: bob, link: 1, rule: 'capability.md#time' })
    }
  })

  test('expires further ahead than any token may: LIFETIME', async () => {
    const far = grid.grant({ by: node, parent: null, expires: grid.time.now + 366 * DAY + 1 })
    await assertRefused(grid, grid.compose({ chain: [far] }), 'LIFETIME', { signed: true, link: 0 })
    const edge = grid.grant({ by: node, parent: null, expires: grid.time.now + 366 * DAY })
    assert.equal((await grid.send({ chain: [edge] })).code, 'kept')
  })

  test('can be claimed only at another node: AUD', async () => {
    const elsewhere = grid.grant({ audience: bob.principal })
    await assertRefused(grid, grid.compose({ chain: [elsewhere] }), 'AUD', { signed: true, link: 1 })
    const here = grid.grant({ audience: node.principal })
    assert.equal((await grid.send({ chain: [here] })).code, 'kept')
  })

  test('names executors, and this node is none of them: AUD', async () => {
    const elsewhere = grid.grant({ caveats: { executors: [bob.principal] } })
    const rule = 'capability.md#executors'
    await assertRefused(grid, grid.compose({ chain: [elsewhere] }), 'AUD', { signed: true, link: 1, rule })
    const here = grid.grant({ caveats: { executors: [bob.principal, node.principal].sort() } })
    assert.equal((await grid.send({ chain: [here] })).code, 'kept')
    const onward = grid.grant({
      by: alice,
      parent: here,
      holder: bob.principal,
      caveats: { executors: [bob.principal] },
    })
    const sent = grid.compose({ as: bob, chain: [here, onward] })
    await assertRefused(grid, sent, 'AUD', { signed: true, as: bob, link: 2, rule })
  })

  test('is final: its holder may use it, and delegate nothing', async () => {
    const final = grid.grant({ caveats: { final: true } })
    assert.equal((await grid.send({ chain: [final] })).code, 'kept')
    for (const holder of [alice, bob]) {
      const onward = grid.grant({ by: alice, parent: final, holder: holder.principal })
      const sent = grid.compose({ as: holder, chain: [final, onward] })
      const rule = 'capability.md#attenuation-final'
      await assertRefused(grid, sent, 'ATTEN', { signed: true, as: holder, link: 2, rule })
    }
  })

  test('belongs to another grid: GRID', async () => {
    const other = await foundGrid({ roots: [bob] })
    const foreign = grid.grant({ by: node, parent: null, grid: other.grid })
    await assertRefused(grid, grid.compose({ chain: [foreign] }), 'GRID', { signed: true, link: 0 })
  })

  test('has a caveat nobody here knows: CAVEAT, though all signatures hold', async () => {
    const token = sealObject(
      grid,
      root,
      'capability',
      tokenClaims(grid, [[CLAIM.caveats, new Map([['count', 3]])]]),
    )
    await assertRefused(grid, grid.compose({ chain: [token] }), 'CAVEAT')
  })

  test('is malformed: the code of its form', async () => {
    const token = grid.grant().bytes
    const cut = token.slice(0, -1)
    const long = Uint8Array.from([0xd8, 0x12, ...token.subarray(1)])
    await assertRefused(grid, grid.compose({ chain: [cut] }), 'DECODE')
    await assertRefused(grid, grid.compose({ chain: [long] }), 'CANON')
    await assertRefused(grid, grid.compose({ chain: [Uint8Array.of(1)] }), 'SHAPE')
  })

  test('is malformed: the link is told, the adoption being link 0 also where it is not shown', async () => {
    const cut = grid.grant().bytes.slice(0, -1)
    const direct = grid.grant({ by: node, parent: null })
    const onward = grid.grant({ by: alice, parent: direct, holder: bob.principal })
    for (const [chain, link] of [
      [[cut], 1],
      [[grid.grant(), cut], 2],
      [[grid.adoption, cut], 1],
      [[direct, cut], 1],
      [[direct, onward, cut], 2],
    ] as const)
      await assertRefused(grid, grid.compose({ chain }), 'DECODE', { link })
  })

  test('is not here: MISSING, and nothing is fetched', async () => {
    const { id } = grid.grant()
    await assertRefused(grid, grid.compose({ chain: [id] }), 'MISSING')
    const sent = grid.compose({ chain: [grid.grant(), id] })
    await assertRefused(grid, sent, 'MISSING')
    assert.deepEqual((await grid.kernel.explain(sent.bytes)).refusal?.missing, [id.toString()])
  })

  test('is a receipt, a policy or a message: SHAPE', async () => {
    await assertRefused(grid, grid.compose({ chain: [grid.compose().bytes] }), 'SHAPE')
  })
})

describe('the beginning of a chain', async () => {
  const grid = await foundGrid()

  test('is a promise of this node, never one of the sender about somebody else', async () => {
    const own = grid.grant({ by: mallory, parent: null, holder: mallory.principal })
    await assertRefused(grid, grid.compose({ as: mallory, chain: [own] }), 'CHAIN', { as: mallory, link: 0 })
    const { id } = grid.grant()
    for (const parent of [id, own.id]) {
      const token = grid.grant({ by: mallory, parent, holder: mallory.principal })
      await assertRefused(grid, grid.compose({ as: mallory, chain: [token] }), 'CHAIN', {
        as: mallory,
        link: 0,
        rule: 'capability.md#adoption',
      })
    }
  })

  test('is not a delegation that the node merely keeps', async () => {
    const first = grid.grant({ holder: bob.principal })
    assert.ok((await grid.kernel.keepToken(first.bytes)).ok)
    const second = grid.grant({ by: bob, parent: first, holder: mallory.principal })
    await assertRefused(grid, grid.compose({ as: mallory, chain: [second] }), 'CHAIN', {
      as: mallory,
      link: 0,
    })
  })

  test('is not somebody else who names the node as issuer', async () => {
    const claims = tokenClaims(grid, [
      [CLAIM.iss, node.principal],
      [CLAIM.parent, undefined],
    ])
    const forged = sealObject(grid, mallory, 'capability', claims)
    await assertRefused(grid, grid.compose({ chain: [forged] }), 'KEY', { link: 0 })
    const shown = sealObject(grid, mallory, 'capability', claims, {
      header: header(grid, node, 'capability'),
    })
    await assertRefused(grid, grid.compose({ chain: [shown] }), 'SIG', { link: 0 })
  })

  test('is not a delegation by the node of something it was given', async () => {
    const toNode = grid.grant({ holder: node.principal })
    const onward = grid.grant({ by: node, parent: toNode })
    await assertRefused(grid, grid.compose({ chain: [onward] }), 'CHAIN', { link: 0 })
  })

  test('is not a promise about what belongs to somebody else', async () => {
    for (const resource of [
      { kind: 'node', owner: bob.principal },
      { kind: 'space', owner: bob.principal, space: 'notes', prefix: new Uint8Array(0) },
      { kind: 'label', owner: bob.principal, prefix: '' },
    ] as const) {
      const direct = grid.grant({ by: node, parent: null, resource })
      const sent = grid.compose({
        chain: [direct],
        protocol: grid.protocol('store'),
        method: 'list',
        resource,
      })
      await assertRefused(grid, sent, 'RESOURCE', { signed: true, link: 0 })
    }
  })

  test('is missing when a message presents nothing', async () =>
    assertRefused(grid, grid.compose({ chain: [] }), 'CHAIN', { rule: 'capability.md#presented' }))

  test('is missing also for the node itself: there is no ambient authority', async () => {
    await assertRefused(grid, grid.compose({ as: node, chain: [] }), 'CHAIN', { as: node })
    await assertRefused(grid, grid.compose({ as: node, chain: [grid.adoption] }), 'POP', { as: node })
    const own = grid.grant({ by: node, parent: null, holder: node.principal })
    assert.equal((await grid.send({ as: node, chain: [own] })).code, 'kept')
  })
})

describe('possession', async () => {
  const grid = await foundGrid()

  test('is of the last link: a chain overheard is worth nothing', async () => {
    const chain = delegations(grid, 2)
    await assertRefused(grid, grid.compose({ as: mallory, chain }), 'POP', { as: mallory })
    await assertRefused(grid, grid.compose({ as: bob, chain }), 'POP', { as: bob })
    await assertRefused(grid, grid.compose({ as: root, chain: [grid.grant()] }), 'POP', { as: root })
  })

  test('of a bearer token is whoever has the bytes', async () => {
    const bearer = grid.grant({ holder: 'bearer' })
    for (const as of [alice, mallory, carol])
      assert.equal((await grid.send({ as, chain: [bearer] })).code, 'kept')
  })

  test('of a bearer token cannot be passed on by another token', async () => {
    const bearer = grid.grant({ holder: 'bearer' })
    const child = grid.grant({ by: mallory, parent: bearer, holder: mallory.principal })
    const sent = grid.compose({ as: mallory, chain: [bearer, child] })
    await assertRefused(grid, sent, 'CHAIN', { as: mallory, link: 2, rule: 'capability.md#holder' })
    const nobody = sealObject(
      grid,
      mallory,
      'capability',
      tokenClaims(grid, [
        [CLAIM.iss, 'bearer'],
        [CLAIM.parent, bearer.id],
      ]),
    )
    await assertRefused(grid, grid.compose({ chain: [bearer, nobody] }), 'CHAIN', { link: 2 })
  })

  test('of a bearer token is never by an id', async () => {
    const bearer = grid.grant({ holder: 'bearer' })
    assert.equal((await grid.kernel.keepToken(bearer.bytes)).refused?.code, 'SHAPE')
    await assertRefused(grid, grid.compose({ as: mallory, chain: [bearer.id] }), 'MISSING', { as: mallory })
  })

  test("of a key that anyone can sign with is nobody's: KEY", async () => {
    const identity = Uint8Array.from([1, ...new Uint8Array(31)])
    const key = new Map<number, unknown>([
      [1, 1],
      [3, -19],
      [-1, 6],
      [-2, identity],
    ])
    const weak = principalOf({ algorithm: 'Ed25519', bytes: identity })
    const token = sealObject(grid, root, 'capability', tokenClaims(grid, [[CLAIM.cnf, new Map([[1, key]])]]))
    const signature = (): Uint8Array => Uint8Array.from([...identity, ...new Uint8Array(32)])
    const claims = messageClaims(grid, [
      [CLAIM.iss, weak],
      [CLAIM.capabilities, [token]],
    ])
    await assertRefused(grid, forge(grid, { claims, seal: { signature } }), 'KEY')
    const id = readToken(grid.crypto, grid.keys, token).ok?.capability.id
    const onward = sealObject(
      grid,
      alice,
      'capability',
      tokenClaims(grid, [
        [CLAIM.iss, weak],
        [CLAIM.parent, id],
      ]),
      { signature },
    )
    await assertRefused(grid, grid.compose({ chain: [token, onward] }), 'KEY', { link: 2 })
  })

  test('of two halves is not possession of the whole', async () => {
    const [code, space] = [
      grid.grant({ methods: ['echo'] }),
      grid.grant({ resource: grid.space('notes'), methods: ['put'] }),
    ]
    await assertRefused(grid, grid.compose({ chain: [code, space] }), 'CHAIN')
    await assertRefused(grid, grid.compose({ chain: [space, code] }), 'CHAIN')
  })
})

describe('what is asked', async () => {
  const grid = await foundGrid()

  test('must be a method of the last link: METHOD', async () => {
    for (const [methods, method] of [
      [['get', 'put'], 'echo'],
      [['echo '], 'echo'],
      [['Echo'], 'echo'],
      [['ech', 'echo2'], 'echo'],
    ] as const)
      await assertRefused(grid, grid.compose({ chain: [grid.grant({ methods })], method }), 'METHOD', {
        signed: true,
        link: 1,
      })
  })

  test('is not every method because it is called *', async () => {
    const chain = [grid.grant({ methods: ['echo'] })]
    await assertRefused(grid, grid.compose({ chain, method: '*' }), 'METHOD', { signed: true })
    const all = [grid.grant({ methods: ['*'] })]
    await assertRefused(grid, grid.compose({ chain: all, method: '*' }), 'UNKNOWN_METHOD', { signed: true })
  })

  test('must be inside the resource of the last link: RESOURCE', async () => {
    const other = grid.compose({ protocol: grid.protocol('store'), method: 'get' })
    await assertRefused(grid, other, 'RESOURCE', { signed: true, link: 1 })
    for (const resource of [
      grid.space('notes'),
      { kind: 'node', owner: node.principal } as const,
      { kind: 'label', owner: node.principal, prefix: '' } as const,
    ])
      await assertRefused(grid, grid.compose({ resource }), 'RESOURCE', { signed: true, link: 1 })
  })

  test('is the code itself, and a descriptor of it is another resource', async () => {
    const raw = grid.grant({ resource: { kind: 'code', protocol: grid.adoption.id } })
    await assertRefused(grid, grid.compose({ chain: [raw] }), 'RESOURCE', { signed: true })
  })
})

describe('before the first signature of a chain', async () => {
  const { crypto, counts } = countingCrypto(seededCrypto())
  const grid = await foundGrid({ crypto })
  const message = 1

  test('ten links are the limit, the adoption among them: LIMIT', async () => {
    const sent = grid.compose({ chain: delegations(grid, 10) })
    counts.reset()
    await grid.kernel.dispatch(sent.bytes)
    assert.equal(counts.verify, message)
    await assertRefused(grid, sent, 'LIMIT', { rule: 'capability.md#length' })
  })

  test('a thousand ids and a thousand junk tokens are one count: LIMIT', async () => {
    const ids = new Array<CID>(1_000).fill(grid.adoption.id)
    const junk = [grid.grant().bytes, ...new Array<Uint8Array>(999).fill(Uint8Array.of(1))]
    for (const capabilities of [ids, junk]) {
      const sent = forge(grid, { claims: messageClaims(grid, [[CLAIM.capabilities, capabilities]]) })
      counts.reset()
      await grid.kernel.dispatch(sent.bytes)
      assert.equal(counts.verify, message)
      await assertRefused(grid, sent, 'LIMIT')
    }
  })

  test('every link is read, and stands behind the one before', async () => {
    const [first, second] = delegations(grid, 2) as [Capability, Capability]
    const late = forge(grid, {
      claims: messageClaims(grid, [[CLAIM.capabilities, [first.bytes, second.bytes, Uint8Array.of(1)]]]),
    })
    counts.reset()
    await grid.kernel.dispatch(late.bytes)
    assert.equal(counts.verify, message)
    counts.reset()
    await grid.kernel.dispatch(grid.compose({ chain: [second, first] }).bytes)
    assert.equal(counts.verify, message)
  })

  test('a host may allow smaller tokens, shown as bytes: LIMIT', async () => {
    const tokenBytes = grid.grant().bytes.length
    const small = await foundGrid({ limits: { tokenBytes } })
    assert.equal((await small.send()).code, 'kept')
    const larger = small.grant({ notBefore: 1 })
    assert.ok(larger.bytes.length > tokenBytes)
    await assertRefused(small, small.compose({ chain: [larger] }), 'LIMIT', { rule: 'capability.md#size' })
  })

  test('a host may allow fewer links', async () => {
    const small = await foundGrid({ limits: { chainLinks: 3 } })
    assert.equal((await small.send({ chain: delegations(small, 2) })).code, 'kept')
    await assertRefused(small, small.compose({ chain: delegations(small, 3) }), 'LIMIT')
  })
})

describe('signatures', async () => {
  const { crypto, counts } = countingCrypto(seededCrypto())
  const grid = await foundGrid({ crypto })
  const verifiedBy = async (sent: { bytes: Uint8Array }): Promise<number> => {
    counts.reset()
    await grid.kernel.dispatch(sent.bytes)
    assert.equal(new Set(counts.signatures).size, counts.signatures.length, 'a signature verified twice')
    return counts.verify
  }

  test('are verified once each when the chain is new, and not again while it is known', async () => {
    const chain = delegations(grid, 4)
    assert.equal(await verifiedBy(grid.compose({ chain })), 1 + 1 + 4)
    assert.equal(await verifiedBy(grid.compose({ chain })), 1)
    const longer = grid.grant({ by: alice, parent: chain[3] as Capability, holder: bob.principal })
    assert.equal(await verifiedBy(grid.compose({ as: bob, chain: [...chain, longer] })), 1 + 1)
  })

  test('of other bytes with the same id are verified by themselves', async () => {
    const link = grid.grant()
    assert.equal(await verifiedBy(grid.compose({ chain: [link] })), 2)
    const claims = readToken(crypto, grid.keys, link.bytes).ok?.object.signature.payload
    assert.ok(claims)
    const forged = sealObject(grid, mallory, 'capability', claims, {
      header: header(grid, root, 'capability'),
    })
    assert.ok(readToken(crypto, grid.keys, forged).ok?.capability.id.equals(link.id))
    await assertRefused(grid, grid.compose({ chain: [forged] }), 'SIG', { link: 1 })
  })

  test('are remembered with the token alone, not with the message it came in', async () => {
    const link = grid.grant()
    const padded = { arguments: { bytes: new Uint8Array(30_000) }, chain: [link] }
    assert.equal((await grid.send(padded)).code, 'kept')
    const { chain } = await grid.kernel.explain(grid.compose(padded).bytes)
    for (const { bytes, nonce } of chain ?? []) {
      assert.ok(bytes.buffer.byteLength < 1_000)
      assert.ok(nonce.buffer.byteLength < 1_000)
    }
    assert.equal(chain?.length, 2)
  })

  test('that failed are not remembered as good', async () => {
    const claims = tokenClaims(grid)
    const forged = sealObject(grid, mallory, 'capability', claims, {
      header: header(grid, root, 'capability'),
    })
    for (let again = 0; again < 3; again += 1)
      await assertRefused(grid, grid.compose({ chain: [forged] }), 'SIG', { link: 1 })
  })

  test('stop at the first that fails', async () => {
    const [first, , third] = delegations(grid, 3) as [Capability, Capability, Capability]
    const claims = readToken(crypto, grid.keys, delegations(grid, 3)[1]?.bytes ?? first.bytes).ok
    assert.ok(claims && third)
    const wrong = sealObject(grid, mallory, 'capability', tokenClaims(grid), {
      header: header(grid, root, 'capability'),
    })
    const next = grid.grant({
      by: alice,
      parent: readToken(crypto, grid.keys, wrong).ok?.capability.id ?? null,
    })
    assert.equal(await verifiedBy(grid.compose({ chain: [wrong, next] })), 1 + 1)
  })
})

describe('tokens a node keeps', async () => {
  const grid = await foundGrid()

  test('are kept only when their signature holds', async () => {
    const forged = sealObject(grid, mallory, 'capability', tokenClaims(grid))
    const before = await grid.fingerprint()
    assert.equal((await grid.kernel.keepToken(forged)).refused?.code, 'KEY')
    assert.equal((await grid.kernel.keepToken(Uint8Array.of(1))).refused?.code, 'SHAPE')
    assert.equal((await grid.kernel.keepToken(grid.grant().bytes.slice(0, -1))).refused?.code, 'DECODE')
    assert.equal(await grid.fingerprint(), before)
  })

  test('are not believed when the store gives others under their id: CHAIN', async () => {
    const [kept, other] = [grid.grant(), grid.grant({ methods: ['echo'] })]
    assert.ok((await grid.kernel.keepToken(kept.bytes)).ok)
    await grid.store.transact((transaction) => transaction.put(SPACE.tokens, idKey(kept.id), other.bytes))
    await assertRefused(grid, grid.compose({ chain: [kept.id] }), 'CHAIN')
    assert.equal((await grid.send({ chain: [other] })).code, 'kept', 'from now on the other one is known')
    await assertRefused(grid, grid.compose({ chain: [kept.id] }), 'CHAIN')
  })

  test('are verified when the store gives the same claims under another signature: SIG', async () => {
    const kept = grid.grant()
    const claims = readToken(grid.crypto, grid.keys, kept.bytes).ok?.object.signature.payload
    assert.ok(claims)
    const forged = sealObject(grid, mallory, 'capability', claims, {
      header: header(grid, root, 'capability'),
    })
    await grid.store.transact((transaction) => transaction.put(SPACE.tokens, idKey(kept.id), forged))
    await assertRefused(grid, grid.compose({ chain: [kept.id] }), 'SIG')
  })
})

describe('an adoption', async () => {
  const grid = await foundGrid()
  const half = 183 * DAY

  test('is one until half its life is over; the old one stays good until it ends', async () => {
    assert.ok((await grid.kernel.adopt(root.principal)).id.equals(grid.adoption.id))
    const old = grid.grant({ expires: grid.time.now + 366 * DAY })
    grid.time.now += half - 1
    await grid.kernel.acceptClock()
    assert.ok((await grid.kernel.adopt(root.principal)).id.equals(grid.adoption.id))
    grid.time.now += 1
    const renewed = await grid.kernel.adopt(root.principal)
    assert.ok(!renewed.id.equals(grid.adoption.id))
    assert.equal(renewed.expires, grid.time.now + 366 * DAY)
    assert.equal((await grid.send({ chain: [old] })).code, 'kept')
    grid.time.now += half
    await grid.kernel.acceptClock()
    await assertRefused(grid, grid.compose({ chain: [old] }), 'EXPIRED', { signed: true, link: 0 })
  })

  test('is of this node, for everything it owns, and survives a restart', async () => {
    const adoption = await grid.kernel.adopt(bob.principal)
    assert.deepEqual(
      { issuer: adoption.issuer, resource: adoption.resource, parent: adoption.parent },
      { issuer: node.principal, resource: { kind: 'node', owner: node.principal }, parent: undefined },
    )
    await grid.restart()
    assert.ok((await grid.kernel.adopt(bob.principal)).id.equals(adoption.id))
  })

  test('is made once, also when it is asked for many times at once', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => grid.kernel.adopt(carol.principal)))
    assert.equal(new Set(made.map(({ id }) => id.toString())).size, 1)
  })

  test('is of a principal: not of whoever has its bytes, and not of a word', async () => {
    const before = await grid.fingerprint()
    for (const holder of ['bearer', 'nobody', '', person('x').principal.slice(1)])
      await assert.rejects(grid.kernel.adopt(holder), TypeError, holder)
    assert.equal(await grid.fingerprint(), before)
  })

  test('cannot be issued by anyone but the node', async () => {
    const forged = issueToken(grid.crypto, grid.keys, mallory, {
      grid: grid.grid,
      holder: mallory.principal,
      resource: { kind: 'node', owner: node.principal },
      methods: ['*'],
      caveats: {},
      expires: grid.time.now + 60,
    })
    assert.ok((await grid.kernel.keepToken(forged.bytes)).ok)
    const below = grid.grant({ by: mallory, parent: forged, holder: mallory.principal })
    for (const chain of [[forged], [forged.id], [below], [forged.id, below]])
      await assertRefused(grid, grid.compose({ as: mallory, chain }), 'CHAIN', { as: mallory, link: 0 })
  })
})
