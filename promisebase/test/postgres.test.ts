import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { backendSuite, storeSuite } from 'promisegrid/conformance'
import { openPostgresBackend } from '../postgres/index.ts'
import { createStore } from '../store.ts'
import { nodeCrypto } from './node-crypto.ts'
import { startPostgres } from '../../conformance/test/postgres-server.ts'

const server = await startPostgres()

if (typeof server === 'string') test('PostgreSQL', (t) => t.skip(server))
else {
  const { connection } = server
  after(() => server.stop())

  describe('postgres backend', () =>
    backendSuite({
      test,
      factory: async () => ({
        backend: await openPostgresBackend({ connection, schema: server.schema(), snapshotsMax: 24 }),
      }),
    }))

  describe('store on postgres', () =>
    storeSuite({
      test,
      factory: async () => {
        const schema = server.schema()
        const openStore = async () =>
          createStore({ backend: await openPostgresBackend({ connection, schema }), crypto: nodeCrypto })
        return { store: await openStore(), reopen: openStore }
      },
    }))

  describe('what only a database can do', () => {
    test('refuses a schema that the server would cut or misread', async () => {
      for (const schema of ['', 'A', 'a-b', '1a', 'a"; DROP', 'a'.repeat(64)])
        await assert.rejects(openPostgresBackend({ connection, schema }), TypeError)
    })

    test('says IO where no server answers', async () => {
      const nowhere = { ...connection, port: 1 }
      await assert.rejects(openPostgresBackend({ connection: nowhere }), { name: 'StoreError', code: 'IO' })
    })

    test('writes while all connections for snapshots are taken, and serves whoever waits for one', async () => {
      const backend = await openPostgresBackend({ connection, schema: server.schema(), snapshotsMax: 2 })
      const key = Uint8Array.of(1)
      const put = (value: number) =>
        backend.batch([{ type: 'put', key, value: Uint8Array.of(value) }], { durable: true })
      await put(1)
      const held = [backend.snapshot()]
      assert.deepEqual(await held[0]!.get(key), Uint8Array.of(1))
      held.push(backend.snapshot())
      assert.deepEqual(await held[1]!.get(key), Uint8Array.of(1))
      const waiting = [backend.snapshot(), backend.snapshot()]
      const reads = waiting.map((snapshot) => snapshot.get(key))
      await put(2)
      for (const snapshot of held) assert.deepEqual(await snapshot.get(key), Uint8Array.of(1))
      held[0]!.close()
      assert.deepEqual(await Promise.all(reads), [Uint8Array.of(2), Uint8Array.of(2)])
      for (const snapshot of [held[1]!, ...waiting]) snapshot.close()
      await backend.close()
    })

    test('gives a connection back after each snapshot, also one nobody read from', async () => {
      const backend = await openPostgresBackend({ connection, schema: server.schema(), snapshotsMax: 2 })
      for (let round = 0; round < 20; round++) {
        const snapshot = backend.snapshot()
        if (round % 2 === 0) await snapshot.get(Uint8Array.of(1))
        snapshot.close()
      }
      await backend.close()
    })

    test('keeps a key that no index takes out with LIMIT, and goes on', async () => {
      const backend = await openPostgresBackend({ connection, schema: server.schema() })
      const put = (key: Uint8Array) => backend.batch([{ type: 'put', key, value: key }], { durable: true })
      await assert.rejects(put(nodeCrypto.random(9000)), { code: 'LIMIT' })
      await put(Uint8Array.of(1))
      await backend.close()
    })
  })
}
