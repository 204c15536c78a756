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

  constructor(connection, chain, verifies) {
    this.connection = connection
    this.chain = chain
    this.verifies = verifies
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
    await this.accept(await invocation.execute(this.connection), text)
  }

  async accept(receipt, text) {
    if (receipt.out.ok?.text !== text) throw new Error(`not echoed: ${JSON.stringify(receipt.out)}`)
    if (!this.verifies) return
    const { error } = await receipt.verifySignature(this.connection.id.verifier)
    if (error) throw error
  }
}

async function warm({ depth, verifies }) {
  const chain = await Chain.of(depth)
  const caller = new Caller(await connect(), chain, verifies)
  const proof = await chain.delegate()
  return {
    async run(batch) {
      for (let call = 0; call < batch; call++) await caller.call(proof)
    },
  }
}

async function cold({ depth, verifies }) {
  const chain = await Chain.of(depth)
  const caller = new Caller(await connect(), chain, verifies)
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

const asItIs = "ucanto's client does not verify the signature of a receipt"
const asOurs = 'the client verifies the signature of the receipt, which is more than ucanto does by itself'
const known = 'the same delegation objects, a new invocation each time'
const fresh = 'delegations never seen before, issued outside the timed part'
const cached = 'also the baseline of call/cached, because ucanto keeps no results'

function rows(depth, verifies) {
  const suffix = verifies ? '/verified' : ''
  const client = verifies ? asOurs : asItIs
  const row = (name, notes, make) => ({
    name: `call/depth${depth}/${name}${suffix}`,
    unit: 'calls/s',
    notes,
    setup: () => make({ depth, verifies }),
  })
  return [
    row('warm', `${known}; ${client}${depth === 1 ? `; ${cached}` : ''}`, warm),
    row('cold', `${fresh}; ${client}`, cold),
  ]
}

const depths = [1, 3, 9]
await printRows([false, true].flatMap((verifies) => depths.flatMap((depth) => rows(depth, verifies))))
