import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryBackend } from '../backend-memory.ts'
import { blockKey, HEAD_KEY, labelKey, recordKey, transactionKey, VERSION_KEY } from '../keys.ts'
import { sealWrite } from '../sealed.ts'
import { createStore } from '../store.ts'
import { bytesOfId } from '../transaction-id.ts'
import { nodeCrypto } from './node-crypto.ts'
import type { CID } from 'multiformats/cid'
import type { Backend, BackendWrite } from '../interface.ts'

const CORRUPT = { name: 'StoreError', code: 'CORRUPT' }

const open = (backend: Backend) => createStore({ backend, crypto: nodeCrypto })

const bytes = (text: string) => new TextEncoder().encode(text)

/** A backend with five commits, and what is in it. Its store is not closed, so that the backend stays open. */
async function written(): Promise<{ backend: Backend; cid: CID; ids: string[] }> {
  const backend = createMemoryBackend()
  const store = await open(backend)
  const ids: string[] = []
  const cids: CID[] = []
  for (let i = 0; i < 5; i++) {
    await store.transact(async (transaction) => {
      ids.push(transaction.id)
      cids.push(transaction.putBlock(bytes(`block ${i}`)))
      await transaction.setLabel('head', cids.at(-2), cids.at(-1))
    })
  }
  return { backend, cid: cids[4]!, ids }
}

async function read(backend: Backend, key: Uint8Array): Promise<Uint8Array> {
  const snapshot = backend.snapshot()
  const value = await snapshot.get(key)
  snapshot.close()
  return value!
}

async function write(backend: Backend, ...writes: BackendWrite[]): Promise<void> {
  await backend.batch(writes, { durable: true })
}

async function flip(backend: Backend, key: Uint8Array, byte: number): Promise<void> {
  const value = await read(backend, key)
  value[byte]! ^= 0x10
  await write(backend, { type: 'put', key, value })
}

test('opens what it has written', async () => {
  const { backend, ids } = await written()
  const store = await open(backend)
  for (const id of ids) assert.equal(await store.committed(id), true)
  await store.close()
})

test('refuses a store of another version and leaves it as it is', async () => {
  const { backend } = await written()
  for (const text of ['promisebase 3', 'promisebase 1 ', '']) {
    await write(backend, { type: 'put', key: VERSION_KEY, value: bytes(text) })
    await assert.rejects(open(backend), { name: 'StoreError', code: 'VERSION' })
    assert.deepEqual(await read(backend, VERSION_KEY), bytes(text))
  }
})

test('refuses keys of somebody else', async () => {
  const backend = createMemoryBackend()
  await write(backend, { type: 'put', key: bytes('theirs'), value: bytes('theirs') })
  await assert.rejects(open(backend), CORRUPT)
})

test('refuses a store in which any record, the head, the version or a transaction is missing', async () => {
  for (const missing of [
    'head',
    'version',
    'record 1',
    'record 3',
    'record 5',
    'transaction 1',
    'transaction 5',
  ]) {
    const { backend, ids } = await written()
    const [what, number] = missing.split(' ')
    const key = {
      head: HEAD_KEY,
      version: VERSION_KEY,
      record: recordKey(Number(number)),
      transaction: transactionKey(bytesOfId(ids[Number(number) - 1] ?? '')),
    }[what!]!
    await write(backend, { type: 'delete', key })
    await assert.rejects(open(backend), CORRUPT, missing)
  }
})

test('refuses a record with any bit changed, and a head of any other length', async () => {
  for (let byte = 0; byte < 94; byte++) {
    const { backend } = await written()
    await flip(backend, recordKey(1 + (byte % 5)), byte)
    await assert.rejects(open(backend), CORRUPT, `byte ${byte}`)
  }
  for (let byte = 0; byte < 44; byte++) {
    const { backend } = await written()
    await flip(backend, HEAD_KEY, byte)
    await assert.rejects(open(backend), CORRUPT, `byte ${byte} of the head`)
  }
  const { backend } = await written()
  const head = await read(backend, HEAD_KEY)
  for (const value of [head.subarray(1), Uint8Array.of(...head, 0), new Uint8Array(0)]) {
    await write(backend, { type: 'put', key: HEAD_KEY, value })
    await assert.rejects(open(backend), CORRUPT)
  }
})

test('refuses a head that was set back, and a record too many', async () => {
  const backend = createMemoryBackend()
  const store = await open(backend)
  await store.transact((transaction) => transaction.put('s', bytes('a'), bytes('a')))
  const before = await read(backend, HEAD_KEY)
  await store.transact((transaction) => transaction.put('s', bytes('b'), bytes('b')))
  await write(backend, { type: 'put', key: HEAD_KEY, value: before })
  await assert.rejects(open(backend), CORRUPT)
})

