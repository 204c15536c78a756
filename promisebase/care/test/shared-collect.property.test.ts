// The law of a collection over a shared backend: whatever two other stores commit meanwhile, all that can be reached is there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { fc } from '../../../conformance/test/laws.ts'
import { SharedMemory } from '../../../conformance/test/shared-memory.ts'
import { careOf } from '../../store-care.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { collectWith } from '../collect.ts'
import { putAll, scenario, World } from './graph-world.ts'
import type { Backend, WriteTurn } from '../../interface.ts'
import type { StoreCare } from '../../store-care.ts'
import type { Faults } from '../../../conformance/test/shared-memory.ts'
import type { Imports, Scenario, Step } from './graph-world.ts'

interface Game {
  /** Of the stores that write, and of the one that collects. */
  readonly writers?: Faults
  readonly collector?: Faults
  readonly imports?: Imports
  /** Whether two collect. */
  readonly rivals?: boolean
}

/** A database takes its time, so that others come in between. */
function slow(backend: Backend): Backend {
  const slowTurn = (own: WriteTurn): WriteTurn => ({
    number: own.number,
    changed: own.changed,
    get: (key) => own.get(key),
    getMany: (keys) => own.getMany(keys),
    range: (range) => own.range(range),
    commit: async (writes, options) => {
      await turn()
      await own.commit(writes, options)
    },
    abandon: () => own.abandon(),
  })
  const { shared } = backend
  return {
    name: 'slow',
    snapshot: () => backend.snapshot(),
    batch: (writes, options) => backend.batch(writes, options),
    close: () => backend.close(),
    shared: {
      takeTurn: async (since) => {
        await turn()
        return slowTurn(await shared!.takeTurn(since))
      },
    },
  }
}

/** Deletes one block at a time, so that there is much time in between. */
function oneByOne(care: StoreCare): StoreCare {
  return {
    ...care,
    deleteBlocks: async (multihashes, admission, signal) => {
      for (const multihash of multihashes) {
        await turn()
        if (!(await care.deleteBlocks([multihash], admission, signal))) return false
      }
      return true
    },
  }
}

/** What is lost when workers in two stores commit while a third one collects, again and again. */
async function play({ graph, workers }: Scenario, game: Game): Promise<string[]> {
  const memory = new SharedMemory()
  const open = (faults: Faults = {}) =>
    createStore({ backend: slow(memory.open(faults)), crypto: nodeCrypto })
  const writers = [await open(game.writers), await open(game.writers)]
  const world = new World(game.imports ?? { isHeld: true, turns: 1 })
  for (const links of graph) {
    const made = world.add(links)
    await writers[0]!.transact((transaction) => putAll(transaction, made))
  }
  await writers[0]!.transact((transaction) => world.point(transaction, 0, world.at(graph.length - 1).cid))
  let isDone = false
  const work = Promise.all(
    workers.map(async (steps, number) => {
      for (const step of steps) await world.run(writers[number % 2]!, step)
    }),
  ).finally(() => (isDone = true))
  const collecting = async () => {
    const collector = await open(game.collector)
    for (let collections = 0; collections < 2 || !isDone; collections++) {
      const collected = await collectWith(oneByOne(careOf(collector)), collector, {})
      assert.equal(collected.refused, undefined)
      await turn()
    }
  }
  await Promise.all([work, collecting(), game.rivals === true ? collecting() : undefined])
  return world.lost(writers[0]!)
}

const property = (game: () => Game) =>
  fc.asyncProperty(scenario, async (given) => {
    assert.deepEqual(await play(given, game()), [])
  })

const RUNS = Number(process.env['PROMISEGRID_COLLECTIONS'] ?? 50)

test('never loses what can be reached, whatever other stores commit meanwhile', async () => {
  await fc.assert(
    property(() => ({})),
    { numRuns: RUNS },
  )
})

test('nor when two collect at once', async () => {
  await fc.assert(
    property(() => ({ rivals: true })),
    { numRuns: RUNS },
  )
})

test('nor when it is not always known what others have written', async () => {
  const everyFifth = (): Faults => {
    let turns = 0
    return { forgetful: () => ++turns % 5 === 0 }
  }
  await fc.assert(
    property(() => ({ writers: everyFifth(), collector: everyFifth() })),
    { numRuns: RUNS },
  )
})

// What follows shows that each part of the protection is needed.

test('the law is broken by a collection that is deaf to others', async () => {
  const game = () => ({ collector: { deaf: true } })
  const { failed } = await fc.check(property(game), { numRuns: 300, endOnFailure: true })
  assert.equal(failed, true)
})

test('the law is broken by writers that do not hear what others delete', async () => {
  const game = () => ({ writers: { deaf: true } })
  const { failed } = await fc.check(property(game), { numRuns: 300, endOnFailure: true })
  assert.equal(failed, true)
})

test('the law is broken by an import without a hold', async () => {
  const graph = [[], [0], [1], [2], [3], []]
  const steps: Step[] = [{ do: 'import', which: 4, label: 1 }, { do: 'forget', label: 1 }, { do: 'wait' }]
  const workers = [[...steps, ...steps, ...steps, ...steps, steps[0]!]]
  assert.deepEqual(await play({ graph, workers }, { imports: { isHeld: true, turns: 50 } }), [])
  // A later collection may be the one to notice.
  const broken = play({ graph, workers }, { imports: { isHeld: false, turns: 50 } })
  assert.notDeepEqual(await broken.catch(({ actual }: assert.AssertionError) => actual), [])
})
