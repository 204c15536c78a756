/**
 * Chains kept under a name, so that `--cap NAME` presents one: `caps/NAME.cap` in the data folder, each a capability
 * file. What they promise may be of any grid and any node.
 */
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { HostError } from '../host-error.ts'
import { checkedName, isName } from '../keys/keys.ts'

const ENDING = '.cap'

export interface Wallet {
  /** Where it is, absolute. */
  readonly folder: string
}

export function walletIn(data: string): Wallet {
  return { folder: join(data, 'caps') }
}

/** The file of a name; whether there is one, who reads it finds out. @throws {HostError} NAME */
export function walletFile({ folder }: Wallet, name: string): string {
  return join(folder, checkedName(name) + ENDING)
}

/** Keeps a capability file under a name that is free. @throws {HostError} NAME or FILE */
export async function keepCapabilities(wallet: Wallet, name: string, text: string): Promise<string> {
  const path = walletFile(wallet, name)
  await mkdir(wallet.folder, { recursive: true, mode: 0o700 })
  await writeNew(path, text).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST')
      throw new HostError('NAME', `there is a capability ${name} already`, { fix: 'choose another name' })
    throw new HostError('FILE', `${path} cannot be written: ${error.code ?? error.message}`, { cause: error })
  })
  return path
}

/** Forgets what is kept under a name; whoever has the bytes elsewhere still has them. @throws {HostError} MISSING */
export async function forgetCapabilities(wallet: Wallet, name: string): Promise<void> {
  await rm(walletFile(wallet, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new HostError('MISSING', `there is no capability ${name} here`)
    throw new HostError('FILE', `${name} cannot be removed: ${error.code ?? error.message}`, { cause: error })
  })
}

export async function namesInWallet({ folder }: Wallet): Promise<readonly string[]> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new HostError('FILE', `${folder} cannot be read: ${error.code ?? error.message}`, { cause: error })
  })
  return files
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
    .filter((name) => isName(name))
    .sort()
}

/** Never in the place of another, and for its owner alone: a bearer chain is worth as much as a key. */
async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}
