import { createHost } from 'promisegrid'

const host = await createHost() // in memory; { data: './folder' } keeps everything there
const protocol = await host.handler('echo')
const alice = await host.identity('alice')

// The root of the grid promises alice the use of one handler. She presents that promise with her message.
const granted = await host.promise({ to: alice.principal, resource: { kind: 'code', protocol } })
const input = new TextEncoder().encode('hello, grid')
const reply = await host.call({ protocol, method: 'echo', input, as: alice, capabilities: [granted] })

console.log(reply.status === 'kept' ? new TextDecoder().decode(reply.bytes) : reply.code)
await host.close()
