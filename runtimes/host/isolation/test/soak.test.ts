/** A small soak; the long form is a script of its own (see soak/run.ts). */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { SEED } from '../../../../conformance/test/laws.ts'
import { BOUNDS, growth, growthOf, grown } from './soak/memory.ts'
import { soak } from './soak/soak.ts'

const SIZE = 600
/** What keeps so much of each call is found out much sooner. */
const LEAKING = 150
const SAMPLES = 12

test(`no memory grows over ${SIZE} calls of good and hostile guests in every tier`, async (t) => {
  const { calls, hostile, ended, samples, problems } = await soak({
    size: SIZE,
    seed: SEED,
    samples: SAMPLES,
  })
  t.diagnostic(`seed ${SEED}: ${calls} calls, ${hostile} of hostile guests, ${ended} without an end`)
  assert.deepEqual(problems, [])
  // So few calls say nothing of what the system counts: a lane that begins or ends is as much.
  assert.deepEqual(grown({ ...growthOf(samples), rss: 0, others: 0 }), [])
  assert.ok(calls >= SIZE && hostile > 0 && ended > 0)
})

test('a soak that keeps something of each call is found out', async () => {
  const { samples } = await soak({ size: LEAKING, seed: SEED, samples: SAMPLES, leaks: true })
  const { heap, external } = growthOf(samples)
  assert.ok(heap > BOUNDS.heap, `the heap grew by ${heap}`)
  assert.ok(external > BOUNDS.external, `what is outside of it grew by ${external}`)
})

test('growth is that of the second half, and noise and one step up are none', () => {
  assert.equal(growth([]), 0)
  assert.equal(growth([0, 0, 9, 9, 9, 9]), 0)
  assert.equal(growth([50, 0, 40, 10, 12, 14, 16, 18]), 6)
  assert.ok(growth([0, 0, 0, 0, 3, 1, 1, 3]) < 1)
})

test('each kind of memory has a bound, which is named when it is passed', () => {
  assert.deepEqual(grown(BOUNDS), [])
  for (const kind of ['heap', 'external', 'rss', 'others'] as const) {
    const over = grown({ ...BOUNDS, [kind]: BOUNDS[kind] * 1.5 })
    assert.ok(over.length === 1 && over[0]?.startsWith(kind))
  }
})
