/**
 * The verdict table in headless Chromium: a page from 127.0.0.1 imports the same compiled modules that node
 * runs, through an import map, and sends its lines back.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, extname, join, normalize, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

import { openBrowser } from '../../../../conformance/test/browser-page.ts'
import { readVectors } from './node.ts'
import { VECTOR_FILES } from './table.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const DEADLINE_MS = 300_000
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.html': 'text/html' }

/** Compiled: this file is in dist/, the packages beside it. */
const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../../../../..')

/** What the compiled modules import by name, other than files of noble. */
const NAMED = ['multiformats/bases/base32', 'multiformats/cid', 'multiformats/hashes/digest']
const FOLDERS = ['ciphers', 'curves', 'hashes', 'post-quantum'].map((name) => `@noble/${name}/`)

export interface Answered {
  readonly version: string
  readonly lines: readonly string[]
}

/** Opens the page and waits for its lines. A browser that does not get as far as our page says why not. */
export async function answerInBrowser(command: string): Promise<Answered | string> {
  let asked = false
  let settle: (body: string) => void = () => undefined
  const answered = new Promise<string>((resolve) => (settle = resolve))
  const server = createServer((request, response) => {
    asked = true
    serve(request, response, settle)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const browser = openBrowser(command, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const late = setTimeout(() => settle('"no answer in time"'), DEADLINE_MS)
  try {
    const answer = JSON.parse(await Promise.race([answered, browser.ended])) as Answered | string
    if (typeof answer === 'string' && asked) throw new Error(answer)
    return answer
  } finally {
    clearTimeout(late)
    server.close()
    server.closeAllConnections()
    await browser.close()
  }
}

function serve(request: IncomingMessage, response: ServerResponse, settle: (body: string) => void): void {
  const path = request.url ?? '/'
  if (request.method === 'POST') {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      response.end()
      settle(body)
    })
    return
  }
  const [type, text] = path === '/' ? ['.html', page()] : [extname(path), fileAt(path)]
  response.writeHead(text === undefined ? 404 : 200, { 'content-type': TYPES[type] ?? 'text/plain' })
  response.end(text)
}

function fileAt(path: string): string | undefined {
  if (path === '/vectors.js') return vectors()
  const file = normalize(join(root, path))
  return file.startsWith(root) && path.endsWith('.js') ? readFileSync(file, 'utf8') : undefined
}

function vectors(): string {
  const files = VECTOR_FILES.map(([set, file]) => [`${set}/${file}`, readVectors(set, file)])
  return `export const vectors = ${JSON.stringify(Object.fromEntries(files))}`
}

function page(): string {
  const imports = Object.fromEntries([
    ...FOLDERS.map((name) => [name, `/node_modules/${name}`]),
    ...NAMED.map((name) => [name, addressOf(fileURLToPath(import.meta.resolve(name)))]),
  ]) as Record<string, string>
  return `<!doctype html><title>verdicts</title>
<script>
  const send = (answer) => fetch('/', { method: 'POST', body: JSON.stringify(answer) })
  addEventListener('error', (event) => send('error: ' + event.message))
  addEventListener('unhandledrejection', (event) => send('error: ' + event.reason))
</script>
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module">
  try {
    const table = await import('${addressOf(join(here, 'table.js'))}')
    const { nobleAgreement, nobleCipher, nobleCrypto } = await import('/dist/promisebase/index.js')
    const { vectors } = await import('/vectors.js')
    const cases = table.allCases((set, file) => vectors[set + '/' + file])
    const providers = { crypto: nobleCrypto, agreement: nobleAgreement, cipher: nobleCipher }
    await send({ version: navigator.userAgent, lines: table.verdictLines(cases, providers) })
  } catch (error) {
    await send('error: ' + error)
  }
</script>`
}

function addressOf(file: string): string {
  return `/${relative(root, file).split(sep).join('/')}`
}
