/** Opens the host of a data folder: waits for others to close it, and says which folder it is about. */
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

import { STORE_ERRORS, StoreError } from '../../../promisebase/index.ts'
import { HostError } from '../host-error.ts'
import { safeLine } from '../terminal/safe-text.ts'
import type { Host, HostOptions } from '../interface.ts'
import type { Terminal } from '../terminal/terminal.ts'

const AGAIN_MS = 50

export interface DataFolder {
  readonly terminal: Terminal
  /** The data folder, absolute. */
  readonly data: string
  /** The data folder as the user wrote it. */
  readonly dataName: string
  /** How many seconds to wait for a data folder that somebody else has open. */
  readonly wait: number
}

export async function openHost(folder: DataFolder, options: Omit<HostOptions, 'data'>): Promise<Host> {
  // The engine of the store and the runtimes are loaded here alone: what only reads keys or files does without.
  const { createHost } = await import('../create-host.ts')
  return openFolder(folder, () => createHost({ ...options, data: folder.data }))
}

/** One process at a time has the folder; commands take well under a second, so others are waited for. */
export async function openFolder<T>(folder: DataFolder, create: () => Promise<T>): Promise<T> {
  const until = performance.now() + folder.wait * 1_000
  const open = (): Promise<T | undefined> =>
    create().catch((error: unknown) => {
      if (!isLocked(error) || performance.now() >= until) throw error
      return undefined
    })
  const openLater = async (): Promise<T> => {
    for (;;) {
      await sleep(AGAIN_MS)
      const opened = await open()
      if (opened !== undefined) return opened
    }
  }
  return (await open()) ?? folder.terminal.progress('another process has the folder open, waiting', openLater)
}

/** The same error with the name of the folder in it, and with what the system said. */
export function nameFolder({ dataName }: DataFolder, error: unknown): unknown {
  if (!(error instanceof StoreError)) return error
  const folder = safeLine(dataName)
  const found = systemError(error)
  if (error.code === 'IO' && found !== undefined)
    return new HostError('DATA', `the data folder ${folder} cannot be used: ${found}`, {
      cause: error,
      fix: 'name a folder whose files you may write with --data, or ask its owner',
    })
  const said = error.message.slice(`${STORE_ERRORS[error.code]}: `.length)
  return new StoreError(error.code, said === '' ? folder : `${folder}: ${said}`, { cause: error })
}

export function isLocked(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'LOCKED'
}

/** What the operating system, or an engine for it, said at the root of an error. */
function systemError(error: Error): string | undefined {
  let root: unknown = error
  while (root instanceof Error && root.cause instanceof Error) root = root.cause
  if (root === error) return undefined
  const { code, dest, path = dest, message } = root as NodeJS.ErrnoException & { readonly dest?: string }
  return code === undefined || path === undefined ? message : `${code}, ${dest ?? path}`
}
