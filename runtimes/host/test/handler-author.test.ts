/** `grid handler`, from nothing to a handler that is called: in each language whose compiler is here. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { LANGUAGE_NAMES } from '../author/language-names.ts'
import { findRust, findRustLinker, RUST_TARGET } from '../author/rust-toolchain.ts'
import { findClang, findLinker } from '../author/toolchain.ts'
import { CLI, grid, gridJson, temporaryFolder } from './grid.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const folder = temporaryFolder()
const clang = await findClang()
const hasC = clang.found !== undefined && (await findLinker(clang)).found !== undefined
const rust = await findRust(RUST_TARGET)
const hasRust = rust.found !== undefined && (await findRustLinker(rust)).found !== undefined
const NO_RUST = 'no rustc with its libraries for WebAssembly here: handlers in Rust are not built'
const NO_C = 'no clang with wasm-ld here: handlers in C are not built'

/** Packages that npm would install in the folder, where this repository has them. */
const PACKAGES = {
  wat: join(root, 'node_modules/wabt'),
  assemblyscript: join(root, 'handlers/lz4/guest/node_modules/assemblyscript'),
  js: join(root, 'runtimes/host/test/compilers/node_modules/componentize-qjs'),
}

const at = (words: string, input = ''): ReturnType<typeof gridJson> =>
  gridJson(words.split(' '), { cwd: folder, input })

async function refuses(words: string, code: string): Promise<string> {
  const { error } = await at(words)
  assert.equal(error?.code, code, words)
  return `${error?.message ?? ''} ${error?.fix ?? ''}`
}

/** A folder with one handler in text form and its compiler. */
async function handlerIn(name: string): Promise<string> {
  const parent = mkdtempSync(join(folder, 'own-'))
  mkdirSync(join(parent, 'node_modules'))
  symlinkSync(PACKAGES.wat, join(parent, 'node_modules/wabt'))
  assert.equal((await grid(['handler', 'init', name, '--lang', 'wat'], { cwd: parent })).exit, 0)
  return join(parent, name)
}

/** Counts its calls in one byte of its space. */
const COUNTER = `(module
  (import "promisegrid" "state_get" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "state_put" (func $put (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "n")
  (func (export "alloc") (param i32) (result i32) (i32.const 64))
  (func (export "count") (param i32 i32) (result i64)
    (drop (call $get (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 1)))
    (i32.store8 (i32.const 16) (i32.add (i32.load8_u (i32.const 16)) (i32.const 1)))
    (drop (call $put (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 1)))
    (i64.const 0x1000000001)))`

before(() => mkdirSync(join(folder, 'node_modules')))

describe('a new handler', () => {
  for (const language of LANGUAGE_NAMES)
    test(`in ${language} is built, and greets whoever is named`, async (t) => {
      if (language === 'c') {
        if (!hasC) return t.skip(NO_C)
      } else if (language === 'rust') {
        if (!hasRust) return t.skip(NO_RUST)
      } else if (!existsSync(PACKAGES[language])) return t.skip(`no compiler for ${language} here`)
      else symlinkSync(PACKAGES[language], join(folder, 'node_modules', basename(PACKAGES[language])))
      const name = `greet-${language}`
      const begun = await at(`handler init ${name} --lang ${language}`)
      assert.equal(begun.exit, 0)
      if (language === 'assemblyscript') {
        // Its own packages lie beside it where npm has put them.
        const beside = dirname(PACKAGES.assemblyscript)
        for (const each of ['binaryen', 'long'])
          symlinkSync(join(beside, each), join(folder, 'node_modules', each))
      }
      const { exit, result } = await at(`handler test ${name}`)
      assert.deepEqual([exit, result['passed'], result['failed']], [0, 3, 0])
    })

  test('is not begun over something that is there, under no name, or in no language', async () => {
    mkdirSync(join(folder, 'full'))
    writeFileSync(join(folder, 'full/file'), '')
    await refuses('handler init full --lang wat', 'NAME')
    await refuses('handler init ../up --lang wat', 'NAME')
    await refuses('handler init fine --lang cobol', 'USAGE')
    await refuses('handler init fine', 'USAGE')
    assert.ok(!existsSync(join(folder, 'fine')))
  })

  test('says how to get a compiler that is not here', async () => {
    const alone = temporaryFolder()
    assert.equal((await grid(['handler', 'init', 'greet', '--lang', 'wat'], { cwd: alone })).exit, 0)
    const { error } = await gridJson(['handler', 'build', 'greet'], { cwd: alone })
    assert.deepEqual([error?.code, error?.fix], ['MISSING', `npm install, in ${join(alone, 'greet')}`])
  })
})

