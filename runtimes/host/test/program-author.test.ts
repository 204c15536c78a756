/** A program in the making: begun, built, held against its vectors and called with what a shell would give it. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { LANGUAGES } from '../author/languages.ts'
import { grid, gridJson, temporaryFolder } from './grid.ts'
import type { RunOptions } from './grid.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const folder = temporaryFolder()
const at = (words: readonly string[], more: RunOptions = {}): ReturnType<typeof gridJson> =>
  gridJson(words, { cwd: folder, ...more })

/** Gives back what it reads, and ends with the number of its arguments but one. */
const PARROT = `(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 1024))
    (i32.store (i32.const 4) (i32.const 1024))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (drop (call $sizes (i32.const 16) (i32.const 20)))
    (call $exit (i32.sub (i32.load (i32.const 16)) (i32.const 1)))))`

function vectors(...list: readonly object[]): void {
  writeFileSync(join(folder, 'parrot/vectors.json'), JSON.stringify(list))
}

before(() => {
  mkdirSync(join(folder, 'parrot'))
  mkdirSync(join(folder, 'node_modules'))
  mkdirSync(join(folder, 'notes'))
  symlinkSync(join(root, 'node_modules/wabt'), join(folder, 'node_modules/wabt'))
  writeFileSync(join(folder, 'notes/sea.txt'), 'The sea\nIt comes and goes.')
  writeFileSync(join(folder, 'parrot/handler.wat'), PARROT)
  writeFileSync(
    join(folder, 'parrot/handler.json'),
    JSON.stringify({ name: 'parrot', language: 'wat', entry: 'program', methods: ['run'] }),
  )
})

describe('a new program', () => {
  for (const language of ['c', 'rust'] as const)
    test(`in ${language} passes its vectors, and is called with folders`, async (t) => {
      const tools = (await LANGUAGES[language].program?.tools(folder)) ?? []
      const missing = tools.find(({ found }) => found === undefined)
      if (missing !== undefined)
        return t.skip(`no ${missing.name} here: programs in ${language} are not built`)
      const name = `number-${language}`
      const begun = await at(['handler', 'init', name, '--lang', language, '--program'])
      assert.deepEqual([begun.exit, begun.result['missing']], [0, []])
      const tried = await at(['handler', 'test', name])
      assert.deepEqual([tried.exit, tried.result['passed'], tried.result['failed']], [0, 3, 0])
      const words = ['handler', 'run', name, '--arg', '/in', '--arg', '/out', '--folder', 'notes']
      const { exit, stdout } = await grid([...words, '--out', `made-${language}`], { cwd: folder })
      assert.deepEqual([exit, stdout.toString()], [0, 'files: 1\n'])
      const made = readFileSync(join(folder, `made-${language}`, 'sea.txt'), 'utf8')
      assert.equal(made, '1 The sea\n2 It comes and goes.')
      assert.equal((await grid(['handler', 'run', name], { cwd: folder })).exit, 2)
    })

  test('is not begun in a language that has no template of one', async () => {
    for (const language of ['js', 'assemblyscript', 'wat']) {
      const { error } = await at(['handler', 'init', 'none', '--lang', language, '--program'])
      assert.equal(error?.code, 'USAGE')
      assert.match(error?.fix ?? '', /c, rust/)
    }
  })
})

describe('vectors of a program', () => {
  const verdicts = async () => (await at(['handler', 'test', 'parrot'])).result

  test('state what it is called with and what it comes to', async () => {
    vectors(
      { stdin: 'tide', stdout: 'tide', stderr: '', out: {} },
      { note: 'any bytes', stdin: { hex: '00ff' }, stdout: { hex: '00ff' } },
      { note: 'two words', args: ['a', 'b'], env: { A: 'b' }, exit: 2 },
      { note: 'a folder in a folder', in: { 'a/b/c.txt': '1', 'a/d.txt': '2', 'e.txt': '3' } },
    )
    const { passed, failed } = await verdicts()
    assert.deepEqual([passed, failed], [4, 0])
  })

  test('fail with what came instead', async () => {
    vectors(
      { stdin: 'tide', stdout: 'ebb' },
      { args: ['a'], stdout: '' },
      { stderr: 'ebb' },
      { out: { 'sea.txt': '' } },
      { error: 'BUDGET_FUEL' },
    )
    const { exit, stdout } = await grid(['handler', 'test', 'parrot'], { cwd: folder })
    assert.equal(exit, 3)
    assert.deepEqual(
      [...stdout.toString().matchAll(/^FAIL {2}vector \d \(run\): got (.*)$/gm)].map(([, got]) => got),
      ['stdout "tide"', 'exit 1, stderr ""', 'stderr ""', 'no sea.txt', 'exit 0'],
    )
  })

  for (const [what, vector] of [
    ['an unknown field', { output: 'x' }],
    ['a number as an argument', { args: [1] }],
    ['an exit code that is none', { exit: -1 }],
    ['an end and a refusal', { exit: 1, error: 'TRAP' }],
    ['files that are no bytes', { in: { a: 1 } }],
    ['a name that is none', { in: { '../a': '' } }],
    ['a file in a file', { in: { a: '', 'a/b': '' } }],
    ['no map', []],
  ] as const)
    test(`are refused that have ${what}`, async () => {
      vectors(vector)
      assert.equal((await at(['handler', 'test', 'parrot'])).error?.code, 'FILE')
    })
})

describe('a program in the making', () => {
  test('has the arguments, variables and standard input it is given', async () => {
    const words = ['handler', 'run', 'parrot', '--arg', 'a', '--env', 'A=b', '--stdin', '-']
    const { exit, stdout, stderr } = await grid(words, { cwd: folder, input: 'tide' })
    assert.deepEqual([exit, stdout.toString()], [1, 'tide'])
    assert.match(stderr, /^kept: exit 1/)
    const { result } = await at(['handler', 'run', 'parrot', '--scratch', '/out'])
    assert.match(String(result['files']), /^baf/)
    const whole = await at(['handler', 'run', 'parrot', '--input-json', '{"args":["a"]}'])
    assert.match(String(whole.result['output']), /^hex a3/)
  })

  for (const [what, words] of [
    ['whole input beside a variable', ['--input-json', '{}', '--env', 'A=b']],
    ['a variable without a value', ['--env', 'A']],
    ['replacing what is not named', ['--overwrite']],
  ] as const)
    test(`is refused ${what}`, async () => {
      const { error } = await at(['handler', 'run', 'parrot', ...words])
      assert.equal(error?.code, 'USAGE')
    })

  test('is refused a target that is there, unless it is replaced', async () => {
    const words = ['handler', 'run', 'parrot', '--out', 'notes']
    assert.equal((await at(words)).error?.code, 'FILE')
    assert.equal(readFileSync(join(folder, 'notes/sea.txt'), 'utf8').slice(0, 7), 'The sea')
    assert.equal((await at([...words, '--overwrite'])).exit, 0)
    assert.throws(() => readFileSync(join(folder, 'notes/sea.txt')), { code: 'ENOENT' })
  })

  test('is told from a handler with methods, which takes none of that', async () => {
    assert.equal((await grid(['handler', 'init', 'greet', '--lang', 'wat'], { cwd: folder })).exit, 0)
    for (const words of [
      ['--env', 'A=b'],
      ['--folder', 'notes'],
      ['--out', 'x'],
    ])
      assert.equal((await at(['handler', 'run', 'greet', ...words])).error?.code, 'USAGE')
  })
})
