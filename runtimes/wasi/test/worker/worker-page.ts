/** Runs guests in Web Workers of this page, and tells what came of it. */
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { sha256 } from '@noble/hashes/sha2.js'

import { createWasiRuntime, createWorkerRuntime } from '../../index.ts'
import type { Descriptor, HandlerState, Runtime, RunResult, RuntimeCall } from '../../../../kernel/index.ts'
import type { WorkerAnswer, WorkerGiven } from './claims.ts'

const given = (await (await fetch('/given.json')).json()) as WorkerGiven
const [echo, endless, reader] = [given.echo, given.endless, given.reader].map((text) =>
  Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)),
) as [Uint8Array, Uint8Array, Uint8Array]

const INPUT = Uint8Array.of(1, 2, 3)
const LONG_MS = 500
const GROUPS = ['block', 'call', 'log', 'promise', 'promise.outcome', 'state']

function descriptorOf(code: Uint8Array, changes: Partial<Descriptor> = {}): Descriptor {
  const cid = CID.createV1(0x55, create(0x12, sha256(code)))
  const limits = { memoryBytes: 16 * 65_536 }
  const plain = { runtime: 'wasi', entry: 'reactor', methods: ['handle'], pure: true, imports: [] } as const
  return { ...plain, code: cid, limits, public: false, ...changes }
}

function callOf(code: Uint8Array, wallMs = 10_000, more: Partial<RuntimeCall> = {}): RuntimeCall {
  const descriptor = descriptorOf(code)
  return {
    protocol: descriptor.code,
    descriptor,
    method: 'handle',
    input: INPUT,
    context: Uint8Array.of(0xa0),
    budget: { fuel: 1e15, memoryBytes: 64 * 2 ** 20, outputBytes: 65_536, wallMs },
    loadCode: async () => code,
    ...more,
  }
}

async function run(
  runtime: Runtime,
  call: RuntimeCall,
  signal = new AbortController().signal,
): Promise<unknown> {
  return plain(await runtime.run(call, { aborted: signal.aborted, signal }))
}

/** As JSON: bytes as a list of numbers. */
function plain({ output, refused, fuel }: RunResult): unknown {
  return { output: output && [...output], code: refused?.code, fuel }
}

const workers = createWorkerRuntime({ workers: 2, memoryBytes: 16 * 2 ** 20 })
const page = createWasiRuntime({ memoryBytes: 16 * 2 ** 20 })

// ------------------------------------------------------------------------ a guest that does not end

let turns = 0
const turning = setInterval(() => (turns += 1), 10)
const echoes = [
  await run(page, callOf(echo)),
  await run(workers, callOf(echo)),
  await run(workers, callOf(echo)),
]
const long = run(workers, callOf(endless, LONG_MS))
const [endlessEnd, afterEndless] = [await long, await run(workers, callOf(echo))]
clearInterval(turning)

// ------------------------------------------------------------------------------ what it asks its host

const state = { get: async (key: Uint8Array) => key.map((byte) => byte + 1) } as Partial<HandlerState>
const asks = callOf(reader, 10_000, {
  descriptor: descriptorOf(reader, { pure: false, imports: GROUPS }),
  state: state as HandlerState,
})
const asked = [await run(page, asks), await run(workers, asks)]
const fails = { get: () => Promise.reject(new Error('the disk is gone')) } as Partial<HandlerState>
const faulty = await run(workers, { ...asks, state: fails as HandlerState }).then(JSON.stringify, String)

// -------------------------------------------------------------------- a worker that never comes back

let terminated = 0
class Told extends Worker {
  override terminate(): void {
    terminated += 1
    super.terminate()
  }
}

const stuckOne = (): Worker => new Told(new URL('./stuck-worker.js', import.meta.url), { type: 'module' })
let isStuck = true
const mixed = createWorkerRuntime({
  workers: 1,
  waiting: 1,
  start: () =>
    isStuck
      ? stuckOne()
      : new Worker(new URL('../../worker/wasi-worker.js', import.meta.url), { type: 'module' }),
})
const stuck = await run(mixed, callOf(echo, 100))
const abort = new AbortController()
const calledOffLater = run(mixed, callOf(echo), abort.signal)
const crowding = [run(mixed, callOf(echo)), run(mixed, callOf(echo))]
isStuck = false
abort.abort()
const calledOff = await calledOffLater
const crowd = await Promise.all(crowding)
const endedStuck = terminated
const afterStuck = await run(mixed, callOf(echo))

const nowhere = createWorkerRuntime({
  workers: 1,
  start: () => new Worker(new URL('./no-such-worker', import.meta.url), { type: 'module' }),
})
const unloadable = await run(nowhere, callOf(echo))

// ---------------------------------------------------------------------------------------- admission

const admitted = [
  await workers.admit(echo, descriptorOf(echo)),
  await workers.admit(reader, descriptorOf(reader)),
  await workers.admit(Uint8Array.of(1), descriptorOf(echo)),
]
const strict = createWorkerRuntime({ workers: 1, admission: { imports: [] } })
const descriptor = descriptorOf(reader, { pure: false, imports: GROUPS })
const byPolicy = [
  await strict.admit(echo, descriptorOf(echo)),
  (await strict.admit(reader, descriptor)).refused?.code,
  await run(strict, callOf(echo)),
  await run(strict, asks),
]
await strict.close?.()
await workers.close?.()
const closed = await run(workers, callOf(echo))

const answer: WorkerAnswer = {
  browser: navigator.userAgent,
  turns,
  echoes,
  endless: endlessEnd,
  afterEndless,
  asked,
  stuck,
  endedStuck,
  afterStuck,
  calledOff,
  crowd,
  admitted,
  byPolicy,
  faulty,
  unloadable,
  closed,
}
await fetch('/', { method: 'POST', body: JSON.stringify(answer) })
