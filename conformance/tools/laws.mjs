// The tests that draw their inputs, over and over, each time from another seed; `npm test` has one seed for all.
//   node conformance/tools/laws.mjs [--times N] [--seed N] [PATH…]
// The seeds after the first count up from it, so that the one that is told with a failure plays it again.
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const dist = fileURLToPath(new URL('../../dist', import.meta.url))
const runner = fileURLToPath(new URL('test.mjs', import.meta.url))
const { values, positionals } = parseArgs({
  options: {
    times: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(randomInt(2 ** 30)) },
  },
  allowPositionals: true,
})
const [times, first] = [values.times, values.seed].map(Number)
if (![times, first].every((number) => Number.isSafeInteger(number) && number >= 0)) {
  console.error('laws: --times and --seed are whole numbers')
  process.exit(2)
}
const files = readdirSync(dist, { recursive: true }).filter(
  (path) => isDrawing(path) && (positionals.length === 0 || positionals.some((part) => path.includes(part))),
)
if (files.length === 0) {
  console.error(`laws: no test that draws its inputs matches ${positionals.join(' ')}`)
  process.exit(2)
}
for (let seed = first; seed < first + times; seed += 1) {
  const env = { ...process.env, PROMISEGRID_SEED: String(seed) }
  const { status } = spawnSync(process.execPath, [runner, ...files.map((path) => join('dist', path))], {
    env,
    stdio: 'inherit',
  })
  console.log(`laws: seed ${seed} ${status === 0 ? 'holds' : 'fails'}, ${files.length} files`)
  if (status !== 0) process.exit(1)
}

function isDrawing(path) {
  return path.endsWith('.test.js') && readFileSync(join(dist, path), 'utf8').includes('/laws.js')
}
