/**
 * LevelDB's manifest: a log whose records change what is known of the engine's files. Each is a list of tagged
 * fields:
 *
 *   field = %x01 string               ; name of the order of keys
 *         / %x02 number               ; the oldest log that is still needed
 *         / %x03 number               ; the next free file number
 *         / %x04 number               ; the newest sequence number
 *         / %x05 level string         ; where compaction goes on
 *         / %x06 level number         ; a table that is gone
 *         / %x07 level number size string string   ; a new table: file, octets, its first and last key
 *         / %x09 number               ; a second log that is needed
 */
import { ByteCursor } from './byte-cursor.ts'
import { withFile } from './engine-file.ts'
import { readLog } from './verify-log.ts'
import type { EngineFile } from './engine-file.ts'

/** A table the engine reads from. */
export interface TableEntry {
  readonly level: number
  readonly number: number
  readonly size: number
  /** Internal keys: the key, and sequence number and kind in 8 octets. */
  readonly smallest: Uint8Array
  readonly largest: Uint8Array
}

export interface Manifest {
  readonly logNumber: number
  readonly previousLogNumber: number
  readonly lastSequence: number
  readonly tables: readonly TableEntry[]
}

const ORDER = 'leveldb.BytewiseComparator'
const LEVELS = 7

/** @throws {StoreError} `CORRUPT` */
export function readManifest(path: string): Promise<Manifest> {
  return withFile(path, async (file) => {
    const state = new ManifestState()
    await readLog(file, (record, offset) => {
      try {
        state.apply(new ByteCursor(record))
      } catch (error) {
        throw damageOf(file, offset, error)
      }
    })
    return state.end(file)
  })
}

class ManifestState {
  readonly #numbers = new Map<number, number>()
  readonly #tables = new Map<string, TableEntry>()

  apply(fields: ByteCursor): void {
    const added: TableEntry[] = []
    while (!fields.isAtEnd) this.#field(fields, added)
    // Behind what is gone: a table that only changes its level is both.
    for (const table of added) this.#tables.set(`${table.level}/${table.number}`, table)
  }

  end(file: EngineFile): Manifest {
    const logNumber = this.#numbers.get(2)
    const lastSequence = this.#numbers.get(4)
    if (logNumber === undefined || lastSequence === undefined || !this.#numbers.has(3)) {
      throw file.damage(file.size, 'ends too early')
    }
    const tables = [...this.#tables.values()]
    return { logNumber, previousLogNumber: this.#numbers.get(9) ?? 0, lastSequence, tables }
  }

  #field(fields: ByteCursor, added: TableEntry[]): void {
    const tag = fields.varint()
    switch (tag) {
      case 1:
        if (new TextDecoder().decode(fields.string()) !== ORDER) throw new RangeError('another order of keys')
        return
      case 2:
      case 3:
      case 4:
      case 9:
        this.#numbers.set(tag, fields.varint())
        return
      case 5:
        readLevel(fields)
        fields.string()
        return
      case 6:
        this.#tables.delete(`${readLevel(fields)}/${fields.varint()}`)
        return
      case 7:
        added.push(readTable(fields))
        return
      default:
        throw new RangeError(`field ${tag}`)
    }
  }
}

function readTable(fields: ByteCursor): TableEntry {
  return {
    level: readLevel(fields),
    number: fields.varint(),
    size: fields.varint(),
    smallest: fields.string().slice(),
    largest: fields.string().slice(),
  }
}

function readLevel(fields: ByteCursor): number {
  const level = fields.varint()
  if (level >= LEVELS) throw new RangeError(`level ${level}`)
  return level
}

function damageOf(file: EngineFile, offset: number, error: unknown): unknown {
  return error instanceof RangeError ? file.damage(offset, `holds ${error.message}`) : error
}
