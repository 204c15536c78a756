/** The capability graph: who may do what through whom, and what counts for nothing. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { capabilityGraph, describeCaveats } from '../../index.ts'
import { foundGrid, people, START } from '../fixture.ts'
import type { Capability, CapabilityGraph, GraphOptions } from '../../index.ts'
import type { Grid } from '../fixture.ts'

const { node, root, alice, bob, mallory, carol } = people

function draw(
  grid: Grid,
  tokens: Iterable<Capability>,
  options: Partial<GraphOptions> = {},
): CapabilityGraph {
  return capabilityGraph(tokens, { node: node.principal, grid: grid.grid, now: grid.time.now, ...options })
}

/** What becomes of one token among others. */
function stateIn({ edges }: CapabilityGraph, { id }: Capability): string | undefined {
  return edges.find((edge) => edge.id.equals(id))?.state
}

describe('the graph', () => {
  test('says through whom each holder may do what', async () => {
    const grid = await foundGrid()
    const own = grid.grant({ methods: ['echo'], caveats: { budget: { fuel: 7 } } })
    const passed = grid.grant({
      by: alice,
      parent: own,
      holder: bob.principal,
      methods: ['echo'],
      caveats: { budget: { fuel: 5 } },
    })
    const names = new Map([[alice.principal, 'alice']])
    const { edges, nodes, leftOut } = draw(grid, [passed, own, grid.adoption], { names })
    assert.deepEqual(
      edges.map(({ holder, state, through }) => [holder, state, through]),
      [
        [root.principal, 'valid', [node.principal]],
        [alice.principal, 'valid', [node.principal, root.principal]],
        [bob.principal, 'valid', [node.principal, root.principal, alice.principal]],
      ],
    )
    assert.deepEqual(edges[2]?.caveats, ['at most 5 fuel each call'])
    assert.match(edges[2].resource, /^handler b/)
    assert.equal(nodes.find(({ principal }) => principal === alice.principal)?.name, 'alice')
    assert.deepEqual(
      nodes.filter(({ isNode }) => isNode).map(({ principal }) => principal),
      [node.principal],
    )
    assert.equal(leftOut, 0)
  })

  test('holds no bytes of a token', async () => {
    const grid = await foundGrid()
    const bearer = grid.grant({ holder: 'bearer' })
    const { edges } = draw(grid, [grid.adoption, bearer])
    assert.ok(edges.every((edge) => !('bytes' in edge) && !('nonce' in edge)))
  })

  test('marks what was taken back, and all that is below it', async () => {
    const grid = await foundGrid()
    const [own, aside] = [grid.grant(), grid.grant()]
    const passed = grid.grant({ by: alice, parent: own, holder: bob.principal })
    const graph = draw(grid, [grid.adoption, own, aside, passed], {
      isRevoked: ({ id }) => id.equals(own.id),
    })
    assert.deepEqual(
      [grid.adoption, own, aside, passed].map((token) => stateIn(graph, token)),
      ['valid', 'revoked', 'valid', 'revoked'],
    )
    assert.match(graph.edges.find(({ id }) => id.equals(passed.id))?.because ?? '', /^a link above it/)
  })

  const states: Record<string, [state: string, token: (grid: Grid) => Capability]> = {
    'past its time': ['expired', (grid) => grid.grant({ expires: START })],
    'before its time': ['not yet', (grid) => grid.grant({ notBefore: START + 1 })],
    'whose parent is not here': [
      'unreachable',
      (grid) => grid.grant({ by: alice, parent: grid.grant(), holder: bob.principal }),
    ],
    'that nobody delegated': ['unreachable', (grid) => grid.grant({ parent: null })],
    'that was not issued by the holder above': ['unreachable', (grid) => grid.grant({ by: mallory })],
    'of another grid': ['unreachable', (grid) => grid.grant({ grid: grid.protocol('echo') })],
    'for another node': ['unreachable', (grid) => grid.grant({ audience: carol.principal })],
    'about what is not of this node': [
      'unreachable',
      (grid) => grid.grant({ by: node, parent: null, resource: { kind: 'node', owner: bob.principal } }),
    ],
    'that promises more than the link above': [
      'unreachable',
      (grid) => grid.grant({ resource: { kind: 'node', owner: bob.principal } }),
    ],
  }
  for (const [name, [state, make]] of Object.entries(states))
    test(`calls a token ${name} ${state}, and says why`, async () => {
      const grid = await foundGrid()
      const token = make(grid)
      const graph = draw(grid, [grid.adoption, token])
      assert.equal(stateIn(graph, token), state)
      const edge = graph.edges.find(({ id }) => id.equals(token.id))
      assert.ok((edge?.because ?? '').length > 0)
      assert.equal(edge?.through.length === 0, state === 'unreachable')
    })

  test('calls a token below an expired one expired', async () => {
    const grid = await foundGrid()
    const own = grid.grant({ expires: START + 5 })
    const passed = grid.grant({ by: alice, parent: own, holder: bob.principal, expires: START + 5 })
    grid.time.now += 5
    assert.equal(stateIn(draw(grid, [grid.adoption, own, passed]), passed), 'expired')
  })

  test('is bounded, and says how many tokens it leaves out', async () => {
    const grid = await foundGrid()
    const tokens = Array.from({ length: 5 }, () => grid.grant())
    const { edges, leftOut } = draw(grid, [...tokens, grid.adoption], { edgesMax: 2 })
    assert.equal(edges.length, 2)
    assert.equal(leftOut, 4)
    assert.deepEqual(edges[0]?.id.toString(), grid.adoption.id.toString())
  })

  test('has a token that is given twice once, and of no token the node alone', async () => {
    const grid = await foundGrid()
    assert.equal(draw(grid, [grid.adoption, grid.adoption]).edges.length, 1)
    const { nodes, edges } = draw(grid, [])
    assert.deepEqual([nodes.map(({ principal }) => principal), edges], [[node.principal], []])
  })
})

describe('the tokens a node keeps', () => {
  async function kept(grid: Grid): Promise<string[]> {
    const found: string[] = []
    for await (const { id } of grid.kernel.capabilities()) found.push(id.toString())
    return found.sort()
  }

  test('are its adoptions and those it was given to keep, and no bearer token', async () => {
    const grid = await foundGrid()
    const own = grid.grant()
    await grid.kernel.keepToken(own.bytes)
    await grid.kernel.keepToken(grid.grant({ holder: 'bearer' }).bytes)
    assert.deepEqual(await kept(grid), [own.id.toString(), grid.adoption.id.toString()].sort())
  })
})

describe('caveats in words', () => {
  test('say each restriction once, and nothing where there is none', () => {
    assert.deepEqual(describeCaveats({}), [])
    assert.deepEqual(
      describeCaveats({
        budget: { fuel: 1, wallMs: 2 },
        arguments: [{ path: ['to'], is: { equals: 'bob' } }],
        total: { calls: 3 },
        rate: { calls: 4, seconds: 5 },
        executors: [node.principal],
        final: true,
        feedSeconds: 6,
      }),
      [
        'at most 1 fuel each call',
        'at most 2 ms each call',
        'to is "bob"',
        'at most 3 calls in all',
        'at most 4 calls every 5 s',
        `executed by ${node.principal}`,
        'not to be delegated',
        'news of revocations at most 6 s old',
      ],
    )
    assert.deepEqual(describeCaveats({ total: { calls: 1, fuel: 2 } }), [
      'at most 1 call in all',
      'at most 2 fuel in all',
    ])
  })
})
