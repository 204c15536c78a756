/** Processes that write, collect and fill one database at once: nothing that can be reached is lost, and counts are right. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { collect } from '../care/collect.ts'
import { setQuota, wrongQuotas } from '../care/quotas.ts'
import { verifyGraph } from '../care/verify-graph.ts'
import { putAll, World } from '../care/test/graph-world.ts'
import { openPostgresBackend } from '../postgres/index.ts'
import { createStore } from '../store.ts'
import { startChild } from './child.ts'
import { nodeCrypto } from './node-crypto.ts'
import { GRAPH } from './postgres-graph.ts'
import { startPostgres } from '../../conformance/test/postgres-server.ts'
import type { GraphReport } from '../care/verify-graph.ts'
import type { Store } from '../interface.ts'
import type { Child } from './child.ts'
import type { CitizenTask } from './postgres-citizen.ts'
import type { PostgresServer } from '../../conformance/test/postgres-server.ts'

const server = await startPostgres()
const WRITERS = 3
/** Steps of each lane of a writer; `PROMISEGRID_CITIZENS=300` for a long run. */
const STEPS = Number(process.env['PROMISEGRID_CITIZENS'] ?? 15)

if (typeof server === 'string') test('collections and quotas on PostgreSQL', (t) => t.skip(server))
else {
  after(() => server.stop())
  claims(server)
}

function claims(server: PostgresServer): void {
  const openStore = async (schema: string): Promise<Store> =>
    createStore({
      backend: await openPostgresBackend({ connection: server.connection, schema }),
      crypto: nodeCrypto,
    })
  const start = (schema: string, task: Omit<CitizenTask, 'backend' | 'steps'>): Child => {
    const backend = { connection: server.connection, schema, snapshotsMax: 6 }
    const given: CitizenTask = { backend, steps: STEPS, ...task }
    return startChild('postgres-citizen.js', [JSON.stringify(given)])
  }
  const finished = async (child: Child): Promise<Record<string, number>> => {
    const line = await child.line(/^\{/)
    assert.equal(await child.line(/done/), 'done')
    return JSON.parse(line!) as Record<string, number>
  }

  /** What is left of the graph when processes have written while others collected. */
  async function live(
    collectors: readonly Pick<CitizenTask, 'deaf'>[],
  ): Promise<{ readonly report: GraphReport; readonly deleted: number; readonly refused: number }> {
    const schema = server.schema()
    const store = await openStore(schema)
    const world = new World({ isHeld: true, turns: 0 })
    await store.transact((transaction) => {
      for (const links of GRAPH) putAll(transaction, world.add(links))
    })
    const collecting = collectors.map((each, i) => start(schema, { role: 'collect', seed: i, ...each }))
    const writing = Array.from({ length: WRITERS }, (_, i) =>
      start(schema, { role: 'write', seed: 10 * (i + 1) }),
    )
    await Promise.all(writing.map(finished))
    for (const { process } of collecting) process.stdin.end()
    const ends = await Promise.all(collecting.map(finished))
    const report = await verifyGraph(store)
    await store.close()
    const sum = (name: string) => ends.reduce((sum, end) => sum + end[name]!, 0)
    return { report, deleted: sum('deleted'), refused: sum('refused') }
  }

  test('never lose what can be reached, when two collect while three write', async () => {
    const { report, deleted, refused } = await live([{}, {}])
    assert.equal(refused, 0)
    assert.ok(deleted > 0, 'nothing was deleted: there was nothing to lose')
    assert.deepEqual(report.damage.missing.first.map(String), [])
    assert.equal(report.isWhole, true)
  })

  test('would lose some if one who collects heard nothing of the others', async () => {
    // Who comes between whom is chance, so one round may pass without a loss.
    for (let round = 0; round < 20; round++)
      if ((await live([{ deaf: true }])).report.damage.missing.count > 0) return
    assert.fail('nothing was lost in any round')
  })

  test('keep what a process put under a hold, also when it was killed, until the hold expires', async () => {
    const schema = server.schema()
    const child = start(schema, { role: 'hold', seed: 0 })
    assert.equal(await child.line(/held/), 'held')
    const store = await openStore(schema)
    assert.equal((await collect(store, { now: 99 })).ok?.deleted, 0)
    await child.kill()
    assert.equal((await collect(store, { now: 99 })).ok?.deleted, 0)
    assert.equal((await collect(store, { now: 100 })).ok?.deleted, 1)
    await store.close()
  })

  test('fill a space exactly to its quota', async () => {
    const schema = server.schema()
    const store = await openStore(schema)
    await setQuota(store, 'tides', { entriesMax: 2 * STEPS })
    const children = Array.from({ length: WRITERS }, (_, i) => start(schema, { role: 'fill', seed: i }))
    const ends = await Promise.all(children.map(finished))
    assert.equal(
      ends.reduce((sum, { admitted }) => sum + admitted!, 0),
      2 * STEPS,
    )
    using snapshot = store.snapshot()
    assert.deepEqual(await wrongQuotas(snapshot), [])
    snapshot.close()
    await store.close()
  })
}
