/**
 * A 1 KiB echo under every limit: admitted and metered code, a fresh instance over a zeroed memory per call,
 * fuel, call depth, memory and output bounded. Through `Runtime.run`, in this thread. And the call alone, in an
 * instance that is kept, which no handler ever is.
 */
import { ABI } from '../abi.ts'
import { Guest } from '../guest.ts'
import { createWasiRuntime } from '../index.ts'
import { ParkedMemory } from '../memory-pool.ts'
import { admit, compile } from '../prepare.ts'
import { runReactor } from '../reactor.ts'
import { callOf, outputOf } from './bench-call.ts'
import { ECHO_INPUT, echoCode } from './echo-module.ts'
import type { Bench, Rig } from '../../../conformance/bench-kit.ts'

const CALLING = { entry: 'reactor', method: 'echo', input: ECHO_INPUT, pages: 1 } as const
/** Calls between two instances: the module only ever takes more of its memory. */
const CALLS_PER_INSTANCE = 30

export const benches: readonly Bench[] = [
  {
    name: 'wasi/echo/limited',
    unit: 'calls/s',
    baseline: [
      { file: 'extism.mjs', name: 'wasi/echo/limited' },
      { file: 'wasm-engine.mjs', name: 'wasi/echo/fresh' },
      { file: 'child-process.mjs', name: 'wasi/echo/child' },
    ],
    notes:
      'fresh instance per call with fuel, depth, memory and output limits; Extism reuses one instance with a time-out, the engine alone has no limits',
    setup: limited,
  },
  {
    name: 'wasi/echo/reused',
    unit: 'calls/s',
    baseline: { file: 'extism.mjs', name: 'wasi/echo/unlimited' },
    notes: `the call alone, metered, ${CALLS_PER_INSTANCE} of them in one instance; Extism without any limit`,
    setup: reused,
  },
]

async function limited(): Promise<Rig> {
  const runtime = createWasiRuntime({ monotonic: () => performance.now() })
  const call = callOf(await echoCode(), CALLING)
  const run = async (batch: number): Promise<void> => {
    for (let done = 0; done < batch; done += 1) {
      const { length } = await outputOf(runtime, call)
      if (length !== ECHO_INPUT.length) throw new Error('wrong length')
    }
  }
  return { run, close: () => runtime.close?.() }
}

async function reused(): Promise<Rig> {
  const call = callOf(await echoCode(), CALLING)
  const admitted = await admit(await call.loadCode(), 1)
  if (admitted.refused !== undefined) throw new Error(admitted.refused.detail)
  const { ok, refused } = await compile(admitted.ok)
  if (ok === undefined) throw new Error(refused.detail)
  const parked = new ParkedMemory(ok.memory)
  const imports = { ...ok.imports, $: { ...ok.imports['$'], memory: parked.memory } }
  const instance = (): Guest => {
    const guest = new Guest(call, parked, undefined)
    guest.start(new WebAssembly.Instance(ok.module, imports))
    return guest
  }
  return {
    run: (batch) => {
      let guest = instance()
      for (let done = 0; done < batch; done += 1) {
        if (done % CALLS_PER_INSTANCE === 0) guest = instance()
        if (runReactor(guest, ABI.methodSignature).length !== ECHO_INPUT.length)
          throw new Error('wrong length')
      }
    },
  }
}
