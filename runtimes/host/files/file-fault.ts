/** What the operating system says about a file, in words and codes of the host. */
import { ContentError } from '../../../promisebase/index.ts'
import { HostError } from '../host-error.ts'

/** For `catch` of a promise: says which path it was. @throws {HostError} MISSING or FILE */
export function fileFault(path: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    const isMissing = error.code === 'ENOENT' || error.code === 'ENOTDIR'
    const words = isMissing
      ? 'is not here'
      : (KNOWN[error.code ?? ''] ?? `cannot be used: ${error.code ?? error.message}`)
    throw new HostError(isMissing ? 'MISSING' : 'FILE', `${path} ${words}`, { cause: error })
  }
}

const KNOWN: Readonly<Record<string, string>> = {
  EACCES: 'cannot be used: permission denied',
  EPERM: 'cannot be used: not permitted',
  EEXIST: 'is there already',
  ELOOP: 'is a link, or was replaced by one',
  ENXIO: 'is neither a file, a folder nor a link',
  ENOSPC: 'cannot be written: no space is left',
}

/** Content that cannot be read, as an error of the host; everything else as it is. */
export function contentFault(error: unknown): unknown {
  if (!(error instanceof ContentError)) return error
  return new HostError(error.code === 'MISSING' ? 'MISSING' : 'DATA', error.message, { cause: error })
}
