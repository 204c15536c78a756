/** Backups of a store that several processes share, and restores where others may begin a store. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { SharedMemory } from '../../../conformance/test/shared-memory.ts'
import { startPostgres } from '../../../conformance/test/postgres-server.ts'
import { createMemoryBackend } from '../../backend-memory.ts'
import { openLevelBackend } from '../../level/index.ts'
import { openPostgresBackend } from '../../postgres/index.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { backup } from '../backup/backup.ts'
import { restore } from '../backup/restore.ts'
import { joinBytes } from '../car/header.ts'
import { createHold } from '../hold.ts'
import { quotas, setQuota } from '../quotas.ts'
import { verifyGraph } from '../verify-graph.ts'
import { inPieces } from './car-source.ts'
import type { Backend, Store } from '../../interface.ts'
import type { BackupReport } from '../backup/backup.ts'

const crypto = nodeCrypto
const utf8 = (text: string) => new TextEncoder().encode(text)

interface Backup {
  readonly bytes: Uint8Array
  readonly report: BackupReport
}

async function backedUp(store: Store): Promise<Backup> {
  const parts: Uint8Array[] = []
  const report = await backup(store, (part) => void parts.push(part))
  return { bytes: joinBytes(parts), report }
}

const restoreInto = ({ bytes, report }: Backup, backend: Backend) =>
  restore(inPieces(bytes, [70_000]), backend, { crypto, root: report.root })

async function fill(store: Store, count: number): Promise<void> {
  for (let i = 0; i < count; i++)
    await store.transact(async (transaction) => {
      const cid = transaction.putBlock(crypto.random(100 + 50_000 * (i % 2)))
      transaction.put('tides', utf8(String(i)), cid.bytes)
      await transaction.setLabel('newest', await transaction.getLabel('newest'), cid)
    })
}

/** Answers how to open one backend once more. */
type Sharing = () => () => Promise<Backend>

describe('on shared memory', () => {
  claims(() => {
    const memory = new SharedMemory()
    return async () => memory.open()
  })
})

const server = await startPostgres()
describe('on PostgreSQL', () => {
  if (typeof server === 'string') return void test('backups', (t) => t.skip(server))
  after(() => server.stop())
  claims(() => {
    const schema = server.schema()
    return () => openPostgresBackend({ connection: server.connection, schema })
  })
})

