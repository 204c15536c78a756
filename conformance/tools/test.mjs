// Runs every compiled test file with node:test. Arguments narrow by path: `npm test -- kernel/test/cose`. With
// --other-node those are left out that would say the same as they did on another version of Node.
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, join, relative } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'

import { slowest } from './slowest.mjs'
import { together } from './together.mjs'

/** What takes longest, begun first and each in a process of its own. */
const LONGEST = [
  ...['sets', 'benches', 'vectors', 'hostile-lane', 'cli', 'consumer', 'secrets', 'isolated-runtime'],
  ...[
    'one-verdict',
    'run',
    'base-cli',
    'encrypt-cli',
    'engines',
    'postgres',
    'postgres-care',
    'batch-verifier',
  ],
  ...['hostile-guests', 'mutate', 'soak', 'attenuate.property', 'fuzz'],
]
/** These ask the repository and its tools alone, or several versions of Node and a browser by themselves. */
const SAME_ON_EVERY_NODE = [
  ...['consumer', 'docs', 'lint', 'mutate', 'spec', 'supply-chain', 'walls'],
  ...['engines', 'indexeddb', 'one-verdict'],
]
/** Files for one process: enough to pay for its start, few enough that all cores end at about the same time. */
const TOGETHER = 20

const root = fileURLToPath(new URL('../..', import.meta.url))
const isOtherNode = process.argv.includes('--other-node')
const wanted = process.argv.slice(2).filter((word) => word !== '--other-node')
const files = testFiles(join(root, 'dist'))
  .filter((file) => wanted.length === 0 || wanted.some((part) => relative(root, file).includes(part)))
  .filter((file) => !isOtherNode || !SAME_ON_EVERY_NODE.includes(basename(file, '.test.js')))
if (files.length === 0) {
  console.error(`test: no test file matches ${wanted.join(' ') || 'dist/**/*.test.js'}`)
  process.exit(1)
}
const scratch = join(root, '.tmp', `tests-${process.pid}`)
mkdirSync(scratch, { recursive: true })
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
// Node 22 and later keep what was compiled for one file for the next; Node 20 passes over the variable.
process.env.NODE_COMPILE_CACHE ??= join(root, '.tmp', 'compiled')
process.chdir(root)
const wantedNames = new Set(files.map(nameOf))
const longest = files.filter((file) => rank(file) >= 0).toSorted((a, b) => rank(a) - rank(b))
const slow = slowest(({ name, file }) => {
  if (wantedNames.has(name)) return name
  return file?.endsWith('.test.js') ? nameOf(file) : undefined
})
// `node --test` would sort the files by name, and keep one core free, which is half of a small machine.
run({
  files: [
    ...longest,
    ...together(
      files.filter((file) => rank(file) < 0),
      scratch,
      TOGETHER,
      nameOf,
    ),
  ],
  concurrency: availableParallelism(),
  // A file that does not end, say because it left something open, would hold up all of them for ever.
  timeout: 10 * 60_000,
})
  .on('test:pass', slow.heard)
  .on('test:fail', (event) => {
    slow.heard(event)
    process.exitCode = 1
  })
  .compose(new spec())
  .on('end', () => process.stdout.write(`\n${slow.lines().join('\n')}\n`))
  .pipe(process.stdout)

/** As it is given to `npm test --` again. */
function nameOf(file) {
  return relative(join(root, 'dist'), file).replace(/\.test\.js$/, '')
}

/** A long file begun last would end alone, with the other cores idle. */
function rank(file) {
  return LONGEST.findIndex((name) => file.endsWith(join('test', `${name}.test.js`)))
}

function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return testFiles(path)
    return entry.name.endsWith('.test.js') ? [path] : []
  })
}
