/** Long streams between a store and a file: a file is written aside, and put into its place when it is complete. */
import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { fileFault } from '../../files/file-fault.ts'
import type { FileHandle } from 'node:fs/promises'

const CHUNK = 256 * 1024

/** Runs `work` on the sink of a file; without its success nothing is there, or what was there before. @throws {HostError} FILE */
export async function withOutFile<T>(
  path: string,
  work: (sink: (bytes: Uint8Array) => Promise<void>) => Promise<T>,
): Promise<T> {
  const aside = join(dirname(path), `.grid-${randomBytes(8).toString('hex')}.partial`)
  const file = await open(aside, 'wx').catch(fileFault(path))
  try {
    const done = await writeAll(file, work, path)
    await rename(aside, path).catch(fileFault(path))
    return done
  } catch (error) {
    await rm(aside, { force: true })
    throw error
  }
}

async function writeAll<T>(
  file: FileHandle,
  work: (sink: (bytes: Uint8Array) => Promise<void>) => Promise<T>,
  path: string,
): Promise<T> {
  try {
    const done = await work((bytes) => file.writeFile(bytes).catch(fileFault(path)))
    await file.sync().catch(fileFault(path))
    return done
  } finally {
    await file.close()
  }
}

/** The bytes of a file, piece by piece. @throws {HostError} MISSING, FILE */
export async function* readPieces(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r').catch(fileFault(path))
  try {
    for (;;) {
      const buffer = new Uint8Array(CHUNK)
      const { bytesRead } = await file.read(buffer, 0, CHUNK).catch(fileFault(path))
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}
