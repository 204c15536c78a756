/** Calls of the component that does what its arguments say with `wasi:filesystem`. */
import assert from 'node:assert/strict'

import { builtComponent } from './components.ts'
import { RunEnd } from './fixtures.ts'
import { Blocks, programCall, runProgram, runtime } from './program-kit.ts'
import type { RunResult } from '../../../kernel/index.ts'
import type { CallChanges } from './fixtures.ts'
import type { ProgramCall } from './program-kit.ts'

export const FILES = builtComponent('files')

/** `error-code` as WASI 0.2 has it. */
const CODES =
  `access would-block already bad-descriptor busy deadlock quota exist file-too-large illegal-byte-sequence in-progress
   interrupted invalid io is-directory loop too-many-links message-size name-too-long no-device no-entry no-lock
   insufficient-memory insufficient-space not-directory not-empty not-recoverable unsupported no-tty no-such-device overflow
   not-permitted pipe read-only invalid-seek text-file-busy cross-device`.split(/\s+/)

const CLOSED = 100

/** What each operation gave, `ok` where that is nothing, with the name of the error where there was one. */
export async function filesProbe(
  operations: string | readonly string[],
  given: ProgramCall = { scratch: '/' },
  blocks = new Blocks(),
): Promise<string[]> {
  const args = typeof operations === 'string' ? operations.trim().split(/\s+/) : operations
  const { stdout, exit } = await runProgram(FILES, { ...given, args }, blocks, {
    budget: { fuel: 100_000_000 },
  })
  assert.equal(exit, 0, stdout)
  return stdout.slice(0, -1).split('\n').map(endOf)
}

function endOf(line: string): string {
  const [, gave = '', number] = /^\S+(.*) = (\d+)$/s.exec(line) ?? []
  const error = nameOf(Number(number))
  return [gave.slice(1), ...error].join(gave === '' ? '' : ' ') || (gave === '' ? 'ok' : '')
}

function nameOf(number: number): string[] {
  if (number === CLOSED) return ['closed']
  return number === 0 ? [] : [CODES[number - 1] ?? String(number)]
}

export async function filesEnds(operations: string, ...expected: readonly string[]): Promise<void> {
  assert.deepEqual(await filesProbe(operations), expected, operations)
}

/** How a call of it ends that is no success. */
export async function refusedFiles(
  given: ProgramCall,
  blocks = new Blocks(),
  changes: CallChanges = {},
): Promise<RunResult> {
  return runtime.run(programCall(FILES, given, blocks, changes), new RunEnd())
}
