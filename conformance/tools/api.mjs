// One API report per public subpath, spec/api/NAME.api.md, made from the declarations in dist/.
// Without arguments the reports are written; with --check they are compared, and a difference fails.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Extractor, ExtractorConfig } from '@microsoft/api-extractor'

const root = fileURLToPath(new URL('../..', import.meta.url))
const check = process.argv.includes('--check')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const reports = join(root, 'spec', 'api')
const fresh = join(root, '.tmp', 'api')

const entries = Object.entries(manifest.exports)
  .filter(([, target]) => typeof target === 'object')
  .map(([subpath, target]) => ({ subpath, name: reportName(subpath), types: target.types }))
const faults = entries.flatMap(report).concat(strangers())

for (const fault of faults) console.error(`api: ${fault}`)
if (faults.length > 0) process.exit(1)
console.log(`api: ${entries.length} reports ${check ? 'are up to date' : 'written to spec/api'}`)

/** `.` is the host; any other subpath is its own name. */
function reportName(subpath) {
  return subpath === '.' ? 'host' : subpath.slice(2).replaceAll('/', '-')
}

function report({ subpath, name, types }) {
  if (!existsSync(join(root, types))) return [`${subpath} points at ${types}, which is not built`]
  const written = extract(name, types)
  if (typeof written !== 'string') return [`${subpath}: ${written.errors} errors in its declarations`]
  const path = join(reports, `${name}.api.md`)
  if (!check) {
    mkdirSync(reports, { recursive: true })
    writeFileSync(path, written)
    return []
  }
  const kept = existsSync(path) ? readFileSync(path, 'utf8') : ''
  return kept === written
    ? []
    : [`${subpath} is not what spec/api/${name}.api.md says${firstDifference(kept, written)}`]
}

/** The report of one entry as text, or what was wrong with it. */
function extract(name, types) {
  mkdirSync(fresh, { recursive: true })
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, types),
      compiler: { tsconfigFilePath: join(root, 'tsconfig.json') },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: fresh,
        reportTempFolder: join(fresh, 'temp'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        extractorMessageReporting: { default: { logLevel: 'none' } },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
      },
    },
  })
  const result = Extractor.invoke(config, { localBuild: true, messageCallback: onlyErrors })
  if (result.errorCount > 0) return { errors: result.errorCount }
  return readFileSync(join(fresh, `${name}.api.md`), 'utf8')
}

function onlyErrors(message) {
  message.handled = message.logLevel !== 'error'
}

/** Reports of subpaths that no longer exist: removed when writing, a fault when checking. */
function strangers() {
  if (!existsSync(reports)) return []
  const names = new Set(entries.map(({ name }) => `${name}.api.md`))
  const left = readdirSync(reports).filter((file) => file.endsWith('.api.md') && !names.has(file))
  if (check) return left.map((file) => `spec/api/${file} belongs to no subpath`)
  for (const file of left) rmSync(join(reports, file))
  return []
}

function firstDifference(kept, written) {
  if (kept === '') return ': it does not exist; run `npm run api`'
  const [before, after] = [kept.split('\n'), written.split('\n')]
  const line = after.findIndex((text, index) => text !== before[index])
  const at = line === -1 ? after.length : line
  return `, line ${at + 1}\n  - ${before[at] ?? ''}\n  + ${after[at] ?? ''}\n  run \`npm run api\` and review the difference`
}
