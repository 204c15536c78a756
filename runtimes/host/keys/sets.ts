/** Key sets a host knows: a principal that is one can be verified only where its block is. */
import { CODEC, parseCid } from '../../../promisebase/index.ts'
import { HostError } from '../host-error.ts'
import type { Principal, Result, Signer } from '../../../kernel/index.ts'
import type { HostParts } from '../host-parts.ts'

/** Takes in the block of a key set, for the kernel and for what this host itself reads. */
export async function admitKeySet(host: HostParts, block: Uint8Array): Promise<Result<Principal>> {
  const admitted = await host.kernel.admitKeySet(block)
  if (admitted.refused === undefined) host.keys.learn(block)
  return admitted
}

/** Lets this node know whose signatures it will meet. @throws {HostError} DATA for keys of another set */
export async function introduce(host: HostParts, signer: Signer): Promise<Signer> {
  const { keySet, principal } = signer
  // What the ring was taught by here is in the store too.
  if (keySet === undefined || host.introduced.has(principal)) return signer
  const admitted = await admitKeySet(host, keySet)
  if (admitted.refused !== undefined) throw new HostError('DATA', admitted.refused.detail)
  host.introduced.add(principal)
  return signer
}

/** Looks for the key set of a principal in the store and among identities, and teaches it to the ring. */
export async function learnKeySet(host: HostParts, principal: Principal): Promise<void> {
  if (host.keys.lookUp(principal).refused?.code !== 'MISSING') return
  const block = (await blockOf(host, principal)) ?? (await ownBlock(host, principal))
  if (block !== undefined) host.keys.learn(block)
}

async function blockOf({ store }: HostParts, principal: Principal): Promise<Uint8Array | undefined> {
  const cid = parseCid(principal, { codecs: [CODEC.cbor] }).ok
  if (cid === undefined) return undefined
  const snapshot = store.snapshot()
  try {
    return await snapshot.getBlock(cid)
  } finally {
    snapshot.close()
  }
}

async function ownBlock({ identities }: HostParts, principal: Principal): Promise<Uint8Array | undefined> {
  for (const name of await identities.names()) {
    const identity = await identities.look(name)
    if (identity?.principal === principal) return identity.keySet
  }
  return undefined
}
