/** What an error of the driver or of the server means in the store's own words. */
import { StoreError } from '../errors.ts'
import type { StoreErrorCode } from '../errors.ts'

/** SQLSTATE of the server: five characters; the first two are its class. */
const CODES: Readonly<Record<string, StoreErrorCode>> = {
  // serialization_failure, deadlock_detected: nothing is written, and the same may succeed next time.
  '40001': 'CONFLICT',
  '40P01': 'CONFLICT',
  // disk_full
  '53100': 'FULL',
  // statement_too_complex, program_limit_exceeded: a key that is longer than an index takes.
  '54000': 'LIMIT',
  '54001': 'LIMIT',
  // data_corrupted, index_corrupted
  XX001: 'CORRUPT',
  XX002: 'CORRUPT',
}

/** The error of anything that has certainly changed nothing. */
export function unwritten(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const state = sqlState(error)
  return new StoreError((state !== undefined && CODES[state]) || 'IO', messageOf(error), { cause: error })
}

/**
 * The error of a COMMIT. What the server refuses is not in the store; when it was shut down, or when the
 * connection went before the answer came, nobody can tell.
 */
export function unanswered(error: unknown): StoreError {
  const state = sqlState(error)
  // Classes 08 (connection), 57 (operator intervention) and 58 (system) may follow a commit that was written.
  if (state !== undefined && !/^(08|57|58|XX)/.test(state)) return unwritten(error)
  return new StoreError('INDETERMINATE', messageOf(error), { cause: error })
}

/** Whether two who create the same thing at once were in each other's way. */
export function isCreationRace(error: unknown): boolean {
  return ['23505', '42P06', '42P07', '40001', 'XX000'].includes(sqlState(error) ?? '')
}

function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
