/** Paths as a guest writes them: UTF-8, relative, bounded. */
import { FAULT } from './fault.ts'
import { FILE_LIMITS } from './limits.ts'

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const utf8 = new TextEncoder()

/** Names of a path in order, those that mean nothing left out. */
export interface PathNames {
  readonly names: readonly string[]
  /** It ends in a slash, and so can only mean a folder. */
  readonly needsFolder: boolean
}

/** @throws {Fault} what no file system has as a path */
export function readPath(bytes: Uint8Array): string {
  if (bytes.length > FILE_LIMITS.pathBytes) throw FAULT.nametoolong
  return checkPath(decode(bytes))
}

/** The same for one that is text already. */
function checkPath(path: string): string {
  if (isLonger(path, FILE_LIMITS.pathBytes)) throw FAULT.nametoolong
  if (path.includes('\0')) throw FAULT.inval
  return path
}

/** @throws {Fault} for one that leads to the top of the world, or to nothing */
export function namesOf(path: string): PathNames {
  if (path === '') throw FAULT.noent
  if (path.startsWith('/')) throw FAULT.notcapable
  const names = path.split('/').filter((name) => name !== '' && name !== '.')
  return { names, needsFolder: /(^|\/)\.?$/.test(path) }
}

/** @throws {Fault} for a name that is too long to be in a folder */
export function checkName(name: string): void {
  if (isLonger(name, FILE_LIMITS.nameBytes)) throw FAULT.nametoolong
}

/** Whether a text has more bytes than these. */
function isLonger(text: string, bytesMax: number): boolean {
  // No letter of a string is more than three bytes.
  if (3 * text.length <= bytesMax) return false
  return text.length > bytesMax || utf8.encode(text).length > bytesMax
}

function decode(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    throw FAULT.ilseq
  }
}
