/** `grid call` of a program: arguments, variables, streams, folders and exit code, as a shell knows them. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'

import { grid, gridJson, temporaryFolder } from './grid.ts'
import type { Answer, Ran, RunOptions } from './grid.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..', '..')
const PAGES = join(ROOT, 'examples', '16-program', 'pages.wasm')
const PROBE = join(import.meta.dirname, '..', '..', 'wasi', 'test', 'programs', 'probe.wasm')

const folder = temporaryFolder()
const at = (words: readonly string[], more: RunOptions = {}): Promise<Ran> =>
  grid(words, { cwd: folder, ...more })
const json = (words: readonly string[]): ReturnType<typeof gridJson> => gridJson(words, { cwd: folder })

async function done(...words: readonly string[]): Promise<Answer['result']> {
  const { exit, ok, result, error } = await json(words)
  assert.deepEqual([exit, ok, error], [0, true, undefined], words.join(' '))
  return result
}

/** Words for a program, each an argument. */
const args = (text: string): string[] => text.split(' ').flatMap((word) => ['--arg', word])
const probe = (text: string, ...more: readonly string[]): string[] => [
  ...['call', 'probe', 'run', ...more],
  ...args(text),
]
const pages = (...more: readonly string[]): string[] => [
  ...['call', 'pages', 'run', ...args('/in /out'), ...more],
]

before(async () => {
  await done('init')
  await done('id', 'new', 'alice')
  await done('deploy', PAGES, '--entry', 'program', '--name', 'pages')
  await done('deploy', PROBE, '--entry', 'program', '--name', 'probe')
  mkdirSync(join(folder, 'notes'))
  writeFileSync(join(folder, 'notes', 'sea.txt'), 'The sea\nIt comes & goes.')
  writeFileSync(join(folder, 'letter.txt'), 'dear bob')
})

describe('a program', () => {
  test('reads a folder of this machine, and what it writes is exported', async () => {
    const { exit, stdout, stderr } = await at(pages('--folder', 'notes', '--out', 'made'))
    assert.equal(exit, 0, stderr)
    assert.match(stdout.toString(), /1/)
    assert.match(stderr, /^kept: exit 0, .* fuel, baf\w+\nfiles: baf\w+\n.* written to made\n$/)
    assert.match(readFileSync(join(folder, 'made', 'sea.html'), 'utf8'), /It comes &amp; goes/)
  })

  test('tells all as data, and reads the same folder by its CID with the same result', async () => {
    const [told, stored] = [await done(...pages('--folder', '/in=notes', '--scratch', '/out')), await added()]
    const again = await done(...pages('--folder', stored, '--scratch', '/out'))
    assert.deepEqual([told['status'], told['exit'], typeof told['fuel']], ['kept', 0, 'number'])
    assert.deepEqual([again['files'], again['result']], [told['files'], told['result']])
    const exported = join(folder, 'by-cid')
    await done('base', 'export', String(told['files']), exported)
    assert.ok(existsSync(join(exported, 'sea.html')))
  })

  test('finds a file by its name in /in, or at the place that is said', async () => {
    const { stdout } = await at(probe('read letter.txt', '--folder', 'letter.txt'))
    assert.equal(stdout.toString(), 'read dear bob = 0\n')
    const cid = (await done('base', 'add', 'letter.txt'))['cid']
    const named = await at(probe('read other', '--folder', `/in/other=${String(cid)}`))
    assert.equal(named.stdout.toString(), 'read dear bob = 0\n')
    const inFolder = await at(probe('read sea.txt', '--folder', `${await added()}/sea.txt`))
    assert.match(inFolder.stdout.toString(), /^read The sea/)
  })

  test('ends grid with its exit code, and what it says of it goes to standard error', async () => {
    const failed = await at(['call', 'pages', 'run', '--arg', '/in'])
    assert.equal(failed.exit, 2)
    assert.match(failed.stderr, /^usage: pages FROM TO \[TITLE\]\nkept: exit 2, /)
    const { exit, ok, result } = await json(['call', 'pages', 'run', '--arg', '/in'])
    assert.deepEqual([exit, ok, result['exit']], [2, true, 2])
    assert.deepEqual(result['stderr'], { text: 'usage: pages FROM TO [TITLE]\n' })
  })

  test('runs under a capability that is presented, and not without one', async () => {
    await done('cap', 'issue', '--to', 'alice', '--handler', 'pages', '--out', 'alice.cap')
    assert.equal((await at(pages('--folder', 'notes', '--out', 'hers', '--cap', 'alice.cap'))).exit, 0)
    const bare = await json(pages('--folder', 'notes', '--as', 'alice'))
    assert.deepEqual([bare.exit, bare.ok], [3, false])
  })
})

describe('a call is refused', () => {
  const cases: [string, number, string, string[]][] = [
    ['a variable of a handler that is no program', 2, 'USAGE', ['call', 'echo', '--env', 'A=b']],
    ['a folder for a handler that is no program', 2, 'USAGE', ['call', 'echo', '--folder', 'notes']],
    ['a scratch folder for a handler that is none', 2, 'USAGE', ['call', 'echo', '--scratch', '/out']],
    ['an argument of a handler that is no program', 2, 'USAGE', ['call', 'echo', '--arg', '/in']],
    ['a program that is not here', 5, 'MISSING', ['call', 'eco', '--env', 'A=b']],
    ['whole input beside a variable', 2, 'USAGE', pages('--env', 'A=b', '--input-json', '{}')],
    ['a variable without a value', 2, 'USAGE', pages('--env', 'A')],
    ['a variable given twice', 2, 'USAGE', pages('--env', 'A=b', '--env', 'A=c')],
    ['a folder that is not here', 5, 'MISSING', pages('--folder', 'nowhere')],
    ['a place given twice', 2, 'USAGE', pages('--folder', 'notes', '--folder', '/in=notes')],
    ['standard input as a folder', 2, 'USAGE', pages('--folder', '-')],
    ['an empty place', 2, 'USAGE', pages('--folder', '=notes')],
    ['a standard input that is not here', 5, 'MISSING', pages('--stdin', 'nowhere')],
    ['diagnostic notation of what a program writes', 2, 'USAGE', pages('--cbor')],
    ['a target that is there', 2, 'FILE', pages('--folder', 'notes', '--out', 'notes')],
  ]
  for (const [what, exit, code, words] of cases)
    test(`for ${what}`, async () => {
      const answer = await json(words)
      assert.deepEqual([answer.exit, answer.error?.code], [exit, code], answer.error?.message)
    })

  test('for a file by a CID alone, which has no name', async () => {
    const cid = String((await done('base', 'add', 'letter.txt'))['cid'])
    const { exit, error } = await json(pages('--folder', cid))
    assert.deepEqual([exit, error?.code], [2, 'USAGE'])
    assert.match(error?.fix ?? '', /\/in\/NAME=/)
  })
})

test('a folder that cannot be written is told with all that the program came to', async () => {
  const { exit, ok, result, error } = await json(pages('--folder', 'notes', '--out', 'no/such/folder'))
  assert.deepEqual([exit, ok, error?.code, result['exit']], [5, false, 'MISSING', 0])
  assert.match(String(result['files']), /^baf/)
})

async function added(): Promise<string> {
  return String((await done('base', 'add', 'notes'))['cid'])
}
