/** The backend of browsers, in one: headless Chromium runs the suites over IndexedDB. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { findChromium, runInBrowser } from '../../conformance/test/browser-page.ts'
import type { PageAnswer } from './indexeddb-page.ts'

describe('IndexedDB in headless Chromium', () => {
  let answer: PageAnswer | undefined
  let skipped = 'no chromium is installed here'

  before(async () => {
    const chromium = findChromium()
    if (chromium === undefined) return
    const ran = await runInBrowser(chromium, 'promisebase/test/indexeddb-page.js')
    if (typeof ran === 'string') skipped = `${chromium} does not start here: ${ran}`
    else answer = ran.answer as PageAnswer
  })

  for (const name of ['backend', 'store']) {
    test(`does what every ${name} must do`, (t) => {
      if (answer === undefined) return t.skip(skipped)
      const suite = answer.suites.find((each) => each.name === name)
      t.diagnostic(`${suite?.claims ?? 0} claims, ${answer.browser}`)
      assert.deepEqual(suite?.failed, [])
      assert.ok(suite.claims > 20)
    })
  }

  test('is LOCKED to a second tab until the first has closed it', (t) => {
    if (answer === undefined) return t.skip(skipped)
    assert.equal(answer.secondTab, 'LOCKED')
    assert.equal(answer.secondTabLater, 'opened')
  })
})
