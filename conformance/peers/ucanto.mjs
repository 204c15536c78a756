// A signed call in ucanto, client included: signed, encoded, decoded, validated, handled, answered by a signed
// receipt, which the client decodes. Both sides in one process, with bytes between them.
import * as Client from '@ucanto/client'
import { ed25519 } from '@ucanto/principal'
import * as Server from '@ucanto/server'
import * as CAR from '@ucanto/transport/car'
import { capability, Schema } from '@ucanto/validator'

import { printRows } from '../../dist/conformance/bench-kit.js'

const expiration = Math.floor(Date.now() / 1000) + 3600
const can = 'echo/say'

const say = capability({
  can,
  with: Schema.did(),
  nb: Schema.struct({ text: Schema.string() }),
  derives: (claim, proof) =>
    claim.with === proof.with ? Server.ok({}) : Server.fail(`${claim.with} is not what was delegated`),
})

/** Owner → … → client: each link hands on the right to speak in the owner's name. */
class Chain {
  static async of(depth) {
    const parties = await Promise.all(Array.from({ length: depth + 1 }, () => ed25519.generate()))
    return new Chain(parties)
  }

  constructor(parties) {
    this.parties = parties
    this.owner = parties[0]
    this.client = parties[parties.length - 1]
    this.issued = 0
  }

  /** The last of a fresh chain of delegations; the nonce makes each of them one never seen before. */
  async delegate() {
    const nonce = `chain ${this.issued++}`
    const capabilities = [{ can, with: this.owner.did() }]
    let proofs = []
    for (let link = 1; link < this.parties.length; link++) {
      const [issuer, audience] = [this.parties[link - 1], this.parties[link]]
      proofs = [await Client.delegate({ issuer, audience, capabilities, proofs, expiration, nonce })]
    }
    return proofs[0]
  }
}

async function connect() {
  const id = await ed25519.generate()
  const server = Server.create({
    id,
    service: { echo: { say: Server.provide(say, ({ capability: { nb } }) => Server.ok({ text: nb.text })) } },
    codec: CAR.inbound,
    validateAuthorization: () => ({ ok: {} }),
  })
  return Client.connect({ id, codec: CAR.outbound, channel: server })
}

/** The holder of a chain, calling over one connection. */
class Caller {
  calls = 0

  constructor(connection, chain) {
    this.connection = connection
    this.chain = chain
  }

  async call(proof) {
    const text = `call ${this.calls++}`
    const invocation = Client.invoke({
      issuer: this.chain.client,
      audience: this.connection.id,
      capability: { can, with: this.chain.owner.did(), nb: { text } },
      proofs: [proof],
      nonce: text,
      expiration,
    })
    const { out } = await invocation.execute(this.connection)
    if (out.ok?.text !== text) throw new Error(`not echoed: ${JSON.stringify(out)}`)
  }
}

function warm(depth, notes) {
  const setup = async () => {
    const chain = await Chain.of(depth)
    const caller = new Caller(await connect(), chain)
    const proof = await chain.delegate()
    return {
      async run(batch) {
        for (let call = 0; call < batch; call++) await caller.call(proof)
      },
    }
  }
  return { name: `call/depth${depth}/warm`, unit: 'calls/s', notes, setup }
}

function cold(depth, notes) {
  const setup = async () => {
    const chain = await Chain.of(depth)
    const caller = new Caller(await connect(), chain)
    let proofs = []
    return {
      async prepare(batch) {
        proofs = await Promise.all(Array.from({ length: batch }, () => chain.delegate()))
      },
      async run() {
        for (const proof of proofs) await caller.call(proof)
      },
    }
  }
  return { name: `call/depth${depth}/cold`, unit: 'calls/s', notes, setup }
}

const unverified = "ucanto's client does not verify the signature of a receipt"
const known = `the same delegation objects, a new invocation each time; ${unverified}`
const fresh = `delegations never seen before, issued outside the timed part; ${unverified}`
await printRows([
  warm(1, `${known}; also the baseline of call/cached, because ucanto keeps no results`),
  cold(1, fresh),
  warm(3, known),
  cold(3, fresh),
])
