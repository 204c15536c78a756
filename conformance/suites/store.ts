/**
 * What every store must do, as tests. A store made by `createStore` over a backend that passes `backendSuite`
 * passes this one; a store of another make has to show it here.
 */
import { blocks } from './store/blocks.ts'
import { labels } from './store/labels.ts'
import { lifetimes } from './store/lifetimes.ts'
import { ranges } from './store/ranges.ts'
import { serialisability } from './store/serialisability.ts'
import { spaces } from './store/spaces.ts'
import { transactions } from './store/transactions.ts'
import type { TestFunction } from './backend.ts'
import type { Check, StoreUnderTest } from './store/subject.ts'

export interface StoreSuiteOptions {
  readonly test: TestFunction
  readonly factory: () => Promise<StoreUnderTest>
}

export function storeSuite({ test, factory }: StoreSuiteOptions): void {
  const check: Check = (claim, body) =>
    test(claim, async () => {
      const subject = await factory()
      try {
        await body(subject.store, subject)
      } finally {
        await subject.store.close()
        await subject.dispose?.()
      }
    })
  blocks(check)
  spaces(check)
  ranges(check)
  labels(check)
  transactions(check)
  serialisability(check)
  lifetimes(check)
}
