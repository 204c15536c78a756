/** What a handler asks of its host, in each language whose compiler is here: the same questions, the same answers. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { findRust, findRustLinker } from '../author/rust-toolchain.ts'
import { findClang, findLinker } from '../author/toolchain.ts'
import { js } from '../author/templates/js.ts'
import { createHost } from '../create-host.ts'
import { ASSEMBLYSCRIPT, C, JS, RUST } from './asking-sources.ts'
import { grid, gridJson, temporaryFolder } from './grid.ts'
import type { LanguageName } from '../author/language-names.ts'
import type { CallRequest, CallResult, Host } from '../index.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const folder = temporaryFolder()

const clang = await findClang()
const rust = await findRust()
/** Packages of the compiler, where this repository has them: npm puts them beside the handler. */
const packages = join(root, 'handlers/lz4/guest/node_modules')
const qjs = join(root, 'runtimes/host/test/compilers/node_modules')
const languages: readonly [LanguageName, string, string, boolean][] = [
  ['c', 'handler.c', C, clang.found !== undefined && (await findLinker(clang)).found !== undefined],
  ['rust', 'handler.rs', RUST, rust.found !== undefined && (await findRustLinker(rust)).found !== undefined],
  [
    'assemblyscript',
    'assembly/index.ts',
    ASSEMBLYSCRIPT,
    existsSync(join(packages, 'assemblyscript/package.json')),
  ],
  ['js', 'handler.js', JS, existsSync(join(qjs, 'componentize-qjs/package.json'))],
]

const TSC = join(root, 'node_modules/typescript/bin/tsc')

const IMPORTS = ['block', 'call', 'log', 'promise', 'promise.outcome', 'state']
const METHODS = ['go', 'far', 'pass', 'later', 'keep', 'fail']
const utf8 = new TextEncoder()

async function begin(name: string, language: LanguageName): Promise<void> {
  assert.equal((await grid(['handler', 'init', name, '--lang', language], { cwd: folder })).exit, 0)
  symlinkSync(language === 'js' ? qjs : packages, join(folder, name, 'node_modules'))
}

/** A component says what it imports and exports before it is compiled. */
function stateWorld(name: string): void {
  const file = join(folder, name, 'wit/handler.wit')
  const wit = readFileSync(file, 'utf8').replaceAll('// import', 'import')
  const exported = /^ *export greet(.*)$/m
  writeFileSync(file, wit.replace(exported, METHODS.map((method) => `export ${method}$1`).join('\n')))
}

async function build(name: string): Promise<Uint8Array> {
  const built = await grid(['handler', 'build', name], { cwd: folder })
  assert.equal(built.exit, 0, `${built.stdout}${built.stderr}`)
  return readFileSync(join(folder, name, `${name}.wasm`))
}

function textOf(result: CallResult): string {
  assert.ok(result.status === 'kept', JSON.stringify({ ...result, message: undefined }))
  return new TextDecoder().decode(result.bytes)
}

function codeOf(result: CallResult): string {
  assert.ok(result.status === 'refused' || result.status === 'broken', result.status)
  return result.code
}

/** Chains for two handlers of the host: one for echoing, and one for reading the notes. */
async function lent(host: Host): Promise<CallRequest['table'] & object> {
  const to = host.root.principal
  const echo = { kind: 'code', protocol: await host.handler('echo') } as const
  return [
    [await host.promise({ to, resource: echo })],
    [await host.promise({ to, resource: notesOf(host), methods: ['get'] })],
  ]
}

const notesOf = (host: Host) =>
  ({ kind: 'space', owner: host.node, space: 'notes', prefix: new Uint8Array() }) as const

describe('a handler with state', () => {
  for (const [language, file, source, isHere] of languages)
    test(`in ${language} asks its host by the kit of its language`, async (t) => {
      if (!isHere) return t.skip(`no compiler for ${language} here`)
      const name = `asks-${language}`
      await begin(name, language)
      writeFileSync(join(folder, name, file), source)
      const entry = language === 'js' ? 'component' : 'reactor'
      if (language === 'js') stateWorld(name)
      const description = { name, language, entry, methods: METHODS, pure: false, imports: IMPORTS }
      writeFileSync(join(folder, name, 'handler.json'), JSON.stringify(description))
      await using host = await createHost()
      const protocol = await host.deploy(await build(name), {
        ...{ entry, methods: METHODS, pure: false, imports: IMPORTS },
      })
      const ask = (method: string, input: Uint8Array, more: Partial<CallRequest> = {}) =>
        host.call({ protocol, method, resource: notesOf(host), input, ...more })

      assert.equal(textOf(await ask('go', utf8.encode('one'))), 'one')
      assert.equal(codeOf(await ask('far', utf8.encode('one'))), 'CID')

      const [echo, store] = [await host.handler('echo'), await host.handler('store')]
      const named = Buffer.concat([echo.bytes, store.bytes])
      assert.equal(textOf(await ask('pass', named, { table: await lent(host) })), 'Cone')
      assert.equal(codeOf(await ask('pass', named)), 'HANDLER')

      const first = await ask('later', new Uint8Array())
      assert.ok(first.status === 'deferred', first.status)
      const second = await ask('later', first.promise.id.bytes)
      assert.ok(second.status === 'deferred', second.status)
      assert.equal((await ask('keep', first.promise.id.bytes)).status, 'kept')
      assert.equal(textOf(await first.settled()), 'done')
      const ended = await ask('far', first.promise.id.bytes)
      assert.ok(ended.status !== 'kept' && /not refused/.test(ended.detail ?? ''), 'its outcome is told')
      assert.equal((await ask('fail', second.promise.id.bytes)).status, 'kept')
      const broken = await second.settled()
      assert.ok(broken.status === 'broken' && broken.detail === 'no', broken.status)
      assert.equal(codeOf(await ask('keep', utf8.encode('none'))), 'CID')
      assert.equal(codeOf(await ask('fail', utf8.encode('none'))), 'CID')
    })

  for (const [language, , , isHere] of languages)
    test(`that is not one yet asks for nothing in ${language}, though the kit lies beside it`, async (t) => {
      if (!isHere) return t.skip(`no compiler for ${language} here`)
      await begin(`plain-${language}`, language)
      await build(`plain-${language}`)
      const module = join(folder, `plain-${language}`, `plain-${language}.wasm`)
      const { result, error } = await gridJson(['handler', 'inspect', module])
      assert.deepEqual([error, result['imports']], [undefined, []])
    })

  test('in js is written with the types of its kit', () => {
    const own = join(folder, 'typed-js')
    for (const [path, text] of Object.entries({ ...js.files('typed-js'), 'handler.js': JS })) {
      mkdirSync(dirname(join(own, path)), { recursive: true })
      writeFileSync(join(own, path), text)
    }
    const check = (): { readonly status: number | null; readonly stdout: string } => {
      const flags = [
        '--strict',
        '--checkJs',
        '--noEmit',
        '--target',
        'es2022',
        '--lib',
        'es2022',
        '--module',
        'nodenext',
      ]
      const words = [TSC, ...flags, join(own, 'handler.js')]
      return spawnSync(process.execPath, words, { cwd: own, encoding: 'utf8' })
    }
    assert.deepEqual([check().stdout, check().status], ['', 0])
    writeFileSync(
      join(own, 'handler.js'),
      JS.replace("state.put(utf8('b'), utf8('two'))", "state.put('b', 'two')"),
    )
    assert.match(check().stdout, /'string' is not assignable to parameter of type 'Uint8Array/)
  })
})
