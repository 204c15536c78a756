/**
 * Run by postgres-care.test.ts: one of several processes on one database. It names, puts, imports and forgets blocks
 * (`write`), collects again and again until its input ends (`collect`), fills a space that has a quota (`fill`), or puts
 * blocks under a hold and waits to be killed (`hold`).
 */
import { text } from 'node:stream/consumers'
import { fc } from '../../conformance/test/laws.ts'
import { collectWith } from '../care/collect.ts'
import { createHold } from '../care/hold.ts'
import { step, World } from '../care/test/graph-world.ts'
import { StoreError } from '../errors.ts'
import { openPostgresBackend } from '../postgres/index.ts'
import { careOf } from '../store-care.ts'
import { createStore } from '../store.ts'
import { deafened } from './deafened.ts'
import { nodeCrypto } from './node-crypto.ts'
import { GRAPH } from './postgres-graph.ts'
import type { Store } from '../interface.ts'
import type { PostgresBackendOptions } from '../postgres/index.ts'
import type { StoreCare } from '../store-care.ts'

export interface CitizenTask {
  readonly backend: PostgresBackendOptions
  readonly role: 'write' | 'collect' | 'fill' | 'hold'
  /** Hears nothing of what others have written. */
  readonly deaf?: boolean
  readonly seed: number
  /** Steps of each lane, or entries. */
  readonly steps: number
}

const LANES = 3

const roles: Record<CitizenTask['role'], (store: Store, task: CitizenTask) => Promise<unknown>> = {
  write: async (store, { seed, steps }) => {
    const world = new World({ isHeld: true, turns: 1 })
    for (const links of GRAPH) world.add(links)
    const lanes = Array.from({ length: LANES }, async (_, lane) => {
      for (const each of fc.sample(step, { numRuns: steps, seed: seed + lane })) await world.run(store, each)
    })
    await Promise.all(lanes)
  },
  collect: async (store) => {
    let isOver = false
    void text(process.stdin).then(() => (isOver = true))
    const counts = { deleted: 0, refused: 0 }
    while (!isOver) {
      const { ok, refused } = await collectWith(oneByOne(careOf(store)), store, {})
      counts.deleted += ok?.deleted ?? 0
      counts.refused += refused ? 1 : 0
    }
    return counts
  },
  fill: async (store, { seed, steps }) => {
    let admitted = 0
    for (let i = 0; i < steps; i++) {
      const key = new TextEncoder().encode(`${seed} ${i}`)
      try {
        await store.transact((transaction) => transaction.put('tides', key, key), { retries: 100 })
        admitted++
      } catch (error) {
        if (!(error instanceof StoreError && error.code === 'QUOTA')) throw error
      }
    }
    return { admitted }
  },
  hold: async (store) => {
    createHold(store, { expires: 100 })
    await store.transact((transaction) => transaction.putBlock(new TextEncoder().encode('held')))
    process.stdout.write('held\n')
    await new Promise(() => setInterval(() => undefined, 1_000))
  },
}

/** Deletes one block at a time, so that others come in between. */
function oneByOne(care: StoreCare): StoreCare {
  return {
    ...care,
    deleteBlocks: async (multihashes, admission, signal) => {
      for (const multihash of multihashes)
        if (!(await care.deleteBlocks([multihash], admission, signal))) return false
      return true
    },
  }
}

const task = JSON.parse(process.argv[2] ?? '') as CitizenTask
const backend = await openPostgresBackend(task.backend)
const store = await createStore({
  backend: task.deaf === true ? deafened(backend) : backend,
  crypto: nodeCrypto,
})
const result = await roles[task.role](store, task)
process.stdout.write(`${JSON.stringify(result ?? {})}\n`)
await store.close()
process.stdout.write('done\n')
