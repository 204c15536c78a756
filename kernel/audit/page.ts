/**
 * Sealed entries of the audit log, and where the log begins and ends (spec/audit.md, "Pages").
 *
 *   page = [SHA-256 of the page before, entries lost before it, [* entry as bytes]]
 *   head  = [first number, what the first page follows, next number, SHA-256 of the last page,
 *            entries kept, entries dropped]
 */
import { DAG_CBOR_PROFILE, decodeCbor, encodeCbor } from '../../promisebase/index.ts'
import type { CborValue } from '../../promisebase/index.ts'

export interface AuditPage {
  readonly previous: Uint8Array
  /** Entries that were noted and never sealed, because the store failed. */
  readonly lost: number
  readonly entries: readonly Uint8Array[]
}

export interface AuditHead {
  /** Number of the first page that is kept. */
  readonly first: number
  /** The hash the first page follows: that of the last one dropped. */
  readonly checkpoint: Uint8Array
  readonly next: number
  readonly last: Uint8Array
  readonly entries: number
  readonly dropped: number
}

/** What the very first page follows. */
export const NO_PAGE = new Uint8Array(32)

export function emptyHead(): AuditHead {
  return { first: 0, checkpoint: NO_PAGE, next: 0, last: NO_PAGE, entries: 0, dropped: 0 }
}

export function writePage({ previous, lost, entries }: AuditPage): Uint8Array {
  return encodeCbor([previous, lost, [...entries]])
}

/** Undefined for bytes that are no page. */
export function readPage(bytes: Uint8Array): AuditPage | undefined {
  const [previous, lost, entries] = arrayOf(bytes, 3)
  if (!isHash(previous) || !isCount(lost) || !Array.isArray(entries)) return undefined
  const isRead = entries.every((entry): entry is Uint8Array => entry instanceof Uint8Array)
  return isRead ? { previous, lost, entries } : undefined
}

export function writeHead({ first, checkpoint, next, last, entries, dropped }: AuditHead): Uint8Array {
  return encodeCbor([first, checkpoint, next, last, entries, dropped])
}

/** Undefined for bytes that are no head. */
export function readHead(bytes: Uint8Array): AuditHead | undefined {
  const [first, checkpoint, next, last, entries, dropped] = arrayOf(bytes, 6)
  if (!isCount(first) || !isHash(checkpoint) || !isCount(next) || !isHash(last)) return undefined
  if (!isCount(entries) || !isCount(dropped) || first > next) return undefined
  return { first, checkpoint, next, last, entries, dropped }
}

function arrayOf(bytes: Uint8Array, length: number): readonly CborValue[] {
  const { ok: value } = decodeCbor(bytes, DAG_CBOR_PROFILE)
  return Array.isArray(value) && value.length === length ? value : []
}

function isHash(value: CborValue | undefined): value is Uint8Array {
  return value instanceof Uint8Array && value.length === 32
}

function isCount(value: CborValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