function claims(sharing: Sharing): void {
  test('a store goes from a folder to a shared backend, on to memory and back to a folder, and stays the same', async (t) => {
    const folder = await temporaryFolder()
    t.after(() => folder.remove())
    const open = sharing()
    const places = [
      () => openLevelBackend(join(folder.path, 'a')),
      open,
      async () => createMemoryBackend(),
      () => openLevelBackend(join(folder.path, 'b')),
    ]
    const first = await createStore({ backend: await places[0]!(), crypto })
    await fill(first, 40)
    await setQuota(first, 'tides', { entriesMax: 50 })
    const id = await first.transact((transaction) => {
      transaction.put('notes', utf8('a'), utf8('b'))
      return transaction.id
    })
    let last = await backedUp(first)
    const { root } = last.report
    await first.close()
    for (const place of places.slice(1)) {
      const backend = await place()
      const restored = await restoreInto(last, backend)
      assert.equal(restored.ok?.root.toString(), root.toString(), restored.refused?.detail)
      const store = await createStore({ backend, crypto })
      assert.equal(await store.committed(id), true)
      assert.equal((await verifyGraph(store)).isWhole, true)
      assert.equal((await store.verify()).damaged, 0)
      last = await backedUp(store)
      assert.equal(last.report.root.toString(), root.toString())
      await store.close()
    }
  })

  test('a restored store is written to by several at once, its quotas in force', async () => {
    const store = await createStore({ backend: createMemoryBackend(), crypto })
    await fill(store, 4)
    await setQuota(store, 'tides', { entriesMax: 6 })
    const open = sharing()
    const target = await open()
    assert.ok((await restoreInto(await backedUp(store), target)).ok)
    const stores = [
      await createStore({ backend: target, crypto }),
      await createStore({ backend: await open(), crypto }),
    ]
    const ends = await Promise.allSettled(
      Array.from({ length: 6 }, (_, i) =>
        stores[i % 2]!.transact((transaction) => transaction.put('tides', utf8(`new ${i}`), utf8('x')), {
          retries: 100,
        }),
      ),
    )
    assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 2)
    using snapshot = stores[1]!.snapshot()
    for await (const { space, entries } of quotas(snapshot)) assert.deepEqual([space, entries], ['tides', 6])
    snapshot.close()
    for (const each of stores) await each.close()
  })

  test('a backup shows one moment while others write', async () => {
    const open = sharing()
    const [alice, bob] = [
      await createStore({ backend: await open(), crypto }),
      await createStore({ backend: await open(), crypto }),
    ]
    using _hold = createHold(bob, { expires: 100 })
    let isOver = false
    const pair = (value: string) =>
      bob.transact((transaction) => {
        transaction.put('a', utf8('a'), utf8(value))
        transaction.put('z', utf8('z'), utf8(value))
        transaction.putBlock(utf8(value))
      })
    await pair('0')
    const writing = (async () => {
      for (let round = 1; !isOver; round++) await pair(String(round))
    })()
    for (let round = 0; round < 4; round++) {
      const target = createMemoryBackend()
      assert.ok((await restoreInto(await backedUp(alice), target)).ok)
      const copy = await createStore({ backend: target, crypto })
      using snapshot = copy.snapshot()
      assert.deepEqual(await snapshot.get('a', utf8('a')), await snapshot.get('z', utf8('z')))
    }
    isOver = true
    await writing
    await alice.close()
    await bob.close()
  })

  test('of two who restore into one backend at once, one does and the other is refused', async () => {
    const store = await createStore({ backend: createMemoryBackend(), crypto })
    await fill(store, 30)
    const made = await backedUp(store)
    const open = sharing()
    const targets = [await open(), await open()]
    const ends = await Promise.all(targets.map((target) => restoreInto(made, target)))
    assert.deepEqual(ends.map(({ refused }) => refused?.code ?? 'ok').sort(), ['OCCUPIED', 'ok'])
    const again = await createStore({ backend: targets[0]!, crypto })
    assert.equal((await backedUp(again)).report.root.toString(), made.report.root.toString())
    await again.close()
    await targets[1]!.close()
  })

  test('who begins a store where another restores is refused, or keeps all of it', async () => {
    const store = await createStore({ backend: createMemoryBackend(), crypto })
    await fill(store, 30)
    const made = await backedUp(store)
    for (const cut of [0, 1]) {
      const open = sharing()
      const [target, other] = [await open(), await open()]
      const bytes = made.bytes.subarray(0, made.bytes.length - cut)
      const restoring = restoreInto({ ...made, bytes }, target)
      const beginning = createStore({ backend: other, crypto }).then(
        async (began) => {
          await began.transact((transaction) => transaction.put('notes', utf8('a'), utf8('b')))
          return began
        },
        (error: { code?: string }) => error.code,
      )
      const [restored, began] = await Promise.all([restoring, beginning])
      if (typeof began === 'object') {
        using snapshot = began.snapshot()
        assert.deepEqual(await snapshot.get('notes', utf8('a')), utf8('b'))
        snapshot.close()
        await began.close()
        assert.ok(restored.refused)
      } else {
        assert.equal(began, 'CORRUPT')
        assert.equal(restored.refused?.code, cut === 0 ? undefined : 'TRUNCATED')
        await other.close()
      }
      await target.close()
    }
  })

  test('what fails midway leaves nothing, and another backup can be restored', async () => {
    const store = await createStore({ backend: createMemoryBackend(), crypto })
    await fill(store, 30)
    const made = await backedUp(store)
    const target = await sharing()()
    const cut = made.bytes.subarray(0, made.bytes.length - 1)
    assert.equal((await restoreInto({ ...made, bytes: cut }, target)).refused?.code, 'TRUNCATED')
    assert.ok((await restoreInto(made, target)).ok)
    await target.close()
  })
}
