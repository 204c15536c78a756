/**
 * A 1 KiB echo under every limit: admitted and metered code, a fresh instance over a zeroed memory per call,
 * fuel, call depth, memory and output bounded. Through `Runtime.run`, in this thread.
 */
import wabt from 'wabt'

import { createWasiRuntime } from '../index.ts'
import { CODEC, hashBlock, nobleCrypto } from '../../../promisebase/index.ts'
import type { Bench, Rig } from '../../../conformance/bench-kit.ts'
import type { Descriptor, RuntimeCall } from '../../../kernel/index.ts'

/** A reactor that hands back what it was given, byte by byte copied. */
const ECHO = `(module
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 16))
  (func (export "alloc") (param $len i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $top))
    (global.set $top (i32.add (global.get $top) (i32.and (i32.add (local.get $len) (i32.const 15)) (i32.const -16))))
    (local.get $at))
  (func (export "echo") (param $from i32) (param $len i32) (result i64)
    (local $to i32)
    (local.set $to (global.get $top))
    (memory.copy (local.get $to) (local.get $from) (local.get $len))
    (i64.or (i64.shl (i64.extend_i32_u (local.get $to)) (i64.const 32)) (i64.extend_i32_u (local.get $len)))))`

const INPUT = new Uint8Array(1024).map((_, index) => index & 255)

export const benches: readonly Bench[] = [
  {
    name: 'wasi/echo/limited',
    unit: 'calls/s',
    baseline: { file: 'extism.mjs', name: 'wasi/echo/limited' },
    notes:
      'fresh instance per call with fuel, depth, memory and output limits; the baseline reuses one instance with a time-out',
    setup,
  },
]

async function setup(): Promise<Rig> {
  const module = (await wabt()).parseWat('echo.wat', ECHO, { bulk_memory: true })
  const code = new Uint8Array(module.toBinary({}).buffer)
  module.destroy()
  const runtime = createWasiRuntime({ monotonic: () => performance.now() })
  const unending = { aborted: false, signal: new AbortController().signal }
  const call = callOf(code)
  const run = async (batch: number): Promise<void> => {
    for (let done = 0; done < batch; done += 1) {
      const result = await runtime.run(call, unending)
      if (result.output?.length !== INPUT.length) throw new Error(result.refused?.detail ?? 'wrong length')
    }
  }
  return { run, close: () => runtime.close?.() }
}

function callOf(code: Uint8Array): RuntimeCall {
  const cid = hashBlock(nobleCrypto.sha256, CODEC.raw, code)
  const descriptor: Descriptor = {
    runtime: 'wasi',
    code: cid,
    entry: 'reactor',
    methods: ['echo'],
    pure: true,
    imports: [],
    limits: { memoryBytes: 65_536 },
    public: true,
  }
  return {
    protocol: cid,
    descriptor,
    method: 'echo',
    input: INPUT,
    context: Uint8Array.of(0xa0),
    budget: { fuel: 1_000_000, memoryBytes: 1_048_576, outputBytes: 65_536, wallMs: 1_000 },
    loadCode: async () => code,
  }
}
