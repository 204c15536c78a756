// The law of a collection: whatever is committed while it runs, all that can be reached is there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { fc } from '../../../conformance/test/laws.ts'
import { createMemoryBackend } from '../../backend-memory.ts'
import { encodeDagCbor } from '../../cbor/encode.ts'
import { cidKey, CODEC, hashBlock } from '../../cid.ts'
import { careOf } from '../../store-care.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { collectWith } from '../collect.ts'
import { createHold } from '../hold.ts'
import type { CID } from 'multiformats/cid'
import type { Backend, Store, Transaction } from '../../interface.ts'
import type { StoreCare } from '../../store-care.ts'

/** Everything that was ever made, whether or not it is in the store now. */
interface Made {
  readonly cid: CID
  readonly bytes: Uint8Array
  readonly links: readonly Made[]
}

function make(links: readonly Made[], salt: number): Made {
  const bytes = encodeDagCbor({ links: links.map(({ cid }) => cid), salt })
  return { cid: hashBlock(nodeCrypto.sha256, CODEC.dagCbor, bytes), bytes, links }
}

/** Trusts that a block that is here leads to nothing that is not, as the store promises. */
async function ensure(transaction: Transaction, made: Made): Promise<void> {
  if ((await transaction.getBlock(made.cid)) !== undefined) return
  for (const link of made.links) await ensure(transaction, link)
  transaction.putBlockAs(made.cid, made.bytes)
}

/** All of it, what is linked before what links to it. */
function* upwards(made: Made): Generator<Made, void, undefined> {
  for (const link of made.links) yield* upwards(link)
  yield made
}

/** Looks at nothing. */
function putAll(transaction: Transaction, made: Made): void {
  for (const link of made.links) putAll(transaction, link)
  transaction.putBlockAs(made.cid, made.bytes)
}

type Step =
  | { readonly do: 'name' | 'put' | 'import'; readonly which: number; readonly label: number }
  | { readonly do: 'grow'; readonly on: readonly number[]; readonly label: number }
  | { readonly do: 'forget'; readonly label: number }
  | { readonly do: 'wait' }

const [which, label] = [fc.nat(), fc.nat(3)]
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('name' as const, 'put' as const, 'import' as const), which, label }),
  fc.record({ do: fc.constant('grow' as const), on: fc.array(which, { maxLength: 2 }), label }),
  fc.record({ do: fc.constant('forget' as const), label }),
  fc.record({ do: fc.constant('wait' as const) }),
)

const scenario = fc.record({
  graph: fc.array(fc.array(which, { maxLength: 3 }), { minLength: 1, maxLength: 24 }),
  workers: fc.array(fc.array(step, { maxLength: 10 }), { minLength: 1, maxLength: 3 }),
})

type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never

interface Imports {
  readonly isHeld: boolean
  /** How long each block is in coming. */
  readonly turns: number
}

class World {
  readonly made: Made[] = []
  readonly store: Store
  readonly imports: Imports

  constructor(store: Store, imports: Imports) {
    this.store = store
    this.imports = imports
  }

  at(which: number): Made {
    return this.made[which % this.made.length]!
  }

  add(links: readonly number[]): Made {
    const made = make(this.made.length === 0 ? [] : links.map((on) => this.at(on)), this.made.length)
    this.made.push(made)
    return made
  }

  async point(transaction: Transaction, label: number, cid: CID | undefined): Promise<void> {
    const name = String(label)
    await transaction.setLabel(name, await transaction.getLabel(name), cid)
  }

  /** Block by block, each in a transaction of its own, and named in one more. */
  async import(made: Made, label: number): Promise<void> {
    using _hold = this.imports.isHeld ? createHold(this.store) : undefined
    for (const { cid, bytes } of new Set(upwards(made))) {
      await this.store.transact((transaction) => transaction.putBlockAs(cid, bytes))
      for (let waited = 0; waited < this.imports.turns; waited++) await turn()
    }
    await this.store.transact((transaction) => this.point(transaction, label, made.cid), { retries: 100 })
  }

  async run(step: Step): Promise<void> {
    if (step.do === 'wait') return void (await turn())
    if (step.do === 'import') return this.import(this.at(step.which), step.label)
    const made =
      step.do === 'grow' ? this.add(step.on) : step.do === 'forget' ? undefined : this.at(step.which)
    const work = async (transaction: Transaction): Promise<void> => {
      if (made && step.do === 'put') putAll(transaction, made)
      else if (made) await ensure(transaction, made)
      await turn()
      await this.point(transaction, step.label, made?.cid)
    }
    // Deletions one at a time and three workers on few labels can make one of them lose more often than is usual.
    await this.store.transact(work, { retries: 100 })
  }

  /** What labels lead to, and is not in the store. */
  async lost(): Promise<string[]> {
    using snapshot = this.store.snapshot()
    const known = new Map(this.made.map((made) => [cidKey(made.cid), made]))
    const lost: string[] = []
    for await (const { cid } of snapshot.labels()) {
      const way = [known.get(cidKey(cid))!]
      for (let made = way.pop(); made !== undefined; made = way.pop()) {
        if (!(await snapshot.hasBlock(made.cid))) lost.push(String(made.cid))
        way.push(...made.links)
      }
    }
    return lost
  }
}

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
  const world = new World(store, imports)
  for (const links of graph) {
    const made = world.add(links)
    await store.transact((transaction) => putAll(transaction, made))
  }
  await store.transact((transaction) => world.point(transaction, 0, world.at(graph.length - 1).cid))
  let isDone = false
  const work = Promise.all(
    workers.map(async (steps) => {
      for (const step of steps) await world.run(step)
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
  return world.lost()
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
