/** Identities of a host by name: the contract, and one that lives in memory. */
import { HostError } from './host-error.ts'
import { freshSecrets, signerOf } from './key-secrets.ts'
import type { Principal, Signer } from '../../kernel/index.ts'
import type { CryptoProvider, PublicKey } from '../../promisebase/index.ts'
import type { IdentityAlgorithm } from './key-secrets.ts'

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/

/** What is known of an identity without its secret. */
export interface Identity {
  readonly name: string
  readonly principal: Principal
  /** In the order of the key set; exactly one for a did:key. */
  readonly publicKeys: readonly PublicKey[]
  /** The block whose CID the principal is; absent for a did:key. */
  readonly keySet?: Uint8Array
  /** Whether its secret is under a passphrase. */
  readonly isEncrypted: boolean
}

/** Where a host finds its identities; one in memory and one in files share this shape. */
export interface Keys {
  /** The signer of this name, made when it is new. */
  identity(name: string, algorithm?: IdentityAlgorithm): Promise<Signer>
  /** The signer of this name; undefined when there is none. */
  find(name: string): Promise<Signer | undefined>
  /** Who has this name; no passphrase is asked for. */
  look(name: string): Promise<Identity | undefined>
  names(): Promise<readonly string[]>
}

/** Identities that end with the process. */
export function memoryKeys(crypto: CryptoProvider): Keys {
  const signers = new Map<string, Signer>()
  return {
    identity: async (name, algorithm = 'Ed25519') => {
      const known = signers.get(checkedName(name))
      if (known !== undefined) return known
      const signer = signerOf(crypto, freshSecrets(crypto, algorithm))
      signers.set(name, signer)
      return signer
    },
    find: async (name) => signers.get(checkedName(name)),
    look: async (name) => {
      const signer = signers.get(checkedName(name))
      return signer && { name, ...publicPart(signer), isEncrypted: false }
    },
    names: async () => [...signers.keys()].sort(),
  }
}

/** What everybody may know of a signer. */
export function publicPart({ principal, keys, keySet }: Signer): Omit<Identity, 'name' | 'isEncrypted'> {
  const publicKeys = keys.map(({ publicKey }) => publicKey)
  return { principal, publicKeys, ...(keySet && { keySet }) }
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
