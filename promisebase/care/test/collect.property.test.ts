// The law of a collection: whatever is committed while it runs, all that can be reached is there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { fc } from '../../../conformance/test/laws.ts'
import { createMemoryBackend } from '../../backend-memory.ts'
import { careOf } from '../../store-care.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { collectWith } from '../collect.ts'
import { putAll, scenario, World } from './graph-world.ts'
import type { Backend } from '../../interface.ts'
import type { StoreCare } from '../../store-care.ts'
import type { Imports, Scenario, Step } from './graph-world.ts'

/** A disk takes its time, so that others come in between. */
function slowBackend(): Backend {
  const backend = createMemoryBackend()
  return {
    name: 'slow',
    snapshot: () => backend.snapshot(),
    batch: async (writes, options) => {
      await turn()
      await backend.batch(writes, options)
    },
    close: () => backend.close(),
  }
}

/** What is lost when workers commit while collections run, one after the other. */
async function play(
  { graph, workers }: Scenario,
  limit: (care: StoreCare) => StoreCare,
  imports: Imports = { isHeld: true, turns: 1 },
): Promise<string[]> {
  const store = await createStore({ backend: slowBackend(), crypto: nodeCrypto })
  const world = new World(imports)
  for (const links of graph) {
    const made = world.add(links)
    await store.transact((transaction) => putAll(transaction, made))
  }
  await store.transact((transaction) => world.point(transaction, 0, world.at(graph.length - 1).cid))
  let isDone = false
  const work = Promise.all(
    workers.map(async (steps) => {
      for (const step of steps) await world.run(store, step)
    }),
  ).finally(() => (isDone = true))
  const care = limit(careOf(store))
  for (let collections = 0; collections < 2 || !isDone; collections++) {
    const collected = await collectWith(care, store, {})
    assert.equal(collected.refused, undefined)
    // A collection that finds nothing to delete waits for nothing, and would leave the workers no time.
    await turn()
  }
  await work
  return world.lost(store)
}

/** Deletes one block at a time, so that there is much time in between. */
function oneByOne(care: StoreCare): StoreCare {
  return {
    ...care,
    deleteBlocks: async (multihashes, admit, signal) => {
      for (const multihash of multihashes) {
        await turn()
        if (!(await care.deleteBlocks([multihash], admit, signal))) return false
      }
      return true
    },
  }
}

const property = (limit: (care: StoreCare) => StoreCare) =>
  fc.asyncProperty(scenario, async (given) => {
    assert.deepEqual(await play(given, limit), [])
  })

test('never loses what can be reached, whatever is committed meanwhile', async () => {
  await fc.assert(property(oneByOne), { numRuns: Number(process.env['PROMISEGRID_COLLECTIONS'] ?? 150) })
})

test('the law above is one that a collection deaf to commits breaks', async () => {
  const deaf = (care: StoreCare): StoreCare => ({ ...oneByOne(care), watch: async () => () => undefined })
  const checked = await fc.check(property(deaf), { numRuns: 300, endOnFailure: true })
  assert.equal(checked.failed, true)
})

test('the law above is one that an import without a hold breaks', async () => {
  // A chain of blocks that nobody names, brought block by block again and again.
  const graph = [[], [0], [1], [2], [3], []]
  const steps: Step[] = [{ do: 'import', which: 4, label: 1 }, { do: 'forget', label: 1 }, { do: 'wait' }]
  const workers = [[...steps, ...steps, ...steps, ...steps, steps[0]!]]
  assert.deepEqual(await play({ graph, workers }, oneByOne, { isHeld: true, turns: 50 }), [])
  // A later collection may be the one to notice.
  const broken = play({ graph, workers }, oneByOne, { isHeld: false, turns: 50 })
  assert.notDeepEqual(await broken.catch(({ actual }: assert.AssertionError) => actual), [])
})
