/**
 * Calls under a grant handle: no bytes, no signature, no store; the same checks as ever. The baseline is what a
 * program does without a kernel: an asynchronous function, a map in front of it, and nobody asks who may call.
 */
import { createHost } from '../index.ts'
import type { Bench, Rig } from '../../../conformance/bench-kit.ts'
import type { GrantHandle, NativeHandler } from '../../../kernel/index.ts'
import type { Host } from '../index.ts'

const PLAIN = 'async-calls.mjs'
/** Calls of a chain that are awaited together: well below the bound on what may wait. */
const LENGTH = 1_000
const INPUT = new TextEncoder().encode('hello, grid')

/** Pure, and what comes out is never what went in: a chain of it never meets a result that is known. */
const next: NativeHandler = {
  name: 'next',
  version: 1,
  methods: ['next'],
  pure: true,
  public: false,
  limits: { memoryBytes: 1024 },
  run: ({ input }) => {
    const output = new Uint8Array(input)
    for (let at = 0; at < output.length && (output[at] = ((output[at] ?? 0) + 1) & 255) === 0; at += 1);
    return output
  },
}

export const benches: readonly Bench[] = [
  {
    name: 'handle/cached',
    unit: 'ns/call',
    baseline: { file: PLAIN, name: 'async/cached' },
    notes: 'awaited one by one, arguments named once, answered from memory; the baseline looks into a map',
    setup: () =>
      rig((handle) => {
        const input = handle.name(INPUT)
        return async (batch) => {
          for (let done = 0; done < batch; done += 1) kept(await handle.call('next', input))
        }
      }),
  },
  {
    name: 'handle/fresh',
    unit: 'calls/s',
    baseline: { file: PLAIN, name: 'async/fresh' },
    notes:
      'awaited one by one, arguments never seen before: hashed, looked up, run, hashed; the baseline hashes once',
    setup: () =>
      rig((handle) => {
        let count = 0
        return async (batch) => {
          for (let done = 0; done < batch; done += 1) {
            count += 1
            kept(await handle.call('next', counted(count)))
          }
        }
      }),
  },
  {
    name: 'handle/pipelined',
    unit: 'calls/s',
    baseline: { file: PLAIN, name: 'async/pipelined' },
    notes: 'each call has the result of the one before as its arguments, none is known; a thousand in one go',
    setup: () =>
      rig((handle) => {
        let last = counted(0)
        return async (batch) => {
          for (let done = 0; done < batch; done += LENGTH) {
            let call = handle.call('next', last)
            for (let made = done + 1; made < Math.min(batch, done + LENGTH); made += 1)
              call = handle.call('next', call)
            last = kept(await call)
          }
        }
      }),
  },
]

async function rig(make: (handle: GrantHandle) => Rig['run']): Promise<Rig> {
  const host = await createHost({ handlers: [next] })
  const run = make(await open(host))
  return { run, close: () => host.close() }
}

async function open(host: Host): Promise<GrantHandle> {
  const alice = await host.identity('alice')
  const protocol = await host.handler('next')
  const granted = await host.promise({
    to: alice.principal,
    resource: { kind: 'code', protocol },
    methods: ['next'],
  })
  const opened = await host.open({ protocol, method: 'next', as: alice, capabilities: [granted] })
  if (opened.refused !== undefined) throw new Error(`${opened.refused.code}: ${opened.refused.detail}`)
  return opened.ok
}

function counted(count: number): Uint8Array {
  const bytes = new Uint8Array(12)
  new DataView(bytes.buffer).setFloat64(4, count)
  return bytes
}

function kept(outcome: Awaited<ReturnType<GrantHandle['call']>>): Uint8Array {
  if (outcome.status !== 'kept') throw new Error(`it ended ${outcome.status}`)
  return outcome.result.bytes
}
