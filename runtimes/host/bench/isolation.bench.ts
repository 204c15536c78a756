/** The same 1 KiB echo here, in a thread and in a confined process: what a place of its own costs a run. */
import wabt from 'wabt'

import { CODEC, hashBlock } from '../../../promisebase/index.ts'
import { createIsolatedRuntime } from '../isolation/isolated-runtime.ts'
import { nodeCrypto } from '../node-crypto.ts'
import type { Bench, Rig } from '../../../conformance/bench-kit.ts'
import type { RuntimeCall } from '../../../kernel/index.ts'
import type { Tier } from '../isolation/isolated-runtime.ts'

const ECHO = `(module (memory 1)
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "echo") (param i32 i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1)))))`

const INPUT = new Uint8Array(1024).map((_, index) => index & 255)
const unending = { aborted: false, signal: new AbortController().signal }

export const benches: readonly Bench[] = (['here', 'thread', 'process'] as const).map((tier) => ({
  name: `isolation/${tier}`,
  unit: 'calls/s',
  notes:
    'one call after the other; processor time is that of this process, threads included, without other processes',
  setup: () => setUp(tier),
}))

async function setUp(tier: Tier): Promise<Rig> {
  const parsed = (await wabt()).parseWat('echo.wat', ECHO)
  const code = new Uint8Array(parsed.toBinary({}).buffer)
  parsed.destroy()
  const runtime = createIsolatedRuntime({ tier, lanes: 1 })
  const call = callOf(code)
  const run = async (batch: number): Promise<void> => {
    for (let done = 0; done < batch; done += 1) {
      const { output, refused } = await runtime.run(call, unending)
      if (output?.length !== INPUT.length) throw new Error(refused?.detail ?? 'wrong length')
    }
  }
  return { run, close: () => runtime.close?.() }
}

function callOf(code: Uint8Array): RuntimeCall {
  const cid = hashBlock(nodeCrypto.sha256, CODEC.raw, code)
  return {
    protocol: cid,
    descriptor: {
      runtime: 'wasi',
      code: cid,
      entry: 'reactor',
      methods: ['echo'],
      pure: true,
      imports: [],
      limits: { memoryBytes: 65_536 },
      public: true,
    },
    method: 'echo',
    input: INPUT,
    context: Uint8Array.of(0xa0),
    budget: { fuel: 1_000_000, memoryBytes: 1_048_576, outputBytes: 65_536, wallMs: 1_000 },
    loadCode: async () => code,
  }
}
