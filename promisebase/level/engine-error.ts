/** What an engine's error means in the store's own words. */
import { StoreError } from '../errors.ts'
import type { StoreErrorCode } from '../errors.ts'

/** The error of a read, or of anything else that changed nothing. */
export function readError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  return new StoreError(isNotOpen(error) ? 'CLOSED' : (known(error) ?? 'IO'), undefined, { cause: error })
}

/**
 * The error of a batch that had been given to the engine. Whether it will be there after opening again
 * cannot be known: an engine may have logged it and then failed to flush.
 */
export function writeError(error: unknown): StoreError {
  if (isNotOpen(error)) return new StoreError('CLOSED', undefined, { cause: error })
  return new StoreError(known(error) === 'FULL' ? 'FULL' : 'INDETERMINATE', undefined, { cause: error })
}

/** The error of opening an engine that had been created completely. */
export function openError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const missing = chainOf(error).some((link) => /does not exist|No such file|no meta-/.test(link.message))
  const code = known(error) ?? (missing ? 'CORRUPT' : 'IO')
  // What the system says is the clearest there is: a read-only disk, a folder of somebody else.
  const detail = error instanceof Error && 'syscall' in error ? error.message : undefined
  return new StoreError(code, detail, { cause: error })
}

function known(error: unknown): StoreErrorCode | undefined {
  for (const { code, name, message } of chainOf(error)) {
    if (code === 'LEVEL_LOCKED') return 'LOCKED'
    if (code === 'LEVEL_CORRUPTION') return 'CORRUPT'
    if (code === 'ENOSPC' || code === 'EDQUOT' || name === 'QuotaExceededError') return 'FULL'
    if (/No space left on device|Disk quota exceeded/.test(message)) return 'FULL'
  }
  return undefined
}

function isNotOpen(error: unknown): boolean {
  return chainOf(error).some(({ code }) => code !== undefined && /^LEVEL_\w+_NOT_OPEN$/.test(code))
}

interface Link {
  readonly code: string | undefined
  readonly name: string
  readonly message: string
}

/** An error and what caused it: engines put their own error inside a general one. */
function chainOf(error: unknown): Link[] {
  const links: Link[] = []
  for (let at = error; at instanceof Error && links.length < 8; at = at.cause) {
    const code = (at as Error & { code?: unknown }).code
    links.push({ code: typeof code === 'string' ? code : undefined, name: at.name, message: at.message })
  }
  return links
}
