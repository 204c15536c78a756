import type { Store } from 'promisegrid/promisebase'

export interface StoreUnderTest {
  /** New and empty. */
  readonly store: Store
  /** Opens again what the closed store has left, if it leaves anything. */
  readonly reopen?: () => Promise<Store>
  readonly dispose?: () => Promise<void>
}

/** One claim, tried on a new store, which is closed afterwards. */
export type Check = (claim: string, body: (store: Store, subject: StoreUnderTest) => Promise<void>) => unknown
