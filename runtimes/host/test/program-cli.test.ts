/** `grid call` of a program: arguments, variables, streams, folders and exit code, as a shell knows them. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'

import wabt from 'wabt'

import { BLOCK_BYTES_MAX } from '../../../promisebase/index.ts'
import { readProject } from '../author/project.ts'
import { grid, gridJson, temporaryFolder } from './grid.ts'
import type { Answer, Ran, RunOptions } from './grid.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..', '..')
const PAGES = join(ROOT, 'examples', '16-program', 'pages.wasm')
const COMPONENT = join(ROOT, 'examples', '16-program', 'pages.component.wasm')
const FILES = join(ROOT, 'runtimes', 'wasi', 'component', 'guest', 'built', 'files.wasm')
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

/** More than a block; gives back what it reads, and tells its variables as they lie in memory. */
const PARROT = `(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $variables (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (memory (export "memory") 20)
  (data (i32.const 65536) "${'sand'.repeat(BLOCK_BYTES_MAX / 4 + 1)}")
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 1024))
    (i32.store (i32.const 4) (i32.const 1024))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (drop (call $sizes (i32.const 8) (i32.const 4)))
    (drop (call $variables (i32.const 2048) (i32.const 1024)))
    (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))))`

async function assembled(source: string): Promise<Uint8Array> {
  const toolkit = await wabt()
  const module = toolkit.parseWat('parrot.wat', source)
  try {
    return new Uint8Array(module.toBinary({}).buffer)
  } finally {
    module.destroy()
  }
}