describe('a handler that is not right', () => {
  test('shows what the compiler says of its source', async () => {
    const own = await handlerIn('greet')
    writeFileSync(join(own, 'handler.wat'), '(module (memory 1) (func (export "greet") (i32.ad)))')
    const { exit, stdout, stderr } = await grid(['handler', 'test', own])
    assert.deepEqual([exit, stdout.toString().includes('i32.ad')], [2, true])
    assert.match(stderr, /FILE: the compiler does not take the source\nfix: mend the source/)
  })

  test('fails its vectors, and says what it gave instead', async () => {
    const own = await handlerIn('greet')
    const source = join(own, 'handler.wat')
    writeFileSync(source, readFileSync(source, 'utf8').replace('"hello, "', '"hallo, "'))
    const { exit, stdout } = await grid(['handler', 'test', own])
    assert.equal(exit, 3)
    assert.match(stdout.toString(), /FAIL {2}the usual \(greet\): got "hallo, alice"/)
    assert.match(stdout.toString(), /1 passed, 2 failed/)
  })

  test('that keeps state has a space of its own in its vectors, one after the other', async () => {
    const own = await handlerIn('count')
    writeFileSync(join(own, 'handler.wat'), COUNTER)
    const about = { name: 'count', language: 'wat', methods: ['count'], pure: false, imports: ['state'] }
    writeFileSync(join(own, 'handler.json'), JSON.stringify(about))
    const vectors = ['01', '02'].map((hex) => ({ method: 'count', output: { hex } }))
    writeFileSync(join(own, 'vectors.json'), JSON.stringify(vectors))
    const { exit, stdout } = await grid(['handler', 'test', own])
    assert.match(stdout.toString(), /2 passed, 0 failed/)
    assert.equal(exit, 0)
  })

  test('is not admitted with an export that is missing', async () => {
    const own = await handlerIn('greet')
    writeFileSync(join(own, 'handler.wat'), '(module (memory 1))')
    const { error } = await gridJson(['handler', 'test', own])
    assert.equal(error?.code, 'ADMIT')
  })

  for (const [what, fields, said] of [
    ['an unknown field', { colour: 'red' }, /unknown field "colour"/],
    ['no methods', { methods: [] }, /"methods"/],
    ['a language nobody knows', { language: 'cobol' }, /"language"/],
    ['limits that are no numbers', { limits: { fuel: '1' } }, /"limits"/],
    ['a name that is none', { name: 7 }, /"name"/],
    ['a name that leads out of its folder', { name: '../../handler' }, /"name"/],
    ['a name from the root', { name: '/tmp/handler' }, /"name"/],
  ] as const)
    test(`is refused with ${what}`, async () => {
      const own = await handlerIn('greet')
      const path = join(own, 'handler.json')
      const description = JSON.parse(readFileSync(path, 'utf8')) as object
      writeFileSync(path, JSON.stringify({ ...description, ...fields }))
      const { error, exit } = await gridJson(['handler', 'build', own])
      assert.deepEqual([exit, error?.code], [2, 'FILE'])
      assert.match(error?.message ?? '', said)
    })

  for (const [what, text] of [
    ['no list', '{}'],
    ['nothing in it', '[]'],
    ['both an output and an error', '[{ "method": "greet", "output": "", "error": "" }]'],
    ['bytes that are no hexadecimal', '[{ "method": "greet", "output": { "hex": "0" } }]'],
    ['no JSON', 'greet'],
  ] as const)
    test(`is not tried with vectors that have ${what}`, async () => {
      const own = await handlerIn('greet')
      writeFileSync(join(own, 'vectors.json'), text)
      const { error, exit } = await gridJson(['handler', 'test', own])
      assert.deepEqual([exit, error?.code], [2, 'FILE'])
    })

  test('has to be there', async () => {
    await refuses('handler build', 'MISSING')
    const own = await handlerIn('greet')
    writeFileSync(join(own, 'handler.json'), '[1]')
    assert.equal((await gridJson(['handler', 'build', own])).error?.code, 'FILE')
  })
})

test('runs on an input, and says what came of it', async () => {
  const parent = dirname(await handlerIn('hail'))
  const run = (words: string, input = '') =>
    gridJson(`handler run hail ${words}`.trim().split(' '), { cwd: parent, input })
  const kept = await run('--input -', 'bob')
  assert.equal(kept.exit, 0)
  assert.equal(kept.result['output'], '"hello, bob"')
  const again = await run('--method greet --input -', 'bob')
  assert.equal(again.result['fuel'], kept.result['fuel'])
  const refused = await run('')
  assert.equal(refused.error?.code, 'HANDLER')
  assert.match(refused.error?.message ?? '', /whom/)
  const other = await run('--method bye')
  assert.equal(other.error?.code, 'USAGE')
  assert.match(other.error?.fix ?? '', /greet/)
})

test('--watch tries it again when its source changes, until it is stopped', async () => {
  const own = await handlerIn('greet')
  const child = spawn(process.execPath, [CLI, 'handler', 'test', own, '--watch'], { cwd: folder, env: {} })
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  const source = join(own, 'handler.wat')
  const rounds: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (!/^\d passed/.test(line)) continue
    rounds.push(line)
    if (rounds.length > 1) child.kill('SIGINT')
    else writeFileSync(source, readFileSync(source, 'utf8').replace('"hello, "', '"hallo, "'))
  }
  assert.equal(await closed, 130)
  assert.deepEqual(rounds.slice(0, 2), ['3 passed, 0 failed', '1 passed, 2 failed'])
})

test('the way from nothing to a delegated call, as handlers/README.md tells it', async (t) => {
  if (!hasC) return t.skip(NO_C)
  const cwd = temporaryFolder()
  const text = readFileSync(join(root, 'handlers/README.md'), 'utf8')
  const [, section = ''] =
    /## Your own handler[^]*?(?=\n###? )/.exec(text)?.[0].match(/^[^]*?\n([^]*)$/) ?? []
  const lines = [...section.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, block = '']) =>
    block.trim().split('\n'),
  )
  const answers: string[] = []
  for (const line of lines) {
    const [, input = '', words = ''] = /^(?:echo -n (\S+) \| )?grid (.*)$/.exec(line) ?? []
    const { exit, stdout, stderr } = await grid(words.split(' '), { cwd, input })
    assert.equal(exit, 0, `${line}: ${stderr}`)
    if (input !== '') answers.push(stdout.toString())
  }
  assert.deepEqual(answers, ['hello, bob', 'hello, bob'])
})
