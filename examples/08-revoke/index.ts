/** Alice takes back what she handed to bob; root takes back what it gave alice; another node is told by a record. */
import { createHost } from 'promisegrid'
import { readRevocation } from 'promisegrid/kernel'
import { encodeDagCbor } from 'promisegrid/promisebase'
import type { Capability, Signer } from 'promisegrid/kernel'

const host = await createHost()
const protocol = await host.handler('echo')
const [alice, bob] = [await host.identity('alice'), await host.identity('bob')]
const resource = { kind: 'code', protocol } as const

const toAlice = await host.promise({ to: alice.principal, resource })
const toBob = await host.promise({ to: bob.principal, resource, parent: toAlice, by: alice })

await ask('bob, before', bob, [toAlice, toBob])

// A record names the token by its id, and counts because alice issued it. Nothing undoes it.
const record = await host.revoke({ token: toBob, by: alice })
await ask('bob, after alice took it back', bob, [toAlice, toBob])
await ask('alice', alice, [toAlice])

// Bob may sign a record too. He issued nothing in alice's chain, so it changes nothing for her.
await host.revoke({ token: toAlice, by: bob })
await ask("alice, after bob's record", alice, [toAlice])

// This node stands above every chain that is claimed at it.
await host.revoke({ token: toAlice })
await ask("alice, after this node's record", alice, [toAlice])

// The bytes of a record can be carried to any node of the grid, which checks for itself who signed it.
const read = readRevocation(host.crypto, host.keys, record.bytes)
console.log(`the record is signed by alice: ${read.ok?.issuer === alice.principal}`)
const again = await host.kernel.acceptRevocation(record.bytes)
console.log(`a node that has it already: ${again.refused?.code ?? 'nothing changes'}`)

// Or it travels as a message, brought by whoever may call the handler that takes records in: here the root.
const input = encodeDagCbor({ records: record.bytes })
const told = await host.call({ protocol: await host.handler('revocations'), method: 'accept', input })
console.log(`told by a message: ${told.status}`)

await host.close()

async function ask(title: string, as: Signer, capabilities: readonly Capability[]): Promise<void> {
  const input = new TextEncoder().encode('hello')
  const result = await host.call({ protocol, method: 'echo', input, as, capabilities })
  if (result.status === 'kept') return console.log(`${title}: kept`)
  const { refusal } = await host.kernel.explain(result.message.bytes)
  console.log(`${title}: ${result.status}, ${result.code} at link ${refusal?.link}`)
}
