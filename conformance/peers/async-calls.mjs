// What a program does that calls a function of its own: nobody is asked, nothing is counted, nobody could say no.
import { createHash } from 'node:crypto'

import { printRows } from '../../dist/conformance/bench-kit.js'

const LENGTH = 1_000

async function next(input) {
  const output = new Uint8Array(input)
  for (let at = 0; at < output.length && (output[at] = (output[at] + 1) & 255) === 0; at++);
  return output
}

class Cached {
  results = new Map([['hello, grid', new TextEncoder().encode('iello, grid')]])

  async run(batch) {
    for (let done = 0; done < batch; done++) kept(await this.call('hello, grid'))
  }

  async call(name) {
    return this.results.get(name).slice()
  }
}

/** A memory of results needs a name for arguments: one hash. */
class Fresh {
  results = new Map()
  count = 0

  async run(batch) {
    for (let done = 0; done < batch; done++) {
      const input = new Uint8Array(12)
      new DataView(input.buffer).setFloat64(4, ++this.count)
      kept(await this.call(input))
    }
  }

  async call(input) {
    const name = createHash('sha256').update(input).digest('latin1')
    const known = this.results.get(name)
    if (known !== undefined) return known
    const output = await next(input)
    this.results.set(name, output)
    if (this.results.size > 1_024) this.results.delete(this.results.keys().next().value)
    return output
  }
}

class Pipelined {
  last = new Uint8Array(12)

  async run(batch) {
    for (let done = 0; done < batch; done += LENGTH) {
      let call = next(this.last)
      for (let made = done + 1; made < Math.min(batch, done + LENGTH); made++) call = call.then(next)
      this.last = kept(await call)
    }
  }
}

function kept(output) {
  if (output.length === 0) throw new Error('nothing came back')
  return output
}

await printRows([
  { name: 'async/cached', unit: 'ns/call', setup: () => new Cached() },
  { name: 'async/fresh', unit: 'calls/s', setup: () => new Fresh() },
  { name: 'async/pipelined', unit: 'calls/s', setup: () => new Pipelined() },
])
