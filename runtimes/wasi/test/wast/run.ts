/**
 * `npm run test:wast -- FOLDER|FILE.json …`: the WebAssembly specification tests, before and after the rewriter. Ends with 0
 * when every assertion the engine holds is held by the rewritten module too.
 */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { play } from './play.ts'
import { readScript } from './script.ts'
import type { Played } from './play.ts'

const places = process.argv.slice(2)
if (places.length === 0) {
  console.error('usage: npm run test:wast -- FOLDER|FILE.json …   (scripts as wast2json writes them)')
  process.exit(2)
}
const played = places.flatMap(scriptsIn).map((path) => play(readScript(path)))
if (played.length === 0) {
  console.error('no script was found: files NAME.json as wast2json writes them')
  process.exit(2)
}
for (const script of played) tell(script)
const sum = (count: (script: Played) => number): number =>
  played.reduce((total, script) => total + count(script), 0)
const different = sum((script) => script.different.length)
const refused = sum((script) => [...script.refused.values()].reduce((total, count) => total + count, 0))
console.log(
  `${played.length} scripts: ${sum(({ same }) => same)} assertions the same, ${different} different, ` +
    `${refused} on modules that are not admitted, ${sum(({ engine }) => engine.length)} that this engine does not hold, ` +
    `${sum(({ skipped }) => skipped)} skipped`,
)
process.exit(different === 0 ? 0 : 1)

function scriptsIn(place: string): readonly string[] {
  if (!statSync(place).isDirectory()) return [place]
  return readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(place, name))
}

function tell({ name, same, different, refused }: Played): void {
  console.log(`${different.length === 0 ? 'same' : 'DIFFERENT'}  ${name}: ${same}`)
  for (const line of different) console.log(`    ${line}`)
  for (const [reason, count] of refused) console.log(`    not admitted, ${count} assertions: ${reason}`)
}
