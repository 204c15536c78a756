/**
 * A page in headless Chromium that runs compiled modules as they are, and tells how it went. Packages that are written
 * for `require` are put together into one module, as any bundler would do.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire, isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, normalize, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

import { root } from './repository.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const DEADLINE_MS = 300_000

/** What modules import by name, other than files of noble. */
const NAMED = ['cid', 'hashes/digest', ...[16, 32, 36, 58, 64].map((base) => `bases/base${base}`)].map(
  (name) => `multiformats/${name}`,
)
const FOLDERS = ['ciphers', 'curves', 'hashes', 'post-quantum'].map((name) => `@noble/${name}/`)

/** The command of a Chromium that is installed here. */
export function findChromium(): string | undefined {
  return ['chromium', 'chromium-browser', 'google-chrome'].find(
    (command) => spawnSync(command, ['--version']).status === 0,
  )
}

/**
 * Opens a page that runs a module below dist/ and answers what that posts to `/`; `/given.json` is what it is given. A
 * browser that does not get as far as our page says why not.
 */
export async function runInBrowser(
  command: string,
  module: string,
  given: unknown = null,
): Promise<{ readonly answer: unknown } | string> {
  let asked = false
  let settle: (body: string) => void = () => undefined
  const answered = new Promise<string>((resolve) => (settle = resolve))
  const server = createServer((request, response) => {
    asked = true
    serve(request, response, { module, given }, settle)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const browser = openBrowser(command, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const late = setTimeout(() => settle('"no answer in time"'), DEADLINE_MS)
  try {
    const answer: unknown = JSON.parse(await Promise.race([answered, browser.ended]))
    if (typeof answer !== 'string') return { answer }
    if (asked) throw new Error(answer)
    return answer
  } finally {
    clearTimeout(late)
    server.close()
    server.closeAllConnections()
    await browser.close()
  }
}

export interface OpenBrowser {
  /** When it ends by itself: why there is no answer. */
  readonly ended: Promise<string>
  readonly close: () => Promise<void>
}

/** What a browser does by itself on the network is turned off; the page may open a second tab unasked. */
const FLAGS = [
  ...['--headless', '--disable-gpu', '--no-first-run', '--disable-quic', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-popup-blocking'],
]

/** A browser without a window at an address, with a profile of its own that goes with it. */
export function openBrowser(command: string, address: string): OpenBrowser {
  const profile = mkdtempSync(join(tmpdir(), 'page-'))
  const flags = [...FLAGS, `--user-data-dir=${profile}`]
  // Chromium refuses to run as root inside its sandbox; what it opens here is only our own page.
  if (process.getuid?.() === 0) flags.push('--no-sandbox')
  const child = spawn(command, [...flags, address], { stdio: 'ignore' })
  const exit = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return {
    ended: exit.then(() => '"the browser ended without an answer"'),
    close: async (): Promise<void> => {
      child.kill('SIGKILL')
      await exit
      // Its helpers outlive it for a moment and may still write; what is left then says nothing about the test.
      await rm(profile, { recursive: true, force: true, maxRetries: 10 }).catch(() => undefined)
    },
  }
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { module, given }: { readonly module: string; readonly given: unknown },
  settle: (body: string) => void,
): void {
  if (request.method === 'POST') {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      response.end()
      settle(body)
    })
    return
  }
  const path = (request.url ?? '/').split('?')[0]!
  const [type, text] = textAt(path, module, given)
  response.writeHead(text === undefined ? 404 : 200, { 'content-type': type })
  response.end(text)
}

function textAt(path: string, module: string, given: unknown): readonly [type: string, text?: string] {
  if (path === '/') return ['text/html', page(module)]
  if (path === '/given.json') return ['application/json', JSON.stringify(given)]
  if (path === '/level.js') return ['text/javascript', levelModule()]
  const text = fileAt(path)
  return text === undefined ? ['text/plain'] : ['text/javascript', addressed(text)]
}

function fileAt(path: string): string | undefined {
  const file = normalize(join(root, path))
  return file.startsWith(root + sep) && path.endsWith('.js') ? readFileSync(file, 'utf8') : undefined
}

const ADDRESSES = new Map<string, string>([
  ...NAMED.map((name) => [name, addressOf(fileURLToPath(import.meta.resolve(name)))] as const),
  ['level', '/level.js'],
  ['promisegrid/promisebase', '/dist/promisebase/index.js'],
  ['node:assert/strict', '/dist/conformance/test/browser-assert.js'],
])

/** A module that imports by address, as a bundler would write it: a page could have a map of names, a worker cannot. */
function addressed(text: string): string {
  return text.replace(/\b(from|import) (['"])([^'".][^'"]*)\2/g, (whole, word: string, _, name: string) => {
    const inFolder = FOLDERS.some((folder) => name.startsWith(folder))
    const address = inFolder ? `/node_modules/${name}` : ADDRESSES.get(name)
    return address === undefined ? whole : `${word} '${address}'`
  })
}

function page(module: string): string {
  return `<!doctype html><title>claims</title>
<script>
  const fail = (why) => fetch('/', { method: 'POST', body: JSON.stringify('error: ' + why) })
  addEventListener('error', (event) => fail(event.message))
  addEventListener('unhandledrejection', (event) => fail(event.reason?.stack ?? event.reason))
</script>
<script type="module" src="/dist/${module}"></script>`
}

function addressOf(file: string): string {
  return `/${relative(root, file).split(sep).join('/')}`
}

/** `level` as a browser gets it, with everything that it requires. */
function levelModule(): string {
  const modules = new Map<string, string>()
  const entry = join(root, 'node_modules', 'level', 'browser.js')
  collect(entry, modules)
  const functions = [...modules].map(
    ([file, text]) => `${JSON.stringify(file)}: (module, exports, require) => {${text}\n}`,
  )
  return `const functions = {${functions.join(',\n')}}
const loaded = {}
const load = (file) => {
  if (loaded[file] === undefined) {
    loaded[file] = { exports: {} }
    functions[file](loaded[file], loaded[file].exports, load)
  }
  return loaded[file].exports
}
export const { Level } = load(${JSON.stringify(entry)})`
}

/** A file, its requirements replaced by where they are, and these in turn. */
function collect(file: string, modules: Map<string, string>): void {
  if (modules.has(file)) return
  modules.set(file, '')
  const text = file === 'events' ? EVENTS : readFileSync(file, 'utf8')
  const replaced = text.replace(/\brequire\('([^']+)'\)/g, (_, name: string) => {
    const found = resolve(file, name)
    collect(found, modules)
    return `require(${JSON.stringify(found)})`
  })
  modules.set(file, replaced)
}

