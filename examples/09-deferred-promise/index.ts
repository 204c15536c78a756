/** An answer that comes later: a handler promises it, waits for somebody, and keeps or breaks its word. */
import { createHost } from 'promisegrid'
import { builtinHandlers } from 'promisegrid/handlers'
import { HandlerError, RefusedError } from 'promisegrid/kernel'
import { parseCid } from 'promisegrid/promisebase'
import type { CallResult, Deferred, NativeCall, NativeHandler } from 'promisegrid'

const utf8 = new TextEncoder()
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Ferries: whoever asks is promised a crossing within an hour; the ferryman says later what became of it. */
const ferry: NativeHandler = {
  name: 'ferry',
  version: 1,
  methods: ['cross', 'landed', 'storm'],
  pure: false, // what a handler promises must survive: it is written down with the effect
  public: false,
  limits: { memoryBytes: 1024 * 1024 },
  run,
}

async function run({ method, input, promises }: NativeCall): Promise<Uint8Array | Deferred> {
  if (promises === undefined) throw new HandlerError('no promises can be made here')
  if (method === 'cross') return promises.defer({ seconds: 3600 })
  const promise = parseCid(textOf(input))
  if (promise.refused !== undefined) throw new HandlerError('name the promise')
  const done =
    method === 'landed'
      ? await promises.keep(promise.ok, utf8.encode('on the other side'))
      : await promises.break(promise.ok, 'the storm was too strong')
  if (done.refused !== undefined) throw new RefusedError(done.refused)
  return utf8.encode('noted')
}

const host = await createHost({ handlers: [...builtinHandlers, ferry] })
const protocol = await host.handler('ferry')
const [alice, ferryman] = [await host.identity('alice'), await host.identity('ferryman')]
const promised = (to: string, methods: string[]) =>
  host.promise({ to, methods, resource: { kind: 'code', protocol } })
const ticket = await promised(alice.principal, ['cross'])
const oars = await promised(ferryman.principal, ['landed', 'storm'])

const alices = { protocol, as: alice, capabilities: [ticket] }

const [first, second] = [await cross(), await cross()]
console.log('alice is answered:', first.status, 'and', second.status)

// A JavaScript promise for each; both wait for a message that is not sent yet.
const [arrival, failure] = [first.settled(), second.settled()]
console.log('the ferryman, landed:', await says('landed', first.promise.id.toString()))
console.log('the ferryman, storm:', await says('storm', second.promise.id.toString()))
console.log('the first crossing:', told(await arrival))
console.log('the second crossing:', told(await failure))

// What was resolved stays so; and whoever does not want to wait says for how long.
console.log('the ferryman, landed after the storm:', await says('landed', second.promise.id.toString()))
const third = await cross()
console.log('the third crossing:', told(await third.settled({ timeoutMs: 20 })))
console.log('alice says that she landed:', told(await host.call({ ...alices, method: 'landed' })))

await host.close()

async function cross(): Promise<Extract<CallResult, { status: 'deferred' }>> {
  const answer = await host.call({ ...alices, method: 'cross' })
  if (answer.status !== 'deferred') throw new Error(answer.status)
  return answer
}

async function says(method: string, promise: string): Promise<string> {
  const input = utf8.encode(promise)
  return told(await host.call({ protocol, method, input, as: ferryman, capabilities: [oars] }))
}

function told(result: CallResult): string {
  return result.status === 'kept' ? `kept, ${textOf(result.bytes)}` : `${result.status}, ${result.code}`
}
