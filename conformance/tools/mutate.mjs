// How much the tests notice: makes small mistakes in the compiled code that authorises, one at a time, and runs
// the tests that should find them. Prints the score of each file and every mistake that nobody noticed.
//   node conformance/tools/mutate.mjs [--all | --sample N] [--seed S] [--file PART] [--drops] [--list]
//     [--lanes N] [--least PERCENT]
// With --drops only what leaves something out, such as a check; with --list nothing is run.
// Which code and which tests: mutation/targets.json. Mistakes that change nothing: mutation/equivalent.json.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { Lane } from './mutation/lane.mjs'
import { mutantsOf } from './mutation/operators.mjs'

const { values } = parseArgs({
  options: {
    ...{ all: { type: 'boolean', default: false }, sample: { type: 'string', default: '150' } },
    ...{ seed: { type: 'string', default: '1' }, file: { type: 'string', default: '' } },
    ...{ drops: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } },
    ...{ lanes: { type: 'string', default: '2' }, least: { type: 'string', default: '85' } },
    root: { type: 'string', default: fileURLToPath(new URL('../..', import.meta.url)) },
    targets: { type: 'string', default: fileURLToPath(new URL('mutation/targets.json', import.meta.url)) },
  },
})
const root = values.root
const targets = readJson(values.targets)
const files = Object.keys(targets).flatMap(filesOf)
const equivalent = readEquivalent()
const mutants = files
  .flatMap(({ file, tests }) => mutantsOf(read(file)).map((mutant) => ({ file, tests, ...mutant })))
  .filter((mutant) => !equivalent.has(nameOf(mutant)))
const stale = [...equivalent].filter((name) => !isThere(name))
if (stale.length > 0) {
  console.error(`mutate: listed as equivalent, and not there: ${stale.join('; ')}`)
  process.exit(1)
}
const wanted = mutants.filter(({ file, drops }) => file.includes(values.file) && (drops || !values.drops))
const chosen = values.all ? wanted : sampleOf(wanted, count('sample'), count('seed'))
if (chosen.length === 0) {
  console.error(`mutate: no mutants in a file with ${values.file} in its name`)
  process.exit(1)
}
if (values.list) {
  for (const { file, line, change } of chosen) console.log(`${file}:${line}  ${change}`)
  process.exit(0)
}

const verdicts = new Map()
const failing = new Set()
const queue = [...chosen]
await Promise.all(Array.from({ length: count('lanes') }, work))
summarise()

async function work() {
  const lane = new Lane(root)
  try {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const verdict = await lane.judge(next, next.tests)
      verdicts.set(next, verdict)
      const { file, line, code, change } = next
      if (verdict === 'survived') console.log(`survived: ${file}:${line}  ${change}\n          ${code}`)
    }
    for (const name of lane.failing) failing.add(name)
  } finally {
    lane.close()
  }
}

function summarise() {
  for (const file of new Set(chosen.map((mutant) => mutant.file)))
    console.log(
      scoreLine(
        file,
        chosen.filter((mutant) => mutant.file === file),
      ).text,
    )
  const { text, score } = scoreLine('all', chosen)
  const seed = values.all ? '' : `, seed ${values.seed}`
  console.log(`${text}  of ${wanted.length}${seed}; ${equivalent.size} listed as equivalent`)
  for (const name of failing) console.log(`mutate: fails with nothing changed: ${name}`)
  process.exit(score >= count('least') && failing.size === 0 ? 0 : 1)
}

function scoreLine(name, some) {
  const survived = some.filter((mutant) => verdicts.get(mutant) === 'survived').length
  const late = some.filter((mutant) => verdicts.get(mutant) === 'timed out').length
  const killed = some.length - survived
  const score = (100 * killed) / some.length
  const counts = `${some.length} mutants, ${killed} killed (${late} by time), ${survived} survived`
  return { score, text: `mutate: ${name.padEnd(38)} ${score.toFixed(1).padStart(5)} %  ${counts}` }
}

/** A target is a file or a folder, less what an earlier target names. */
function filesOf(target, at, all) {
  const tests = targets[target]
  const path = join(root, 'dist', target)
  if (!existsSync(path)) throw new Error(`mutate: there is no dist/${target}; build first`)
  if (!statSync(path).isDirectory()) return [{ file: target, tests }]
  return readdirSync(path)
    .filter((name) => name.endsWith('.js'))
    .map((name) => `${target}/${name}`)
    .filter((file) => !all.slice(0, at).includes(file))
    .sort()
    .map((file) => ({ file, tests }))
}

/** A mutant by what it changes rather than where, so that other changes of the file leave its name alone. */
function nameOf({ file, code, change }) {
  return `${file}: ${code}: ${change}`
}

function readEquivalent() {
  const path = join(dirname(values.targets), 'equivalent.json')
  return new Set((existsSync(path) ? readJson(path) : []).map(nameOf))
}

function isThere(name) {
  return files.some(({ file }) =>
    mutantsOf(read(file)).some((mutant) => nameOf({ file, ...mutant }) === name),
  )
}

/** `size` of them in their order, the same for the same seed. */
function sampleOf(all, size, seed) {
  const drawn = all.map((mutant, index) => ({ mutant, index, lot: lotOf(seed, index) }))
  drawn.sort((a, b) => a.lot - b.lot)
  return drawn
    .slice(0, size)
    .sort((a, b) => a.index - b.index)
    .map(({ mutant }) => mutant)
}

/** A number of 32 bits that looks like chance. */
function lotOf(seed, index) {
  let bits = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)
  for (const [shift, factor] of [
    [16, 0x7feb352d],
    [15, 0x846ca68b],
    [16, 1],
  ])
    bits = Math.imul(bits ^ (bits >>> shift), factor)
  return bits >>> 0
}

function count(name) {
  const number = Number(values[name])
  if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`--${name} is a whole number`)
  return number
}

function read(file) {
  return readFileSync(join(root, 'dist', file), 'utf8')
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}
