/** A handler of one's own, part of this program: it reports wrong input, and ends when it is called off. */
import { setImmediate } from 'node:timers/promises'

import { createHost } from 'promisegrid'
import { builtinHandlers } from 'promisegrid/handlers'
import { HandlerError } from 'promisegrid/kernel'
import type { CallRequest, NativeCall, NativeHandler } from 'promisegrid'

const STEP = 1_000

/** Name and version are its code: raise the version with every change of what it answers. */
const primes: NativeHandler = {
  name: 'primes',
  version: 1,
  methods: ['count'],
  pure: true, // the same input always gives the same bytes: its results may be remembered
  public: true,
  limits: { memoryBytes: 1024 * 1024 },
  run: count,
}

async function count({ input, signal }: NativeCall): Promise<Uint8Array> {
  const text = new TextDecoder().decode(input)
  if (!/^\d{1,9}$/.test(text))
    throw new HandlerError(`${JSON.stringify(text)} is no number of up to nine digits`)
  let found = 0
  for (let each = 2; each < Number(text); each++) {
    if (isPrime(each)) found += 1
    // Nobody can stop a loop in this thread: it lets others run now and then, and looks whether it still should.
    if (each % STEP === 0) await setImmediate()
    signal.throwIfAborted()
  }
  return new TextEncoder().encode(String(found))
}

function isPrime(number: number): boolean {
  for (let factor = 2; factor * factor <= number; factor++) if (number % factor === 0) return false
  return true
}

const host = await createHost({ handlers: [...builtinHandlers, primes] })
const protocol = await host.handler('primes')
const alice = await host.identity('alice')
const resource = { kind: 'code', protocol } as const

await ask('below 1000', '1000')
await ask('below many', 'many')

// Called off by the one who waits: nothing of the call remains, and the same message may be sent again. Only a
// handler that looks at its signal ends by it; WebAssembly runs through, and is ended by its fuel.
const controller = new AbortController()
setTimeout(() => controller.abort(), 20)
await ask('below 999999999, called off', '999999999', { signal: controller.signal })

// Ended by the promise itself, which is for 20 milliseconds of each call.
const brief = await host.promise({ to: alice.principal, resource, budget: { wallMs: 20 } })
await ask('below 999999999, in 20 ms', '999999999', { as: alice, capabilities: [brief] })

await host.close()

async function ask(title: string, text: string, more: Partial<CallRequest> = {}): Promise<void> {
  const input = new TextEncoder().encode(text)
  const result = await host.call({ protocol, method: 'count', input, ...more })
  if (result.status === 'kept') console.log(`${title}: ${new TextDecoder().decode(result.bytes)}`)
  else console.log(`${title}: ${result.code}, ${result.detail}`)
}
