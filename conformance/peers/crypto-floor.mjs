// The signatures that one signed call cannot do without, and nothing else: no encoding, no dispatch, no store.
import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'

import { printRows } from '../../dist/conformance/bench-kit.js'

const MESSAGE_BYTES = 512
const LINK_BYTES = 320

/** @returns {import('../bench-kit.ts').Bench} */
function floor(name, links, notes) {
  return { name, unit: 'calls/s', notes, setup: () => new Call(links) }
}

/** A request and its reply between two parties, over a chain of so many links. */
class Call {
  client = generateKeyPairSync('ed25519')
  server = generateKeyPairSync('ed25519')
  request = randomBytes(MESSAGE_BYTES)
  reply = randomBytes(MESSAGE_BYTES)

  constructor(links) {
    this.chain = Array.from({ length: links }, signedLink)
  }

  run(batch) {
    for (let call = 0; call < batch; call++) {
      this.request.writeUInt32LE(call)
      this.reply.writeUInt32LE(call)
      exchange(this.request, this.client)
      for (const { token, publicKey, signature } of this.chain)
        check(verify(null, token, publicKey, signature))
      exchange(this.reply, this.server)
    }
  }
}

/** Signed on one side, verified on the other. */
function exchange(bytes, { privateKey, publicKey }) {
  check(verify(null, bytes, publicKey, sign(null, bytes, privateKey)))
}

function signedLink() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const token = randomBytes(LINK_BYTES)
  return { token, publicKey, signature: sign(null, token, privateKey) }
}

function check(verdict) {
  if (!verdict) throw new Error('a good signature was refused')
}

const warm = 'client signs, server verifies, server signs, client verifies; the verdict on the chain is known'
await printRows([
  floor('floor/depth1/warm', 0, warm),
  floor('floor/depth1/cold', 1, 'as warm, and one link verified'),
  floor('floor/depth3/warm', 0, warm),
  floor('floor/depth3/cold', 3, 'as warm, and three links verified'),
])
