/** Measures one of our bench files: `node dist/conformance/bench-run.js FILE [--only NAME] [--seconds N] [--tiny]`. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { printRows } from './bench-kit.ts'
import type { Bench } from './bench-kit.ts'

const [file = '', ...args] = process.argv.slice(2)
const { benches } = (await import(pathToFileURL(resolve(file)).href)) as { benches: readonly Bench[] }
await printRows(benches, args)
