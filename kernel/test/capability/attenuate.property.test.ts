/** Attenuation against a model that lists uses instead of comparing grants. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { fc } from '../../../conformance/test/laws.ts'

import { covers, excesses } from '../../index.ts'
import { grant, nearPair, resource, variants } from './grant-arbitrary.ts'
import { beyond, CAVEATS, HERE, uses } from './grant-model.ts'
import type { Excess, Grant } from '../../index.ts'

const RUNS = { numRuns: 2_000 }
const attenuates = (parent: Grant, child: Grant): boolean => excesses(parent, child, HERE).length === 0
const isSame = (a: Grant, b: Grant): boolean => JSON.stringify(meaning(a)) === JSON.stringify(meaning(b))
const meaning = (each: Grant): unknown => Object.entries(uses(each)).map(([name, set]) => [name, [...set]])

describe('attenuation', () => {
  test('is what the model says, for any two grants', () =>
    fc.assert(
      fc.property(fc.oneof(nearPair, fc.tuple(grant, grant)), ([parent, child]) => {
        assert.deepEqual(attenuates(parent, child), beyond(parent, child).length === 0)
      }),
      RUNS,
    ))

  test('names exactly the dimensions that the model finds exceeded', () =>
    fc.assert(
      fc.property(nearPair, ([parent, child]) => {
        const found = new Set(excesses(parent, child, HERE).map(dimensionOf))
        assert.deepEqual([...found].sort(), beyond(parent, child).sort())
      }),
      RUNS,
    ))

  test('is reflexive, but for a final grant, from which nothing can be delegated', () =>
    fc.assert(
      fc.property(grant, (one) => attenuates(one, one) === (one.caveats.final === undefined)),
      RUNS,
    ))

  test('is transitive: what attenuates step by step attenuates at once', () => {
    let steps = 0
    fc.assert(
      fc.property(variants(12), (grants) => {
        const chain = monotone(grants)
        const [first, last] = [chain[0], chain[chain.length - 1]]
        assert.ok(chain.length === 1 || (first && last && attenuates(first, last)))
        steps = Math.max(steps, chain.length)
      }),
      RUNS,
    )
    assert.ok(steps >= 4, `the longest chain had ${steps} links`)
  })

  test('is antisymmetric: two grants that attenuate each other allow the same', () => {
    let met = 0
    fc.assert(
      fc.property(nearPair, ([one, other]) => {
        if (!attenuates(one, other) || !attenuates(other, one)) return
        met += 1
        assert.ok(isSame(one, other))
      }),
      RUNS,
    )
    assert.ok(met > 50)
  })

  test('changes neither grant', () =>
    fc.assert(
      fc.property(nearPair, ([parent, child]) => {
        const before = JSON.stringify([parent, child])
        excesses(parent, child, HERE)
        assert.equal(JSON.stringify([parent, child]), before)
      }),
      { ...RUNS, numRuns: 200 },
    ))
})

describe('covering', () => {
  test('is what the model says, for any two resources', () => {
    const whole: Omit<Grant, 'resource'> = { methods: ['*'], caveats: {}, expires: 8 }
    fc.assert(
      fc.property(resource, resource, (outer, inner) => {
        const expected = beyond({ ...whole, resource: outer }, { ...whole, resource: inner }).length === 0
        assert.equal(covers(outer, inner, HERE), expected)
      }),
      RUNS,
    )
  })
})

/** One dimension of the comparison left out: each of these must be noticed. */
const DIMENSIONS = ['resource', 'methods', 'exp', 'nbf', 'audience', ...CAVEATS]

describe('the model notices when the comparison leaves out', () => {
  const samples = fc.sample(nearPair, { numRuns: 6_000 }).map(([parent, child]) => ({
    found: excesses(parent, child, HERE).map(dimensionOf),
    swapped: excesses(child, parent, HERE).map(dimensionOf),
    isNarrower: beyond(parent, child).length === 0,
  }))
  for (const dimension of DIMENSIONS) {
    test(dimension, () => {
      const killer = samples.find(
        ({ found, isNarrower }) => found.every((each) => each === dimension) !== isNarrower,
      )
      assert.ok(killer, `no sample tells apart a comparison without ${dimension}`)
    })
  }

  test('the direction of one comparison', () => {
    for (const dimension of DIMENSIONS) {
      const mutant = ({ found, swapped }: { found: string[]; swapped: string[] }): boolean =>
        found.every((each) => each === dimension) && !swapped.includes(dimension)
      assert.ok(
        samples.some((sample) => mutant(sample) !== sample.isNarrower),
        dimension,
      )
    }
  })
})

function dimensionOf({ rule, detail }: Excess): string {
  if (rule === 'time') return detail.startsWith('exp') ? 'exp' : 'nbf'
  const [name = ''] = detail.split(' ')
  return rule === 'budget' ? name : rule === 'total' ? `total ${name}` : rule
}

/** Keeps of a list what attenuates everything kept before it; the first is always kept. */
function monotone(grants: readonly Grant[]): Grant[] {
  const chain: Grant[] = []
  for (const each of grants) {
    const last = chain[chain.length - 1]
    if (last === undefined || attenuates(last, each)) chain.push(each)
  }
  return chain
}
