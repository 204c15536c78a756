/** The passphrase of key files at the command line: where it comes from, and that it goes nowhere. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'

import { COST } from '../keys/encryption.ts'
import { CLI, grid, gridJson, temporaryFolder } from './grid.ts'
import type { RunOptions } from './grid.ts'

const PASSPHRASE = 'correct horse'
const folder = temporaryFolder()
const file = join(folder, 'passphrase')
const json = (words: string, options: RunOptions = {}): ReturnType<typeof gridJson> =>
  gridJson(words.split(' '), { cwd: folder, ...options })
const given = { env: { PROMISEGRID_PASSPHRASE: PASSPHRASE } }

async function names(data: string): Promise<Readonly<Record<string, boolean>>> {
  const { result } = await json(`id list --data ${data}`)
  const identities = result['identities'] as { name: string; encrypted: boolean }[]
  return Object.fromEntries(identities.map(({ name, encrypted }) => [name, encrypted]))
}

before(() => writeFileSync(file, `${PASSPHRASE}\n`))

describe('a passphrase', () => {
  test('in a file, in the environment or on standard input opens the same keys', async () => {
    assert.equal((await json('init --data one --passphrase-file passphrase')).exit, 0)
    assert.deepEqual(await names('one'), { node: true, root: true })
    const call = 'call echo --arg a=b --data one'
    assert.equal((await json(`${call} --passphrase-file passphrase`)).exit, 0)
    assert.equal((await json(call, given)).exit, 0)
    assert.equal((await json(`${call} --passphrase-file -`, { input: PASSPHRASE })).exit, 0)
    const { exit, error } = await json(call)
    assert.deepEqual([exit, error?.code], [6, 'PASSPHRASE'])
    assert.match(error?.fix ?? '', /--passphrase-file FILE or PROMISEGRID_PASSPHRASE/)
  })

  test('in a file goes before the one in the environment', async () => {
    assert.equal((await json('init --data two', given)).exit, 0)
    const other = { env: { PROMISEGRID_PASSPHRASE: 'another' } }
    assert.equal((await json('init --data two --passphrase-file passphrase', other)).exit, 0)
    assert.equal((await json('init --data two', other)).error?.code, 'PASSPHRASE')
  })

  test('is put on and taken off by name, and nothing else is left in the folder', async () => {
    assert.equal((await json('init --data three')).exit, 0)
    assert.equal((await json('id new alice --data three')).result['encrypted'], false)
    const encrypted = await json('id encrypt alice node --data three', given)
    assert.deepEqual(
      (encrypted.result['identities'] as { changed: boolean }[]).map(({ changed }) => changed),
      [true, true],
    )
    assert.deepEqual(await names('three'), { alice: true, node: true, root: false })
    assert.equal((await json('id new bob --data three', given)).result['encrypted'], true)
    assert.equal((await json('id decrypt alice node bob --data three', given)).exit, 0)
    assert.deepEqual(await names('three'), { alice: false, bob: false, node: false, root: false })
    assert.deepEqual(readdirSync(join(folder, 'three/keys')).length, 4)
  })

  test('changes no identity when one of those named is not there', async () => {
    const { exit, error } = await json('id encrypt root carol --data three', given)
    assert.deepEqual([exit, error?.code], [5, 'MISSING'])
    assert.equal((await names('three'))['root'], false)
  })

  test('is wanted by --encrypt, so that no key is made without it', async () => {
    for (const words of ['init --encrypt --data four', 'id new alice --encrypt --data five']) {
      const { exit, error } = await json(words)
      assert.deepEqual([exit, error?.code], [6, 'PASSPHRASE'])
    }
    assert.ok(!existsSync(join(folder, 'four')) && !existsSync(join(folder, 'five/keys')))
  })

  test('is refused among the arguments, and not repeated', async () => {
    for (const words of ['--passphrase hunter2 id list', 'id new x --passphrase=hunter2']) {
      const { exit, stdout, stderr } = await grid(words.split(' '), { cwd: folder })
      assert.equal(exit, 2)
      assert.match(stderr, /^grid: USAGE: a passphrase is never an argument: .+\nfix: .+\n$/)
      assert.doesNotMatch(stdout.toString() + stderr, /hunter2/)
    }
    const { error } = await json('id list --passphras=hunter2')
    assert.match(error?.message ?? '', /^there is no option --passphras$/)
    assert.doesNotMatch(JSON.stringify(error), /hunter2/)
  })

  const wrong: readonly (readonly [title: string, exit: number, code: string, content: string | Buffer])[] = [
    ['is another one', 6, 'PASSPHRASE', 'another\n'],
    ['is empty', 6, 'PASSPHRASE', ''],
    ['is two lines', 6, 'PASSPHRASE', `${PASSPHRASE}\n${PASSPHRASE}\n`],
    ['is no text', 6, 'PASSPHRASE', Buffer.of(0xff, 0xfe)],
    ['is far too long', 2, 'FILE', 'a'.repeat(2_000)],
  ]
  for (const [title, exit, code, content] of wrong)
    test(`is refused when what the file holds ${title}`, async () => {
      writeFileSync(join(folder, 'wrong'), content)
      const refused = await json('init --data one --passphrase-file wrong')
      assert.deepEqual([refused.exit, refused.error?.code], [exit, code])
    })

  test('is refused when the file is not there, or the variable empty', async () => {
    assert.equal((await json('init --data one --passphrase-file nowhere')).error?.code, 'MISSING')
    const empty = { env: { PROMISEGRID_PASSPHRASE: '' } }
    assert.equal((await json('init --data one', empty)).error?.code, 'PASSPHRASE')
    assert.equal((await json('id new alice --data six', empty)).error?.code, 'PASSPHRASE')
    assert.deepEqual(await names('six'), {})
  })
})

const hasTerminals = process.platform === 'linux' && existsSync('/usr/bin/script')

describe('on a terminal', { skip: hasTerminals ? false : 'there is no program to make a terminal' }, () => {
  test('it is asked for twice when it is new, once when it opens, and never shown', async () => {
    const made = await onTerminal('init --encrypt --data seven', [PASSPHRASE, PASSPHRASE])
    assert.equal(made.exit, 0)
    assert.match(made.screen, /New passphrase of the keys: \s+Once more: \s+grid /)
    const opened = await onTerminal('id new alice --data seven', [PASSPHRASE])
    assert.equal(opened.exit, 0)
    assert.match(opened.screen, /^Passphrase of the keys: \s+name +alice/)
    for (const { screen } of [made, opened]) assert.doesNotMatch(screen, /horse/)
    assert.deepEqual(await names('seven'), { alice: true, node: true, root: true })
    const { encrypted } = JSON.parse(readFileSync(join(folder, 'seven/keys/node.json'), 'utf8')) as {
      encrypted: { cost: number }
    }
    assert.equal(encrypted.cost, COST)
  })

  test('it is refused when it is not the same twice, or broken off', async () => {
    const differs = await onTerminal('init --encrypt --data eight', [PASSPHRASE, 'another'])
    assert.equal(differs.exit, 6)
    assert.match(differs.screen, /PASSPHRASE: that was not the same twice/)
    const broken = await onTerminal('init --encrypt --data eight', ['cor\u0003'])
    assert.equal(broken.exit, 6)
    assert.match(broken.screen, /PASSPHRASE: no passphrase was given/)
    assert.ok(!existsSync(join(folder, 'eight')))
  })

  test('it is not asked for where nothing is encrypted', async () => {
    const { exit, screen } = await onTerminal('init --data nine', [])
    assert.equal(exit, 0)
    assert.doesNotMatch(screen, /assphrase/)
    assert.match(readFileSync(join(folder, 'nine/keys/node.json'), 'utf8'), /"secret"/)
  })
})

/** Runs `grid` on a terminal of its own and types each answer when it is asked for. */
function onTerminal(
  words: string,
  answers: readonly string[],
): Promise<{ readonly exit: number | null; readonly screen: string }> {
  const command = `"${process.execPath}" "${CLI}" ${words}`
  const child = spawn('/usr/bin/script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', TERM: 'dumb', SHELL: '/bin/sh' },
  })
  const left = [...answers]
  let screen = ''
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString()
    if (!/: $/.test(screen)) return
    const answer = left.shift()
    if (answer !== undefined) child.stdin.write(`${answer}\r`)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exit) => resolve({ exit, screen }))
  })
}
