/**
 * Judges this library by the vector sets of others: every set in the vectors folder (`vector-sets.ts`).
 *
 *   node dist/conformance/run-sets.js [--json FILE] [--set NAME]… [--slow]
 *
 * Ends with 0 when no verdict is wrong, 1 when one is, 2 when it was called in a wrong way or finds no set.
 */
import { judgeSets } from './judge-sets.ts'

process.exitCode = await judgeSets(process.argv.slice(2), console)
