/** Explain: why a message or a chain would be refused, as far as it was read, with what would fix it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { REFUSALS } from '../index.ts'
import { treeOf } from '../explain-tree.ts'
import { foundGrid, people } from './fixture.ts'
import type { Capability, ExplainedChain, ExplainedRule } from '../index.ts'
import type { Grid } from './fixture.ts'

const { node, root, alice, bob, mallory } = people

const ids = (links: readonly (Capability | undefined)[]): (string | undefined)[] =>
  links.map((link) => link?.id.toString())

/** Every rule that failed, of whatever link. */
function failed({ rules, links }: ExplainedChain): ExplainedRule[] {
  return [...rules, ...links.flatMap((link) => link.rules)].filter(({ pass }) => !pass)
}

/** Alice's capability and what she passed on to bob. */
function chainOf(grid: Grid, terms: object = {}): [Capability, Capability] {
  const own = grid.grant()
  return [own, grid.grant({ by: alice, parent: own, holder: bob.principal, ...terms })]
}

describe('a message that is explained', () => {
  test('has each link with its rules, all of them held, and nothing to fix', async () => {
    const grid = await foundGrid()
    const chain = chainOf(grid)
    const { refusal, tree, links, checks } = await grid.kernel.explain(grid.compose({ as: bob, chain }).bytes)
    assert.equal(refusal, undefined)
    assert.deepEqual(ids(links), ids([grid.adoption, ...chain]))
    assert.deepEqual(
      tree.links.map(({ link, capability, isVerified }) => [link, capability?.holder, isVerified]),
      [
        [0, root.principal, true],
        [1, alice.principal, true],
        [2, bob.principal, true],
      ],
    )
    assert.deepEqual(failed(tree), [])
    assert.deepEqual(tree.table, [])
    const told = tree.rules.length + tree.links.reduce((sum, { rules }) => sum + rules.length, 0)
    assert.equal(told, checks.length)
  })

  test('of somebody else still has the links, and says which rule fails and what helps', async () => {
    const grid = await foundGrid()
    const chain = chainOf(grid)
    const explained = await grid.kernel.explain(grid.compose({ as: mallory, chain }).bytes)
    assert.equal(explained.refusal?.code, 'POP')
    assert.equal(explained.chain, undefined)
    assert.deepEqual(ids(explained.links), ids([grid.adoption, ...chain]))
    const [rule, ...more] = failed(explained.tree)
    assert.deepEqual(more, [])
    assert.equal(rule?.rule, 'capability.md#possession')
    assert.equal(rule.link, 2)
    assert.equal(rule.fix, REFUSALS.POP.fix)
  })

  test('with a link that cannot be read has those before it', async () => {
    const grid = await foundGrid()
    const [first, second] = chainOf(grid)
    const broken = second.bytes.subarray(1)
    const { refusal, links, tree } = await grid.kernel.explain(
      grid.compose({ as: bob, chain: [first, broken] }).bytes,
    )
    assert.equal(refusal?.code, 'SHAPE')
    assert.deepEqual(ids(links), ids([undefined, first]))
    assert.deepEqual(
      tree.links.map(({ capability, rules }) => [capability?.id.toString(), rules.map(({ pass }) => pass)]),
      [
        [undefined, []],
        [first.id.toString(), [true]],
        [undefined, [false]],
      ],
    )
  })

  test('counts a link of the node itself as link 0', async () => {
    const grid = await foundGrid()
    const direct = grid.grant({ by: node, parent: null })
    const { tree, links } = await grid.kernel.explain(grid.compose({ chain: [direct] }).bytes)
    assert.deepEqual(ids(links), ids([direct]))
    assert.equal(tree.links.length, 1)
    assert.equal(tree.links[0]?.rules[0]?.rule, 'capability.md#form')
  })

  test('with a forged link calls what it says its own account', async () => {
    const grid = await foundGrid()
    const [first, second] = chainOf(grid)
    const forged = Uint8Array.from(second.bytes)
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
    const { refusal, tree } = await grid.kernel.explain(
      grid.compose({ as: bob, chain: [first, forged] }).bytes,
    )
    assert.equal(refusal?.code, 'SIG')
    assert.deepEqual(
      tree.links.map(({ isVerified }) => isVerified),
      [true, true, false],
    )
    assert.equal(tree.links[2]?.capability?.holder, bob.principal)
  })

  test('that lends chains has each of them judged as its own, and is not refused for them', async () => {
    const grid = await foundGrid()
    const resource = grid.space('notes')
    const good = grid.grant({ by: node, parent: null, resource, methods: ['get'] })
    const others = grid.grant({ by: node, parent: null, resource, holder: bob.principal })
    const old = grid.grant({ by: node, parent: null, resource, expires: grid.time.now })
    const table = [[good.bytes], [others.bytes], [old.bytes], [Uint8Array.of(1)]]
    const { refusal, tree } = await grid.kernel.explain(grid.compose({ table }).bytes)
    assert.equal(refusal, undefined)
    assert.deepEqual(
      tree.table.map((lent) => lent.refusal?.code ?? 'ok'),
      ['ok', 'POP', 'EXPIRED', 'SHAPE'],
    )
    assert.deepEqual(tree.table[0]?.grant?.methods, ['get'])
    assert.deepEqual(tree.table[0]?.through, [node.principal])
    assert.deepEqual(ids(tree.table[2]?.links ?? []), ids([old]))
  })

  test('leaves nothing behind, and tells its sender nothing more than before', async () => {
    const grid = await foundGrid()
    const sent = grid.compose({ as: mallory, chain: chainOf(grid) })
    const before = await grid.fingerprint()
    await grid.kernel.explain(sent.bytes)
    assert.equal(await grid.fingerprint(), before)
    assert.deepEqual(await grid.send(sent, mallory), { signed: false, code: 'DENIED' })
  })

  test('that is no message has no links and no table', async () => {
    const grid = await foundGrid()
    const { refusal, links, tree } = await grid.kernel.explain(Uint8Array.of(1))
    assert.equal(refusal?.code, 'SHAPE')
    assert.deepEqual([links, tree.links, tree.table], [[], [], []])
    assert.equal(failed(tree).length, 1)
  })

  test('while the clock waits for its operator is refused for that alone', async () => {
    const grid = await foundGrid()
    await grid.send()
    grid.time.now += 3 * 24 * 3_600
    const { refusal, tree } = await grid.kernel.explain(grid.compose().bytes)
    assert.equal(refusal?.code, 'CLOCK')
    assert.deepEqual(tree, { rules: [], links: [], table: [] })
  })
})

