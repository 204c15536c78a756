/**
 * One store of blocks in a process of its own, which another process tells what to do and asks what it cost: so two
 * stores take turns, and a busy minute of the machine hits both. Blocks are of 1 KiB, without a pattern and known by
 * their number, so that a million of them need no memory.
 */
import { createCipheriv, hash, randomInt } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'

export const BLOCK_BYTES = 1024

/** A store as it is measured. Whatever is read is compared with its digest, by the store or here. */
export interface BlockSide {
  /** Hashes some blocks and writes them, as one batch where there is such a thing. */
  put(blocks: readonly Uint8Array[], durable: boolean): Promise<void> | void
  /** Reads one block and hashes it; false when it is another one. */
  get(digest: Uint8Array): Promise<boolean> | boolean
  /** Reads the next so many blocks in the order of their digests; how many there were. */
  scan(from: Uint8Array, most: number): Promise<number> | number
  /** Has the blocks with these digests kept by a collection. */
  keep?(digests: readonly Uint8Array[]): Promise<void> | void
  /** Deletes what is not kept; `isKept` is for a store that cannot find out. How many are gone. */
  collect?(isKept: (digest: Uint8Array) => boolean): Promise<number> | number
  close(): Promise<void> | void
}

/** What to do; blocks are named by their numbers. */
export type BlockOrder =
  | { readonly do: 'open' | 'fresh'; readonly folder: string }
  | { readonly do: 'make' | 'fill' | 'commit' | 'keep'; readonly from: number; readonly count: number }
  | { readonly do: 'get' | 'settle' | 'scan'; readonly among: number; readonly count: number }
  | { readonly do: 'collect'; readonly kept: number; readonly garbage: number }
  | { readonly do: 'rest' | 'close' }

export interface BlockCost {
  /** What was measured, without making the blocks where that could be kept apart. */
  readonly cpuMs: number
  readonly wallMs: number
  /** Processor time of the process from its start, threads of the engine included. */
  readonly totalCpuMs: number
  /** Memory of its own now. */
  readonly memoryMiB: number
  /** Of each commit. */
  readonly wallMsEach?: readonly number[]
  /** How many blocks were read, by a scan or until the store had settled. */
  readonly done?: number
}

/** Takes orders until the other process goes. A store that answers wrongly ends the process. */
export function serveBlocks(open: (folder: string) => Promise<BlockSide> | BlockSide): void {
  let side: BlockSide | undefined
  let [folder, done] = ['', Promise.resolve()]
  const obey = async (order: BlockOrder): Promise<void> => {
    if ('folder' in order) {
      if (order.do === 'fresh') await startAfresh(side, folder)
      folder = order.folder
      answer(await costOf(async () => void (side = await open(folder))))
    } else answer(await carryOut(side!, order, folder))
  }
  process.on('message', (order) => void (done = done.then(() => obey(order as BlockOrder))))
  process.on('disconnect', () => process.exit())
}

async function startAfresh(side: BlockSide | undefined, folder: string): Promise<void> {
  await side?.close()
  if (folder !== '') await rm(folder, { recursive: true, force: true })
}

type Rest = Exclude<BlockOrder, { readonly folder: string }>

async function carryOut(side: BlockSide, order: Rest, folder: string): Promise<Measured> {
  switch (order.do) {
    case 'make':
      return costOf(() => forBlocks(order.from, order.count, () => undefined))
    case 'fill':
      return costOf(() => forBlocks(order.from, order.count, (blocks) => side.put(blocks, false)))
    case 'commit':
      return commit(side, order)
    case 'keep':
      return costOf(() =>
        forBlocks(order.from, order.count, (blocks) => side.keep?.(blocks.map(digestOf)), 1_000),
      )
    case 'get':
      return get(side, order)
    case 'settle':
      return settle(side, order, folder)
    case 'scan':
      return scan(side, order)
    case 'collect':
      return collect(side, order)
    case 'rest':
      return costOf(rest)
    case 'close':
      return costOf(() => side.close())
  }
}

interface Range {
  readonly from: number
  readonly count: number
}

async function commit(side: BlockSide, { from, count }: Range): Promise<Measured> {
  const blocks = makeBlocks(from, count)
  const wallMsEach: number[] = []
  const cost = await costOf(async () => {
    for (const block of blocks) {
      const start = performance.now()
      await side.put([block], true)
      wallMsEach.push(performance.now() - start)
    }
  })
  return { ...cost, wallMsEach }
}

interface Draw {
  readonly among: number
  readonly count: number
}

function get(side: BlockSide, { among, count }: Draw): Promise<Measured> {
  const digests = Array.from({ length: count }, () => digestOf(makeBlocks(randomInt(among), 1)[0]!))
  return costOf(async () => {
    for (const digest of digests) if (!(await side.get(digest))) throw new Error('a block is not there')
  })
}

/** More often than any store was seen to need. */
const ROUNDS_MAX = 60

/**
 * Reads until a round of reads leaves the tables of the engine as they were: reads that look into a table in vain make
 * it merge that one, and as long as it does, its merging would be measured for the reading.
 */
