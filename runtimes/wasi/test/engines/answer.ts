/** What an engine makes of the table of runs. It runs in nodes, pages and workers alike, and reaches for none of them. */
import {
  CODEC,
  createMemoryBackend,
  createStore,
  hashBlock,
  nobleCrypto,
} from '../../../../promisebase/index.ts'
import { createWasiRuntime } from '../../index.ts'
import { unpacked } from './job.ts'
import type { HandlerState, RunResult, Runtime, RuntimeCall } from '../../../../kernel/index.ts'
import type { Transaction } from '../../../../promisebase/index.ts'
import type { Job } from './job.ts'

const SPACE = 'notes'
const NEVER = { aborted: false, signal: new AbortController().signal }
const { sha256 } = nobleCrypto

/** A line for each job: its name, the digest of what it gave or the code it was refused with, and its fuel. */
export async function answerAll(jobs: readonly Job[]): Promise<string[]> {
  // One runtime for all: what one run leaves behind must not reach the next, in any engine.
  const runtime = createWasiRuntime()
  const lines: string[] = []
  for (const job of jobs) {
    const { ended, left } = await runJob(runtime, job)
    const end = ended.refused?.code ?? digest([ended.output ?? new Uint8Array(), ...left])
    lines.push(`${job.name}: ${end}, fuel ${ended.fuel}`)
  }
  await runtime.close?.()
  return lines
}

export interface Ran {
  readonly ended: RunResult
  /** Blocks it gave, and the entries of its space: keys and values in turn. */
  readonly left: readonly Uint8Array[]
}

/** One run, in a store of its own. */
export async function runJob(runtime: Runtime, job: Job): Promise<Ran> {
  const store = await createStore({ backend: createMemoryBackend(), crypto: nobleCrypto })
  const ran = await store.transact(async (transaction) => {
    for (const { codec, bytes } of job.blocks) transaction.putBlock(unpacked(bytes), codec)
    const ended = await runtime.run(callOf(job, transaction), NEVER)
    const given = (ended.output === undefined ? undefined : ended.blocks) ?? []
    return { ended, left: [...given.map(({ bytes }) => bytes), ...(await entries(transaction))] }
  })
  await store.close()
  return ran
}

function callOf(job: Job, transaction: Transaction): RuntimeCall {
  const code = unpacked(job.code)
  const cid = hashBlock(sha256, CODEC.raw, code)
  const { limits, pure } = job.descriptor
  const budget = {
    fuel: job.fuel,
    memoryBytes: 64 * 2 ** 20,
    outputBytes: 2 ** 20,
    wallMs: 60_000,
    ...limits,
  }
  return {
    protocol: hashBlock(sha256, CODEC.raw, new TextEncoder().encode('a descriptor')),
    descriptor: { ...job.descriptor, code: cid },
    method: job.method,
    input: unpacked(job.input),
    context: Uint8Array.of(0xa0),
    budget: { ...budget, fuel: job.fuel },
    loadCode: async () => code,
    getBlock: async (wanted) => transaction.getBlock(wanted),
    ...(pure ? {} : { state: stateIn(transaction) }),
  }
}

function stateIn(transaction: Transaction): HandlerState {
  return {
    resource: { kind: 'space', owner: 'did:key:node', space: SPACE, prefix: new Uint8Array(0) },
    getBlock: async (cid) => transaction.getBlock(cid),
    putBlock: (bytes, codec) => transaction.putBlock(bytes, codec),
    get: async (key) => transaction.get(SPACE, key),
    put: (key, value) => transaction.put(SPACE, key, value),
    delete: (key) => transaction.delete(SPACE, key),
    range: (range) => transaction.range(SPACE, range),
  }
}

async function entries(transaction: Transaction): Promise<Uint8Array[]> {
  const found: Uint8Array[] = []
  for await (const { key, value } of transaction.range(SPACE, { prefix: new Uint8Array(), limit: 100 }))
    found.push(key, value)
  return found
}

/** The length of each is part of it, so that no two lists have one digest. */
function digest(parts: readonly Uint8Array[]): string {
  const whole = parts.map((part) => Array.from(sha256(part), (byte) => byte.toString(16).padStart(2, '0')))
  return whole.map((bytes) => bytes.join('')).join('+')
}
