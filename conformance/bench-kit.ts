/**
 * Measures benches: how many operations one second of processor time buys, and one second on the wall. Ours
 * (`<folder>/bench/*.bench.ts`) and the baselines (`conformance/peers/*.mjs`) go through this same code, each
 * row in a process of its own, so a ratio compares two programs and never two ways of measuring.
 */
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/** `calls/s` is better when higher, `µs/call` when lower; the figure is taken by the bench's clock. */
export type Unit = `${string}/s` | `${'ns' | 'µs' | 'ms'}/${string}`

/**
 * Processor time holds on a busy machine; wall time is right where the work waits, as for a disk; processor time of this
 * thread alone is how long everyone else it serves waits, whatever the engine does beside it.
 */
export type Clock = 'cpu' | 'thread' | 'wall'

/** A row that a script in `conformance/peers` prints. */
export interface Baseline {
  readonly file: string
  readonly name: string
}

/** One thing set up and ready to be repeated. */
export interface Rig {
  /** Makes what the next `batch` operations consume; not timed. */
  prepare?(batch: number): Promise<void> | void
  /** Does exactly `batch` operations; throws when one of them is wrong. */
  run(batch: number): Promise<void> | void
  /** Processor time, in milliseconds, that processes it has started took so far: they are paid for like threads. */
  othersMs?(): Promise<number> | number
  /** What a rate does not tell, say how long the slowest took; asked for at the end. */
  figures?(): Figures
  close?(): Promise<void> | void
}

/** Numbers by what they are, with their unit. */
export type Figures = Readonly<Record<string, number>>

export interface Bench {
  readonly name: string
  readonly unit: Unit
  /** A bench that needs much to measure anything needs little to prove that it works. */
  readonly setup: (effort: Effort) => Promise<Rig> | Rig
  /** `cpu` by default. */
  readonly clock?: Clock
  /** Operations per timed batch; without it the warm-up finds how many fill {@link BATCH_MS}. */
  readonly batch?: number
  /** What it is compared with; one line of the table for each. */
  readonly baseline?: Baseline | readonly Baseline[]
  /** What a reader must know to judge the figure. */
  readonly notes?: string
}

/** Medians over the timed batches; rates in operations per second whatever the unit of display. */
export interface Row {
  readonly name: string
  readonly unit: Unit
  readonly clock: Clock
  readonly cpuPerSecond: number
  readonly wallPerSecond: number
  /** How many batches were timed. */
  readonly samples: number
  readonly notes: string
  readonly figures?: Figures
}

export interface Effort {
  /** Timed seconds, warm-up not counted. */
  readonly seconds: number
  /** One batch of a few operations without warm-up: proves that the bench still works, measures nothing. */
  readonly tiny?: boolean
  /** Without it as long as any row needs: see {@link WARM_UP_MS}. */
  readonly warmUpMs?: number
}

/** Long enough that a clock tick is noise and a garbage collection is shared out fairly. */
const BATCH_MS = 50
/** A path of a millisecond runs a thousand times a second, and an engine optimises it after some thousand runs. */
const WARM_UP_MS = 3_000
const TINY_BATCH = 3
/** With fewer a median means nothing. */
const LEAST_SAMPLES = 3
/** Untimed preparation must not make a run endless: at most this many times the timed seconds on the wall. */
const PATIENCE = 4

interface Sample {
  readonly operations: number
  readonly cpuMs: number
  readonly wallMs: number
}

/** Sets one bench up, measures it and takes it down again. */
export async function measure(bench: Bench, effort: Effort): Promise<Row> {
  const rig = await bench.setup(effort)
  try {
    const samples = effort.tiny
      ? [await time(rig, Math.min(bench.batch ?? TINY_BATCH, TINY_BATCH), bench.clock)]
      : await sample(
          rig,
          await warmUp(rig, bench.batch, effort.warmUpMs ?? WARM_UP_MS),
          effort.seconds * 1000,
          bench.clock,
        )
    const figures = rig.figures?.()
    return { ...summarise(bench, samples), ...(figures === undefined ? {} : { figures }) }
  } finally {
    await rig.close?.()
  }
}

