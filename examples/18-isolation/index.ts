/** Code of strangers in a process of its own: it never ends, and nobody else waits for it. */
import { readFile } from 'node:fs/promises'

import { createHost } from 'promisegrid'
import { wordIndex } from 'promisegrid/handlers'

// One handler is trusted to run here; whatever else is deployed gets a confined process.
const trusted = await readFile(wordIndex.code)
const host = await createHost({
  isolation: { tier: ({ name }) => (name === wordIndex.descriptor.name ? 'here' : 'process'), lanes: 1 },
})
const words = await host.deploy(trusted, wordIndex.descriptor)

// (module (memory 1) (func (export "_start") (loop $again (br $again))))
const endless = Buffer.from(
  '0061736d01000000010401600000030201000503010001070a01065f737461727400000a0901070003400c000b0b',
  'hex',
)
const loop = await host.deploy(endless, { name: 'endless' })

const looping = host.call({ protocol: loop, method: 'run' })

const file = await host.put(new TextEncoder().encode('one two two'))
const counted = await host.call({ protocol: words, method: 'top', input: file })
console.log('meanwhile:', counted.status)

const ended = await looping
console.log('endless:', ended.status === 'kept' ? 'kept' : ended.code)

await host.close()
