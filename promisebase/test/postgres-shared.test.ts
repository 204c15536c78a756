/** Several processes on one database: what they saw of each other's lists tells whether any order explains it. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { fc } from '../../conformance/test/laws.ts'
import { openPostgresBackend } from '../postgres/index.ts'
import { createStore } from '../store.ts'
import { startChild } from './child.ts'
import { startCutProxy } from './cut-proxy.ts'
import { nodeCrypto } from './node-crypto.ts'
import { startPostgres } from '../../conformance/test/postgres-server.ts'
import { assertSerial, plan } from './serial.ts'
import type { Store } from '../interface.ts'
import type { RacerTask } from './postgres-racer.ts'
import type { PostgresServer } from '../../conformance/test/postgres-server.ts'
import type { Seen } from './serial.ts'

const server = await startPostgres()
const PROCESSES = 3
/** Transactions of each process; `PROMISEGRID_RACES=500` for a long run. */
const EACH = Number(process.env.PROMISEGRID_RACES ?? 30)
const KEY = Uint8Array.of(1)

if (typeof server === 'string') test('several processes on PostgreSQL', (t) => t.skip(server))
else {
  after(() => server.stop())
  races(server)
  failures(server)
}

function races(server: PostgresServer): void {
  test('what processes do at the same time could have been done one after another', async () => {
    const { seen, store } = await race(server, false)
    assert.ok(seen.length > EACH, 'nearly nothing was committed')
    await assertSerial(store, seen)
    await store.close()
  })

  test('processes that hear nothing of each other are found out', async () => {
    const { seen, store } = await race(server, true)
    await assert.rejects(assertSerial(store, seen), assert.AssertionError)
    await store.close()
  })

  test('processes that open an empty database at once begin one store', async () => {
    const schema = server.schema()
    const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(server, schema)))
    await Promise.all(
      stores.map((store, i) => store.transact((transaction) => transaction.put('s', Uint8Array.of(i), KEY))),
    )
    let entries = 0
    using snapshot = stores[0]!.snapshot()
    for await (const _ of snapshot.range('s')) entries++
    assert.equal(entries, 4)
    snapshot.close()
    await Promise.all(stores.map((store) => store.close()))
  })
}

function failures(server: PostgresServer): void {
  test('a process that is killed in its turn holds nobody up', async () => {
    const schema = server.schema()
    const store = await openStore(server, schema)
    const other = await openPostgresBackend({ connection: server.connection, schema })
    await other.shared!.takeTurn()
    const waiting = store.transact((transaction) => transaction.put('s', KEY, KEY))
    await kill(server, `state = 'idle in transaction' AND query LIKE '%${schema}%'`)
    await waiting
    await other.close()
    await store.close()
  })

  for (const cut of ['before', 'after'] as const) {
    test(`says INDETERMINATE when the connection goes ${cut} the server has committed, and knows later`, async () => {
      const schema = server.schema()
      const proxy = await startCutProxy(`${server.connection.host}/.s.PGSQL.${server.connection.port}`)
      const connection = { ...server.connection, host: '127.0.0.1', port: proxy.port }
      const backend = await openPostgresBackend({ connection, schema })
      const store = await createStore({ backend, crypto: nodeCrypto })
      const ids: string[] = []
      const increment = () =>
        store.transact(async (transaction) => {
          ids.push(transaction.id)
          const before = (await transaction.get('s', KEY))?.[0] ?? 0
          transaction.put('s', KEY, Uint8Array.of(before + 1))
        })
      await increment()
      proxy.cutNext(cut)
      await assert.rejects(increment(), { name: 'StoreError', code: 'INDETERMINATE' })
      assert.equal(await store.committed(ids[1]!), cut === 'after')
      await increment()
      const snapshot = store.snapshot()
      assert.deepEqual(await snapshot.get('s', KEY), Uint8Array.of(cut === 'after' ? 3 : 2))
      snapshot.close()
      await store.close()
      await proxy.close()
    })
  }

  test('a store goes on when the server was stopped and started again', async () => {
    const store = await openStore(server, server.schema())
    await store.transact((transaction) => transaction.put('s', KEY, Uint8Array.of(1)))
    using before = store.snapshot()
    await before.get('s', KEY)
    await server.restart()
    await assert.rejects(before.get('s', KEY), { code: 'IO' })
    await untilAnswered(store)
    await store.transact(async (transaction) => {
      transaction.put('s', KEY, Uint8Array.of((await transaction.get('s', KEY))![0]! + 1))
    })
    using after = store.snapshot()
    assert.deepEqual(await after.get('s', KEY), Uint8Array.of(2))
    await store.close()
  })
}

/** The first question on a connection that was lost is answered by an error; the next one has a new connection. */
async function untilAnswered(store: Store): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      return await store.transact((transaction) => transaction.put('t', KEY, KEY))
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'IO')
    }
  }
  assert.fail('no new connection')
}

async function kill(server: PostgresServer, which: string): Promise<void> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ ...server.connection } as object)
  await client.connect()
  const { rows } = await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${which}`)
  assert.equal(rows.length, 1)
  await client.end()
}

async function openStore({ connection }: PostgresServer, schema: string): Promise<Store> {
  return createStore({ backend: await openPostgresBackend({ connection, schema }), crypto: nodeCrypto })
}

/** Lets processes run their plans at the same time; answers what they saw, and a store to look at the end. */
async function race(
  server: PostgresServer,
  deaf: boolean,
): Promise<{ readonly seen: readonly Seen[]; readonly store: Store }> {
  const schema = server.schema()
  const store = await openStore(server, schema)
  const plans = fc.sample(plan, { numRuns: PROCESSES * EACH, seed: 5 })
  const numbered = plans.map((each, number) => ({ ...each, number }))
  const children = Array.from({ length: PROCESSES }, (_, process) => {
    const task: RacerTask = {
      backend: { connection: server.connection, schema, snapshotsMax: 8 },
      deaf,
      plans: numbered.filter(({ number }) => number % PROCESSES === process),
    }
    return startChild('postgres-racer.js', [JSON.stringify(task)])
  })
  for (const child of children) assert.equal(await child.line(/ready/), 'ready')
  for (const child of children) child.process.stdin.end()
  await Promise.all(children.map((child) => child.ended()))
  const lines = children.flatMap((child) => child.lines.filter((line) => line.startsWith('{')))
  return { seen: lines.map(parsed), store }
}

function parsed(line: string): Seen {
  const { lists, ...rest } = JSON.parse(line) as Omit<Seen, 'lists'> & { lists: [number, number[]][] }
  return { ...rest, lists: new Map(lists) }
}
