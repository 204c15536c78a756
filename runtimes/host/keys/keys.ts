/** Identities of a host by name: the contract, and one that lives in memory. */
import { HostError } from '../host-error.ts'
import { encryptionKeyOf, freshEncryptionSecret, freshSecrets, signerOf } from './secrets.ts'
import type { EncryptionSecret, Principal, Signer } from '../../../kernel/index.ts'
import type { AgreementKey, CryptoProvider, PublicKey } from '../../../promisebase/index.ts'
import type { IdentityAlgorithm, NewIdentity } from './secrets.ts'

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/

/** What is known of an identity without its secret. */
export interface Identity {
  readonly name: string
  readonly principal: Principal
  /** In the order of the key set; exactly one for a did:key. */
  readonly publicKeys: readonly PublicKey[]
  /** The block whose CID the principal is; absent for a did:key. */
  readonly keySet?: Uint8Array
  /** What others encrypt to, once a key statement of the principal names it. */
  readonly encryptionKey?: AgreementKey
  /** Whether its secret is under a passphrase. */
  readonly isEncrypted: boolean
}

/** Where a host finds its identities; one in memory and one in files share this shape. */
export interface Keys {
  /** The signer of this name, made when it is new. */
  identity(name: string, algorithm?: IdentityAlgorithm, making?: NewIdentity): Promise<Signer>
  /** The signer of this name; undefined when there is none. */
  find(name: string): Promise<Signer | undefined>
  /** The secret of its encryption key; undefined when it has none, or there is no such name. */
  encryptionSecret(name: string): Promise<EncryptionSecret | undefined>
  /** Gives it an encryption key; false when it has one. @throws {HostError} MISSING */
  addEncryptionKey(name: string): Promise<boolean>
  /** Who has this name; no passphrase is asked for. */
  look(name: string): Promise<Identity | undefined>
  names(): Promise<readonly string[]>
}

/** Identities that end with the process. */
export function memoryKeys(crypto: CryptoProvider): Keys {
  const signers = new Map<string, Signer>()
  const encryptions = new Map<string, EncryptionSecret>()
  return {
    identity: async (name, algorithm = 'Ed25519', making) => {
      const known = signers.get(checkedName(name))
      if (known !== undefined) return known
      const { secrets, encryption } = freshSecrets(crypto, algorithm, making)
      const signer = signerOf(crypto, secrets)
      signers.set(name, signer)
      if (encryption !== undefined) encryptions.set(name, encryption)
      return signer
    },
    find: async (name) => signers.get(checkedName(name)),
    encryptionSecret: async (name) => encryptions.get(checkedName(name)),
    addEncryptionKey: async (name) => {
      if (!signers.has(checkedName(name))) throw noIdentity(name)
      if (encryptions.has(name)) return false
      encryptions.set(name, freshEncryptionSecret(crypto))
      return true
    },
    look: async (name) => {
      const signer = signers.get(checkedName(name))
      return signer && { name, ...publicPart(signer, encryptions.get(name)), isEncrypted: false }
    },
    names: async () => [...signers.keys()].sort(),
  }
}

/** What everybody may know of a signer, and of the secret that opens for it. */
export function publicPart(
  { principal, keys, keySet }: Signer,
  encryption: EncryptionSecret | undefined,
): Omit<Identity, 'name' | 'isEncrypted'> {
  const publicKeys = keys.map(({ publicKey }) => publicKey)
  return {
    principal,
    publicKeys,
    ...(keySet && { keySet }),
    ...(encryption && { encryptionKey: encryptionKeyOf(encryption) }),
  }
}

export function noIdentity(name: string): HostError {
  return new HostError('MISSING', `there is no identity ${JSON.stringify(name)} here`)
}

export function isName(text: string): boolean {
  return NAME.test(text)
}

/** @throws {HostError} NAME */
export function checkedName(name: string): string {
  if (!isName(name))
    throw new HostError('NAME', `${JSON.stringify(name)} cannot be a name`, {
      fix: 'use 1 to 64 lower-case letters, digits, dots, hyphens and underscores, a letter or digit first',
    })
  return name
}
