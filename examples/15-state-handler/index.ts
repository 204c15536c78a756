/** A handler in WebAssembly with state: guest/tally.c counts votes in the space that its message names. */
import { readFile } from 'node:fs/promises'

import { createHost } from 'promisegrid'
import type { Capability, Resource, Signer } from 'promisegrid/kernel'

const host = await createHost()
const [alice, bob] = [await host.identity('alice'), await host.identity('bob')]
const utf8 = new TextEncoder()

// The descriptor says what the code asks of its host; it is admitted with these functions and no others.
const code = await readFile(new URL('./tally.wasm', import.meta.url))
const protocol = await host.deploy(code, {
  entry: 'reactor',
  methods: ['vote', 'votes'],
  pure: false,
  imports: ['state'],
  limits: { memoryBytes: 65_536 },
})

// The handler has no authority of its own: what a voter may do to the space is all that it can do for the voter.
const lunch: Resource = { kind: 'space', owner: host.node, space: 'polls', prefix: utf8.encode('lunch/') }
const promised = (to: Signer, methods: string[]): Promise<Capability> =>
  host.promise({ to: to.principal, resource: lunch, methods })
const ofAlice = await promised(alice, ['vote', 'votes', 'get', 'put', 'list'])
const ofBob = await promised(bob, ['vote', 'votes', 'list'])

for (const dish of ['soup', 'pizza', 'soup'])
  console.log(`alice votes for ${dish}:`, await call(alice, ofAlice, 'vote', dish, numberOf))
console.log('bob votes for pizza:', await call(bob, ofBob, 'vote', 'pizza', numberOf))
console.log('alice votes for nothing:', await call(alice, ofAlice, 'vote', '', numberOf))
console.log('bob sees:', await call(bob, ofBob, 'votes', '', entriesOf))

// Many at once: each is one transaction, and no vote is lost.
await Promise.all(Array.from({ length: 10 }, () => call(alice, ofAlice, 'vote', 'soup', numberOf)))
console.log('and then:', await call(bob, ofBob, 'votes', '', entriesOf))

await host.close()

async function call<T>(
  as: Signer,
  capability: Capability,
  method: string,
  name: string,
  read: (bytes: Uint8Array) => T,
): Promise<T | string> {
  const input = utf8.encode(name)
  const answer = await host.call({ protocol, method, input, as, capabilities: [capability], resource: lunch })
  if (answer.status === 'kept') return read(answer.bytes)
  return answer.status === 'deferred' ? answer.status : answer.code
}

function numberOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
}

/** Both lengths, key and value, one entry behind the other. */
function entriesOf(bytes: Uint8Array): string {
  const entries: string[] = []
  for (let at = 0; at < bytes.length;) {
    const [key, value] = [numberOf(bytes.subarray(at)), numberOf(bytes.subarray(at + 4))]
    const name = new TextDecoder().decode(bytes.subarray(at + 8, at + 8 + key))
    entries.push(`${name} ${numberOf(bytes.subarray(at + 8 + key))}`)
    at += 8 + key + value
  }
  return entries.join(', ')
}
