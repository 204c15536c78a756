// The signatures that one signed call cannot do without, and nothing else: no encoding, no dispatch, no store.
import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'

import { printRows } from '../../dist/conformance/bench-kit.js'

const MESSAGE_BYTES = 512
const LINK_BYTES = 320

/** @returns {import('../bench-kit.ts').Bench} */
function floor(name, links, notes, clientVerifies = true) {
  return { name, unit: 'calls/s', notes, setup: () => new Call(links, clientVerifies) }
}

/** A request and its reply between two parties, over a chain of so many links. */
class Call {
  client = generateKeyPairSync('ed25519')
  server = generateKeyPairSync('ed25519')
  request = randomBytes(MESSAGE_BYTES)
  reply = randomBytes(MESSAGE_BYTES)

  constructor(links, clientVerifies) {
    this.clientVerifies = clientVerifies
    this.chain = Array.from({ length: links }, signedLink)
  }

  run(batch) {
    for (let call = 0; call < batch; call++) {
      this.request.writeUInt32LE(call)
      this.reply.writeUInt32LE(call)
      check(this.request, this.client.publicKey, sign(null, this.request, this.client.privateKey))
      for (const link of this.chain) check(link.token, link.publicKey, link.signature)
      const signature = sign(null, this.reply, this.server.privateKey)
      if (this.clientVerifies) check(this.reply, this.server.publicKey, signature)
    }
  }
}

function signedLink() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const token = randomBytes(LINK_BYTES)
  return { token, publicKey, signature: sign(null, token, privateKey) }
}

function check(bytes, publicKey, signature) {
  if (!verify(null, bytes, publicKey, signature)) throw new Error('a good signature was refused')
}

const warm = 'client signs, server verifies, server signs, client verifies; the verdict on the chain is known'
await printRows([
  floor('floor/depth1/warm', 0, warm),
  floor('floor/depth1/cold', 1, 'as warm, and one link verified'),
  floor('floor/depth3/warm', 0, warm),
  floor('floor/depth3/cold', 3, 'as warm, and three links verified'),
  floor('floor/depth9/warm', 0, warm),
  floor('floor/depth9/cold', 9, 'as warm, and nine links verified'),
  floor('floor/unverified/warm', 0, 'as warm, but the client does not verify the reply, as in ucanto', false),
])