function resolve(from: string, name: string): string {
  if (name === 'events') return name
  // What is a module of Node is meant as the package of the same name.
  const found = createRequire(from).resolve(isBuiltin(name) ? `${name}/` : name)
  return forBrowsers(found)
}

/** What the package of a file puts in its place where there is no Node. */
function forBrowsers(file: string): string {
  const [, folder] = /^(.*[\\/]node_modules[\\/][^\\/]+)/.exec(dirname(file)) ?? []
  if (folder === undefined) return file
  const { browser } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    browser?: Readonly<Record<string, string>> | string
  }
  if (typeof browser !== 'object') return file
  const other = browser[`./${relative(folder, file).split(sep).join('/')}`]
  return other === undefined ? file : join(folder, other)
}

/** As much of Node's `events` as abstract-level uses; bundlers put a package in its place. */
const EVENTS = `
class EventEmitter {
  #listeners = new Map()
  on(name, listener) { this.#listeners.set(name, [...this.listeners(name), listener]); return this }
  addListener(name, listener) { return this.on(name, listener) }
  once(name, listener) {
    const once = (...values) => { this.off(name, once); listener.apply(this, values) }
    return this.on(name, once)
  }
  off(name, listener) {
    this.#listeners.set(name, this.listeners(name).filter((each) => each !== listener))
    return this
  }
  removeListener(name, listener) { return this.off(name, listener) }
  listeners(name) { return this.#listeners.get(name) ?? [] }
  listenerCount(name) { return this.listeners(name).length }
  setMaxListeners() { return this }
  emit(name, ...values) {
    const all = this.listeners(name)
    for (const listener of all) listener.apply(this, values)
    return all.length > 0
  }
}
module.exports = { EventEmitter }`
