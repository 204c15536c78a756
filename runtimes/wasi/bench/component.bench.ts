/**
 * A 1 KiB echo of a component under every limit, as `wasi/echo/limited` is of a reactor: a fresh instance for each
 * call, through `Runtime.run`. And the call alone, in an instance that is kept, which no handler ever is.
 */
import { readFileSync } from 'node:fs'

import { instantiateSteps } from '../component/component-instance.ts'
import { methodOf } from '../component/entry.ts'
import { prepareComponent } from '../component/prepare-component.ts'
import { createComponentWorld } from '../component/wasi/world.ts'
import { Guest } from '../guest.ts'
import { createWasiRuntime } from '../index.ts'
import { HOST_EXPORT } from '../rewriter/exports.ts'
import { callOf as callCode, outputOf } from './bench-call.ts'
import { checkWords, TEXT, WORDS_COMPONENT } from './words.ts'
import type { Bench, Rig } from '../../../conformance/bench-kit.ts'
import type { RuntimeCall } from '../../../kernel/index.ts'
import type { Case } from '../component/types/value.ts'

const BUILT = new URL('../../../../runtimes/wasi/component/guest/built/', import.meta.url)
const INPUT = new Uint8Array(1024).map((_, index) => index & 255)
const FUEL = 1_000_000

export const benches: readonly Bench[] = [
  {
    name: 'wasi/component/fresh',
    unit: 'calls/s',
    baseline: { file: 'jco.mjs', name: 'wasi/component/fresh' },
    notes: 'a component in text, fresh for each call; beside wasi/echo/limited',
    setup: () => fresh('echo', 'handle'),
  },
  {
    name: 'wasi/component/program',
    unit: 'calls/s',
    baseline: { file: 'jco.mjs', name: 'wasi/component/program' },
    notes: 'a program in C with its library and the adapter of preview 1, fresh for each call',
    setup: () => fresh('count-lines', 'count'),
  },
  {
    name: 'wasi/component/rust',
    unit: 'calls/s',
    baseline: { file: 'jco.mjs', name: 'wasi/component/rust' },
    notes: 'a program in Rust with its library and the adapter of preview 1, fresh for each call',
    setup: rust,
  },
  {
    name: 'wasi/component/warm',
    unit: 'calls/s',
    baseline: { file: 'jco.mjs', name: 'wasi/component/warm' },
    notes: 'the call alone: values in and out of an instance that is kept',
    setup: warm,
  },
]

function fresh(name: string, method: string): Rig {
  const runtime = createWasiRuntime({ monotonic: () => performance.now() })
  const call = callOf(name, method)
  return {
    run: async (batch) => {
      for (let done = 0; done < batch; done += 1) {
        const { length } = await outputOf(runtime, call)
        if (length === 0) throw new Error('no output')
      }
    },
    close: () => runtime.close?.(),
  }
}

function rust(): Rig {
  const runtime = createWasiRuntime({ monotonic: () => performance.now() })
  const call = callCode(WORDS_COMPONENT, {
    ...{ entry: 'component', method: 'count', input: TEXT, pages: 64, fuel: 1e8 },
  })
  return {
    run: async (batch) => {
      for (let done = 0; done < batch; done += 1) checkWords(await outputOf(runtime, call))
    },
    close: () => runtime.close?.(),
  }
}

async function warm(): Promise<Rig> {
  const call = callOf('echo', 'handle')
  const { ok } = await prepareComponent(await call.loadCode(), 1)
  const method = ok && methodOf(ok.entries, 'handle')
  const callee = method && 'callee' in method ? method.callee : undefined
  if (ok === undefined || callee === undefined) throw new Error('the component is not admitted')
  const { machine } = ok
  const guest = new Guest(call, { view: () => new Uint8Array() }, undefined)
  machine.begin(guest, createComponentWorld(guest, 'bench', false), [
    new WebAssembly.Memory({ initial: 1, maximum: 1 }),
  ])
  guest.start({ exports: { [HOST_EXPORT.fuel]: machine.fuel, [HOST_EXPORT.stack]: machine.stack } })
  instantiateSteps(ok)
  return {
    run: (batch) => {
      for (let done = 0; done < batch; done += 1) {
        machine.fuel.value = BigInt(FUEL)
        const { value } = callee.call([INPUT]) as Case
        if ((value as Uint8Array).length !== INPUT.length) throw new Error('wrong length')
      }
    },
  }
}

function callOf(name: string, method: string): RuntimeCall {
  const code = new Uint8Array(readFileSync(new URL(`${name}.wasm`, BUILT)))
  return callCode(code, { entry: 'component', method, input: INPUT, pages: 4 })
}
