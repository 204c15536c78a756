/** What every command works with: the terminal, the data folder, and paths as the user meant them. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { createHost } from '../create-host.ts'
import { HostError } from '../host-error.ts'
import { fileKeys } from '../key-files.ts'
import { nodeCrypto } from '../node-crypto.ts'
import type { Host, HostOptions } from '../create-host.ts'
import type { Keys } from '../key-files.ts'
import type { Report } from '../terminal/report.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** Runs a command and delivers what it reports. */
export type Act = (command: (session: Session) => Promise<Report>) => Promise<void>

export interface Session {
  readonly terminal: Terminal
  /** The data folder, absolute. */
  readonly data: string
  /** The data folder as the user wrote it. */
  readonly dataName: string
  /** A path the user wrote, absolute; `-` stays what it is. */
  readonly path: (written: string) => string
}

export function createSession(terminal: Terminal, dataName: string): Session {
  // npm runs scripts in the folder of the package, and says here where the user stood.
  const from = process.env['INIT_CWD'] ?? process.cwd()
  const path = (written: string): string => (written === '-' ? written : resolve(from, written))
  return { terminal, dataName, data: path(dataName), path }
}

/** Runs `work` on the host of an existing data folder. @throws {HostError} MISSING without one */
export async function withHost<T>(
  session: Session,
  work: (host: Host) => Promise<T>,
  options: Omit<HostOptions, 'data'> = {},
): Promise<T> {
  if (!existsSync(join(session.data, 'store')))
    throw new HostError('MISSING', `there is no grid in ${session.dataName}`, {
      fix: 'make one with `grid init`, or name its folder with --data',
    })
  const host = await createHost({ ...options, data: session.data })
  try {
    return await work(host)
  } finally {
    await host.close()
  }
}

/** Identities, without opening the store. */
export function keysOf(session: Session): Keys {
  return fileKeys(nodeCrypto, join(session.data, 'keys'))
}
