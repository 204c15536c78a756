#!/usr/bin/env node
/** The program `grid`: one command, with the words, streams and folder of this process. */
import { runCli } from './run-cli.ts'
import { endWithStreams } from './terminal/broken-streams.ts'

endWithStreams(process)
process.exitCode = await runCli(process.argv.slice(2), process)
