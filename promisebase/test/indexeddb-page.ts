/** Run in a page by indexeddb.test.ts: the suites over IndexedDB, and a second tab that wants the same database. */
import { backendSuite } from '../../conformance/suites/backend.ts'
import { storeSuite } from '../../conformance/suites/store.ts'
import { nobleCrypto } from '../crypto/noble-crypto.ts'
import { openLevelBackend } from '../level/browser.ts'
import { createStore } from '../store.ts'
import type { TestFunction } from '../../conformance/suites/backend.ts'

export interface PageAnswer {
  readonly browser: string
  readonly secondTab: string
  /** After the first tab has closed it. */
  readonly secondTabLater: string
  readonly suites: readonly {
    readonly name: string
    readonly claims: number
    readonly failed: readonly string[]
  }[]
}

const SHARED = 'two tabs'
const channel = new BroadcastChannel('tabs')

if (location.search === '?second') await answerAsSecondTab()
else await answer()

async function answer(): Promise<void> {
  const first = await openLevelBackend(SHARED)
  const tab = window.open('/?second')
  const secondTab = tab === null ? 'no second tab' : await heard()
  await first.close()
  const secondTabLater = await (tab === null ? 'no second tab' : askAgain())
  let databases = 0
  const name = () => `database ${++databases}`
  const suites = [
    await run('backend', (test) =>
      backendSuite({ test, factory: async () => ({ backend: await openLevelBackend(name()) }) }),
    ),
    await run('store', (test) =>
      storeSuite({
        test,
        factory: async () => {
          const database = name()
          const reopen = async () =>
            createStore({ backend: await openLevelBackend(database), crypto: nobleCrypto })
          return { store: await reopen(), reopen }
        },
      }),
    ),
  ]
  const body: PageAnswer = { browser: navigator.userAgent, secondTab, secondTabLater, suites }
  await fetch('/', { method: 'POST', body: JSON.stringify(body) })
}

async function run(name: string, suite: (test: TestFunction) => void): Promise<PageAnswer['suites'][number]> {
  const claims: (readonly [claim: string, body: () => Promise<void>])[] = []
  suite((claim, body) => claims.push([claim, body]))
  const failed: string[] = []
  for (const [claim, body] of claims) {
    await body().catch((error: unknown) => failed.push(`${claim}: ${String(error)}`))
  }
  return { name, claims: claims.length, failed }
}

/** Tries whenever it is asked, and once by itself. */
async function answerAsSecondTab(): Promise<void> {
  const tryToOpen = async () => {
    const end = await openLevelBackend(SHARED).then(
      async (backend) => backend.close().then(() => 'opened'),
      (error: { code?: string }) => String(error.code),
    )
    channel.postMessage(end)
  }
  channel.onmessage = () => void tryToOpen()
  await tryToOpen()
}

function heard(): Promise<string> {
  return new Promise((resolve) => {
    channel.onmessage = ({ data }) => resolve(String(data))
  })
}

function askAgain(): Promise<string> {
  const end = heard()
  channel.postMessage('again')
  return end
}
