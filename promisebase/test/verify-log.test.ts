import assert from 'node:assert/strict'
import { copyFile, cp, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { withFile } from '../level/engine-file.ts'
import { openLevelStore } from '../level/index.ts'
import { readLog } from '../level/verify-log.ts'
import { nodeCrypto } from './node-crypto.ts'
import { temporaryFolder } from './temporary-folder.ts'
import type { EngineReport } from '../level/index.ts'
import type { TornTail } from '../level/verify-log.ts'

const BLOCK = 32_768
const bytes = (text: string) => new TextEncoder().encode(text)

/** Values of many lengths, up to more than a block of the log: records whole, and of two and three parts. */
const LENGTHS = [10, 400, 30_000, 5, 70_000, 1_000, 2_500]

/** A store that was not closed, copied, and where the records of its log begin. */
async function written(): Promise<{
  folder: string
  log: string
  starts: number[]
  remove: () => Promise<void>
}> {
  const { path, remove } = await temporaryFolder()
  const folder = join(path, 'copy')
  const store = await openLevelStore(join(path, 'store'), { crypto: nodeCrypto, ballastBytes: 0 })
  for (const length of LENGTHS) {
    const value = Uint8Array.from({ length }, (_, i) => i % 251)
    await store.transact((transaction) => transaction.put('s', bytes(`${length}`), value))
  }
  await cp(join(path, 'store', 'level'), join(folder, 'level'), { recursive: true })
  await store.close()
  const name = (await readdir(join(folder, 'level'))).find((name) => name.endsWith('.log'))!
  const log = join(folder, 'level', name)
  const { starts } = await read(log)
  return { folder, log, starts, remove }
}

async function read(log: string): Promise<{ torn: TornTail | undefined; starts: number[] }> {
  const starts: number[] = []
  const torn = await withFile(log, (file) => readLog(file, (_, offset) => starts.push(offset)))
  return { torn, starts }
}

/** The log with `change` made to its octets, read, in a file of its own. */
async function changed(log: string, change: (content: Uint8Array) => Uint8Array) {
  const copy = `${log}.changed`
  await writeFile(copy, change(new Uint8Array(await readFile(log))))
  return read(copy)
}

const corrupt = (message: RegExp) => ({ name: 'StoreError', code: 'CORRUPT', message })

test('reads records of one part and of several, and finds nothing torn', async () => {
  const { log, remove } = await written()
  const { torn, starts } = await read(log)
  assert.equal(torn, undefined)
  // The first is the beginning of the store itself.
  assert.equal(starts.length, 1 + LENGTHS.length)
  await remove()
})

test('takes a file that ends inside its last record for torn, wherever it ends', async () => {
  const { log, starts, remove } = await written()
  const { length } = await readFile(log)
  const last = starts.at(-1)!
  for (let end = last + 1; end < length; end += 37) {
    const { torn, starts: left } = await changed(log, (content) => content.subarray(0, end))
    assert.deepEqual(left, starts.slice(0, -1))
    assert.equal(torn?.offset, last)
    assert.equal(torn?.bytes, end - last)
  }
  await remove()
})

test('takes zeros from the boundary of a sector to the end for torn, and a record of parts as one', async () => {
  const { log, starts, remove } = await written()
  const from = starts[5]!
  for (let sector = Math.ceil((from + 1) / 512) * 512; sector < starts[6]!; sector += 512 * 9) {
    const { torn, starts: left } = await changed(log, (content) => content.fill(0, sector))
    assert.deepEqual(left, starts.slice(0, 5), `zeros from ${sector}`)
    assert.equal(torn?.offset, from)
  }
  const { torn } = await changed(log, (content) => Uint8Array.of(...content, ...new Uint8Array(5_000)))
  assert.equal(torn?.bytes, 5_000)
  await remove()
})

test('refuses a last record that is whole and does not match, or whose length was changed', async () => {
  const { log, starts, remove } = await written()
  const last = starts.at(-1)!
  for (const offset of [0, 3, 6, 7, 20, 900, 2_000]) {
    await assert.rejects(
      changed(log, (content) => flip(content, last + offset, 0x10)),
      corrupt(new RegExp(`\\.log\\.changed .* at octet ${last}$`)),
    )
  }
  for (const bit of [0x10, 0x20, 0x40]) {
    await assert.rejects(
      changed(log, (content) => flip(content, last + 5, bit)),
      corrupt(/ length at octet/),
    )
  }
  await remove()
})

test('refuses damage in the middle, though what follows is right', async () => {
  const { log, starts, remove } = await written()
  for (const start of starts.slice(0, -1)) {
    await assert.rejects(
      changed(log, (content) => flip(content, start + 9, 1)),
      corrupt(/checksum/),
    )
    await assert.rejects(
      changed(log, (content) => content.fill(0, start, start + 7)),
      corrupt(/checksum/),
    )
  }
  // A block of the log gone, as if it had never been written.
  await assert.rejects(
    changed(log, (content) => content.fill(0, BLOCK, 2 * BLOCK)),
    corrupt(/checksum/),
  )
  await remove()
})

test('refuses a record that lost a part, though the parts left fit each other', async () => {
  const { folder, log, remove } = await written()
  const content = await readFile(log)
  await writeFile(log, Buffer.concat([content.subarray(0, BLOCK), content.subarray(2 * BLOCK)]))
  await assert.rejects(openLevelStore(folder, { crypto: nodeCrypto }), corrupt(/without all its writes/))
  await remove()
})

test('tells of a torn write when it opens, and keeps every commit before', async () => {
  const { folder, log, starts, remove } = await written()
  await truncate(log, starts.at(-1)! + 100)
  const reports: EngineReport[] = []
  const store = await openLevelStore(folder, {
    crypto: nodeCrypto,
    ballastBytes: 0,
    onVerified: (report) => reports.push(report),
  })
  assert.equal(reports[0]!.torn?.offset, starts.at(-1))
  using snapshot = store.snapshot()
  for (const length of LENGTHS) {
    const value = await snapshot.get('s', bytes(`${length}`))
    assert.equal(value?.length, length === LENGTHS.at(-1) ? undefined : length)
  }
  snapshot.close()
  await store.close()
  await (
    await openLevelStore(folder, { crypto: nodeCrypto, onVerified: (report) => reports.push(report) })
  ).close()
  assert.equal(reports[1]!.torn, undefined)
  await remove()
})

test('refuses a torn log behind which another one goes on', async () => {
  const { folder, log, starts, remove } = await written()
  const next = log.replace(/\d+(?=\.log$)/, (number) => String(Number(number) + 1).padStart(6, '0'))
  await copyFile(log, next)
  await truncate(log, starts.at(-1)! + 100)
  await assert.rejects(
    openLevelStore(folder, { crypto: nodeCrypto }),
    corrupt(new RegExp(`is damaged at octet ${starts.at(-1)}$`)),
  )
  await remove()
})

test('refuses logs between which commits are missing', async () => {
  const { folder, log, starts, remove } = await written()
  const content = await readFile(log)
  // The records behind the first block fit the beginning of one: all but the first few commits are there.
  await writeFile(log, Buffer.concat([content.subarray(0, starts[2]), content.subarray(starts[3]!, BLOCK)]))
  await assert.rejects(openLevelStore(folder, { crypto: nodeCrypto }), corrupt(/gap before the record/))
  await remove()
})

function flip(content: Uint8Array, offset: number, bits: number): Uint8Array {
  content[offset]! ^= bits
  return content
}
