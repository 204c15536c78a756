/** Every example prints what stands beside it. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

import { root } from './repository.ts'

const run = promisify(execFile)
const examples = readdirSync(join(root, 'examples')).filter((name) => /^\d\d-/.test(name))

test('there are examples', () => assert.ok(examples.length >= 3))

for (const name of examples) {
  test(`example ${name} prints what is expected, and nothing to stderr`, async (t) => {
    const guest = join(root, 'examples', name, 'guest')
    if (existsSync(join(guest, 'package.json')) && !existsSync(join(guest, 'node_modules')))
      return t.skip(`its programs are not here: npm ci in examples/${name}/guest`)
    const { stdout, stderr } = await run(process.execPath, [join(root, 'dist/examples', name, 'index.js')])
    assert.equal(stdout, readFileSync(join(root, 'examples', name, 'expected.txt'), 'utf8'))
    assert.equal(stderr, '')
  })
}
