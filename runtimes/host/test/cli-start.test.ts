/** What a start of `grid` loads: a command that is not run costs nothing. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { describe, test } from 'node:test'

import { CLI, grid, temporaryFolder } from './grid.ts'

const folder = temporaryFolder()
const log = join(folder, 'loaded')
writeFileSync(
  join(folder, 'hooks.mjs'),
  `import { appendFileSync } from 'node:fs'
  export function load(url, context, next) {
    appendFileSync(${JSON.stringify(log)}, url + '\\n')
    return next(url, context)
  }`,
)
writeFileSync(
  join(folder, 'register.mjs'),
  `import { register } from 'node:module'
  register('./hooks.mjs', import.meta.url)`,
)

/** The files of dist/ that a process of `grid` loads. */
async function loaded(...words: string[]): Promise<readonly string[]> {
  rmSync(log, { force: true })
  const register = pathToFileURL(join(folder, 'register.mjs')).href
  await promisify(execFile)(process.execPath, ['--import', register, CLI, ...words], { cwd: folder })
  return readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .flatMap((url) => /\/dist\/(.+\.js)$/.exec(url)?.[1] ?? [])
}

/** By its name, where each of them is made. */
const COMMAND = /^runtimes\/host\/commands\/(demo|init|deploy|call|audit|block|encrypt|decrypt|clock)\.js$/
const commandsIn = (files: readonly string[]): readonly string[] =>
  files.flatMap((file) => COMMAND.exec(file)?.[1] ?? [])

describe('a start of grid', () => {
  test('loads one command for its help, and no store, runtime or handler', async () => {
    const files = await loaded('clock', 'accept', '--help')
    assert.deepEqual(commandsIn(files), ['clock'])
    const strays = files.filter((file) =>
      /^(handlers|runtimes\/(wasi|native)|promisebase\/level)\//.test(file),
    )
    assert.deepEqual(strays, [])
  })

  test('loads no store, runtime or handler where only keys are read', async () => {
    const files = await loaded('id', 'list')
    assert.ok(files.includes('runtimes/host/commands/id/id.js'))
    const strays = files.filter((file) =>
      /^(handlers|runtimes\/(wasi|native)|promisebase\/level)\//.test(file),
    )
    assert.deepEqual(strays, [])
  })

  test('loads every command to list them all', async () => {
    assert.equal(commandsIn(await loaded('--help')).length, 9)
  })
})

describe('a command is found', () => {
  test('behind options of the program, and their values', async () => {
    const { exit, stdout } = await grid(['--data', 'init', '--json', '--wait', '1s', 'clock', '--help'])
    assert.equal(exit, 0)
    assert.match(stdout.toString(), /Usage: grid clock /)
  })

  test('by a name that is nearly right among all of them', async () => {
    const { stderr } = await grid(['bloc', 'clock'])
    assert.match(stderr, /there is no command "bloc" \(Did you mean block\?\)/)
  })

  test('by no name that an object of JavaScript happens to have', async () => {
    for (const name of ['constructor', '__proto__', 'toString']) assert.equal((await grid([name])).exit, 2)
  })
})
