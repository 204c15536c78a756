/**
 * What a user gets: the tarball unpacked in an empty folder, beside what it depends on and nothing else; every door
 * opened, the walls felt from outside. That npm makes it the same twice and installs it is asked by .ci/run.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { doors, emptyProject, pack, run, unpack } from './package.ts'
import { root } from './repository.ts'

/** Packages that may be loaded with the kernel or the store: pure JavaScript, no platform. */
const light = new Set([
  'promisegrid',
  '@noble/ciphers',
  '@noble/curves',
  '@noble/hashes',
  '@noble/post-quantum',
  'multiformats',
])
/** No door. */
const DEEP = ['kernel/errors', 'dist/kernel/errors.js', 'kernel/errors.ts', 'runtimes/host/cli.js']

const project = emptyProject()
after(() => rmSync(project, { recursive: true, force: true }))
const packed = await pack(project)
await unpack(packed.tarball, project)
const opened = await openAll([
  ...doors().map(({ name }) => name),
  ...DEEP.map((path) => `promisegrid/${path}`),
])

describe('the tarball', () => {
  test('holds every file the exports map leads to', () => {
    const targets = doors().flatMap((door) => Object.values(door.targets))
    const missing = targets.filter((target) => !packed.files.includes(target.replace(/^\.\//, '')))
    assert.deepEqual(missing, [])
  })

  test('holds no test, bench, guest source, peer or tool', () => {
    const strangers = packed.files.filter(
      (path) =>
        /(^|\/)(test|bench|guest|peers|tools|node_modules)\//.test(path) ||
        /\.(test|bench)\.[a-z.]+$|\.tsbuildinfo$|\.tgz$/.test(path),
    )
    assert.deepEqual(strangers, [])
  })

  test('holds the source that each source map names', () => {
    const maps = packed.files.filter((path) => path.startsWith('dist/') && path.endsWith('.js.map'))
    const sources = maps.map((path) => path.replace(/^dist\//, '').replace(/\.js\.map$/, '.ts'))
    assert.deepEqual(
      sources.filter((path) => !packed.files.includes(path)),
      [],
    )
  })
})

describe('in an empty folder', () => {
  for (const { name } of doors())
    test(`${name} can be imported`, () => {
      const { names = [], error } = opened[name] ?? assert.fail('not tried')
      assert.equal(error, undefined)
      assert.ok(names.length > 0, 'it exports nothing')
    })

  test('a path that is not in the exports map cannot be imported', () => {
    for (const path of DEEP)
      assert.equal(opened[`promisegrid/${path}`]?.error, 'ERR_PACKAGE_PATH_NOT_EXPORTED', path)
  })

  for (const name of ['promisegrid/kernel', 'promisegrid/promisebase'])
    test(`${name} loads nothing of Node and no heavy package`, async () => {
      const loaded = await trace(name)
      assert.ok(loaded.length > 0, 'the trace saw nothing')
      assert.deepEqual(
        loaded.filter((url) => url.startsWith('node:') || !light.has(packageOf(url))),
        [],
      )
      const own = loaded.filter((url) => packageOf(url) === 'promisegrid')
      const strays = own.filter((url) => !/\/dist\/(kernel|promisebase\/(?!(level|postgres)\/))/.test(url))
      assert.deepEqual(strays, [])
    })

  test('the trace would see a module of Node', async () => {
    assert.ok((await trace('node:os')).includes('node:os'))
  })

  test('its types compile in a strict project, and what they forbid does not', async () => {
    const { output } = await compile()
    const ours = output
      .split('\n')
      .filter((line) => /^((consumer|wrong)\.ts|node_modules\/promisegrid\/)/.test(line))
    assert.equal(ours.length, 1, output)
    assert.match(ours[0] ?? '', /^wrong\.ts\(2,14\): error TS2322: /)
  })
})

interface Opened {
  readonly names?: readonly string[]
  readonly error?: string
}

/** What each of these exports, or the code of the error that comes of its import: all in one process. */
async function openAll(names: readonly string[]): Promise<Readonly<Record<string, Opened>>> {
  const code = `
    const opened = {}
    for (const name of ${JSON.stringify(names)})
      opened[name] = await import(name).then(
        (exports) => ({ names: Object.keys(exports) }),
        (error) => ({ error: error.code ?? String(error) }),
      )
    console.log(JSON.stringify(opened))`
  const evaluate = ['--input-type=module', '--eval', code]
  const { status, stdout, output } = await run(project, process.execPath, evaluate)
  assert.equal(status, 0, output)
  return JSON.parse(stdout) as Readonly<Record<string, Opened>>
}

/** Everything that is loaded when `name` is imported, as URLs. */
async function trace(name: string): Promise<string[]> {
  const log = join(project, 'loaded.txt')
  rmSync(log, { force: true })
  const hooks = `import { appendFileSync } from 'node:fs'
    export function load(url, context, next) {
      appendFileSync(${JSON.stringify(log)}, url + '\\n')
      return next(url, context)
    }`
  writeFileSync(join(project, 'hooks.mjs'), hooks)
  writeFileSync(join(project, 'start.mjs'), `await import('${name}')`)
  const register = `import { register } from 'node:module'
    register('./hooks.mjs', import.meta.url)`
  writeFileSync(join(project, 'register.mjs'), register)
  const { status, output } = await run(project, process.execPath, ['--import', './register.mjs', 'start.mjs'])
  assert.equal(status, 0, output)
  const urls = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []
  return urls.filter((url) => !url.endsWith('/start.mjs'))
}

function packageOf(url: string): string {
  return /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? url
}

/** Compiles a line for every door and one that is wrong; the library's own declarations are checked with them. */
async function compile() {
  const imports = doors().map((door, index) => `import * as door${index} from '${door.name}'`)
  const names = doors().map((_, index) => `door${index}`)
  const source = `import type { Runtime } from 'promisegrid/kernel'
${imports.join('\n')}
export const doors: readonly object[] = [${names.join(', ')}]
export const kind: Runtime['kind'] = 'wasi'
`
  writeFileSync(join(project, 'consumer.ts'), source)
  // A type that had become `any` would take this.
  const wrong = `import type { Runtime } from 'promisegrid/kernel'
export const wrong: Runtime['kind'] = 'no such runtime'
`
  writeFileSync(join(project, 'wrong.ts'), wrong)
  const compilerOptions = {
    ...{ module: 'nodenext', target: 'es2023', lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable'] },
    ...{ strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: false },
    ...{ types: ['node'], typeRoots: [join(root, 'node_modules', '@types')] },
  }
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['consumer.ts', 'wrong.ts'] }),
  )
  const { compiler } = (await import(pathToFileURL(join(root, 'conformance/tools/compiler.mjs')).href)) as {
    compiler: () => string
  }
  return run(project, process.execPath, [compiler(), '-p', project, '--pretty', 'false'])
}
