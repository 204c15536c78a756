/** What a chain grants in the end: the last link says it, and budgets are the least of all. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { effectiveGrant } from '../../capability/chain.ts'
import { foundGrid, people } from '../fixture.ts'
import type { Budget } from '../../index.ts'

const { alice, bob, node } = people
const grid = await foundGrid()

describe('a chain grants', () => {
  test('what its last link says, and nothing that this leaves open', () => {
    const first = grid.grant()
    const open = effectiveGrant([grid.adoption, first])
    const { resource, methods, expires } = first
    assert.deepEqual(open, { resource, methods, expires, caveats: { budget: {} } })
    const bound = { notBefore: grid.time.now, audience: node.principal, methods: ['echo'] }
    const last = grid.grant({ ...bound, by: alice, parent: first, holder: bob.principal })
    const narrow = effectiveGrant([grid.adoption, first, last])
    const { expires: end } = last
    assert.deepEqual(narrow, { ...bound, resource: last.resource, expires: end, caveats: { budget: {} } })
  })

  test('the least of each amount of a budget, wherever it is stated', () => {
    const budgets: Budget[] = [{ fuel: 9, wallMs: 5 }, { fuel: 7 }, { fuel: 8, outputBytes: 0 }]
    const chain = budgets.map((budget) => grid.grant({ caveats: { budget } }))
    assert.deepEqual(effectiveGrant(chain).caveats.budget, { fuel: 7, wallMs: 5, outputBytes: 0 })
  })

  test('the other caveats of its last link beside the budget', () => {
    const last = grid.grant({ caveats: { final: true, executors: [node.principal] } })
    const { caveats } = effectiveGrant([grid.adoption, last])
    assert.deepEqual(caveats, { final: true, executors: [node.principal], budget: {} })
  })

  test('nothing when it has no links', () =>
    assert.throws(() => effectiveGrant([]), { name: 'TypeError', message: /at least one link/ }))
})
