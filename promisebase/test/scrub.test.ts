import assert from 'node:assert/strict'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createMemoryBackend } from '../backend-memory.ts'
import { blockKey, entryKey, HEAD_KEY, labelKey, recordKey } from '../keys.ts'
import { openLevelStore } from '../level/index.ts'
import { createStore } from '../store.ts'
import { nodeCrypto } from './node-crypto.ts'
import { temporaryFolder } from './temporary-folder.ts'
import type { CID } from 'multiformats/cid'
import type { Backend, Store } from '../interface.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

async function fill(store: Store, transactions = 30): Promise<CID[]> {
  const cids: CID[] = []
  for (let number = 0; number < transactions; number++) {
    await store.transact(async (transaction) => {
      cids.push(transaction.putBlock(bytes(`block ${number}`)))
      for (let i = 0; i < 20; i++)
        transaction.put('people', bytes(`alice ${number} ${i}`), bytes('v'.repeat(50)))
      await transaction.setLabel(`label ${number}`, undefined, cids.at(-1))
    })
  }
  return cids
}

async function flip(backend: Backend, key: Uint8Array, byte = 0): Promise<void> {
  const snapshot = backend.snapshot()
  const value = (await snapshot.get(key))!.slice()
  snapshot.close()
  value[byte]! ^= 0x10
  await backend.batch([{ type: 'put', key, value }], { durable: true })
}

test('counts what is there and finds a whole store whole', async () => {
  const store = await createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
  await fill(store)
  const seen: number[] = []
  const report = await store.verify({ onProgress: ({ keys }) => void seen.push(keys) })
  const { bytes: size, ...counts } = report
  assert.ok(size > 30 * 20 * 60)
  assert.deepEqual(counts, {
    blocks: 30,
    entries: 600,
    labels: 30,
    commits: 30,
    transactions: 30,
    unchecked: 0,
    damaged: 0,
    damages: [],
  })
  assert.deepEqual(seen, [0, 256, 512, 722])
})

test('names each block, entry, label and commit that is damaged, and goes on behind it', async () => {
  const backend = createMemoryBackend()
  const store = await createStore({ backend, crypto: nodeCrypto })
  const cids = await fill(store)
  await flip(backend, blockKey(cids[3]!))
  await flip(backend, entryKey('people', bytes('alice 4 5')), 7)
  await flip(backend, labelKey('label 6'), 20)
  await flip(backend, recordKey(9), 30)
  await backend.batch([{ type: 'put', key: Uint8Array.of(0x99, 1), value: bytes('') }], { durable: true })
  const { damaged, damages, blocks } = await store.verify()
  assert.equal(blocks, 30)
  assert.equal(damaged, damages.length)
  for (const what of [
    /the block with the multihash 1220.* does not match its hash/,
    /the entry 616c69636520342035 of the space "people"/,
    /the label "label 6"/,
    /the commit record in slot 0009/,
    /the key 9901 is none of a store/,
  ]) {
    assert.ok(
      damages.some((damage) => what.test(damage)),
      `${what} in ${damages.join('\n')}`,
    )
  }
  // The record is found twice: by its checksum, and by the chain.
  assert.equal(damaged, 6)
})

test('finds a head that was set back by its chain, though its checksum is right', async () => {
  const backend = createMemoryBackend()
  const store = await createStore({ backend, crypto: nodeCrypto })
  await fill(store, 2)
  const snapshot = backend.snapshot()
  const before = (await snapshot.get(HEAD_KEY))!
  snapshot.close()
  await fill(await createStore({ backend, crypto: nodeCrypto }), 0)
  await store.transact((transaction) => transaction.put('s', bytes('k'), bytes('v')))
  await backend.batch([{ type: 'put', key: HEAD_KEY, value: before }], { durable: true })
  const { damages } = await store.verify()
  assert.deepEqual(
    damages.map((damage) => /commit records instead of/.test(damage)),
    [true],
  )
})

test('ends where it is told to, and is refused once the store is closed', async () => {
  const store = await createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
  await fill(store)
  const controller = new AbortController()
  const onProgress = ({ keys }: { keys: number }) => keys > 0 && controller.abort(new Error('enough'))
  await assert.rejects(store.verify({ signal: controller.signal, onProgress }), /enough/)
  await assert.rejects(store.verify({ signal: AbortSignal.abort() }), { name: 'AbortError' })
  await store.close()
  await assert.rejects(store.verify(), { code: 'CLOSED' })
})

test('checks the files of the engine as well, while others write', async () => {
  const { path, remove } = await temporaryFolder()
  const folder = join(path, 'store')
  const store = await openLevelStore(folder, { crypto: nodeCrypto, ballastBytes: 0 })
  await fill(store)
  let isWriting = true
  const writing = (async () => {
    for (let number = 0; isWriting; number++) {
      await store.transact(
        (transaction) => transaction.put('s', bytes(`${number}`), new Uint8Array(20_000).fill(number)),
        { durable: false },
      )
    }
  })()
  for (let round = 0; round < 3; round++) {
    const { damages, files } = await store.verify()
    assert.deepEqual(damages, [])
    assert.ok(files!.files > 0)
  }
  isWriting = false
  await writing
  await store.close()
  await remove()
})

test('finds damage in the files of the engine, with file and octet', async () => {
  const { path, remove } = await temporaryFolder()
  const folder = join(path, 'store')
  const store = await openLevelStore(folder, { crypto: nodeCrypto, ballastBytes: 0 })
  await fill(store)
  await store.close()
  const again = await openLevelStore(folder, { crypto: nodeCrypto, ballastBytes: 0 })
  const names = await readdir(join(folder, 'level'))
  for (const name of names.filter((name) => name.endsWith('.ldb')))
    await flipInFile(join(folder, 'level', name), 200)
  const { damages } = await again.verify()
  assert.ok(
    damages.some((damage) => /\.ldb has a block that does not match its checksum at octet \d+/.test(damage)),
    damages.join('\n'),
  )
  await again.close()
  await remove()
})

async function flipInFile(path: string, offset: number): Promise<void> {
  const file = await open(path, 'r+')
  const octet = new Uint8Array(1)
  await file.read(octet, 0, 1, offset)
  octet[0]! ^= 0x10
  await file.write(octet, 0, 1, offset)
  await file.close()
}
