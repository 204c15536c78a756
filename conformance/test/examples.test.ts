/** Every example prints what stands beside it. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

import { findChromium, openBrowser } from './browser-page.ts'
import { root } from './repository.ts'
import type { TestContext } from 'node:test'

const PAGE_MS = 120_000

const run = promisify(execFile)
const examples = readdirSync(join(root, 'examples')).filter((name) => /^\d\d-/.test(name))
/** These are programs about processes, or bring much with them. */
const ALONE = ['18-isolation', '19-real-programs']
const hasPage = (name: string): boolean => existsSync(join(root, 'examples', name, 'index.html'))
const fileOf = (name: string): string => join(root, 'dist/examples', name, 'index.js')

test('there are examples', () => assert.ok(examples.length >= 3))

describe('an example prints what is expected, and nothing to stderr', () => {
  const printed = new Map<string, string>()
  let errors = ''
  before(async () => {
    // One after the other in one process: to load the library takes longer than most of them.
    const names = examples.filter((name) => !ALONE.includes(name) && !hasPage(name))
    const urls = names.map((name) => pathToFileURL(fileOf(name)).href)
    const all = `for (const url of ${JSON.stringify(urls)}) {
      process.stdout.write('\\0')
      await import(url)
    }`
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', all])
    for (const [at, text] of stdout.split('\0').slice(1).entries()) printed.set(names[at] ?? '', text)
    errors = stderr
  })

  for (const name of examples)
    test(name, async (t) => {
      const guest = join(root, 'examples', name, 'guest')
      if (existsSync(join(guest, 'package.json')) && !existsSync(join(guest, 'node_modules')))
        return t.skip(`its programs are not here: npm ci in examples/${name}/guest`)
      if (hasPage(name)) return await opensPage(name, t)
      const { stdout, stderr } = ALONE.includes(name)
        ? await run(process.execPath, [fileOf(name)])
        : { stdout: printed.get(name), stderr: errors }
      assert.equal(stdout, readFileSync(join(root, 'examples', name, 'expected.txt'), 'utf8'))
      assert.equal(stderr, '')
    })
})

/** What the example prints is what its page tells, in a browser that is really there. */
async function opensPage(name: string, t: TestContext): Promise<void> {
  const chromium = findChromium()
  if (chromium === undefined) return t.skip('no Chromium here: the page is not opened')
  const words = [fileOf(name), '--once']
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
