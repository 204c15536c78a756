/** Root promises alice a space of notes; alice hands parts of it to bob and carol, who find out what they cannot do. */
import { createHost } from 'promisegrid'
import { issueToken } from 'promisegrid/kernel'
import { encodeDagCbor } from 'promisegrid/promisebase'
import type { Capability, Resource, Signer } from 'promisegrid/kernel'

const host = await createHost()
const protocol = await host.handler('store')
const [alice, bob, carol, mallory] = [
  await host.identity('alice'),
  await host.identity('bob'),
  await host.identity('carol'),
  await host.identity('mallory'),
]

const utf8 = new TextEncoder()
const notes = (prefix: string): Resource => ({
  kind: 'space',
  owner: host.node,
  space: 'notes',
  prefix: utf8.encode(prefix),
})

const toAlice = await host.promise({ to: alice.principal, resource: notes(''), methods: ['get', 'put'] })
const toBob = await host.promise({
  to: bob.principal,
  resource: notes('public/'),
  methods: ['get'],
  parent: toAlice,
  by: alice,
})

await ask('alice puts public/tea', alice, [toAlice], 'put', 'public/tea', 'at four')
await ask('alice puts diary/monday', alice, [toAlice], 'put', 'diary/monday', 'rain')
await ask('bob gets public/tea', bob, [toAlice, toBob], 'get', 'public/tea')
await ask('bob puts public/tea', bob, [toAlice, toBob], 'put', 'public/tea', 'at five')
await ask('bob gets diary/monday', bob, [toAlice, toBob], 'get', 'diary/monday')

// What a call is given can be restricted, and what all calls together may use: here, and for whoever carol shares it with.
const toCarol = await host.promise({
  to: carol.principal,
  resource: notes('public/'),
  methods: ['put'],
  where: [{ at: 'value', size: { max: 10 } }],
  total: { calls: 1 },
  parent: toAlice,
  by: alice,
})
await ask('carol puts a long story', carol, [toAlice, toCarol], 'put', 'public/tea', 'once upon a time')
await ask('carol puts public/tea', carol, [toAlice, toCarol], 'put', 'public/tea', 'at six')
await ask('carol puts public/tea again', carol, [toAlice, toCarol], 'put', 'public/tea', 'at seven')

// Bob may sign whatever he likes; the node compares each link with the one before it.
const tooMuch = issueToken(host.crypto, host.keys, bob, {
  ...toBob,
  holder: mallory.principal,
  resource: notes(''),
  methods: ['get', 'put'],
  parent: toBob.id,
})
await ask('mallory gets diary/monday', mallory, [toAlice, toBob, tooMuch], 'get', 'diary/monday')
await ask("mallory shows bob's capability", mallory, [toAlice, toBob], 'get', 'public/tea')

await host.close()

async function ask(
  title: string,
  as: Signer,
  capabilities: readonly Capability[],
  method: string,
  key: string,
  value?: string,
): Promise<void> {
  const fields = { key: utf8.encode(key), ...(value === undefined ? {} : { value: utf8.encode(value) }) }
  // The resource a message names is what it acts on: the folder of the key.
  const resource = notes(key.slice(0, key.indexOf('/') + 1))
  const result = await host.call({
    protocol,
    method,
    input: encodeDagCbor(fields),
    resource,
    as,
    capabilities,
  })
  if (result.status === 'kept') return console.log(`${title}: kept`)
  // The sender is told the code in the reply. Its own operator can ask the node for the whole story.
  const { refusal } = await host.kernel.explain(result.message.bytes)
  console.log(`${title}: ${result.code}`)
  console.log(`  ${refusal?.code} at link ${refusal?.link}, ${refusal?.rule}`)
  console.log(`  fix: ${refusal?.fix}`)
}
