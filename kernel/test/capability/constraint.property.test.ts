/** Constraints against a model that lists the values each of them allows. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { fc } from '../../../conformance/test/laws.ts'

import { excesses, implies, satisfies } from '../../index.ts'
import { any, plain } from './constraint-arbitrary.ts'
import { pointsOf, WORLD } from './constraint-model.ts'
import type { Constraint, Grant } from '../../index.ts'

const RUNS = { numRuns: 1_500 }
const isSubset = (child: Constraint, parent: Constraint): boolean => {
  const outer = pointsOf(parent)
  return [...pointsOf(child)].every((point) => outer.has(point))
}

describe('a constraint', () => {
  test('is satisfied by exactly the values that the model lists', () =>
    fc.assert(
      fc.property(any, (constraint) => {
        const satisfied = WORLD.filter((value) => satisfies(constraint, value))
        assert.equal(satisfied.length, pointsIn(constraint))
      }),
      RUNS,
    ))

  test('implies another only if no value of it breaks the other', () => {
    let met = 0
    fc.assert(
      fc.property(any, any, (child, parent) => {
        if (!implies(child, parent)) return
        met += 1
        assert.ok(isSubset(child, parent))
      }),
      RUNS,
    )
    assert.ok(met > 100, `${met} pairs implied`)
  })

  test('implies another whenever no value of it breaks the other, where nothing follows from two fields', () => {
    let met = 0
    fc.assert(
      fc.property(plain, plain, (child, parent) => {
        const expected = isSubset(child, parent)
        if (expected) met += 1
        assert.equal(implies(child, parent), expected)
      }),
      RUNS,
    )
    assert.ok(met > 100, `${met} pairs implied`)
  })

  test('that lists its values implies exactly what all of them satisfy', () =>
    fc.assert(
      fc.property(any, any, (child, parent) => {
        if (child.equals === undefined && child.oneOf === undefined) return
        assert.equal(implies(child, parent), isSubset(child, parent))
      }),
      RUNS,
    ))

  test('implies itself', () =>
    fc.assert(
      fc.property(any, (one) => implies(one, one)),
      RUNS,
    ))

  test('implies what is implied by what it implies', () => {
    let met = 0
    fc.assert(
      fc.property(any, any, any, (first, second, third) => {
        if (!implies(first, second) || !implies(second, third)) return
        met += 1
        assert.ok(implies(first, third))
      }),
      RUNS,
    )
    assert.ok(met > 10, `${met} chains`)
  })

  test('and one that implies it and is implied by it allow the same values', () =>
    fc.assert(
      fc.property(any, any, (one, other) => {
        if (implies(one, other) && implies(other, one)) assert.deepEqual(pointsOf(one), pointsOf(other))
      }),
      RUNS,
    ))
})

/** Of several values with one writing each counts. */
function pointsIn(constraint: Constraint): number {
  const allowed = pointsOf(constraint)
  const all = pointsOf(undefined)
  assert.equal(all.size, WORLD.length, 'each value of the world has a writing of its own')
  return allowed.size
}

describe('constraints of two grants', () => {
  const resource = { kind: 'node', owner: 'here' } as const
  const stating = (...paths: readonly (readonly (string | number)[])[]): Grant => ({
    ...{ resource, methods: ['*'], expires: 8 },
    caveats: { arguments: paths.map((path) => ({ path, is: { equals: 1 } })) },
  })
  const excessive = (parent: Grant, child: Grant): string[] =>
    excesses(parent, child, 'here').map(({ rule }) => rule)

  test('are compared where they are about the very same path', () => {
    assert.deepEqual(excessive(stating(['a', 0]), stating(['a', 0])), [])
    assert.deepEqual(excessive(stating(['a', 0]), stating(['a', 0], ['b'])), [])
    for (const other of [['a', 1], ['b', 0], ['a'], ['a', 0, 'c'], ['a', '0'], []])
      assert.deepEqual(excessive(stating(['a', 0]), stating(other)), ['arguments'], JSON.stringify(other))
  })
})
