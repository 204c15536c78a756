/** One step from a version of the format to the next. */
import type { BackendSnapshot } from '../interface.ts'
import type { KeyBounds } from '../keys.ts'

export interface Migration {
  /** What the version key holds before and after. */
  readonly from: string
  readonly to: string
  /** The stretches of keys whose values change, in the order of the keys. */
  readonly bounds: readonly KeyBounds[]
  /**
   * Looks at a store of version `from` before anything is changed: damage must not be given a fresh checksum.
   * @throws {StoreError} `CORRUPT`
   */
  verify(snapshot: BackendSnapshot): Promise<void>
  /** What the backend shall hold under a key from now on. It may run again on what an interrupted run did not reach. */
  rewrite(key: Uint8Array, stored: Uint8Array): Uint8Array
}
