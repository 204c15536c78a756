/**
 * What asking costs: calls that read 1, 10 or 100 entries of a store in memory, each known only after the one before,
 * beside a native handler that reads the same, and beside a guest that says beforehand what it will read.
 */
import wabt from 'wabt'

import { createNativeRuntime } from '../../native/index.ts'
import { nativeDescriptor } from '../../../kernel/index.ts'
import {
  CODEC,
  createMemoryBackend,
  createStore,
  hashBlock,
  nobleCrypto,
} from '../../../promisebase/index.ts'
import { createWasiRuntime } from '../index.ts'
import type { Bench, Rig } from '../../../conformance/bench-kit.ts'
import type { Descriptor, HandlerState, NativeHandler, Runtime, RuntimeCall } from '../../../kernel/index.ts'

const SPACE = 'bench'
const ENTRIES = 128

/** Reads as many entries as the first byte says, of keys of one byte; with a second byte names them ahead. */
const READER = `(module
  (import "promisegrid" "state_get" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "state_ahead" (func $ahead (param i32 i32)))
  (memory 1)
  (func (export "alloc") (param i32) (result i32) (i32.const 16))
  (func (export "read") (param $at i32) (param $len i32) (result i64)
    (if (i32.load8_u offset=1 (local.get $at)) (then
      (loop $next
        (call $ahead (i32.const 0) (i32.const 1))
        (i32.store8 (i32.const 0) (i32.add (i32.load8_u (i32.const 0)) (i32.const 1)))
        (br_if $next (i32.lt_u (i32.load8_u (i32.const 0)) (i32.load8_u (local.get $at)))))
      (i32.store8 (i32.const 0) (i32.const 0))))
    (loop $next
      (drop (call $get (i32.const 0) (i32.const 1) (i32.const 32) (i32.const 64)))
      (i32.store8 (i32.const 0) (i32.add (i32.load8_u (i32.const 0)) (i32.const 1)))
      (br_if $next (i32.lt_u (i32.load8_u (i32.const 0)) (i32.load8_u (local.get $at)))))
    (i64.const 0)))`

const reader: NativeHandler = {
  name: 'reader',
  version: 1,
  methods: ['read'],
  pure: false,
  public: false,
  limits: { memoryBytes: 65_536 },
  run: async ({ input, state }) => {
    for (let key = 0; key < (input[0] ?? 0); key += 1) await state?.get(Uint8Array.of(key))
    return new Uint8Array(0)
  },
}

type Kind = 'wasi' | 'ahead' | 'native'

const NOTES: Readonly<Record<Kind, string>> = {
  wasi: 'one run more for each read',
  ahead: 'says first what it will read: two runs',
  native: 'the same reads by a handler in JavaScript',
}

export const benches: readonly Bench[] = [1, 10, 100].flatMap((reads) =>
  (['wasi', 'ahead', 'native'] as const).map((kind) => ({
    name: `wasi/reads/${kind}/${reads}`,
    unit: 'calls/s',
    notes: NOTES[kind],
    setup: () => setup(kind, reads),
  })),
)

async function setup(kind: Kind, reads: number): Promise<Rig> {
  const { runtime, call } = kind === 'native' ? nativeCall() : await wasiCall()
  const store = await createStore({ backend: createMemoryBackend(), crypto: nobleCrypto })
  await store.transact(async (transaction) => {
    for (let key = 0; key < ENTRIES; key += 1) transaction.put(SPACE, Uint8Array.of(key), new Uint8Array(64))
  })
  const unending = { aborted: false, signal: new AbortController().signal }
  const input = Uint8Array.of(reads, kind === 'ahead' ? 1 : 0)
  const run = (batch: number): Promise<void> =>
    store.transact(async (transaction) => {
      const state = { get: (key: Uint8Array) => transaction.get(SPACE, key) } as HandlerState
      for (let done = 0; done < batch; done += 1) {
        const result = await runtime.run({ ...call, input, state }, unending)
        if (result.refused !== undefined) throw new Error(result.refused.detail)
      }
    })
  return { run, close: () => store.close() }
}

interface Callee {
  readonly runtime: Runtime
  readonly call: Omit<RuntimeCall, 'input' | 'state'>
}

async function wasiCall(): Promise<Callee> {
  const module = (await wabt()).parseWat('reader.wat', READER, { bulk_memory: true })
  const code = new Uint8Array(module.toBinary({}).buffer)
  module.destroy()
  const descriptor: Descriptor = {
    runtime: 'wasi',
    code: hashBlock(nobleCrypto.sha256, CODEC.raw, code),
    entry: 'reactor',
    methods: ['read'],
    pure: false,
    imports: ['state'],
    limits: { memoryBytes: 65_536 },
    public: false,
  }
  return {
    runtime: createWasiRuntime({ monotonic: () => performance.now() }),
    call: callOf(descriptor, code),
  }
}

function nativeCall(): Callee {
  const code = new TextEncoder().encode('promisegrid:native/reader/1')
  return { runtime: createNativeRuntime([reader]), call: callOf(nativeDescriptor(nobleCrypto, reader), code) }
}

function callOf(descriptor: Descriptor, code: Uint8Array): Callee['call'] {
  return {
    protocol: descriptor.code,
    descriptor,
    method: 'read',
    context: Uint8Array.of(0xa0),
    budget: { fuel: 1_000_000_000, memoryBytes: 1_048_576, outputBytes: 65_536, wallMs: 10_000 },
    loadCode: async () => code,
  }
}
