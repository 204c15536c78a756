/** What whoever starts a program gives to it. A process has it all; so can run many commands in one process. */
import type { Readable, Writable } from 'node:stream'
import type { KeyMaking } from '../keys/lock.ts'

export interface Surroundings {
  readonly stdin: Readable & MaybeScreen
  readonly stdout: Writable & MaybeScreen
  readonly stderr: Writable & MaybeScreen
  readonly env: Environment
  /** Where relative paths begin. */
  readonly cwd: () => string
  /** How keys are made from passphrases, where it is not to take half a second each time. */
  readonly keyMaking?: Partial<KeyMaking>
}

interface MaybeScreen {
  readonly isTTY?: boolean
}

export type Environment = Readonly<Record<string, string | undefined>>
