import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { SEED } from '../../conformance/test/laws.ts'
import { openLevelBackend } from '../level/index.ts'
import { createStore } from '../store.ts'
import { startChild } from './child.ts'
import { nodeCrypto } from './node-crypto.ts'
import { temporaryFolder } from './temporary-folder.ts'
import type { Snapshot, Store } from '../interface.ts'

const KILLS = Number(process.env['PROMISEGRID_KILLS'] ?? 8)

/** A small generator of numbers in [0, 1) that a seed repeats (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

async function openStore(folder: string): Promise<Store> {
  return createStore({ backend: await openLevelBackend(folder), crypto: nodeCrypto })
}

async function namesIn(snapshot: Snapshot, space: string): Promise<Set<string>> {
  const names = new Set<string>()
  for await (const { key } of snapshot.range(space)) names.add(new TextDecoder().decode(key))
  return names
}

/** Opening verifies the chain; then every acknowledged transaction is whole, and none is torn. */
async function verify(store: Store, acknowledged: readonly string[]): Promise<void> {
  using snapshot = store.snapshot()
  const [left, right] = [await namesIn(snapshot, 'left'), await namesIn(snapshot, 'right')]
  const lost = acknowledged.filter((line) => !left.has(line.split(' ')[1]!))
  assert.deepEqual(lost, [], 'acknowledged, but not there')
  assert.deepEqual(left, right, 'half of a transaction')
  for (const line of acknowledged.slice(-50)) assert.equal(await store.committed(line.split(' ')[2]!), true)
}

test(`loses and tears nothing that was acknowledged before ${KILLS} kills (seed ${SEED})`, async (t) => {
  const random = createRandom(SEED)
  const { path, remove } = await temporaryFolder()
  const folder = join(path, 'store')
  const acknowledged: string[] = []
  for (let run = 0; run < KILLS; run++) {
    const writer = startChild('crash-writer.js', [folder, `${run}`])
    await writer.line(/^ack/)
    await wait(random() * 250)
    await writer.kill()
    assert.deepEqual(
      writer.lines.filter((line) => !/^(ack .*|open)$/.test(line)),
      [],
    )
    acknowledged.push(...writer.lines.filter((line) => line.startsWith('ack')))
    const store = await openStore(folder)
    await verify(store, acknowledged)
    await store.close()
  }
  t.diagnostic(`${acknowledged.length} acknowledged transactions over ${KILLS} kills, seed ${SEED}`)
  await remove()
})

test(`opens whatever a kill at creation leaves behind (seed ${SEED})`, async () => {
  const random = createRandom(SEED + 1)
  for (let run = 0; run < Math.ceil(KILLS / 2); run++) {
    const { path, remove } = await temporaryFolder()
    const folder = join(path, 'store')
    const writer = startChild('crash-writer.js', [folder, '0'])
    // Until the folder appears nothing happens; then every moment of the creation may be hit.
    while ((await readdir(path)).length === 0 && writer.process.exitCode === null) await wait(1)
    await wait(random() * 40)
    await writer.kill()
    const store = await openStore(folder)
    await verify(
      store,
      writer.lines.filter((line) => line.startsWith('ack')),
    )
    await store.transact((transaction) => transaction.put('left', Uint8Array.of(1), Uint8Array.of(1)))
    await store.close()
    assert.deepEqual(await readdir(folder), ['ballast', 'closed', 'level'])
    await remove()
  }
})

test('acknowledges nothing after a failed write, and knows afterwards what became of it', async (t) => {
  if (process.platform !== 'linux') return t.skip('needs a limit on the size of files')
  const { path, remove } = await temporaryFolder()
  const folder = join(path, 'store')
  await (await openStore(folder)).close()
  // No file may grow beyond 256 KiB: the engine's log will fail in the middle of a write.
  const writer = startChild('crash-writer.js', [folder, '0'], `trap '' XFSZ; ulimit -f 256`)
  assert.match((await writer.line(/^[A-Z]+ /)) ?? 'ended', /^INDETERMINATE /)
  assert.match((await writer.line(/^IO /)) ?? 'ended', /^IO /)
  await writer.kill()
  const failed = writer.lines.findIndex((line) => line.startsWith('INDETERMINATE'))
  const acknowledged = writer.lines.filter((line) => line.startsWith('ack'))
  assert.ok(acknowledged.length > 10)
  assert.deepEqual(
    writer.lines.slice(failed).filter((line) => line.startsWith('ack')),
    [],
  )
  const store = await openStore(folder)
  await verify(store, acknowledged)
  using snapshot = store.snapshot()
  const present = await namesIn(snapshot, 'left')
  for (const line of writer.lines.filter((line) => /^(INDETERMINATE|IO) /.test(line))) {
    const [, name, id] = line.split(' ')
    // Without an id it was refused before it began.
    assert.equal(id ? await store.committed(id) : false, present.has(name!))
    if (line.startsWith('IO')) assert.equal(present.has(name!), false)
  }
  await store.close()
  await remove()
})
