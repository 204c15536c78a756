import type { CID } from 'multiformats/cid'
import type { Kernel, KeyRing, Principal, Runtime, Signer } from '../../kernel/index.ts'
import type { CryptoProvider, Store } from '../../promisebase/index.ts'
import type { Keys } from './keys/keys.ts'

/** What the functions of a host work with. */
export interface HostParts {
  readonly kernel: Kernel
  readonly store: Store
  readonly crypto: CryptoProvider
  readonly keys: KeyRing
  readonly root: Signer
  readonly protocols: Readonly<Record<string, CID>>
  readonly runtimes: readonly Runtime[]
  readonly identities: Keys
  /** Principals of signers whose key set this node was given. */
  readonly introduced: Set<Principal>
  /** How long code may be that is deployed here. */
  readonly codeBytes: number
  /** Seconds since 1970. */
  readonly now: () => number
}
