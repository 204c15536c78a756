/** What a user gets: the tarball installed in an empty folder, every door opened, the walls felt from outside. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import { doors, emptyProject, pack, run } from './package.ts'
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
const unreachable =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|E50[234])\b/

const project = emptyProject()
after(() => rmSync(project, { recursive: true, force: true }))
const packed = await pack(project)

describe('the tarball', () => {
  test('is the same, byte for byte, when packed again', async () => {
    const again = await pack(project)
    assert.equal(digest(again.tarball), digest(packed.tarball))
  })

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

describe('installed in an empty folder', () => {
  let offline: string | undefined
  before(async () => {
    offline = await install()
  })

  for (const door of doors()) {
    test(`${door.name} can be imported`, async (t) => {
      if (offline !== undefined) return t.skip(offline)
      const { status, output } = await evaluate(`
        const names = Object.keys(await import('${door.name}'))
        if (names.length === 0) throw new Error('it exports nothing')`)
      assert.equal(status, 0, output)
    })
  }

  test('a path that is not in the exports map cannot be imported', async (t) => {
    if (offline !== undefined) return t.skip(offline)
    for (const deep of [
      'kernel/errors',
      'dist/kernel/errors.js',
      'kernel/errors.ts',
      'runtimes/host/cli.js',
    ]) {
      const { output } = await evaluate(`await import('promisegrid/${deep}')`)
      assert.match(output, /ERR_PACKAGE_PATH_NOT_EXPORTED/, deep)
    }
  })

  for (const name of ['promisegrid/kernel', 'promisegrid/promisebase']) {
    test(`${name} loads nothing of Node and no heavy package`, async (t) => {
      if (offline !== undefined) return t.skip(offline)
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
  }

  test('the trace would see a module of Node', async (t) => {
    if (offline !== undefined) return t.skip(offline)
    assert.ok((await trace('node:os')).includes('node:os'))
  })

  test('its types compile in a strict project', async (t) => {
    if (offline !== undefined) return t.skip(offline)
    const { output } = await compile()
    const ours = output.split('\n').filter((line) => /^(consumer\.ts|node_modules\/promisegrid\/)/.test(line))
    assert.deepEqual(ours, [])
  })
})

/** Installs the tarball; says why when the registry cannot be reached, and fails on anything else. */
async function install(): Promise<string | undefined> {
  const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel', 'error']
  const { status, output } = await run(project, 'npm', ['install', ...quiet, packed.tarball])
  if (status === 0) return undefined
  assert.match(output, unreachable, output)
  return `the package registry cannot be reached, so the package was not installed: ${output.slice(0, 200)}`
}

function evaluate(code: string) {
  return run(project, process.execPath, ['--input-type=module', '--eval', code])
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

/** Compiles ten lines that use every door; the library's own declarations are checked with them. */
function compile() {
  const imports = doors().map((door, index) => `import * as door${index} from '${door.name}'`)
  const names = doors().map((_, index) => `door${index}`)
  const source = `import type { Runtime } from 'promisegrid/kernel'
${imports.join('\n')}
export const doors: readonly object[] = [${names.join(', ')}]
export const kind: Runtime['kind'] = 'wasi'
// @ts-expect-error A type that had become \`any\` would take this.
export const wrong: Runtime['kind'] = 'no such runtime'
`
  writeFileSync(join(project, 'consumer.ts'), source)
  const compilerOptions = {
    ...{ module: 'nodenext', target: 'es2023', lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable'] },
    ...{ strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: false },
    ...{ types: ['node'], typeRoots: [join(root, 'node_modules', '@types')] },
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }))
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  return run(project, process.execPath, [tsc, '-p', project, '--pretty', 'false'])
}

function digest(file: string): string {
  return createHash('sha512').update(readFileSync(file)).digest('hex')
}
