/**
 * A gigabyte through a store on disk: in as content of one tree, out again, and what that costs beside the SHA-256 of
 * the same bytes.
 *
 *   node dist/promisebase/bench/gigabyte.js [--size MIB] [--memory MIB]
 *
 * Prints one line of JSON. Ends with 1 when other bytes come out, or when the process grew by more than `--memory`.
 */
import { createCipheriv, createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { scratchFolder } from '../../conformance/bench-kit.ts'
import { nodeCrypto } from '../../runtimes/host/index.ts'
import { createStore, readContentStream, writeContent } from '../index.ts'
import { openLevelBackend } from '../level/index.ts'
import type { Store } from '../index.ts'

const MIB = 1024 * 1024
const STATUS = '/proc/self/status'

interface Cost {
  readonly cpuSeconds: number
  readonly wallSeconds: number
}

const { values } = parseArgs({
  options: { size: { type: 'string', default: '1024' }, memory: { type: 'string' } },
})
const mebibytes = Number(values.size)
if (!Number.isSafeInteger(mebibytes) || mebibytes < 1) throw new RangeError('--size is a count of MiB')

const folder = await scratchFolder()
try {
  const backend = await openLevelBackend(join(folder.path, 'store'))
  const store = await createStore({ backend, crypto: nodeCrypto })
  const report = await measure(store)
  await store.close()
  console.log(JSON.stringify(report))
  const isTooMuch = values.memory !== undefined && report.grownMiB > Number(values.memory)
  if (!report.isSame || isTooMuch) process.exitCode = 1
} finally {
  await folder.remove()
}

async function measure(store: Store) {
  // What the machine needs for anything at all is paid for before.
  await writeContent(store, pieces(Math.min(mebibytes, 16), 'warm-up'))
  const [start, memory] = [memoryMiB(), { most: 0 }]
  const onProgress = (): void => void (memory.most = Math.max(memory.most, memoryMiB()))
  const made = await costOf(() => drain(pieces(mebibytes)))
  const hashed = await costOf(() => digestOf(pieces(mebibytes)))
  const write = await costOf(() => writeContent(store, pieces(mebibytes), { onProgress }))
  const read = await costOf(() => digestOf(readContentStream(store, write.result.cid, { onProgress })))
  const sha256 = rate(hashed, made)
  return {
    mebibytes,
    chunks: write.result.chunks,
    sha256,
    write: rate(write, made),
    read: rate(read),
    writeWall: round(mebibytes / write.wallSeconds),
    writeToSha256: round(rate(write, made) / sha256),
    startMiB: Math.round(start),
    grownMiB: Math.round(memory.most - start),
    isSame: read.result === hashed.result,
  }
}

/** Memory of the process that is its own: files that the engine maps are the system's, and given back when needed. */
function memoryMiB(): number {
  const status = existsSync(STATUS) ? readFileSync(STATUS, 'utf8') : ''
  const kibibytes = /^RssAnon:\s*(\d+) kB$/m.exec(status)?.[1]
  return kibibytes === undefined ? process.memoryUsage().rss / MIB : Number(kibibytes) / 1024
}

/** MiB for a second of processor time, without what making the bytes costs. */
function rate(cost: Cost, made?: Cost): number {
  return round(mebibytes / Math.max(cost.cpuSeconds - (made?.cpuSeconds ?? 0), 1e-6))
}

function round(value: number): number {
  return Number(value.toPrecision(3))
}

/** Bytes without a pattern, a MiB at a time. */
function* pieces(count: number, seed = 'gigabyte'): Generator<Uint8Array> {
  const key = createHash('sha256').update(seed).digest()
  const cipher = createCipheriv('aes-256-ctr', key, new Uint8Array(16))
  const zeros = new Uint8Array(MIB)
  for (let piece = 0; piece < count; piece++) yield cipher.update(zeros)
}

function drain(source: Iterable<Uint8Array>): void {
  for (const _piece of source);
}

async function digestOf(source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of source) hash.update(piece)
  return hash.digest('hex')
}

async function costOf<T>(work: () => T): Promise<Cost & { readonly result: Awaited<T> }> {
  const [cpu, start] = [process.cpuUsage(), performance.now()]
  const result = await work()
  const { user, system } = process.cpuUsage(cpu)
  return { cpuSeconds: (user + system) / 1e6, wallSeconds: (performance.now() - start) / 1000, result }
}
