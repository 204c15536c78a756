/** What is told of an identity: nothing that its secret is needed for. */
import { HostError } from '../host-error.ts'
import type { PublicKey } from '../../../promisebase/index.ts'
import type { Identity, Keys } from '../keys.ts'

export interface IdentityFacts {
  readonly name: string
  readonly principal: string
  readonly algorithm: string
  readonly encrypted: boolean
}

/** @throws {HostError} MISSING */
export async function identityHere(keys: Keys, name: string): Promise<Identity> {
  const identity = await keys.look(name)
  if (identity !== undefined) return identity
  throw new HostError('MISSING', `there is no identity ${JSON.stringify(name)} here`, {
    fix: '`grid id list` names those there are; `grid id new` makes one',
  })
}

export function identityFacts({ name, principal, publicKeys, isEncrypted }: Identity): IdentityFacts {
  return { name, principal, algorithm: algorithmsText(publicKeys), encrypted: isEncrypted }
}

export function algorithmsText(keys: readonly PublicKey[]): string {
  return keys.map(({ algorithm }) => algorithm).join(' + ')
}
