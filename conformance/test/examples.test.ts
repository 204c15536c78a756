/** Every example prints what stands beside it. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

import { root } from './repository.ts'

const run = promisify(execFile)
const examples = readdirSync(join(root, 'examples')).filter((name) => /^\d\d-/.test(name))
/** These are programs about processes, or bring much with them. */
const ALONE = ['18-isolation', '19-real-programs']
const fileOf = (name: string): string => join(root, 'dist/examples', name, 'index.js')

test('there are examples', () => assert.ok(examples.length >= 3))

describe('an example prints what is expected, and nothing to stderr', () => {
  const printed = new Map<string, string>()
  let errors = ''
  before(async () => {
    // One after the other in one process: to load the library takes longer than most of them.
    const names = examples.filter((name) => !ALONE.includes(name))
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
      const { stdout, stderr } = ALONE.includes(name)
        ? await run(process.execPath, [fileOf(name)])
        : { stdout: printed.get(name), stderr: errors }
      assert.equal(stdout, readFileSync(join(root, 'examples', name, 'expected.txt'), 'utf8'))
      assert.equal(stderr, '')
    })
})