test('notices a changed block when it is read, in a snapshot and in a transaction', async () => {
  const { backend, cid } = await written()
  await flip(backend, blockKey(cid), 0)
  const store = await open(backend)
  using snapshot = store.snapshot()
  await assert.rejects(snapshot.getBlock(cid), CORRUPT)
  await assert.rejects(
    store.transact((transaction) => transaction.getBlock(cid)),
    CORRUPT,
  )
  await store.transact((transaction) => transaction.putBlock(bytes('block 4')))
  using healed = store.snapshot()
  assert.deepEqual(await healed.getBlock(cid), bytes('block 4'))
})

test('notices a label that is no CID', async () => {
  const { backend } = await written()
  for (const value of [bytes(''), bytes('head'), Uint8Array.of(1, 0x55, 0, 0)]) {
    await write(backend, sealWrite({ type: 'put', key: labelKey('head'), value }))
    using snapshot = (await open(backend)).snapshot()
    await assert.rejects(snapshot.getLabel('head'), CORRUPT)
    await assert.rejects(async () => {
      for await (const label of snapshot.labels()) assert.fail(label.name)
    }, CORRUPT)
  }
})

test('keeps the newest 8,192 commit records and verifies them', async () => {
  const backend = createMemoryBackend()
  const store = await open(backend)
  for (let i = 0; i < 8_300; i++) {
    await store.transact((transaction) => transaction.put('s', bytes('k'), bytes(`${i}`)))
  }
  const again = await open(backend)
  using snapshot = again.snapshot()
  assert.deepEqual(await snapshot.get('s', bytes('k')), bytes('8299'))
  let records = 0
  const raw = backend.snapshot()
  for await (const _ of raw.range({ gte: Uint8Array.of(2), lt: Uint8Array.of(3) })) records++
  assert.equal(records, 8_192)
  await flip(backend, recordKey(8_300 - 8_191), 50)
  await assert.rejects(open(backend), CORRUPT)
})

// ------------------------------------------------------------------------------------------ fail-stop

/** A backend whose disk fails when it is told to: the batch may be in it or not. */
function failing(backend: Backend): Backend & { failure: Error | undefined; writesAnyway: boolean } {
  return {
    name: 'failing',
    failure: undefined,
    writesAnyway: false,
    snapshot: () => backend.snapshot(),
    async batch(writes, options) {
      if (this.failure === undefined || this.writesAnyway) await backend.batch(writes, options)
      if (this.failure !== undefined) throw this.failure
    },
    close: () => backend.close(),
  }
}

for (const writesAnyway of [false, true]) {
  test(`reports INDETERMINATE and stops after a failed write that is ${writesAnyway ? '' : 'not '}there`, async () => {
    const memory = createMemoryBackend()
    const backend = Object.assign(failing(memory), { writesAnyway })
    const store = await open(backend)
    await store.transact((transaction) => transaction.put('s', bytes('before'), bytes('v')))
    backend.failure = new Error('the disk is gone')
    const ids: string[] = []
    const put = (key: string) =>
      store.transact((transaction) => {
        ids.push(transaction.id)
        transaction.put('s', bytes(key), bytes('v'))
      })
    const inFlight = put('in flight')
    await Promise.resolve()
    await Promise.resolve()
    const ends = await Promise.allSettled([inFlight, Promise.resolve().then(() => put('waiting'))])
    const [first, second] = ends.map((end) => (end.status === 'rejected' ? end.reason : undefined))
    assert.equal(first.code, 'INDETERMINATE')
    assert.match(first.message, new RegExp(ids[0]!))
    assert.equal(first.cause, backend.failure)
    assert.match(second.code, /^(INDETERMINATE|IO)$/)
    backend.failure = undefined
    await assert.rejects(put('later'), { code: 'IO' })
    await assert.rejects(store.committed(ids[0]!), { code: 'IO' })
    const again = await open(memory)
    assert.equal(await again.committed(ids[0]!), writesAnyway)
    using snapshot = again.snapshot()
    assert.equal((await snapshot.get('s', bytes('in flight'))) !== undefined, writesAnyway)
    assert.deepEqual(await snapshot.get('s', bytes('before')), bytes('v'))
    await store.close()
  })
}

test('refuses with IO what was waiting behind a failed write', async () => {
  const memory = createMemoryBackend()
  let release = () => {}
  const backend = failing(memory)
  const store = await open(backend)
  const batch = backend.batch.bind(backend)
  backend.batch = async (writes, options) => {
    await new Promise<void>((resolve) => (release = resolve))
    await batch(writes, options)
  }
  backend.failure = new Error('the disk is gone')
  const put = (key: string) => store.transact((transaction) => transaction.put('s', bytes(key), bytes('v')))
  const first = assert.rejects(put('first'), { code: 'INDETERMINATE' })
  await new Promise((resolve) => setImmediate(resolve))
  const waiting = Promise.all([put('second'), put('third')].map((end) => assert.rejects(end, { code: 'IO' })))
  await new Promise((resolve) => setImmediate(resolve))
  release()
  await Promise.all([first, waiting])
  await store.close()
})
