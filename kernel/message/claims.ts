/**
 * Claims as tables: one row per claim gives its label, how it is read and how it is written. A label that is
 * not in the table of its kind is refused, except `meta`, which nothing reads.
 */
import { CODEC, compareBytes, isCid } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { CLAIM } from './labels.ts'
import type { CID } from 'multiformats/cid'
import type { CborMap, CborValue } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Value } from '../interface.ts'

/** How one kind of value is read from CBOR (undefined when it is not of that kind) and written. */
export interface ClaimType<T> {
  readonly says: string
  readonly read: (value: CborValue) => T | undefined
  readonly write: (value: T) => CborValue
}

export interface ClaimRow<T, Required extends boolean> {
  readonly label: number
  readonly type: ClaimType<T>
  readonly required: Required
}

export type ClaimTable = Readonly<Record<string, ClaimRow<never, boolean>>>
type ValueOf<Row> = Row extends { readonly type: ClaimType<infer T> } ? T : never
type RequiredNames<Table> = {
  [Name in keyof Table]: Table[Name] extends { readonly required: true } ? Name : never
}[keyof Table]

/** The record a table stands for. */
export type ClaimsOf<Table> = { readonly [Name in RequiredNames<Table>]: ValueOf<Table[Name]> } & {
  readonly [Name in Exclude<keyof Table, RequiredNames<Table>>]?: ValueOf<Table[Name]>
}

export function required<T>(label: number, type: ClaimType<T>): ClaimRow<T, true> {
  return { label, type, required: true }
}

export function optional<T>(label: number, type: ClaimType<T>): ClaimRow<T, false> {
  return { label, type, required: false }
}

/** Reads a decoded claims map by a table. */
export function readClaims<Table extends Readonly<Record<string, unknown>>>(
  table: Table,
  value: CborValue,
): Result<ClaimsOf<Table>> {
  if (!(value instanceof Map)) return refuse('SHAPE', 'claims are a map with integer labels')
  const rows = rowsOf(table)
  const claims: Record<string, unknown> = {}
  let seen = value.has(CLAIM.meta) ? 1 : 0
  for (const { name, row } of rows) {
    const given = value.get(row.label)
    if (given === undefined && !value.has(row.label)) {
      if (row.required) return refuse('SHAPE', `claim ${row.label} (${name}) is missing`)
      continue
    }
    const read = given === undefined ? undefined : row.type.read(given)
    if (read === undefined) return refuse('SHAPE', `claim ${row.label} (${name}) must be ${row.type.says}`)
    claims[name] = read
    seen += 1
  }
  if (seen !== value.size)
    return refuse('SHAPE', `claim ${unknownLabel(rows, value)} is not one of this kind`)
  return { ok: claims as ClaimsOf<Table> }
}

/**
 * Writes a record by a table; absent and undefined claims are left out.
 * @throws {TypeError} for a claim that would not be read back
 */
export function writeClaims<Table extends Readonly<Record<string, unknown>>>(
  table: Table,
  claims: ClaimsOf<Table>,
): CborMap {
  const map: CborMap = new Map()
  const given = claims as Readonly<Record<string, never>>
  for (const { name, row } of rowsOf(table)) {
    const value = given[name]
    if (value !== undefined) map.set(row.label, writeClaim(name, row, value))
    else if (row.required) throw new TypeError(`${name} is required`)
  }
  return map
}

interface NamedRow {
  readonly name: string
  readonly row: ClaimRow<never, boolean>
}

/** Tables are few and constant; listing the rows anew for each message would cost as much as reading them. */
const rowsOfTables = new WeakMap<object, readonly NamedRow[]>()

function rowsOf(table: object): readonly NamedRow[] {
  const known = rowsOfTables.get(table)
  if (known !== undefined) return known
  const rows = Object.entries(table as ClaimTable).map(([name, row]) => ({ name, row }))
  rowsOfTables.set(table, rows)
  return rows
}