describe('a chain that is explained', () => {
  const tokens = (chain: readonly Capability[]): Uint8Array[] => chain.map(({ bytes }) => bytes)

  test('says what it grants, to whom and through whom, without the key of its holder', async () => {
    const grid = await foundGrid()
    const chain = chainOf(grid, { caveats: { budget: { fuel: 9 } }, methods: ['echo'] })
    const explained = await grid.kernel.explainTokens(tokens(chain))
    assert.equal(explained.refusal, undefined)
    assert.equal(explained.holder, bob.principal)
    assert.deepEqual(explained.through, [node.principal, root.principal, alice.principal])
    assert.deepEqual(explained.grant?.methods, ['echo'])
    assert.deepEqual(explained.grant.caveats.budget, { fuel: 9 })
    assert.ok(explained.checks.every(({ rule, pass }) => pass && rule.startsWith('capability.md#')))
  })

  test('of a bearer is explained as whoever has it would use it', async () => {
    const grid = await foundGrid()
    const { refusal, holder } = await grid.kernel.explainTokens([grid.grant({ holder: 'bearer' }).bytes])
    assert.deepEqual([refusal, holder], [undefined, 'bearer'])
  })

  test('may be named by the ids of tokens the node keeps', async () => {
    const grid = await foundGrid()
    const { refusal, grant } = await grid.kernel.explainTokens([grid.adoption.id])
    assert.equal(refusal, undefined)
    assert.equal(grant?.resource.kind, 'node')
  })

  const refused: Record<string, [code: string, chain: (grid: Grid) => (Uint8Array | Capability['id'])[]]> = {
    'has expired': ['EXPIRED', (grid) => [grid.grant({ expires: grid.time.now }).bytes]],
    'is not valid yet': ['EARLY', (grid) => [grid.grant({ notBefore: grid.time.now + 1 }).bytes]],
    'promises more than the link above': [
      'ATTEN',
      (grid) => {
        const own = grid.grant({ methods: ['echo'] })
        return tokens([own, grid.grant({ by: alice, parent: own, methods: ['*'] })])
      },
    ],
    'lacks a link': ['CHAIN', (grid) => [chainOf(grid)[1].bytes]],
    'has links of others': ['CHAIN', (grid) => tokens([grid.grant(), chainOf(grid)[1]])],
    'is of another grid': ['GRID', (grid) => [grid.grant({ grid: grid.protocol('echo') }).bytes]],
    'is for another node': ['AUD', (grid) => [grid.grant({ audience: bob.principal }).bytes]],
    'is empty': ['CHAIN', () => []],
    'is no token': ['SHAPE', () => [Uint8Array.of(1)]],
    'is not kept': ['MISSING', (grid) => [grid.grant().id]],
  }
  for (const [name, [code, chain]] of Object.entries(refused))
    test(`that ${name} grants nothing: ${code}`, async () => {
      const grid = await foundGrid()
      const { refusal, grant, through, tree } = await grid.kernel.explainTokens(chain(grid))
      assert.equal(refusal?.code, code)
      assert.deepEqual([grant, through], [undefined, undefined])
      assert.equal(failed(tree)[0]?.fix, refusal.fix)
    })
})

describe('rules of whatever stage', () => {
  test('find their place by their link, also one of which nothing was read', () => {
    const check = { stage: 'execute', rule: 'x.md#y', pass: false, detail: '', code: 'BUSY' } as const
    const { rules, links } = treeOf({ checks: [check, { ...check, link: 2 }], links: [] })
    assert.deepEqual(rules, [{ ...check, fix: REFUSALS.BUSY.fix }])
    assert.deepEqual(
      links.map((link) => link.rules.length),
      [0, 0, 1],
    )
  })
})
