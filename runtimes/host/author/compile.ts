/** Runs a compiler in the folder of a project, and keeps what it says. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { HostError } from '../host-error.ts'
import type { Tool } from './toolchain.ts'

const execute = promisify(execFile)
const BUILD_MS = 120_000
const SAID_BYTES = 1024 * 1024

/** @throws {CompilerError} */
export async function compile(folder: string, program: string, words: readonly string[]): Promise<void> {
  const options = { cwd: folder, timeout: BUILD_MS, maxBuffer: SAID_BYTES }
  await execute(program, [...words], options).catch((error: Error & { readonly stderr?: string }) => {
    throw new CompilerError(error.stderr === undefined || error.stderr === '' ? error.message : error.stderr)
  })
}

/** What a compiler said of source that it does not take, line by line. */
export class CompilerError extends HostError {
  readonly lines: readonly string[]

  constructor(said: string) {
    super('FILE', 'the compiler does not take the source', {
      fix: 'mend the source where the compiler points, and run this again',
    })
    this.lines = said.trimEnd().split(/\r?\n/)
  }
}

export function pathOf(tool: Tool | undefined): string {
  if (tool?.found === undefined) throw new TypeError('a tool that was not found')
  return tool.found.path
}
