/** A file or a folder of this machine into a store, in memory that does not grow with it (spec/content.md). */
import { constants } from 'node:fs'
import { lstat, open, readdir, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { ContentWriter } from '../../../promisebase/index.ts'
import { HostError } from '../host-error.ts'
import { fileFault } from './file-fault.ts'
import type { FileHandle } from 'node:fs/promises'
import type { CID } from 'multiformats/cid'
import type { ContentFormat, FolderEntry, Later, NamedEntry, Store } from '../../../promisebase/index.ts'

export interface ImportOptions extends Pick<ContentFormat, 'format' | 'unixfs'> {
  readonly signal?: AbortSignal
  /** Told what is on disk, every few MiB and at the end. */
  readonly onProgress?: (progress: ImportProgress) => void
  /** Asked for everything in a folder by its path in it, with slashes; what it answers false to is left out. */
  readonly isWanted?: (path: string) => boolean
}

export interface ImportProgress {
  /** Bytes of content that are in the store. */
  readonly bytes: number
  /** Files that were read so far. */
  readonly files: number
}

/** What was put into the store. */
export interface ImportedPath {
  readonly kind: 'file' | 'folder'
  readonly cid: CID
  /** Bytes of all files. */
  readonly size: number
  readonly files: number
  /** Folders, the named one included. */
  readonly folders: number
  readonly links: number
}

/** Readers go no deeper: see spec/content.md. */
const DEPTH_MAX = 256
const READ_BYTES = 256 * 1024

/**
 * Stores the file or folder at a path. The path itself may be a link; links inside a folder are kept as links. Of a
 * file are kept its bytes and whether it may be run; the same bytes make the same CID on every machine.
 * @throws {HostError} MISSING when nothing is there; FILE for what cannot be read, or is neither file, folder nor
 *   link, with its path @throws {StoreError} @throws the reason of the signal
 */
export async function importPath(
  store: Pick<Store, 'transact'>,
  path: string,
  options: ImportOptions = {},
): Promise<ImportedPath> {
  const { signal, onProgress } = options
  const counts = { files: 0, folders: 0, links: 0 }
  const onCommit = onProgress && ((bytes: number): void => onProgress({ bytes, files: counts.files }))
  const writer = new ContentWriter(store, { signal, onCommit })
  const reading = { writer, counts, options, buffer: new Uint8Array(READ_BYTES) }
  try {
    const found = await stat(path).catch(fileFault(path))
    const later = found.isDirectory()
      ? await readFolder(reading, path, '', 1)
      : await readFile(reading, path, true)
    await writer.end()
    const { kind, cid, size } = later()
    return { kind, cid, size, ...counts }
  } finally {
    await writer.settle()
  }
}

interface Reading {
  readonly writer: ContentWriter
  readonly counts: { files: number; folders: number; links: number }
  readonly options: ImportOptions
  /** Chunks are copies, so one buffer is enough for all files. */
  readonly buffer: Uint8Array
}

/** What a thing came to, without its name. */
type Content = Exclude<FolderEntry, { readonly kind: 'link' }>

async function readFolder(
  reading: Reading,
  path: string,
  above: string,
  depth: number,
): Promise<Later<Content>> {
  if (depth > DEPTH_MAX) throw new HostError('FILE', `${path} is more than ${DEPTH_MAX} folders deep`)
  const entries: NamedEntry[] = []
  for (const name of await namesIn(path)) {
    const inside = `${above}${name}`
    if (reading.options.isWanted?.(inside) === false) continue
    const entry = await readEntry(reading, join(path, name), inside, depth)
    entries.push({ name, entry: () => ({ ...entry(), name }) })
  }
  reading.counts.folders++
  const folder = await reading.writer.folder(entries).catch((error: unknown) => {
    throw error instanceof RangeError
      ? new HostError('FILE', `${path}: ${error.message}`, { cause: error })
      : error
  })
  return () => ({ name: '', kind: 'folder', ...folder() })
}

async function readEntry(
  reading: Reading,
  path: string,
  inside: string,
  depth: number,
): Promise<Later<FolderEntry>> {
  const found = await lstat(path).catch(fileFault(path))
  if (found.isDirectory()) return readFolder(reading, path, `${inside}/`, depth + 1)
  if (!found.isSymbolicLink()) return readFile(reading, path, false)
  const target = textOf(await readlink(path, { encoding: 'buffer' }).catch(fileFault(path)), path)
  reading.counts.links++
  return () => ({ name: '', kind: 'link', target })
}

async function readFile(reading: Reading, path: string, follow: boolean): Promise<Later<Content>> {
  // What has become a link since it was looked at is not followed, and a pipe does not keep us waiting.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (follow ? 0 : (constants.O_NOFOLLOW ?? 0))
  const handle = await open(path, flags).catch(fileFault(path))
  try {
    const found = await handle.stat()
    if (!found.isFile()) throw new HostError('FILE', `${path} is neither a file, a folder nor a link`)
    const content = await reading.writer.content(piecesOf(handle, path, reading.buffer), reading.options)
    reading.counts.files++
    const isExecutable = (found.mode & 0o100) !== 0
    return () => {
      const { cid, size } = content()
      return { name: '', kind: 'file', cid, size, isExecutable }
    }
  } finally {
    await handle.close()
  }
}

async function* piecesOf(handle: FileHandle, path: string, buffer: Uint8Array): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length).catch(fileFault(path))
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

async function namesIn(path: string): Promise<string[]> {
  const names = await readdir(path, { encoding: 'buffer' }).catch(fileFault(path))
  return names.map((name) => textOf(name, path))
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A name of other bytes could not be given back, and one with U+FFFD in it would be another name. */
function textOf(bytes: Uint8Array, path: string): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    const shown = JSON.stringify(Buffer.from(bytes).toString('latin1'))
    throw new HostError('FILE', `${path}: ${shown} is not UTF-8`, { cause, fix: 'rename it' })
  }
}
