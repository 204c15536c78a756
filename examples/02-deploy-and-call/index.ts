/** A WebAssembly module, deployed by CID, counts the words of a file it is given by CID. */
import { readFile } from 'node:fs/promises'

import { createHost } from 'promisegrid'
import { wordIndex } from 'promisegrid/handlers'

const host = await createHost()

// Any module can stand here: its bytes, and a descriptor that says how to run it.
const code = await readFile(wordIndex.code)
const protocol = await host.deploy(code, wordIndex.descriptor)
console.log('deployed twice, one CID:', protocol.equals(await host.deploy(code, wordIndex.descriptor)))

const file = await host.put(await readFile(new URL('./tides.txt', import.meta.url)))
const first = await host.call({ protocol, method: 'top', input: file })
if (first.status !== 'kept') throw new Error(`${first.code}: ${first.detail}`)

const answer = JSON.parse(new TextDecoder().decode(first.bytes))
console.log(`${answer.words} words, ${answer.distinct} different ones`)
for (const { word, count, lines } of answer.index.slice(0, 3))
  console.log(`${word}: ${count} times, first on line ${lines[0]}`)

// A new message with the same question: the kept result and its receipt, without a second run.
const second = await host.call({ protocol, method: 'top', input: file })
console.log('same result:', second.status === 'kept' && second.cid.equals(first.cid))
console.log('same fuel:', second.status === 'kept' && second.fuel === first.fuel)

const refused = await host.call({ protocol, method: 'bottom', input: file })
console.log('bottom:', refused.status === 'kept' ? 'kept' : refused.code)

await host.close()
