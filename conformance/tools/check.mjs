// Everything `npm run check` asks: each part is a script of package.json too. Two parts run at a time; what a
// part prints is shown only when it fails. Arguments narrow: `node conformance/tools/check.mjs layers unused`.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const layers = ['kernel', 'promisebase', 'runtimes', 'handlers', 'examples', 'conformance']
const present = layers.filter((layer) => existsSync(join(root, layer)))

/** Longest first, so that the two lanes end together. */
const parts = {
  lint: { keeps: 'rules of eslint.config.js', run: ['eslint/bin/eslint.js', '.', '--max-warnings', '0'] },
  types: {
    keeps: 'the published types resolve',
    run: ['@arethetypeswrong/cli/dist/index.js', '--pack', '.', '--profile', 'esm-only', '--no-emoji'],
  },
  layers: {
    keeps: 'who may import whom',
    run: ['dependency-cruiser/bin/dependency-cruise.mjs', ...present],
  },
  unused: { keeps: 'no unused file, export or dependency', run: ['knip/bin/knip.js'] },
  format: { keeps: 'prettier', run: ['prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'] },
  api: { keeps: 'spec/api equals the code', run: ['conformance/tools/api.mjs', '--check'] },
  package: { keeps: 'the exports map', run: ['publint/src/cli.js', '--strict'] },
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in parts))
if (unknown.length > 0) {
  console.error(`check: no part is called ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
  process.exit(1)
}
const queue = Object.entries(parts).filter(([name]) => wanted.length === 0 || wanted.includes(name))
const results = []
await Promise.all([lane(), lane()])
summarise()

async function lane() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [name, part] = next
    results.push({ name, ...part, ...(await run(part.run)) })
  }
}

function run([tool, ...args]) {
  const path = tool.startsWith('conformance/') ? join(root, tool) : join(root, 'node_modules', tool)
  const started = performance.now()
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const collect = (chunk) => (output += chunk)
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', (error) =>
      resolve({ status: 1, output: String(error), ms: performance.now() - started }),
    )
    child.on('close', (status) => resolve({ status: status ?? 1, output, ms: performance.now() - started }))
  })
}

function summarise() {
  const failed = results.filter(({ status }) => status !== 0)
  for (const { name, output } of failed) console.log(`--- ${name} ---\n${output.trim()}\n`)
  for (const { name, keeps, status, ms } of results) {
    const verdict = status === 0 ? 'ok    ' : 'FAILED'
    console.log(`check: ${verdict} ${name.padEnd(8)} ${(ms / 1000).toFixed(1).padStart(5)} s  ${keeps}`)
  }
  process.exit(failed.length === 0 ? 0 : 1)
}
