/** What is told of an identity: nothing that its secret is needed for. */
import { encryptionKeyId } from '../../../kernel/index.ts'
import { HostError } from '../host-error.ts'
import { nodeCrypto } from '../powers/crypto.ts'
import { hex } from '../terminal/claims.ts'
import type { AgreementKey, PublicKey } from '../../../promisebase/index.ts'
import type { Identity, Keys } from '../keys/keys.ts'

export interface IdentityFacts {
  readonly name: string
  readonly principal: string
  readonly algorithm: string
  /** Whether its key file is under a passphrase. */
  readonly encrypted: boolean
  /** What content is encrypted to; absent where there is none. */
  readonly encryptionKey?: EncryptionKeyFacts
}

export interface EncryptionKeyFacts {
  readonly algorithm: string
  /** In hexadecimal: the `kid` that encrypted content names its recipient by. */
  readonly thumbprint?: string
}

/** @throws {HostError} MISSING */
export async function identityHere(keys: Keys, name: string): Promise<Identity> {
  const identity = await keys.look(name)
  if (identity !== undefined) return identity
  throw new HostError('MISSING', `there is no identity ${JSON.stringify(name)} here`, {
    fix: '`grid id list` names those there are; `grid id new` makes one',
  })
}

export function identityFacts(identity: Identity): IdentityFacts {
  const { name, principal, publicKeys, isEncrypted, encryptionKey } = identity
  return {
    name,
    principal,
    algorithm: algorithmsText(publicKeys),
    encrypted: isEncrypted,
    ...(encryptionKey && { encryptionKey: encryptionKeyFacts(encryptionKey) }),
  }
}

/** The same for people, a row each. */
export function identityRows({
  name,
  principal,
  algorithm,
  encrypted,
  encryptionKey,
}: IdentityFacts): string[][] {
  return [
    ['name', name],
    ['principal', principal],
    ['algorithm', algorithm],
    ['key file', encrypted ? 'under a passphrase' : 'not under a passphrase'],
    [
      'encryption',
      encryptionKey === undefined ? 'no key; `grid id announce` makes one' : keyText(encryptionKey),
    ],
  ]
}

export function encryptionKeyFacts(key: AgreementKey): EncryptionKeyFacts {
  const { algorithm } = key
  // Content is encrypted to keys of X-Wing alone, so only those have an identifier.
  return algorithm === 'X-Wing'
    ? { algorithm, thumbprint: hex(encryptionKeyId(nodeCrypto, key)) }
    : { algorithm }
}

export function keyText({ algorithm, thumbprint }: EncryptionKeyFacts): string {
  return thumbprint === undefined ? algorithm : `${algorithm}, kid ${thumbprint}`
}

export function algorithmsText(keys: readonly PublicKey[]): string {
  return keys.map(({ algorithm }) => algorithm).join(' + ')
}
