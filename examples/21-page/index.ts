/**
 * Serves the page, and prints what it tells: `node dist/examples/21-page/index.js`, then open the address. A worker has no
 * map of names, so packages are named by their address in what is served, as a bundler would do it. With `--once` it ends
 * after one page.
 */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const PAGE = 'examples/21-page/index.html'
/** Nothing else of this machine is served. */
const SERVED = /^(dist|handlers|node_modules[\\/](@noble|multiformats))[\\/]/
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
}

const server = createServer((request, response) => {
  if (request.method === 'POST') {
    let told = ''
    request.setEncoding('utf8').on('data', (text: string) => (told += text))
    request.on('end', () => {
      console.log(told)
      response.end(() => process.argv.includes('--once') && server.close())
    })
    return
  }
  const path = normalize(new URL(request.url ?? '/', 'http://page').pathname).slice(1)
  void fileAt(path === '' ? PAGE : path).then(
    (content) => response.writeHead(200, { 'content-type': TYPES[extname(path || PAGE)] }).end(content),
    () => response.writeHead(404).end(),
  )
})
server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
  const { port } = server.address() as { readonly port: number }
  console.error(`open http://127.0.0.1:${port}/`)
})

async function fileAt(path: string): Promise<Uint8Array | string> {
  if (path !== PAGE && !SERVED.test(path)) throw new Error('not served')
  const content = await readFile(join(root, path))
  return extname(path) === '.js' ? addressed(content.toString()) : content
}

/** `from 'multiformats/cid'` becomes `from '/node_modules/multiformats/…'`. */
function addressed(text: string): string {
  return text.replace(/\b(from|import) (['"])([^'"./][^'"]*)\2/g, (whole, word: string, _, name: string) => {
    try {
      const file = relative(root, fileURLToPath(import.meta.resolve(name)))
      return `${word} '/${file.split(sep).join('/')}'`
    } catch {
      return whole
    }
  })
}
