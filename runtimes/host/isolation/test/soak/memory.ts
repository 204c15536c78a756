/** What memory a process and those it has started hold, and whether it grows. */
import { readdirSync, readFileSync } from 'node:fs'

import { collect } from '../collect.ts'

/** Bytes after a collection. */
export interface Memory {
  /** Objects of JavaScript. */
  readonly heap: number
  /** What they hold outside of the heap: bytes, memories of instances. */
  readonly external: number
  /** Of this process, threads included. */
  readonly rss: number
  /** Of the processes it has started, and of theirs; 0 where the system does not tell. */
  readonly others: number
}

/**
 * How much may be gained from the middle of a soak to its end: what engines and allocators vary by. It is the same for any
 * size: with half a million calls in that half, a leak of nine bytes of heap a call is found.
 */
export const BOUNDS: Memory = {
  heap: 4 * 2 ** 20,
  external: 4 * 2 ** 20,
  rss: 96 * 2 ** 20,
  others: 96 * 2 ** 20,
}

export function memoryNow(): Memory {
  collect()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed, external, rss, others: rssOfOthers() }
}

/** By how much a line through the second half of the samples, laid by least squares, rises over that half. */
export function growth(samples: readonly number[]): number {
  const half = samples.slice(samples.length >> 1)
  const middle = (half.length - 1) / 2
  const mean = half.reduce((sum, value) => sum + value, 0) / half.length
  let together = 0
  let squares = 0
  for (const [at, value] of half.entries()) {
    together += (at - middle) * (value - mean)
    squares += (at - middle) ** 2
  }
  return squares === 0 ? 0 : (together / squares) * (half.length - 1)
}

/** The growth of each kind. */
export function growthOf(samples: readonly Memory[]): Memory {
  const of = (kind: keyof Memory): number => growth(samples.map((memory) => memory[kind]))
  return { heap: of('heap'), external: of('external'), rss: of('rss'), others: of('others') }
}

/** What grew by more than its bound. */
export function grown(growth: Memory): string[] {
  return (Object.keys(BOUNDS) as (keyof Memory)[])
    .filter((kind) => growth[kind] > BOUNDS[kind])
    .map((kind) => `${kind} grew by ${mebibytes(growth[kind])} MiB, ${mebibytes(BOUNDS[kind])} are allowed`)
}

export function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}

function rssOfOthers(): number {
  if (process.platform !== 'linux') return 0
  const running = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(statusOf)
  const family = new Set([process.pid])
  let bytes = 0
  // A child has mostly, but not always, a higher number than its parent: so until no more are found.
  for (let before = 0; before < family.size;) {
    before = family.size
    for (const { pid, parent, rss } of running)
      if (family.has(parent) && !family.has(pid)) {
        family.add(pid)
        bytes += rss
      }
  }
  return bytes
}

interface Status {
  readonly pid: number
  readonly parent: number
  readonly rss: number
}

/** Nothing of one that has ended meanwhile, or is nobody's business. */
function statusOf(pid: string): Status[] {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8')
    const field = (name: string): number =>
      Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0)
    return [{ pid: Number(pid), parent: field('PPid'), rss: field('VmRSS') * 1024 }]
  } catch {
    return []
  }
}
