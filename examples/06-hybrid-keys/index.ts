/** A principal of two keys, Ed25519 and ML-DSA-65: both sign, and neither can be left out or speak alone. */
import { createHost } from 'promisegrid'
import {
  composeMessage,
  createKeySetSigner,
  createSigner,
  readSignature,
  readEnvelope,
  signKeyStatement,
} from 'promisegrid/kernel'
import { nobleAgreement, nobleCrypto as crypto } from 'promisegrid/promisebase'

const host = await createHost()
const echo = await host.handler('echo')
const resource = { kind: 'code', protocol: echo } as const
const input = new TextEncoder().encode('hello')

// Alice is her key set: the CID of both public keys is her name.
const seed = crypto.random(32)
const alice = createKeySetSigner(crypto, [
  { algorithm: 'Ed25519', secret: seed },
  { algorithm: 'ML-DSA-65', secret: crypto.random(32) },
])
const granted = await host.promise({ to: alice.principal, resource })
const request = { protocol: echo, method: 'echo', input, as: alice, capabilities: [granted] }

// A message of hers from elsewhere: nothing is fetched for it, the node has to be shown her keys before.
const issuedAt = Math.floor(Date.now() / 1_000)
const { bytes } = composeMessage(crypto, alice, {
  protocol: echo,
  grid: host.grid,
  audience: host.node,
  issuedAt,
  expires: issuedAt + 60,
  method: 'echo',
  arguments: { bytes: input },
  capabilities: [granted.bytes],
})
const early = await host.send(bytes)
console.log('before her keys are known:', early.status === 'kept' ? 'kept' : early.code)
await host.admitKeySet(alice.keySet!)
const kept = await host.send(bytes)
console.log('after:', kept.status)

const signed = readSignature(readEnvelope(bytes).ok!.signature, { detached: true }).ok!
console.log('her message is signed with', signed.parts.map(({ algorithm }) => algorithm).join(' and '))

// Half of her signatures: somebody may have broken one of the two algorithms, not both.
const [mlDsa, ed25519] = alice.keys
for (const key of [mlDsa!, ed25519!]) {
  const half = { ...alice, keys: [key] }
  const sent = await host.compose({ ...request, as: half })
  const { refusal } = await host.kernel.explain(sent.bytes)
  console.log(`${key.publicKey.algorithm} alone:`, refusal?.code)
}

// Now that all her keys have signed here, none of them is anybody else.
const alone = createSigner(crypto, 'Ed25519', seed)
const toAlone = await host.promise({ to: alone.principal, resource })
const sent = await host.compose({ ...request, as: alone, capabilities: [toAlone] })
console.log(
  'her Ed25519 key as a principal of its own:',
  (await host.kernel.explain(sent.bytes)).refusal?.code,
)

// She delegates to bob, who has one key, and says where to encrypt to her.
const bob = await host.identity('bob')
const narrower = await host.promise({ to: bob.principal, resource, parent: granted, by: alice })
const byBob = await host.call({ ...request, as: bob, capabilities: [granted, narrower] })
console.log('bob, by her delegation:', byBob.status)
const xWing = nobleAgreement.publicKey('X-Wing', crypto.random(32))
const statement = signKeyStatement(crypto, alice, {
  grid: host.grid,
  issuedAt,
  seq: 1,
  encryptionKeys: [xWing],
})
await host.acceptKeyStatement(statement.bytes)
const said = await host.keyStatement(alice.principal)
console.log('encrypt to her with', said?.encryptionKeys?.map(({ algorithm }) => algorithm).join(', '))

// An identity of this host keeps such a key in its file; what is encrypted to it is opened by its name.
await host.announce('bob')
const sealed = (await host.encryptFor([alice.principal, bob.principal], input)).ok!
const opened = (await host.decryptAs('bob', sealed)).ok!
console.log('bob reads:', new TextDecoder().decode(opened))

await host.close()
