/**
 * The files of LevelDB, checked before the engine sees them: it answers damage with other values, with silence, or
 * by ending the process. From CURRENT to the manifest, from there to each log and table that is in use.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreError } from '../errors.ts'
import { ByteCursor } from './byte-cursor.ts'
import { uint32At, uint64At, withFile } from './engine-file.ts'
import { readLog } from './verify-log.ts'
import { readManifest } from './verify-manifest.ts'
import { verifyTable } from './verify-table.ts'
import type { BackendVerifyOptions, BackendVerifyReport } from '../interface.ts'
import type { EngineFile } from './engine-file.ts'
import type { TornTail } from './verify-log.ts'
import type { Manifest, TableEntry } from './verify-manifest.ts'

export interface EngineReport {
  /** Logs and tables that were checked, and their octets. */
  readonly files: number
  readonly bytes: number
  /** Tables of which only footer, index, filter and both ends were checked. */
  readonly partly: number
  /** What a crash left at the end of the newest log; the engine drops it. */
  readonly torn?: TornTail
}

export interface VerifyFolderOptions {
  /** Tables are checked wholly up to this many octets together, the newest first. */
  readonly wholeBytes: number
  readonly signal?: AbortSignal
  /** Called with each damage instead of throwing it. */
  readonly onDamage?: (damage: StoreError) => void
}

/** @throws {StoreError} `CORRUPT` with file and offset */
export async function verifyFolder(folder: string, options: VerifyFolderOptions): Promise<EngineReport> {
  const manifest = await readCurrent(folder)
  const names = await readdir(folder)
  const logs = await verifyLogs(folder, names, manifest, options)
  const tables = await verifyTables(folder, names, manifest, options)
  return {
    files: logs.files + tables.files,
    bytes: logs.bytes + tables.bytes,
    partly: tables.partly,
    ...(logs.torn && { torn: logs.torn }),
  }
}

/** Attempts at a manifest and logs that the engine changes meanwhile, before they are taken for damaged. */
const ATTEMPTS = 3

/** All files of an engine that is open. What it replaces meanwhile is not counted as damage. */
export async function verifyInUse(
  folder: string,
  { signal, onDamage }: BackendVerifyOptions,
): Promise<BackendVerifyReport> {
  const options = { wholeBytes: Infinity, onDamage, ...(signal && { signal }) }
  for (let attempt = 1; ; attempt++) {
    try {
      const { files, bytes } = await verifyFolder(folder, options)
      return { files, bytes }
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'CORRUPT') throw error
      if (attempt < ATTEMPTS) continue
      onDamage(error)
      return { files: 0, bytes: 0 }
    }
  }
}

async function readCurrent(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, 'CURRENT'), 'latin1').catch(missing('CURRENT'))
  const name = /^(MANIFEST-\d{6,})\n$/.exec(text)?.[1]
  if (name === undefined) throw new StoreError('CORRUPT', 'CURRENT names no manifest at octet 0')
  return readManifest(join(folder, name)).catch(missing(name))
}

interface LogsReport {
  readonly files: number
  readonly bytes: number
  readonly torn: TornTail | undefined
}

/** The logs, oldest first: sequence numbers go on from one to the next, and only the end of the newest is torn. */
async function verifyLogs(
  folder: string,
  names: readonly string[],
  manifest: Manifest,
  options: VerifyFolderOptions,
): Promise<LogsReport> {
  const { logNumber, previousLogNumber } = manifest
  const isNeeded = (number: number) => number >= logNumber || number === previousLogNumber
  const logs = numbered(names, 'log').filter(([number]) => isNeeded(number))
  // The engine makes this log before it writes so in the manifest, and flushes the folder in between.
  if (logNumber > 0 && !logs.some(([number]) => number === logNumber)) throw missingFile(`${logNumber}.log`)
  let next: number | undefined
  let torn: TornTail | undefined
  let bytes = 0
  for (const [, name] of logs) {
    options.signal?.throwIfAborted()
    await withFile(join(folder, name), async (file) => {
      const tail = await readLog(file, (record, offset) => {
        if (torn) throw new StoreError('CORRUPT', `${torn.file} is damaged at octet ${torn.offset}`)
        next = sequenceBehind(file, record, offset, next, manifest)
      })
      torn ??= tail
      bytes += file.size
    }).catch(missing(name))
  }
  return { files: logs.length, bytes, torn }
}

/** `record = sequence count *write`, 8 and 4 octets; answers the sequence number that must follow. */
function sequenceBehind(
  file: EngineFile,
  record: Uint8Array,
  offset: number,
  expected: number | undefined,
  { lastSequence }: Manifest,
): number {
  if (record.length < 12) throw file.damage(offset, 'has a record that is too short')
  const sequence = uint64At(record, 0)
  const isNext = expected === undefined ? sequence <= lastSequence + 1 : sequence === expected
  if (!isNext) throw file.damage(offset, 'has a gap before the record')
  const count = uint32At(record, 8)
  if (countWrites(record.subarray(12)) !== count)
    throw file.damage(offset, 'has a record without all its writes')
  return sequence + count
}

/** `write = %x01 string string / %x00 string`: put and delete. -1 when it is something else. */
function countWrites(writes: Uint8Array): number {
  const cursor = new ByteCursor(writes)
  try {
    let count = 0
    for (; !cursor.isAtEnd; count++) {
      const kind = cursor.varint()
      if (kind > 1) return -1
      cursor.string()
      if (kind === 1) cursor.string()
    }
    return count
  } catch (error) {
    if (error instanceof RangeError) return -1
    throw error
  }
}

async function verifyTables(
  folder: string,
  names: readonly string[],
  manifest: Manifest,
  options: VerifyFolderOptions,
): Promise<Omit<EngineReport, 'torn'>> {
  const report = { files: 0, bytes: 0, partly: 0 }
  const files = new Map([...numbered(names, 'sst'), ...numbered(names, 'ldb')])
  const newestFirst = manifest.tables.toSorted((a, b) => b.number - a.number)
  for (const table of newestFirst) {
    options.signal?.throwIfAborted()
    const isWhole = report.bytes + table.size <= options.wholeBytes
    const name = files.get(table.number) ?? `${table.number}.ldb`
    try {
      await withFile(join(folder, name), (file) => verifyTable(file, table, isWhole)).catch(missing(name))
    } catch (error) {
      if (!options.onDamage || !(error instanceof StoreError)) throw error
      if (await isStillUsed(folder, table)) options.onDamage(error)
    }
    report.files++
    report.bytes += table.size
    if (!isWhole) report.partly++
  }
  return report
}

/** An engine in use may have replaced a table since; then nobody reads it any more. */
async function isStillUsed(folder: string, table: TableEntry): Promise<boolean> {
  const { tables } = await readCurrent(folder)
  return tables.some(({ number }) => number === table.number)
}

/** Files with this ending, by number. */
function numbered(names: readonly string[], ending: string): [number, string][] {
  const files: [number, string][] = []
  for (const name of names) {
    const number = /^(\d+)\.(\w+)$/.exec(name)
    if (number?.[2] === ending) files.push([Number(number[1]), name])
  }
  return files.sort(([a], [b]) => a - b)
}

function missing(name: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw error.code === 'ENOENT' ? missingFile(name) : error
  }
}

function missingFile(name: string): StoreError {
  return new StoreError('CORRUPT', `${name} is missing`)
}
