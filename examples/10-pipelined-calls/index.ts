/** Three dependent calls in one go: under a grant handle without a signature, and as messages with one each. */
import { createHost } from 'promisegrid'
import { HandlerError } from 'promisegrid/kernel'
import type { CallResult, GrantHandle, NativeHandler } from 'promisegrid'

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const utf8 = (words: string): Uint8Array => new TextEncoder().encode(words)

let runs = 0
const words: NativeHandler = {
  name: 'words',
  version: 1,
  methods: ['check', 'reverse', 'shout'],
  pure: true,
  public: false,
  limits: { memoryBytes: 1_024 },
  run: ({ method, input }) => {
    runs += 1
    const given = text(input)
    if (method === 'check' && given.length > 20) throw new HandlerError('too many words')
    if (method === 'reverse') return utf8([...given].reverse().join(''))
    return method === 'shout' ? utf8(given.toUpperCase()) : input
  },
}

const host = await createHost({ handlers: [words] })
const alice = await host.identity('alice')
const protocol = await host.handler('words')
const granted = await host.promise({
  to: alice.principal,
  resource: { kind: 'code', protocol },
  methods: ['check', 'reverse', 'shout'],
})
const as = { protocol, as: alice, capabilities: [granted] }

// ------------------------------------------------------------------------- in this process: a grant handle

const opened = await host.open({ ...as, method: 'check' })
if (opened.refused !== undefined) throw new Error(opened.refused.detail)
const handle = opened.ok

await pipeline(handle, 'land ahoy')
// Known by now: nothing runs, but whether alice may call is asked all the same.
await pipeline(handle, 'land ahoy')
await pipeline(handle, 'land ahoy, and a storm behind us')
handle.close()
await pipeline(handle, 'land ahoy')

// ------------------------------------------------------------------------------- from anywhere: messages

const check = await host.compose({ ...as, method: 'check', input: utf8('man overboard') })
const reverse = await host.compose({ ...as, method: 'reverse', input: { future: check.id } })
const shout = await host.compose({ ...as, method: 'shout', input: { future: reverse.id } })

// In any order: each waits for the one that it names.
const results = await host.sendAll([shout.bytes, reverse.bytes, check.bytes])
for (const result of results) console.log('message:', ended(result))

// Nobody else builds on what is alice's, or learns that there is something.
const mallory = await host.identity('mallory')
const lent = await host.promise({
  to: mallory.principal,
  resource: { kind: 'code', protocol },
  methods: ['shout'],
})
const spy = { protocol, as: mallory, capabilities: [lent], method: 'shout' }
console.log('mallory:', ended(await host.call({ ...spy, input: { future: check.id } })))

await host.close()

async function pipeline({ call }: GrantHandle, input: string): Promise<void> {
  const before = runs
  const outcome = await call('shout', call('reverse', call('check', utf8(input))))
  const how = outcome.status === 'kept' ? text(outcome.result.bytes) : outcome.status
  const code = 'code' in outcome ? ` ${outcome.code}` : ''
  console.log(`handle: ${how}${code}, ${runs - before} runs`)
}

function ended(result: CallResult): string {
  return result.status === 'kept' ? text(result.bytes) : `${result.status} ${result.code}`
}
