/**
 * Feeds the vectors to any implementation over stdio (conformance/README.md, "Another implementation").
 *
 *   node dist/conformance/run.js [--chapter NAME] [--timeout MS] -- COMMAND ARGS…
 *
 * Ends with 0 when nothing failed, 1 when something did, 2 when it was called in a wrong way.
 */
import { runVectors } from './run-vectors.ts'

process.exitCode = await runVectors(process.argv.slice(2), console)
