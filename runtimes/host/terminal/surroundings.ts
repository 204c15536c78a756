/** What whoever starts a program gives to it. A process has it all; so can run many commands in one process. */
import type { Readable, Writable } from 'node:stream'

export interface Surroundings {
  readonly stdin: Readable & MaybeScreen
  readonly stdout: Writable & MaybeScreen
  readonly stderr: Writable & MaybeScreen
  readonly env: Environment
  /** Where relative paths begin. */
  readonly cwd: () => string
}

interface MaybeScreen {
  readonly isTTY?: boolean
}

export type Environment = Readonly<Record<string, string | undefined>>
