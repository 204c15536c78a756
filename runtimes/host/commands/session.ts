/** What every command works with: the terminal, the data folder, and paths as the user meant them. */
import { dirname, join, resolve } from 'node:path'

import { HostError } from '../host-error.ts'
import { fileKeys } from '../keys/file-keys.ts'
import { nodeCrypto } from '../powers/crypto.ts'
import { admissionOf } from './admission-file.ts'
import { gridFolder } from './grid-folder.ts'
import { nameFolder, openHost } from './open-host.ts'
import { protectionOf } from './passphrase.ts'
import type { Host, HostOptions } from '../interface.ts'
import type { DataFolder } from './open-host.ts'
import type { FileKeys } from '../keys/file-keys.ts'
import type { KeyProtection } from '../keys/folder.ts'
import type { Tier } from '../isolation/isolated-runtime.ts'
import type { Report } from '../terminal/report.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** Runs a command and delivers what it reports. */
export type Act = (command: (session: Session) => Promise<Report>) => Promise<void>

/** The data folder without --data. */
export const DATA_DEFAULT = './.promisegrid'

export interface Session extends DataFolder {
  /** Which grid of the folder it is about, by name or CID; the first one without it. */
  readonly grid: string | undefined
  /** Where code in WebAssembly runs. */
  readonly isolation: Tier
  /** The file of what may be admitted, absolute, where one was named. */
  readonly admissionFile: string | undefined
  readonly protection: KeyProtection
  /** Where the passphrase is read from, absolute or `-`; undefined for the environment and the terminal. */
  readonly passphraseFile: string | undefined
  /** A path the user wrote, absolute; `-` stays what it is. */
  readonly path: (written: string) => string
}

export interface SessionFlags {
  readonly data: string
  readonly grid?: string
  readonly wait: number
  readonly isolation: Tier
  readonly admission?: string
  readonly passphraseFile?: string
}

/** @throws {HostError} USAGE for a data folder without a name */
export function createSession(
  terminal: Terminal,
  { env, cwd }: Surroundings,
  { data: dataName, grid, wait, isolation, admission, passphraseFile }: SessionFlags,
): Session {
  if (dataName.trim() === '')
    throw new HostError('USAGE', 'the name of the data folder is empty', { fix: 'name a folder with --data' })
  const from = standing(env, cwd())
  const path = (written: string): string => (written === '-' ? written : resolve(from, written))
  const file = passphraseFile === undefined ? undefined : path(passphraseFile)
  const protection = protectionOf(terminal, file)
  const data = path(dataName)
  const admissionFile = admission === undefined ? undefined : path(admission)
  const named = { terminal, dataName, data, grid, wait, isolation, admissionFile }
  return { ...named, path, protection, passphraseFile: file }
}

/**
 * Where the user stood. npm runs scripts in the folder of their package, and says where that was; whoever went
 * somewhere else within a script, or runs a program there, stands there.
 */
function standing(env: Surroundings['env'], folder: string): string {
  const manifest = env['npm_package_json']
  const isMoved = manifest !== undefined && dirname(manifest) === folder
  return (isMoved ? env['INIT_CWD'] : undefined) ?? folder
}

/** Runs `work` on the host of a grid that is there. @throws {HostError} MISSING without one */
export async function withHost<T>(
  session: Session,
  work: (host: Host) => Promise<T>,
  options: NewHostOptions = {},
): Promise<T> {
  return withHostIn(session, await gridFolder(session), work, options)
}

export interface NewHostOptions extends Omit<HostOptions, 'data'> {
  readonly identities?: FileKeys
}

/** The same where the first grid of the data folder may be made. @throws {HostError} USAGE for another one */
export async function withNewHost<T>(
  session: Session,
  work: (host: Host) => Promise<T>,
  options: NewHostOptions = {},
): Promise<T> {
  if (session.grid !== undefined)
    throw new HostError('USAGE', 'this command is about the first grid of a folder', {
      fix: 'leave --grid out; `grid grids found NAME` founds another one',
    })
  return withHostIn(session, session.data, work, options)
}

async function withHostIn<T>(
  session: Session,
  folder: string,
  work: (host: Host) => Promise<T>,
  options: NewHostOptions,
): Promise<T> {
  const identities = options.identities ?? keysOf(session)
  try {
    // Before the store is open: nobody waits while a passphrase is typed, and without it no store is begun.
    await identities.unlock('node')
    await using host = await openHost(
      { ...session, data: folder },
      { ...(await hostOptions(session, options)), identities },
    )
    return await work(host)
  } catch (error) {
    throw nameFolder(session, error)
  }
}

/** One lane is enough for a command, which makes one call after the other. */
async function hostOptions(session: Session, options: NewHostOptions): Promise<NewHostOptions> {
  const admission = await admissionOf(session)
  const { isolation } = session
  return {
    ...(isolation !== 'here' && { isolation: { tier: isolation, lanes: 1 } }),
    ...(admission !== undefined && { admission }),
    ...options,
  }
}

/** Identities, without opening the store; with `encrypts`, new ones are encrypted in any case. */
export function keysOf({ data, protection }: Session, encrypts = false): FileKeys {
  const encryptsNew = encrypts || protection.encryptsNew
  return fileKeys(nodeCrypto, join(data, 'keys'), { ...protection, encryptsNew })
}
