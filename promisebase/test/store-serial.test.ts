import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../conformance/test/laws.ts'
import { createMemoryBackend } from '../backend-memory.ts'
import { createStore } from '../store.ts'
import { nodeCrypto } from './node-crypto.ts'
import { assertSerial, edgesOf, hasCircle, plan, run } from './serial.ts'

test('whatever runs at the same time could have run one after another', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(plan, { minLength: 2, maxLength: 14 }), async (plans) => {
      const store = await createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
      const ends = await Promise.all(plans.map((plan, number) => run(store, number, plan)))
      const seen = ends.filter((end) => end !== undefined)
      await assertSerial(store, seen)
    }),
    { numRuns: 150 },
  )
})

test('the check itself notices write skew', () => {
  const lists = new Map([
    [0, [1]],
    [1, [2]],
  ])
  const edges = edgesOf(
    [
      { number: 1, lists: new Map([[1, []]]), appends: [0] },
      { number: 2, lists: new Map([[0, []]]), appends: [1] },
    ],
    lists,
  )
  assert.equal(hasCircle(edges), true)
})