async function settle(side: BlockSide, draw: Draw, folder: string): Promise<Measured> {
  await rest()
  let [cpuMs, wallMs, done] = [0, 0, 0]
  for (let tables = tablesIn(folder), round = 0; round < ROUNDS_MAX; round++) {
    const before = tables
    const [read, rested] = [await get(side, draw), await costOf(rest)]
    cpuMs += read.cpuMs + rested.cpuMs
    wallMs += read.wallMs + rested.wallMs
    done += draw.count
    tables = tablesIn(folder)
    if (tables === before) break
  }
  return { cpuMs, wallMs, done }
}

function tablesIn(folder: string): string {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.ldb')).join()
}

/** Blocks read at once by a scan. */
const SCAN_BLOCKS = 100

async function scan(side: BlockSide, { among, count }: Draw): Promise<Measured> {
  const starts = Array.from({ length: count }, () => digestOf(makeBlocks(randomInt(among), 1)[0]!))
  let done = 0
  const cost = await costOf(async () => {
    for (const start of starts) done += await side.scan(start, SCAN_BLOCKS)
  })
  if (done < count) throw new Error('a scan did not see the block that it began with')
  return { ...cost, done }
}

async function collect(
  side: BlockSide,
  { kept, garbage }: { kept: number; garbage: number },
): Promise<Measured> {
  const doomed = new Set<string>()
  await forBlocks(
    kept,
    garbage,
    (blocks) => void blocks.forEach((block) => doomed.add(keyOf(digestOf(block)))),
  )
  return costOf(async () => {
    const gone = await side.collect?.((digest) => !doomed.has(keyOf(digest)))
    if (gone !== garbage) throw new Error(`${gone} blocks were collected, not ${garbage}`)
  })
}

function keyOf(digest: Uint8Array): string {
  return Buffer.from(digest.buffer, digest.byteOffset, digest.length).toString('latin1')
}

/** Until the engine has written what it still has to in the background. */
async function rest(): Promise<void> {
  for (let quiet = 0; quiet < 10;) {
    const cpu = process.cpuUsage()
    await new Promise((resolve) => setTimeout(resolve, 50))
    const { user, system } = process.cpuUsage(cpu)
    quiet = user + system < 2_500 && !isBusy() ? quiet + 1 : 0
  }
}

/** Whether another thread wants a core, or waits for the disk: on a busy machine it may need neither for long. */
function isBusy(): boolean {
  try {
    const others = readdirSync('/proc/self/task').filter((thread) => Number(thread) !== process.pid)
    return others.some((thread) =>
      /^.*\) [RD]/s.test(readFileSync(`/proc/self/task/${thread}/stat`, 'latin1')),
    )
  } catch {
    return false
  }
}

// ----------------------------------------------------------------------------------------------- blocks

const KEY = new Uint8Array(32)
const CIPHER_BLOCKS = BLOCK_BYTES / 16
/** Blocks written as one batch. */
const BATCH = 100

/** Blocks of so many numbers from one on: the same whenever they are made. */
function makeBlocks(from: number, count: number): Uint8Array[] {
  const counter = new DataView(new ArrayBuffer(16))
  counter.setUint32(12, from * CIPHER_BLOCKS)
  const cipher = createCipheriv('aes-256-ctr', KEY, new Uint8Array(counter.buffer))
  const { buffer, byteOffset } = cipher.update(new Uint8Array(count * BLOCK_BYTES))
  return Array.from(
    { length: count },
    (_, at) => new Uint8Array(buffer, byteOffset + at * BLOCK_BYTES, BLOCK_BYTES),
  )
}

export function digestOf(block: Uint8Array): Uint8Array {
  return hash('sha256', block, 'buffer')
}

async function forBlocks(
  from: number,
  count: number,
  use: (blocks: Uint8Array[]) => Promise<void> | void,
  atOnce = BATCH,
): Promise<void> {
  for (let at = from; at < from + count; at += atOnce)
    await use(makeBlocks(at, Math.min(atOnce, from + count - at)))
}

// ------------------------------------------------------------------------------------------------- cost

type Measured = Pick<BlockCost, 'cpuMs' | 'wallMs' | 'wallMsEach' | 'done'>

async function costOf(work: () => Promise<void> | void): Promise<Measured> {
  const [cpu, start] = [process.cpuUsage(), performance.now()]
  await work()
  const { user, system } = process.cpuUsage(cpu)
  return { cpuMs: (user + system) / 1000, wallMs: performance.now() - start }
}

function answer(measured: Measured): void {
  const { user, system } = process.cpuUsage()
  const cost: BlockCost = { ...measured, totalCpuMs: (user + system) / 1000, memoryMiB: memoryMiB() }
  if (process.connected) process.send?.(cost)
}

/** Without what the engine maps of its files: that is the system's, and given back when needed. */
function memoryMiB(): number {
  const kibibytes = /^RssAnon:\s*(\d+) kB$/m.exec(statusOf())?.[1]
  return kibibytes === undefined ? process.memoryUsage().rss / 2 ** 20 : Number(kibibytes) / 1024
}

function statusOf(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8')
  } catch {
    return ''
  }
}
