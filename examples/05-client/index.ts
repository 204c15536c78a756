/** A kernel without a host, and a client that has nothing of it but bytes: what any transport would carry. */
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
  readReceipt,
  readReply,
} from 'promisegrid/kernel'
import { CODEC, createMemoryBackend, createStore, nobleCrypto as crypto } from 'promisegrid/promisebase'
import { createNativeRuntime } from 'promisegrid/runtimes/native'
import type { NativeHandler } from 'promisegrid/kernel'

const NOON = 1_800_000_000
const keys = createKeyRing(crypto)
const [self, root, alice] = [newSigner(), newSigner(), newSigner()]

const shout: NativeHandler = {
  name: 'shout',
  version: 1,
  methods: ['shout'],
  pure: true,
  public: true,
  limits: {},
  run: ({ input }) => new TextEncoder().encode(new TextDecoder().decode(input).toUpperCase()),
}

// ------------------------------------------------------------------------------------------ the node

// Everything a kernel can touch is handed to it: this one lives in memory, where it is always noon.
const store = await createStore({ backend: createMemoryBackend(), crypto })
const genesis = createGenesis(crypto, keys, {
  name: 'example',
  created: NOON,
  nonce: crypto.random(16),
  roots: [root.principal],
  threshold: 1,
})
await joinGrid(store, genesis)
const kernel = await createKernel({
  store,
  crypto,
  signer: self,
  clock: () => NOON * 1_000,
  monotonic: () => performance.now(),
  timer: (ms, fire) => {
    const timer = setTimeout(fire, ms)
    return () => clearTimeout(timer)
  },
  runtimes: [createNativeRuntime([shout])],
})
const protocol = await store.transact((transaction) => {
  transaction.putBlock(nativeCode(shout), CODEC.raw)
  return transaction.putBlock(encodeDescriptor(nativeDescriptor(crypto, shout)), CODEC.dagCbor)
})

// The node lets the root grant what is the node's; the root promises alice one method for an hour.
const adoption = await kernel.adopt(root.principal)
const granted = issueToken(crypto, keys, root, {
  grid: kernel.grid,
  holder: alice.principal,
  resource: { kind: 'code', protocol },
  methods: ['shout'],
  caveats: {},
  expires: NOON + 3_600,
  parent: adoption.id,
})

// ---------------------------------------------------------------------------------------- the client

const question = composeMessage(crypto, alice, {
  protocol,
  grid: genesis.cid,
  audience: self.principal,
  issuedAt: NOON,
  expires: NOON + 60,
  method: 'shout',
  arguments: { bytes: new TextEncoder().encode('land ahoy') },
  capabilities: [granted.bytes],
})
const pending = { ...question, grid: genesis.cid, sender: alice.principal, executors: [self.principal] }

const answer = readReply(crypto, keys, pending, await kernel.dispatch(question.bytes))
if (answer.refused !== undefined) throw new Error(answer.refused.detail)
const outcome = answer.ok.signed ? answer.ok.outcome : undefined
if (outcome?.status !== 'kept' || outcome.receipt === undefined) throw new Error('it was not kept')
console.log('kept:', new TextDecoder().decode(outcome.result.bytes))

// The receipt can be shown to anybody: it is signed by the node, and says nothing of alice.
const receipt = readReceipt(crypto, keys, outcome.receipt)
console.log('receipt of this result:', receipt.ok?.result.equals(outcome.result.cid))
console.log('signed by the node:', receipt.ok?.executor === self.principal)

// One changed bit on the way there: a hint, which anyone could have made up, so it is only a hint.
const changed = question.bytes.slice()
changed[changed.length - 1]! ^= 1
const hint = readReply(crypto, keys, { ...pending, bytes: changed }, await kernel.dispatch(changed))
console.log('changed on the way there:', hint.ok?.signed === false ? `${hint.ok.code}, unsigned` : 'taken')

// One on the way back: no reply at all.
const reply = await kernel.dispatch(question.bytes)
reply[reply.length - 1]! ^= 1
console.log('changed on the way back:', readReply(crypto, keys, pending, reply).refused?.code)

await kernel.close()
await store.close()

function newSigner() {
  return createSigner(crypto, 'Ed25519', crypto.random(32))
}
