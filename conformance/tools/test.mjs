// Runs every compiled test file with node:test. Arguments narrow by path: `npm test -- kernel/test/cose`.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const wanted = process.argv.slice(2)
const files = testFiles(join(root, 'dist')).filter(
  (file) => wanted.length === 0 || wanted.some((part) => relative(root, file).includes(part)),
)
if (files.length === 0) {
  console.error(`test: no test file matches ${wanted.join(' ') || 'dist/**/*.test.js'}`)
  process.exit(1)
}
// Left to itself node keeps one core free, which is half of a small machine.
const concurrency = `--test-concurrency=${availableParallelism()}`
// A file that does not end, say because it left something open, would hold up all of them for ever.
const deadline = `--test-timeout=${10 * 60_000}`
const run = spawnSync(process.execPath, ['--test', '--test-reporter=spec', concurrency, deadline, ...files], {
  stdio: 'inherit',
  cwd: root,
})
process.exit(run.status ?? 1)

function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return testFiles(path)
    return entry.name.endsWith('.test.js') ? [path] : []
  })
}
