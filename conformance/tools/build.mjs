// Builds dist/ from nothing: an emptied folder, tsc, then the assets tsc does not copy.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, rmSync, mkdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import { compiler } from './compiler.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const dist = join(root, 'dist')
const layers = ['kernel', 'promisebase', 'runtimes', 'handlers', 'examples', 'conformance']
const skipped = new Set(['node_modules', 'peers', 'tools', 'guest'])

rmSync(dist, { recursive: true, force: true })
const tsc = compiler()
if (!existsSync(tsc)) {
  console.error('build: typescript is not installed; run `npm ci` first')
  process.exit(1)
}
const compiled = spawnSync(process.execPath, [tsc, '-p', root], { stdio: 'inherit' })
if (compiled.status !== 0) process.exit(compiled.status ?? 1)
for (const layer of layers) copyAssets(join(root, layer))

function copyAssets(folder) {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!skipped.has(entry.name)) copyAssets(path)
    } else if (/\.(wasm|json|txt|bin)$/.test(entry.name)) {
      const target = join(dist, relative(root, path))
      mkdirSync(dirname(target), { recursive: true })
      cpSync(path, target)
    }
  }
}