function writeClaim(name: string, { type }: ClaimRow<never, boolean>, value: never): CborValue {
  const written = type.write(value)
  if (type.read(written) === undefined) throw new TypeError(`${name} must be ${type.says}`)
  return written
}

function unknownLabel(rows: readonly NamedRow[], map: CborMap): string {
  const labels = new Set<unknown>([CLAIM.meta, ...rows.map(({ row }) => row.label)])
  for (const label of map.keys()) if (!labels.has(label)) return String(label)
  return '?'
}

// ------------------------------------------------------------------------------------------ value types

const utf8 = new TextEncoder()

export function text(bytesMax: number = LIMITS.nameBytes): ClaimType<string> {
  return {
    says: `a text of 1 to ${bytesMax} bytes`,
    read: (value) =>
      typeof value === 'string' && value.length > 0 && isWithin(value, bytesMax) ? value : undefined,
    write: (value) => value,
  }
}

/** Whether a text has at most so many bytes: three per unit at most, so that short ones need no encoding. */
function isWithin(value: string, bytesMax: number): boolean {
  return 3 * value.length <= bytesMax || utf8.encode(value).length <= bytesMax
}

/** Seconds, counts, amounts: whole, not negative, exact in JavaScript. */
export const uint: ClaimType<number> = {
  says: 'a whole number from 0 to 2^53 − 1',
  read: (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined,
  write: (value) => value,
}

export function bytes(min: number, max: number): ClaimType<Uint8Array> {
  return {
    says: min === max ? `${min} bytes` : `${min} to ${max} bytes`,
    read: (value) =>
      value instanceof Uint8Array && value.length >= min && value.length <= max ? value : undefined,
    write: (value) => value,
  }
}

/** A list of names: each once, sorted by their UTF-8 bytes, so that one set has one encoding. */
export function names(min: number, max: number): ClaimType<readonly string[]> {
  const name = text()
  return {
    says: `${min} to ${max} names, sorted by UTF-8 bytes, each once`,
    read: (value) => {
      if (!Array.isArray(value) || value.length < min || value.length > max) return undefined
      const list: string[] = []
      for (const each of value) {
        const read = name.read(each)
        const before = list[list.length - 1]
        if (read === undefined || (before !== undefined && compareUtf8(before, read) >= 0)) return undefined
        list.push(read)
      }
      return list
    },
    write: (list) => [...list].sort(compareUtf8),
  }
}

function compareUtf8(a: string, b: string): number {
  return compareBytes(utf8.encode(a), utf8.encode(b))
}

/** A claim that is present as true, or absent. */
export const flag: ClaimType<true> = {
  says: 'true, or absent',
  read: (value) => (value === true ? true : undefined),
  write: () => true,
}

/** A CIDv1 with sha2-256, of one of the codecs. */
export function cid(says: string, ...codecs: readonly number[]): ClaimType<CID> {
  return {
    says: `tag 42 of ${says}`,
    read: (value) => (isSha256Cid(value) && codecs.includes(value.code) ? value : undefined),
    write: (value) => value,
  }
}

/** The id of a signed thing. */
export const id = cid('an id (CIDv1, raw, sha2-256)', CODEC.raw)

/** Any block arguments, context or results may be. */
export const block = cid(
  'a block CID (CIDv1, sha2-256)',
  CODEC.raw,
  CODEC.dagCbor,
  CODEC.cbor,
  CODEC.gridCbor,
)

/** Bytes in place, or the CID of a block that holds them. */
export function value(inlineMax: number): ClaimType<Value> {
  const inline = bytes(0, inlineMax)
  return {
    says: `${inline.says} or ${block.says}`,
    read: (given) => {
      const here = inline.read(given)
      if (here !== undefined) return { bytes: here }
      const there = block.read(given)
      return there === undefined ? undefined : { cid: there }
    },
    write: (given) => ('bytes' in given ? given.bytes : given.cid),
  }
}

function isSha256Cid(value: unknown): value is CID {
  return (
    isCid(value) &&
    value.version === 1 &&
    value.multihash.code === 0x12 &&
    value.multihash.digest.length === 32
  )
}
