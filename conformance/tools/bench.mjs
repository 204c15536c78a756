// Measures our benches in turns with their baselines and prints both and their ratio.
//   npm run bench -- [--only PART] [--seconds N] [--json FILE]
// PART is found in the name of a bench; N is timed seconds per row; FILE gets the rows as JSON.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const dist = join(root, 'dist')
const peers = join(root, 'conformance', 'peers')
const runner = join(dist, 'conformance', 'bench-run.js')
const layers = ['kernel', 'promisebase', 'runtimes', 'handlers', 'conformance']
const nanosecondsOf = { ns: 1, µs: 1e3, ms: 1e6 }

/** Ours and the baselines take turns, so that a noisy minute of the machine hits both. */
const ROUNDS = 3
/** The whole run stays under ten minutes: so many seconds are shared out among the rows … */
const SECONDS_IN_ALL = 540
/** … and of what each process gets, some goes into its start and set-up, */
const START_SECONDS = 0.6
/** … and most of the rest into the warm-up, which decides more than the length of the measurement. */
const WARM_UP_SHARE = 0.6
const WARM_UP_SECONDS_MOST = 3
const TIMED_SECONDS_MOST = 2

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, seconds: { type: 'string' }, json: { type: 'string' } },
})
let failed = false

buildIfStale()
const benches = (await ourBenches()).filter(({ bench }) => bench.name.includes(options.only ?? ''))
if (benches.length === 0) {
  console.error(`bench: no bench of ours is named like "${options.only ?? ''}"`)
  process.exit(1)
}
const peersReady = benches.every(({ bench }) => baselinesOf(bench).length === 0) || installPeers()
const effort = shareOfTime()
const rows = benches.flatMap(compare)
printTable(rows.map(columns))
rows.forEach(printFigures)
if (options.json !== undefined) writeRows(resolve(process.env.INIT_CWD ?? '.', options.json))
process.exit(failed ? 1 : 0)

// ------------------------------------------------------------------------------------------- preparing

/** Figures of code that is no longer there would be worse than none. */
function buildIfStale() {
  const sources = layers.map((layer) => join(root, layer)).filter(existsSync)
  const newest = Math.max(...sources.flatMap(files).map((file) => statSync(file).mtimeMs))
  if (existsSync(runner) && newest <= statSync(runner).mtimeMs) return
  const builder = join(root, 'conformance', 'tools', 'build.mjs')
  const build = spawnSync(process.execPath, [builder], { stdio: 'inherit' })
  if (build.status !== 0) process.exit(build.status ?? 1)
}

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return path === peers || entry.name === 'node_modules' ? [] : files(path)
    return [path]
  })
}

async function ourBenches() {
  const benchFiles = files(dist).filter(
    (file) => file.includes(`${sep}bench${sep}`) && file.endsWith('.bench.js'),
  )
  const modules = benchFiles.map(async (file) => {
    const { benches } = await import(pathToFileURL(file).href)
    return benches.map((bench) => ({ file, bench }))
  })
  return (await Promise.all(modules)).flat()
}