before(async () => {
  await done('init')
  await done('id', 'new', 'alice')
  await done('deploy', PAGES, '--entry', 'program', '--name', 'pages')
  await done('deploy', PROBE, '--entry', 'program', '--name', 'probe')
  await done('deploy', COMPONENT, '--entry', 'program', '--name', 'pages-component')
  await done('deploy', FILES, '--entry', 'program', '--name', 'files')
  writeFileSync(join(folder, 'parrot.wasm'), await assembled(PARROT))
  const parrot = await done('deploy', 'parrot.wasm', '--entry', 'program', '--name', 'parrot')
  assert.equal(parrot['code'], (await done('base', 'add', 'parrot.wasm'))['cid'])
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

  test('replaces a folder that is there only where it may', async () => {
    const words = pages('--folder', 'notes', '--out', 'kept')
    mkdirSync(join(folder, 'kept'))
    writeFileSync(join(folder, 'kept', 'mine'), 'mine')
    assert.match((await json(words)).error?.fix ?? '', /--overwrite/)
    assert.equal((await at([...words, '--overwrite'])).exit, 0)
    assert.deepEqual(readdirSync(join(folder, 'kept')), ['index.html', 'sea.html'])
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

  test('may be a component, which gives the same folder', async () => {
    const [one, other] = [pages('--folder', 'notes', '--scratch', '/out'), [...pages('--folder', 'notes')]]
    const made = await done(...one)
    const again = await done(...one.with(1, 'pages-component'))
    assert.deepEqual([again['exit'], again['files']], [0, made['files']])
    const exported = await at([...other.with(1, 'pages-component'), '--out', 'by-component'])
    assert.equal(exported.exit, 0, exported.stderr)
    assert.ok(existsSync(join(folder, 'by-component', 'sea.html')))
  })

  test('that is a component has its variables, streams and exit code', async () => {
    const words = args('env stdin take 4 stderr put oh exit 77')
    const more = ['--env', 'A=b', '--stdin', 'letter.txt']
    const { exit, stdout, stderr } = await at(['call', 'files', 'run', ...words, ...more])
    assert.equal(exit, 77)
    assert.match(stdout.toString(), /^env A b = 0\nstdin = 0\ntake dear = 0\n/)
    assert.match(stderr, /^oh\nkept: exit 77, /)
    const refused = await json(['deploy', COMPONENT, '--entry', 'reactor', '--methods', 'run'])
    assert.deepEqual([refused.ok, refused.error?.code], [false, 'ADMIT'])
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

  test('of an exit code above 255 ends grid with 255, never with success', async () => {
    for (const [code, exit] of [
      [7, 7],
      [255, 255],
      [256, 255],
    ] as const) {
      assert.equal((await at(probe(`exit ${code}`))).exit, exit)
      assert.equal((await json(probe(`exit ${code}`))).result['exit'], code)
    }
  })

  test('has the standard input and the variables it is given, as a file, as a stream, or none', async () => {
    const parrot = ['call', 'parrot', 'run', '--env', 'A=b=c', '--env', 'LONGER=']
    const words = [...parrot, '--stdin', '-']
    const { stdout, stderr } = await at(words, { input: Uint8Array.of(0, 255, 10) })
    assert.deepEqual([...stdout], [0, 255, 10])
    assert.match(stderr, /^A=b=c\0LONGER=\0\nkept: exit 0/)
    assert.equal((await at([...parrot, '--stdin', 'letter.txt'])).stdout.toString(), 'dear bob')
    assert.equal((await at(parrot, { input: 'unread' })).stdout.length, 0)
    const { result } = await json([...parrot, '--stdin', 'letter.txt'])
    assert.deepEqual(result['stdout'], { text: 'dear bob' })
    assert.deepEqual(result['stderr'], { base64: Buffer.from('A=b=c\0LONGER=\0').toString('base64') })
  })

  test('is called as any other handler with input that is given whole', async () => {
    const { exit, stdout } = await at(['call', 'pages', '--input-json', '{"args":["/in"]}', '--cbor'])
    assert.equal(exit, 0)
    assert.match(stdout.toString(), /"exit": 2/)
  })

  test('runs under a capability that is presented, and not under one for another handler', async () => {
    await done('cap', 'issue', '--to', 'alice', '--handler', 'pages', '--out', 'alice.cap')
    assert.equal((await at(pages('--folder', 'notes', '--out', 'hers', '--cap', 'alice.cap'))).exit, 0)
    await done('cap', 'issue', '--to', 'alice', '--handler', 'echo', '--out', 'other.cap')
    const other = await json(pages('--folder', 'notes', '--cap', 'other.cap'))
    assert.deepEqual([other.exit, other.ok, other.result['exit']], [3, false, undefined])
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
    ['replacing what is not named', 2, 'USAGE', pages('--overwrite')],
    ['a target that is there', 2, 'FILE', pages('--folder', 'notes', '--out', 'notes')],
  ]
  for (const [what, exit, code, words] of cases)
    test(`for ${what}`, async () => {
      const answer = await json(words)
      assert.deepEqual([answer.exit, answer.error?.code], [exit, code], answer.error?.message)
      assert.equal(answer.result, undefined, 'it has run')
    })

  test('for a file by a CID alone, which has no name', async () => {
    const cid = String((await done('base', 'add', 'letter.txt'))['cid'])
    const { exit, error } = await json(pages('--folder', cid))
    assert.deepEqual([exit, error?.code], [2, 'USAGE'])
    assert.match(error?.fix ?? '', /\/in\/NAME=/)
  })
})

test('the description of a handler in the making can say that it is a program', async () => {
  const description = { name: 'probe', language: 'wat', entry: 'program', methods: ['run'] }
  writeFileSync(join(folder, 'handler.json'), JSON.stringify(description))
  assert.equal((await readProject(folder)).options.entry, 'program')
  writeFileSync(join(folder, 'handler.json'), JSON.stringify({ ...description, entry: 'programme' }))
  await assert.rejects(readProject(folder), { code: 'FILE' })
})

test('a folder that cannot be written is told with all that the program came to', async () => {
  const { exit, ok, result, error } = await json(pages('--folder', 'notes', '--out', 'no/such/folder'))
  assert.deepEqual([exit, ok, error?.code, result['exit']], [5, false, 'MISSING', 0])
  assert.match(String(result['files']), /^baf/)
})

async function added(): Promise<string> {
  return String((await done('base', 'add', 'notes'))['cid'])
}
