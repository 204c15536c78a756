/**
 * Content or a folder of a store onto this machine: made aside under another name, and put into its place when it is
 * complete (spec/content.md, "Folders").
 */
import { randomBytes } from 'node:crypto'
import { link, lstat, mkdir, open, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

import { isFolder, readContentStream, walkFolder } from '../../../promisebase/index.ts'
import { HostError } from '../host-error.ts'
import { contentFault, fileFault } from './file-fault.ts'
import { platformFault, staysInside } from './safe-place.ts'
import type { CID } from 'multiformats/cid'
import type { BlockSource, FileEntry, LinkEntry, WalkedEntry } from '../../../promisebase/index.ts'

export interface ExportOptions {
  /** Whether something at the target may be replaced; false by default. */
  readonly overwrite?: boolean
  /**
   * Symbolic links: made only when they stay inside the folder, any other refuses the whole (`inside`, the
   * default); left out (`none`); or made whatever they point at (`any`).
   */
  readonly links?: 'inside' | 'none' | 'any'
  /** Whether a single file is made a program; in a folder each entry says it. */
  readonly isExecutable?: boolean
  /** False leaves the writing to disk to the system; true by default. */
  readonly durable?: boolean
  /** More bytes of files, or more entries, are refused. */
  readonly bytesMax?: number
  readonly entriesMax?: number
  readonly signal?: AbortSignal
  /** Told after each piece that was written. */
  readonly onProgress?: (progress: ExportProgress) => void
}

export interface ExportProgress {
  readonly bytes: number
  /** Files that are complete. */
  readonly files: number
}

/** What was made. */
export interface ExportedPath extends ExportProgress {
  readonly kind: 'file' | 'folder'
  /** Absolute. */
  readonly path: string
  /** Folders, the target included. */
  readonly folders: number
  readonly links: number
}

/**
 * Makes `target` out of what a CID names; the folder it is in must be there. When it fails, `target` is as it was.
 * @throws {HostError} FILE for a target that is there or cannot be written, and for names and links that may not be
 *   made; MISSING for a block that is not here; DATA for content that is not what it says
 * @throws {StoreError} @throws the reason of the signal
 */
export async function exportPath(
  source: BlockSource,
  cid: CID,
  target: string,
  options: ExportOptions = {},
): Promise<ExportedPath> {
  const path = resolve(target)
  if (options.overwrite !== true) await checkFree(path)
  const aside = join(dirname(path), `.grid-${randomBytes(8).toString('hex')}.partial`)
  const counts = { bytes: 0, files: 0, folders: 0, links: 0 }
  const writing = { source, options, counts }
  try {
    const kind = (await isFolder(source, cid)) ? 'folder' : 'file'
    if (kind === 'folder') await writeFolder(writing, cid, aside)
    else await writeFile(writing, { cid, isExecutable: options.isExecutable ?? false }, aside)
    options.signal?.throwIfAborted()
    await (kind === 'file' ? placeFile(aside, path, options) : placeFolder(aside, path, options))
    if (options.durable !== false) await flush(dirname(path))
    return { kind, path, ...counts }
  } catch (error) {
    await rm(aside, { recursive: true, force: true })
    throw contentFault(error)
  }
}

/** @throws {HostError} FILE when something is at an absolute path */
export async function checkFree(path: string): Promise<void> {
  if (await isThere(path)) throw isThereAlready(path)
}

interface Writing {
  readonly source: BlockSource
  readonly options: ExportOptions
  readonly counts: { bytes: number; files: number; folders: number; links: number }
}

async function writeFolder(writing: Writing, cid: CID, top: string): Promise<void> {
  const { signal, entriesMax, durable } = writing.options
  await makeFolder(writing, top)
  const walk = { ...(signal && { signal }), ...(entriesMax !== undefined && { entriesMax }) }
  const folders = [top]
  for await (const entry of walkFolder(writing.source, cid, walk)) {
    const path = join(top, entry.path)
    const fault = platformFault(entry.name, process.platform)
    if (fault !== undefined) throw new HostError('FILE', `${JSON.stringify(entry.path)} ${fault}`)
    if (entry.kind === 'file') await writeFile(writing, entry, path)
    else if (entry.kind === 'link') await makeLink(writing, entry, path)
    else {
      await makeFolder(writing, path)
      folders.push(path)
    }
  }
  if (durable !== false) for (const folder of folders) await flush(folder)
}

async function makeFolder({ counts }: Writing, path: string): Promise<void> {
  // Two names that this file system takes for one end here, or where a file is made.
  await mkdir(path).catch(fileFault(path))
  counts.folders++
}

async function makeLink(
  { counts, options }: Writing,
  entry: LinkEntry & WalkedEntry,
  path: string,
): Promise<void> {
  const { links = 'inside' } = options
  if (links === 'none') return
  const depth = entry.path.split('/').length - 1
  if (links === 'inside' && !staysInside(entry.target, depth, process.platform))
    throw new HostError(
      'FILE',
      `the link ${JSON.stringify(entry.path)} leads out: ${JSON.stringify(entry.target)}`,
      {
        fix: 'leave links out, or allow any',
      },
    )
  await symlink(entry.target, path).catch(fileFault(path))
  counts.links++
}

type File = Pick<FileEntry, 'cid' | 'isExecutable'> & Partial<Pick<FileEntry, 'size'>>

async function writeFile(writing: Writing, { cid, size, isExecutable }: File, path: string): Promise<void> {
  const { source, counts, options } = writing
  const { signal, onProgress, bytesMax = Infinity, durable } = options
  const start = counts.bytes
  const handle = await open(path, 'wx', isExecutable ? 0o777 : 0o666).catch(fileFault(path))
  try {
    const left = { bytesMax: bytesMax - start, ...(signal && { signal }) }
    for await (const piece of readContentStream(source, cid, left)) {
      await handle.writeFile(piece).catch(fileFault(path))
      counts.bytes += piece.length
      onProgress?.({ bytes: counts.bytes, files: counts.files })
    }
    const length = counts.bytes - start
    if (size !== undefined && length !== size)
      throw new HostError('DATA', `${cid} has ${length} bytes, its folder says ${size}`)
    if (durable !== false) await handle.sync().catch(fileFault(path))
  } finally {
    await handle.close()
  }
  counts.files++
  onProgress?.({ bytes: counts.bytes, files: counts.files })
}

async function placeFile(aside: string, path: string, { overwrite }: ExportOptions): Promise<void> {
  if (overwrite === true) return await rename(aside, path).catch(fileFault(path))
  // A link is made only where nothing is, whoever was faster.
  try {
    await link(aside, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw isThereAlready(path)
    return await placeWithoutLinks(aside, path)
  }
  await rm(aside)
}

/** Not every file system has hard links. */
async function placeWithoutLinks(aside: string, path: string): Promise<void> {
  await checkFree(path)
  await rename(aside, path).catch(fileFault(path))
}

async function placeFolder(aside: string, path: string, { overwrite }: ExportOptions): Promise<void> {
  const isReplaced = await isThere(path)
  if (!isReplaced) return await rename(aside, path).catch(fileFault(path))
  if (overwrite !== true) throw isThereAlready(path)
  const former = `${aside}.former`
  await rename(path, former).catch(fileFault(path))
  try {
    await rename(aside, path)
  } catch (error) {
    await rename(former, path)
    throw error
  }
  await rm(former, { recursive: true, force: true })
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    return fileFault(path)(error as NodeJS.ErrnoException)
  }
}

function isThereAlready(path: string): HostError {
  return new HostError('FILE', `${path} is there already`, {
    fix: 'name another target, or replace it by --overwrite',
  })
}

/** Names are on disk when their folder is. Where a folder cannot be opened, the system does it by itself. */
async function flush(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r').catch(fileFault(folder))
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