/** npm writes the hidden lockfile last: without it an installation was cut off, and an older one is of other peers. */
function installPeers() {
  const installed = join(peers, 'node_modules', '.package-lock.json')
  const wanted = join(peers, 'package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return true
  console.error('bench: installing the peers')
  const install = spawnSync('npm', ['ci', '--ignore-scripts'], { cwd: peers, stdio: 'inherit' })
  if (install.status === 0) return true
  complain('the peers cannot be installed (see npm above): every ratio is left out')
  return false
}

/** Seconds of warm-up and of measurement for each process. `--seconds` are those of a row, all rounds together. */
function shareOfTime() {
  if (options.seconds !== undefined)
    return { warmUp: WARM_UP_SECONDS_MOST, timed: Number(options.seconds) / ROUNDS }
  const sides = benches.reduce((sum, { bench }) => sum + 1 + baselinesOf(bench).length, 0)
  const share = SECONDS_IN_ALL / sides / ROUNDS - START_SECONDS
  const warmUp = Math.min(WARM_UP_SECONDS_MOST, share * WARM_UP_SHARE)
  return { warmUp, timed: Math.min(TIMED_SECONDS_MOST, share - warmUp) }
}

// ------------------------------------------------------------------------------------------- measuring

/** One row for each baseline of a bench, or a single one without. */
function compare({ file, bench }) {
  const baselines = baselinesOf(bench)
  const ourSide = {
    what: `${bench.name} in ${relative(root, file)}`,
    command: [runner, file],
    name: bench.name,
  }
  const sides = [ourSide, ...(peersReady ? baselines.map(baselineSide) : [])]
  console.error(`bench: ${sides.map(({ what }) => what).join(' against ')}`)
  const [ours, ...theirs] = takeTurns(sides)
  const lines = baselines.length > 0 ? baselines : [undefined]
  return lines.map((baseline, at) => ({ bench, ours, baseline, theirs: theirs[at] }))
}

function baselineSide({ file, name }) {
  return { what: `baseline ${name} in ${file}`, command: [join(peers, file)], name }
}

/** A B A B …; the median of the rounds for each side, undefined for one that failed. */
function takeTurns(sides) {
  const rounds = Array.from({ length: ROUNDS }, () => sides.map(run))
  return sides.map((_, side) => {
    const measured = rounds.map((round) => round[side])
    if (measured.includes(undefined)) return undefined
    return {
      cpuPerSecond: middle(measured, 'cpuPerSecond'),
      wallPerSecond: middle(measured, 'wallPerSecond'),
      figures: middleOfFigures(measured),
    }
  })
}

function run(side) {
  if (side.broken) return undefined
  const { warmUp, timed } = effort
  const times = ['--seconds', String(timed), '--warm-up', String(warmUp * 1000)]
  const args = [...side.command, '--only', side.name, ...times]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  if (status === 0) return JSON.parse(stdout)
  side.broken = true
  complain(`${side.what} failed and is left out:\n${stderr}`)
}

function middle(measured, field) {
  return measured.map((row) => row[field]).sort((a, b) => a - b)[ROUNDS >> 1]
}

/** What a bench tells besides, each the median of the rounds. */
function middleOfFigures(measured) {
  const told = measured.map(({ figures }) => figures ?? {})
  return Object.fromEntries(Object.keys(told[0]).map((name) => [name, middle(told, name)]))
}

function baselinesOf(bench) {
  return [bench.baseline ?? []].flat()
}

// ------------------------------------------------------------------------------------------- reporting

function complain(message) {
  failed = true
  console.error(`bench: ${message}`)
}

/** The rate by the clock the bench asked for. */
function rate(bench, measured) {
  return bench.clock === 'wall' ? measured?.wallPerSecond : measured?.cpuPerSecond
}

/** Above 1 means that ours is better, whatever the unit: rates are compared, never times. */
function ratio({ bench, ours, theirs }) {
  return ours && theirs ? rate(bench, ours) / rate(bench, theirs) : undefined
}

/** A rate in the unit of the bench: `calls/s` as it is, `µs/call` turned round. */
function inUnit(unit, perSecond) {
  if (perSecond === undefined) return undefined
  return unit.endsWith('/s') ? perSecond : 1e9 / perSecond / nanosecondsOf[unit.slice(0, 2)]
}

function columns(row) {
  const { bench, ours, theirs, baseline } = row
  const show = (perSecond) => figure(inUnit(bench.unit, perSecond))
  return {
    name: bench.name,
    unit: bench.unit,
    'ours, CPU': show(ours?.cpuPerSecond),
    'ours, wall': show(ours?.wallPerSecond),
    baseline: baseline?.name ?? '',
    'its CPU': show(theirs?.cpuPerSecond),
    'its wall': show(theirs?.wallPerSecond),
    'compared by': bench.clock ?? 'cpu',
    ratio: figure(ratio(row)),
  }
}

function printTable(lines) {
  const heads = Object.keys(lines[0])
  const widths = heads.map((head) => Math.max(head.length, ...lines.map((line) => line[head].length)))
  for (const cells of [heads, ...lines.map(Object.values)]) {
    console.log(
      cells
        .map((cell, at) => cell.padEnd(widths[at]))
        .join('  ')
        .trimEnd(),
    )
  }
}

function printFigures({ bench, ours }) {
  const told = Object.entries(ours?.figures ?? {}).map(([name, value]) => `${name} ${figure(value)}`)
  if (told.length > 0) console.log(`${bench.name}: ${told.join(', ')}`)
}

/** Three figures: a fourth would be noise. */
function figure(value) {
  return value === undefined
    ? '–'
    : Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 9 })
}

function writeRows(file) {
  const plain = rows.map((row) => ({
    name: row.bench.name,
    ours: inUnit(row.bench.unit, rate(row.bench, row.ours)) ?? null,
    baseline: inUnit(row.bench.unit, rate(row.bench, row.theirs)) ?? null,
    baselineName: row.baseline?.name ?? null,
    unit: row.bench.unit,
    clock: row.bench.clock ?? 'cpu',
    ratio: ratio(row) ?? null,
    ...row.ours?.figures,
  }))
  writeFileSync(file, JSON.stringify(plain, null, 2) + '\n')
}
