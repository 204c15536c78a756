/**
 * Two nodes of one grid. The harbour promises the broker a ship; the broker promises alice what depends on it: by a
 * promise of its own, for nobody can promise what another does.
 */
import {
  composeMessage,
  createGenesis,
  createKernel,
  createKeyRing,
  createSigner,
  encodeDescriptor,
  issueToken,
  joinGrid,
  nativeCode,
  nativeDescriptor,
  readReply,
} from 'promisegrid/kernel'
import {
  createMemoryBackend,
  createStore,
  encodeCbor,
  hashBlock,
  nobleCrypto,
  CODEC,
} from 'promisegrid/promisebase'
import { createNativeRuntime } from 'promisegrid/runtimes/native'
import { promises } from 'promisegrid/handlers'
import { nodePowers } from 'promisegrid'
import type { Kernel, SignedPromise, Signer } from 'promisegrid/kernel'
import type { CborInput } from 'promisegrid/promisebase'

const crypto = nobleCrypto
const keys = createKeyRing(crypto)
const now = Math.floor(Date.now() / 1_000)
const person = (): Signer => createSigner(crypto, 'Ed25519', crypto.random(32))
const [root, harbour, broker, alice] = [person(), person(), person(), person()]
const names = new Map(
  [harbour, broker, alice].map(({ principal }, at) => [principal, ['harbour', 'broker', 'alice'][at]]),
)

const genesis = createGenesis(crypto, keys, {
  name: 'sea',
  created: now,
  nonce: crypto.random(16),
  roots: [root.principal],
  threshold: 1,
})
const protocol = hashBlock(crypto.sha256, CODEC.dagCbor, encodeDescriptor(nativeDescriptor(crypto, promises)))
const [atHarbour, atBroker] = [await open(harbour), await open(broker)]

// The broker asks the harbour, and has its promise; alice asks the broker, and is given the broker's.
const ship = await defer(atHarbour, harbour, broker, { seconds: 600 })
const voyage = await defer(atBroker, broker, alice, { seconds: 900, wraps: ship.bytes })
say('the harbour promised', ship)
say('the broker promised', voyage)
console.log('it passes on what the harbour promised:', voyage.wraps?.equals(ship.id))

const arrival = atBroker.outcomeOf(voyage.id)

// The harbour keeps its word. Whoever has the signed word carries it to the broker: here this program does.
const output = new TextEncoder().encode('the Halcyon, at noon')
await ask(atHarbour, harbour, broker, 'keep', { promise: ship.id, output })
const word = await atHarbour.outcomeOf(ship.id)
if (word.refused !== undefined) throw new Error(word.refused.detail)
const ended = await atBroker.acceptResolution(word.ok.resolution)
console.log('the broker took it for', ended.ok?.length, 'promise of its own')

// Alice believes the broker alone: its signature is what she checks.
const settled = await arrival
if (settled.refused !== undefined) throw new Error(settled.refused.detail)
const pending = { bytes: voyage.bytes, id: voyage.id, grid: genesis.cid, sender: alice.principal }
const read = readReply(crypto, keys, { ...pending, executors: [broker.principal] }, settled.ok.resolution)
if (read.ok?.signed !== true || read.ok.outcome.status !== 'kept') throw new Error('not kept')
console.log(names.get(read.ok.executor), 'kept it:', new TextDecoder().decode(read.ok.outcome.result.bytes))
const harbours = readReply(crypto, keys, { ...pending, executors: [broker.principal] }, word.ok.resolution)
console.log('the word of the harbour is none to alice:', harbours.refused?.code)

await Promise.all([atHarbour.close(), atBroker.close()])

/** A node of this grid in memory, with the built-in handler for promises. */
async function open(signer: Signer): Promise<Kernel> {
  const store = await createStore({ backend: createMemoryBackend(), crypto })
  await joinGrid(store, genesis)
  await store.transact((transaction) => {
    transaction.putBlock(nativeCode(promises), CODEC.raw)
    transaction.putBlock(encodeDescriptor(nativeDescriptor(crypto, promises)), CODEC.dagCbor)
  })
  const runtimes = [createNativeRuntime([promises])]
  return createKernel({ ...nodePowers(), store, crypto, signer, runtimes })
}

/** A message by `as` to a node that lets it use the handler, and what its reply says. */
async function ask(kernel: Kernel, node: Signer, as: Signer, method: string, fields: CborInput) {
  const capability = issueToken(crypto, keys, node, {
    grid: genesis.cid,
    holder: as.principal,
    resource: { kind: 'code', protocol },
    methods: [method],
    caveats: {},
    expires: now + 3_600,
  })
  const sent = composeMessage(crypto, as, {
    protocol,
    grid: genesis.cid,
    audience: node.principal,
    issuedAt: now,
    expires: now + 60,
    method,
    arguments: { bytes: encodeCbor(fields) },
    capabilities: [capability.bytes],
  })
  const pending = { ...sent, grid: genesis.cid, sender: as.principal, executors: [node.principal] }
  const reply = readReply(crypto, keys, pending, await kernel.dispatch(sent.bytes))
  if (reply.ok?.signed !== true) throw new Error(reply.refused?.detail ?? 'refused')
  return reply.ok
}

/** The promise a node answers with, verified by `readReply`: by that node, to the asker, for this message. */
async function defer(kernel: Kernel, node: Signer, as: Signer, terms: CborInput): Promise<SignedPromise> {
  const { promise, outcome } = await ask(kernel, node, as, 'defer', terms)
  if (promise === undefined) throw new Error(JSON.stringify(outcome))
  return promise
}

function say(title: string, { issuer, audience, issuedAt, expires }: SignedPromise): void {
  console.log(`${title}: ${names.get(issuer)} to ${names.get(audience)}, for ${expires - issuedAt} s`)
}
