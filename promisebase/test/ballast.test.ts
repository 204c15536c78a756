import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openLevelStore } from '../level/index.ts'
import { nodeCrypto } from './node-crypto.ts'
import { temporaryFolder } from './temporary-folder.ts'
import type { Store } from '../interface.ts'
import type { LevelOptions } from '../level/index.ts'

const MIB = 1024 * 1024
const bytes = (text: string) => new TextEncoder().encode(text)

const openIn = (folder: string, options: LevelOptions = {}): Promise<Store> =>
  openLevelStore(folder, { crypto: nodeCrypto, ...options })

async function put(store: Store, from: number, count: number): Promise<void> {
  for (let number = from; number < from + count; number++) {
    await store.transact((transaction) =>
      transaction.put('s', bytes(`${number}`), new Uint8Array(2_000).fill(7)),
    )
  }
}

async function count(store: Store): Promise<number> {
  using snapshot = store.snapshot()
  let found = 0
  for await (const _ of snapshot.range('s')) found++
  return found
}

/** Fills what is left of a small file system to the last octet. */
async function fillUp(path: string): Promise<void> {
  const result = spawnSync('dd', ['if=/dev/zero', `of=${join(path, 'filler')}`, 'bs=4k'], { stdio: 'ignore' })
  assert.notEqual(result.status, 0, 'it is full')
}

test('keeps ballast beside the engine, of the length it is told, or none', async () => {
  const { path, remove } = await temporaryFolder()
  for (const [name, ballastBytes, expected] of [
    ['usual', undefined, 8 * MIB],
    ['small', 3 * MIB + 1, 3 * MIB + 1],
    ['none', 0, undefined],
  ] as const) {
    const store = await openIn(join(path, name), ballastBytes === undefined ? {} : { ballastBytes })
    await store.close()
    const file = await stat(join(path, name, 'ballast')).catch(() => undefined)
    assert.equal(file?.size, expected)
  }
  await remove()
})

for (const hasBallast of [true, false]) {
  const claim = hasBallast
    ? 'opens on a full disk, and keeps ballast again when there is room'
    : 'control: without ballast a full disk is FULL'
  test(claim, async (t) => {
    const { path, remove } = await temporaryFolder()
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', path], { stdio: 'ignore' })
    if (mounted.status !== 0) {
      await remove()
      return t.skip('a file system can only be mounted by root on Linux')
    }
    try {
      const folder = join(path, 'store')
      const options = { ballastBytes: hasBallast ? 4 * MIB : 0 }
      const store = await openIn(folder, options)
      await put(store, 0, 200)
      await store.close()
      await fillUp(path)
      if (!hasBallast) {
        await assert.rejects(openIn(folder, options), { code: 'FULL' })
        return
      }
      const full = await openIn(folder, options)
      assert.equal(await count(full), 200)
      assert.equal((await readdir(folder)).includes('ballast'), false)
      await full.close()
      await rm(join(path, 'filler'))
      const again = await openIn(folder, options)
      await put(again, 200, 10)
      assert.equal(await count(again), 210)
      assert.equal((await stat(join(folder, 'ballast'))).size, 4 * MIB)
      await again.close()
    } finally {
      spawnSync('umount', [path])
      await remove()
    }
  })
}

test('goes on after a full disk: close, make room, open again, and ask what was committed', async (t) => {
  const { path, remove } = await temporaryFolder()
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', path], { stdio: 'ignore' })
  if (mounted.status !== 0) {
    await remove()
    return t.skip('a file system can only be mounted by root on Linux')
  }
  try {
    const folder = join(path, 'store')
    let store = await openIn(folder, { ballastBytes: MIB })
    await put(store, 0, 20)
    await fillUp(path)
    const ids: string[] = []
    const write = (number: number) =>
      store.transact((transaction) => {
        ids.push(transaction.id)
        transaction.put('s', bytes(`late ${number}`), new Uint8Array(50_000).fill(1))
      })
    let acknowledged = 0
    await assert.rejects(
      async () => {
        for (let number = 0; number < 100; number++) {
          await write(number)
          acknowledged++
        }
      },
      { code: /^(FULL|INDETERMINATE)$/ },
    )
    await assert.rejects(write(1_000), { code: 'IO' })
    await rm(join(path, 'filler'))
    await store.close()
    store = await openIn(folder, { ballastBytes: MIB })
    for (const id of ids.slice(0, acknowledged)) assert.equal(await store.committed(id), true)
    assert.equal(await count(store), 20 + acknowledged + Number(await store.committed(ids[acknowledged]!)))
    await write(2_000)
    await store.close()
    const last = await openIn(folder, { ballastBytes: MIB })
    assert.equal(await last.committed(ids.at(-1)!), true)
    await last.close()
  } finally {
    spawnSync('umount', [path])
    await remove()
  }
})
