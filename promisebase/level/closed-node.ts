/**
 * The mark of a clean end: how long the engine's logs were when the store was closed.
 *
 *   <folder>/closed = *( name " " size LF ) checksum LF    ; checksum: CRC-32C of the lines before, 8 hex digits
 *
 * Nothing inside a log tells a whole one from one that lost its end between two records; this does. It is removed
 * before the engine may write again, so it never speaks of another state.
 */
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32c } from '../crc32c.ts'
import { StoreError } from '../errors.ts'
import { engineFolder, flush } from './files-node.ts'
import type { StoreFolder } from './files-node.ts'
import type { EngineReport } from './verify-folder.ts'

/** Flushes the logs and leaves the mark. */
export async function markClosed(folder: StoreFolder): Promise<void> {
  const engine = engineFolder(folder)
  let lines = ''
  for (const name of (await readdir(engine)).filter((name) => name.endsWith('.log'))) {
    await flush(join(engine, name))
    lines += `${name} ${(await stat(join(engine, name))).size}\n`
  }
  const aside = `${markPath(folder)}.creating`
  try {
    await writeFile(aside, `${lines}${checksumOf(lines)}\n`, { mode: 0o600, flush: true })
    await rename(aside, markPath(folder))
  } catch (error) {
    await rm(aside, { force: true })
    throw error
  }
  await flush(folder.path)
}

/**
 * Compares the logs with the mark, if there is one. One that is damaged itself proves nothing, and refuses nothing.
 * @throws {StoreError} `CORRUPT`
 */
export async function verifyClosed(folder: StoreFolder, { torn }: EngineReport): Promise<void> {
  for (const [name, size] of (await readMark(folder)) ?? []) {
    const found = await sizeOf(join(engineFolder(folder), name))
    if (found !== size) {
      throw new StoreError('CORRUPT', `${name} had ${size} octets when the store was closed, now ${found}`)
    }
    if (torn?.file === name) {
      throw new StoreError('CORRUPT', `${name} is damaged at octet ${torn.offset}, and the store was closed`)
    }
  }
}

/** To be called before the engine is opened. */
export async function unmarkClosed(folder: StoreFolder): Promise<void> {
  try {
    await rm(markPath(folder))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  // Else it could come back after a power cut, beside logs that have grown.
  await flush(folder.path)
}

async function readMark(folder: StoreFolder): Promise<[string, number][] | undefined> {
  const text = await readFile(markPath(folder), 'latin1').catch(ifMissing(''))
  const lines = text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1)
  if (text !== `${lines}${checksumOf(lines)}\n`) return undefined
  return lines
    .split('\n')
    .slice(0, -1)
    .map((line) => [line.split(' ')[0]!, Number(line.split(' ')[1])])
}

function checksumOf(lines: string): string {
  return crc32c(new TextEncoder().encode(lines)).toString(16).padStart(8, '0')
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(({ size }) => size, ifMissing(0))
}

function ifMissing<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return instead
    throw error
  }
}

function markPath(folder: StoreFolder): string {
  return join(folder.path, 'closed')
}
