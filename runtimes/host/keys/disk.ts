/** Key files on a disk: readable by their owner alone, and complete or not there. */
import { link, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

import { HostError } from '../host-error.ts'
import { nodeCrypto } from '../powers/crypto.ts'
import type { FileHandle } from 'node:fs/promises'

/** Twice what the largest key set needs: anything larger is something else. */
const FILE_BYTES_MAX = 32_768

/** The text of a key file, undefined where there is none. @throws {HostError} KEY_FILE */
export async function readKeyText(path: string): Promise<string | undefined> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw new HostError('KEY_FILE', `${path} cannot be read: ${error.code ?? 'unknown'}`, { cause: error })
  })
  if (file === undefined) return undefined
  try {
    // Looked at through the open file, so that it is the same one that is read.
    await checkFile(file, path)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** Writes a new key file; one that is there already stays as it is. @throws {HostError} KEY_FILE */
export function createKeyText(path: string, text: string): Promise<void> {
  return writeAside(path, text, (aside) => nameOnce(aside, path))
}

/**
 * Puts a key file in the place of the one of its name, as long as that still holds `was`: what another process
 * has added to it meanwhile would be lost for ever. @throws {HostError} KEY_FILE
 */
export function replaceKeyText(path: string, was: string, text: string): Promise<void> {
  return writeAside(path, text, async (aside) => {
    if ((await readKeyText(path)) !== was)
      throw new HostError('KEY_FILE', `${path} was changed by somebody else meanwhile`, {
        fix: 'run it again',
      })
    await rename(aside, path)
  })
}

async function checkFile(file: FileHandle, path: string): Promise<void> {
  const stat = await file.stat()
  if (!stat.isFile() || stat.size > FILE_BYTES_MAX) throw new HostError('KEY_FILE', `${path} is no key file`)
  if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0)
    throw new HostError('KEY_FILE', `${path} is open to others than its owner`, {
      fix: `run: chmod 600 ${path}; make a new identity if others may have read it`,
    })
}

/** Writes a key aside and gives it its name at the end: a file of this name is always complete. */
async function writeAside(path: string, text: string, name: (aside: string) => Promise<void>): Promise<void> {
  const aside = `${path}.${Buffer.from(nodeCrypto.random(6)).toString('hex')}`
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeWhole(aside, text)
    await name(aside)
    await rm(aside, { force: true })
    await flush(dirname(path))
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined)
    if (error instanceof HostError) throw error
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    throw new HostError('KEY_FILE', `${path} cannot be written: ${code}`, { cause: error })
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Exclusive where the file system has links: two processes must not each believe in a key of their own. */
async function nameOnce(aside: string, path: string): Promise<void> {
  try {
    await link(aside, path)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(code)) throw error
    await rename(aside, path)
  }
}

/** A name is safe from a power cut once its folder is. Windows cannot, and need not, flush a folder. */
async function flush(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
