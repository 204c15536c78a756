/** A component of WASI 0.2, made from C by common tools, is deployed by CID and called like any handler. */
import { readFile } from 'node:fs/promises'

import { createHost } from 'promisegrid'

const host = await createHost()
const utf8 = new TextEncoder()

// That it is a component its bytes say. The source is runtimes/wasi/component/guest/reverse.c, the interface spec/wit/handler.wit.
const code = await readFile(new URL('./reverse.wasm', import.meta.url))
const protocol = await host.deploy(code, { methods: ['handle'] })

for (const text of ['stressed', '#', '!that is not a word', '*']) {
  const outcome = await host.call({ protocol, method: 'handle', input: utf8.encode(text) })
  const shown =
    outcome.status === 'kept' ? new TextDecoder().decode(outcome.bytes) : `${outcome.code}, ${outcome.detail}`
  console.log(`${text}: ${shown}`)
}

// A component without the function its descriptor names is refused when it is deployed.
try {
  await host.deploy(code, { methods: ['translate'] })
} catch (error) {
  console.log((error as Error).message)
}

await host.close()