/** Runs until the code is hot and returns the size of a batch. */
async function warmUp(rig: Rig, fixed: number | undefined, warmUpMs: number): Promise<number> {
  const end = performance.now() + warmUpMs
  let batch = fixed ?? 1
  for (;;) {
    const { wallMs } = await time(rig, batch)
    const short = fixed === undefined && wallMs < BATCH_MS
    if (!short && performance.now() >= end) return batch
    if (short) batch *= 2
  }
}

async function sample(rig: Rig, batch: number, timedMs: number, clock?: Clock): Promise<Sample[]> {
  const end = performance.now() + timedMs * PATIENCE
  const samples: Sample[] = []
  let spent = 0
  while (samples.length < LEAST_SAMPLES || (spent < timedMs && performance.now() < end)) {
    const next = await time(rig, batch, clock)
    spent += next.wallMs
    samples.push(next)
  }
  return samples
}

/** One batch. `cpuUsage` counts every thread of the process, so workers and compaction are paid for. */
async function time(rig: Rig, operations: number, clock?: Clock): Promise<Sample> {
  await rig.prepare?.(operations)
  const processorMs = clock === 'thread' ? threadMs : processMs
  const others = (await rig.othersMs?.()) ?? 0
  const cpu = processorMs()
  const start = performance.now()
  await rig.run(operations)
  const wallMs = performance.now() - start
  const cpuMs = processorMs() - cpu
  const othersMs = ((await rig.othersMs?.()) ?? 0) - others
  return { operations, cpuMs: cpuMs + othersMs, wallMs }
}

function processMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Of the thread that asks, which only Linux tells; elsewhere of the process. */
function threadMs(): number {
  if (process.platform !== 'linux') return processMs()
  const [nanoseconds] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')
  return Number(nanoseconds) / 1e6
}

function summarise(bench: Bench, samples: readonly Sample[]): Row {
  return {
    name: bench.name,
    unit: bench.unit,
    clock: bench.clock ?? 'cpu',
    cpuPerSecond: median(samples.map((each) => rate(each.operations, each.cpuMs))),
    wallPerSecond: median(samples.map((each) => rate(each.operations, each.wallMs))),
    samples: samples.length,
    notes: bench.notes ?? '',
  }
}

/** Both clocks tick in microseconds: a batch that took no tick took less than one. */
function rate(operations: number, ms: number): number {
  return (operations * 1000) / Math.max(ms, 0.001)
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

/**
 * The command line of a process that measures: one JSON line per row on stdout, then exit, whatever timers or
 * workers a measured program left behind. `--only NAME` takes one bench, `--seconds N`, `--warm-up MS` and `--tiny` set the effort.
 * @throws when no bench has that name, or when a bench throws: the process ends with a non-zero code.
 */
export async function printRows(benches: readonly Bench[], args = process.argv.slice(2)): Promise<never> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      seconds: { type: 'string' },
      'warm-up': { type: 'string' },
      tiny: { type: 'boolean' },
    },
  })
  const effort = {
    seconds: Number(values.seconds ?? 2),
    warmUpMs: Number(values['warm-up'] ?? WARM_UP_MS),
    tiny: values.tiny ?? false,
  }
  const wanted = benches.filter(({ name }) => values.only === undefined || name === values.only)
  if (wanted.length === 0) throw new Error(`no bench is named ${values.only ?? 'anything'}`)
  for (const bench of wanted) console.log(JSON.stringify(await measure(bench, effort)))
  process.exit(0)
}

/** A new empty folder on the disk of the working directory, where fsync costs what it costs; `remove` deletes it. */
export async function scratchFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const parent = join(process.cwd(), '.tmp')
  await mkdir(parent, { recursive: true })
  const path = await mkdtemp(join(parent, 'bench-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}
