/** Every example prints what stands beside it. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

import { findChromium, openBrowser } from './browser-page.ts'
import { root } from './repository.ts'
import type { TestContext } from 'node:test'

const PAGE_MS = 120_000

const run = promisify(execFile)
const examples = readdirSync(join(root, 'examples')).filter((name) => /^\d\d-/.test(name))

test('there are examples', () => assert.ok(examples.length >= 3))

for (const name of examples) {
  test(`example ${name} prints what is expected, and nothing to stderr`, async (t) => {
    const guest = join(root, 'examples', name, 'guest')
    if (existsSync(join(guest, 'package.json')) && !existsSync(join(guest, 'node_modules')))
      return t.skip(`its programs are not here: npm ci in examples/${name}/guest`)
    if (existsSync(join(root, 'examples', name, 'index.html'))) return await opensPage(name, t)
    const { stdout, stderr } = await run(process.execPath, [join(root, 'dist/examples', name, 'index.js')])
    assert.equal(stdout, readFileSync(join(root, 'examples', name, 'expected.txt'), 'utf8'))
    assert.equal(stderr, '')
  })
}

/** What the example prints is what its page tells, in a browser that is really there. */
async function opensPage(name: string, t: TestContext): Promise<void> {
  const chromium = findChromium()
  if (chromium === undefined) return t.skip('no Chromium here: the page is not opened')
  const words = [join(root, 'dist/examples', name, 'index.js'), '--once']
  const server = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  const told = text(server.stdout)
  try {
    const [, address] = /^open (\S+)/.exec(String((await once(server.stderr, 'data'))[0])) ?? []
    assert.ok(address)
    const browser = openBrowser(chromium, address)
    try {
      const stdout = await Promise.race([
        told,
        browser.ended,
        sleep(PAGE_MS, 'no answer in time', { ref: false }),
      ])
      assert.equal(stdout, readFileSync(join(root, 'examples', name, 'expected.txt'), 'utf8'))
    } finally {
      await browser.close()
    }
  } finally {
    server.kill()
  }
}
