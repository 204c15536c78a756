/**
 * Measures our bench files, one after the other in this process:
 * `node dist/conformance/bench-run.js FILE… [--only NAME] [--seconds N] [--tiny]`.
 */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { printRows } from './bench-kit.ts'
import type { Bench } from './bench-kit.ts'

const words = process.argv.slice(2)
const end = words.findIndex((word) => word.startsWith('--'))
const [files, args] = end < 0 ? [words, []] : [words.slice(0, end), words.slice(end)]
const benches: Bench[] = []
for (const file of files) {
  const found = (await import(pathToFileURL(resolve(file)).href)) as { benches: readonly Bench[] }
  benches.push(...found.benches)
}
await printRows(benches, args)
