/** A host whose node, root and callers are key sets, by the public names alone. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { composeMessage, createKeySetSigner } from '../../../../kernel/index.ts'
import { createHost, nodeCrypto } from '../../index.ts'
import type { Keys } from '../keys.ts'
import type { Signer } from '../../../../kernel/index.ts'

function hybrid(name: string): Signer {
  const secret = (part: string): Uint8Array => nodeCrypto.sha256(new TextEncoder().encode(`${name} ${part}`))
  return createKeySetSigner(nodeCrypto, [
    { algorithm: 'Ed25519', secret: secret('Ed25519') },
    { algorithm: 'ML-DSA-65', secret: secret('ML-DSA-65') },
  ])
}

/** Everybody here is a hybrid. */
const identities: Keys = {
  identity: (name) => Promise.resolve(hybrid(name)),
  find: (name) => Promise.resolve(hybrid(name)),
  encryptionSecret: () => Promise.resolve(undefined),
  addEncryptionKey: () => Promise.reject(new Error('hybrids of this test have none')),
  look: (name) => {
    const { principal, keys } = hybrid(name)
    return Promise.resolve({
      name,
      principal,
      publicKeys: keys.map(({ publicKey }) => publicKey),
      isEncrypted: false,
    })
  },
  names: () => Promise.resolve(['node', 'root']),
}

const text = new TextEncoder()

describe('a host of hybrids', () => {
  test('calls as its root, and verifies the reply of its node', async () => {
    await using host = await createHost({ identities })
    const echo = await host.handler('echo')
    const result = await host.call({ protocol: echo, method: 'echo', input: text.encode('hello') })
    assert.equal(result.status, 'kept')
    assert.deepEqual(result.bytes, text.encode('hello'))
    assert.equal(host.node, hybrid('node').principal)
  })

  test('promises to a hybrid, who delegates to somebody else', async () => {
    await using host = await createHost({ identities })
    const echo = await host.handler('echo')
    const [alice, bob] = [await host.identity('alice'), await host.identity('bob')]
    const resource = { kind: 'code', protocol: echo } as const
    const first = await host.promise({ to: alice.principal, resource })
    const second = await host.promise({ to: bob.principal, resource, parent: first, by: alice })
    const call = { protocol: echo, method: 'echo', input: text.encode('hello'), as: bob }
    assert.equal((await host.call({ ...call, capabilities: [first, second] })).status, 'kept')
    const other = await host.call({ ...call, capabilities: [first] })
    assert.equal(other.status, 'refused')
  })

  test('refuses a hybrid it does not know, until it was shown the key set', async () => {
    await using host = await createHost()
    const echo = await host.handler('echo')
    const alice = hybrid('alice')
    const granted = await host.promise({ to: alice.principal, resource: { kind: 'code', protocol: echo } })
    const issuedAt = Math.floor(Date.now() / 1_000)
    const { bytes } = composeMessage(nodeCrypto, alice, {
      ...{ protocol: echo, grid: host.grid, audience: host.node, method: 'echo' },
      ...{ issuedAt, expires: issuedAt + 60, capabilities: [granted.bytes] },
    })
    const early = await host.send(bytes)
    assert.deepEqual(early.status === 'kept' || early.code, 'MISSING')
    assert.deepEqual(await host.admitKeySet(alice.keySet as Uint8Array), { ok: alice.principal })
    assert.equal((await host.send(bytes)).status, 'kept')
  })
})
