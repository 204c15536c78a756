/**
 * Fuzzing: seeded inputs of any number against the laws of a target (see `fuzz/`).
 *
 *   node dist/conformance/fuzz.js [--target NAME] [--seed N] [--count N] [--from INDEX]
 *
 * Without a target every one has its share of the inputs. A finding names its seed and index: the same
 * `--target`, `--seed` and `--from`, with `--count 1`, make that input again.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openCbor } from './fuzz/cbor.ts'
import { openCid } from './fuzz/cid.ts'
import { openCose } from './fuzz/cose.ts'
import { openEnvelope } from './fuzz/envelope.ts'
import { openKeySet } from './fuzz/key-set.ts'
import { openMessage } from './fuzz/message.ts'
import { openModule } from './fuzz/module.ts'
import { openNested } from './fuzz/nested.ts'
import { Random } from './fuzz/random.ts'
import { openStoreKey } from './fuzz/store-key.ts'
import { Finding } from './fuzz/target.ts'
import { openToken } from './fuzz/token.ts'
import { watchOver } from './fuzz/watchdog.ts'
import type { OpenTarget, OtherCodecs } from './fuzz/target.ts'
import type { Watchdog } from './fuzz/watchdog.ts'

export interface FuzzRequest {
  readonly target: TargetName
  readonly seed: number
  /** Number of the first input. */
  readonly from: number
  readonly count: number
  readonly others?: OtherCodecs
  /** Is told the number of each input before it is made. */
  readonly watchdog?: Pick<Watchdog, 'at'>
}

export interface FuzzReport {
  readonly inputs: number
  readonly seconds: number
  readonly counts: ReadonlyMap<string, number>
  readonly findings: readonly { readonly index: number; readonly problem: string }[]
}

/** Every target, and its part of a run without `--target`: the slow ones get fewer inputs. */
export const TARGETS = {
  cbor: { open: openCbor, share: 42 },
  cid: { open: openCid, share: 27 },
  cose: { open: openCose, share: 4 },
  envelope: { open: openEnvelope, share: 3 },
  'key-set': { open: openKeySet, share: 2 },
  message: { open: openMessage, share: 8 },
  nested: { open: openNested, share: 2 },
  token: { open: openToken, share: 8 },
  module: { open: openModule, share: 2 },
  'store-key': { open: openStoreKey, share: 2 },
} as const satisfies Record<string, { readonly open: OpenTarget; readonly share: number }>

export type TargetName = keyof typeof TARGETS

/** A target with so many findings is broken; more of them teach nothing. */
const FINDINGS_MAX = 20

export async function fuzz({
  target,
  seed,
  from,
  count,
  others,
  watchdog,
}: FuzzRequest): Promise<FuzzReport> {
  const opened = await (TARGETS[target].open as OpenTarget)(others === undefined ? {} : { others })
  const findings: { index: number; problem: string }[] = []
  const start = performance.now()
  let index = from
  for (; index < from + count && findings.length < FINDINGS_MAX; index += 1) {
    watchdog?.at(index)
    try {
      await opened.step(new Random(seed, index))
    } catch (error) {
      findings.push({ index, problem: problemOf(error) })
    }
  }
  const seconds = (performance.now() - start) / 1000
  await opened.close?.()
  return { inputs: index - from, seconds, counts: opened.counts ?? new Map(), findings }
}

/** A broken law explains itself; anything else is a fault of the fuzzer or of what it called. */
function problemOf(error: unknown): string {
  if (error instanceof Finding && error.cause === undefined) return error.message
  return error instanceof Error ? `${error.stack} ${String(error.cause ?? '')}` : String(error)
}

/** The libraries that are compared with are installed for developers only. */
async function otherCodecs(): Promise<OtherCodecs | undefined> {
  const url = new URL('./test/other-codecs.js', import.meta.url)
  if (!existsSync(url)) return undefined
  return ((await import(url.href)) as { readonly otherCodecs: OtherCodecs }).otherCodecs
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      target: { type: 'string' },
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '100000' },
      from: { type: 'string', default: '0' },
    },
  })
  const [seed, count, from] = [values.seed, values.count, values.from].map(Number) as [number, number, number]
  if (![seed, count, from].every((number) => Number.isSafeInteger(number) && number >= 0))
    throw new RangeError('--seed, --count and --from are whole numbers')
  const names = Object.keys(TARGETS) as TargetName[]
  const wanted = names.filter((name) => values.target === undefined || name === values.target)
  if (wanted.length === 0) throw new RangeError(`--target is one of ${names.join(', ')}`)
  const others = await otherCodecs()
  if (others === undefined) console.log('fuzz: no other CBOR libraries are here to compare with')
  for (const target of wanted) {
    const inputs = values.target === undefined ? Math.ceil((count * TARGETS[target].share) / 100) : count
    console.log(`fuzz: ${target}, seed ${seed}, inputs ${from} to ${from + inputs - 1}`)
    const watchdog = watchOver(target)
    const request = { target, seed, from, count: inputs, watchdog }
    print(target, await fuzz(others === undefined ? request : { ...request, others }))
    await watchdog.close()
  }
}

function print(target: TargetName, { inputs, seconds, counts, findings }: FuzzReport): void {
  const rate = Math.round(inputs / seconds)
  console.log(
    `fuzz: ${target}: ${inputs} inputs in ${seconds.toFixed(1)} s, ${rate}/s, ${findings.length} findings`,
  )
  for (const [name, count] of [...counts].sort(([, one], [, other]) => other - one)) {
    console.log(`fuzz: ${target}: ${String(count).padStart(10)} ${name}`)
  }
  for (const { index, problem } of findings) console.log(`fuzz: ${target}: FINDING at ${index}: ${problem}`)
  if (findings.length > 0) process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
