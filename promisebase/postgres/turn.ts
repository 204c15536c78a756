/**
 * A turn to write: a transaction that holds the row of the newest number. Whoever comes next waits for the row, and
 * then sees everything that was committed before (READ COMMITTED looks anew with each statement).
 */
import { StoreError } from '../errors.ts'
import { decodeKeys, encodeKeys, CHANGES_KEPT } from './changed-keys.ts'
import { connectWriter } from './connection.ts'
import { unanswered, unwritten } from './driver-error.ts'
import { scanEntries } from './scan.ts'
import type { Pool, PoolClient } from 'pg'
import type { BackendWrite, ByteRange, ChangedKeys, WriteTurn } from '../interface.ts'
import type { Tables } from './tables.ts'

/** Bytes of keys and values in one statement: the driver writes them as text, twice as long. */
const STATEMENT_BYTES = 8 * 1024 * 1024

interface Answer {
  readonly rows: readonly { readonly number: string; readonly keys: Buffer | null }[]
}

export interface TurnOptions {
  readonly writer: Pool
  readonly tables: Tables
  /** Awaited before anything becomes visible. */
  readonly beforeCommit: () => Promise<void>
}

/** @throws {StoreError} `CONFLICT`, `IO` */
export async function takeTurn(options: TurnOptions, since: number | undefined): Promise<WriteTurn> {
  const { writer, tables } = options
  const client = await connectWriter(writer).catch((error: unknown) => Promise.reject(unwritten(error)))
  try {
    const known =
      since === undefined
        ? ''
        : `; SELECT number, keys FROM ${tables.changes} WHERE number > ${since} ORDER BY number`
    const [, taken, others] = (await client.query(
      `BEGIN ISOLATION LEVEL READ COMMITTED; UPDATE ${tables.turn} SET number = number + 1 RETURNING number${known}`,
    )) as unknown as [unknown, Answer, Answer | undefined]
    const number = Number(taken.rows[0]?.number)
    return new PostgresTurn(
      options,
      client,
      number,
      since === undefined ? undefined : changesIn(others!, since, number),
    )
  } catch (error) {
    client.release(true)
    throw unwritten(error)
  }
}

/** What every batch after `since` has written; undefined when one of them is not known. */
function changesIn({ rows }: Answer, since: number, number: number): ChangedKeys[] | undefined {
  if (rows.length !== number - 1 - since || rows.some(({ keys }) => keys === null)) return undefined
  return rows.map((row) => ({ number: Number(row.number), ...decodeKeys(row.keys!) }))
}

class PostgresTurn implements WriteTurn {
  readonly number: number
  readonly changed: readonly ChangedKeys[] | undefined
  readonly #options: TurnOptions
  readonly #client: PoolClient
  #over = false

  constructor(
    options: TurnOptions,
    client: PoolClient,
    number: number,
    changed: readonly ChangedKeys[] | undefined,
  ) {
    this.#options = options
    this.#client = client
    this.number = number
    this.changed = changed
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#throwIfOver()
    try {
      const { rows } = await this.#client.query<{ value: Buffer }>(
        `SELECT value FROM ${this.#options.tables.entries} WHERE key = $1`,
        [key],
      )
      return rows[0] && new Uint8Array(rows[0].value)
    } catch (error) {
      throw unwritten(error)
    }
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    this.#throwIfOver()
    try {
      const { rows } = await this.#client.query<{ key: Buffer; value: Buffer }>(
        `SELECT key, value FROM ${this.#options.tables.entries} WHERE key = ANY($1::bytea[])`,
        [keys.map(bytea)],
      )
      const found = new Map(rows.map(({ key, value }) => [key.toString('latin1'), value]))
      return keys.map((key) => {
        const value = found.get(bytea(key).toString('latin1'))
        return value && new Uint8Array(value)
      })
    } catch (error) {
      throw unwritten(error)
    }
  }

  range(range: ByteRange): AsyncGenerator<readonly [Uint8Array, Uint8Array], void, undefined> {
    const query = async <R extends object>(text: string, values: unknown[]): Promise<R[]> => {
      this.#throwIfOver()
      try {
        return (await this.#client.query<R>(text, values)).rows
      } catch (error) {
        throw unwritten(error)
      }
    }
    const scan = { query, tables: this.#options.tables, throwIfOver: () => this.#throwIfOver() }
    return scanEntries(scan, range)
  }

  async commit(writes: readonly BackendWrite[], { durable }: { readonly durable: boolean }): Promise<void> {
    this.#throwIfOver()
    this.#over = true
    try {
      await this.#write(lastWrites(writes))
      await this.#options.beforeCommit()
    } catch (error) {
      await this.#rollBack()
      throw unwritten(error)
    }
    try {
      await this.#client.query(durable ? 'COMMIT' : 'SET LOCAL synchronous_commit = off; COMMIT')
    } catch (error) {
      this.#client.release(true)
      throw unanswered(error)
    }
    this.#client.release()
  }

  async abandon(): Promise<void> {
    if (this.#over) return
    this.#over = true
    await this.#rollBack()
  }

  async #write(writes: readonly BackendWrite[]): Promise<void> {
    const { entries, changes } = this.#options.tables
    const deleted = writes.filter(({ type }) => type === 'delete').map(({ key }) => bytea(key))
    if (deleted.length > 0)
      await this.#client.query(`DELETE FROM ${entries} WHERE key = ANY($1::bytea[])`, [deleted])
    for (const [keys, values] of statementsOf(writes)) {
      await this.#client.query(
        `INSERT INTO ${entries} SELECT * FROM unnest($1::bytea[], $2::bytea[])
         ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
        [keys, values],
      )
    }
    await this.#client.query(
      `WITH forgotten AS (DELETE FROM ${changes} WHERE number <= $1::bigint - ${CHANGES_KEPT})
       INSERT INTO ${changes} VALUES ($1::bigint, $2::bytea)`,
      [this.number, encodeKeys(writes) ?? null],
    )
  }

  /** A connection that does not answer is thrown away, and the server gives up what it held. */
  async #rollBack(): Promise<void> {
    await this.#client.query('ROLLBACK').then(
      () => this.#client.release(),
      () => this.#client.release(true),
    )
  }

  #throwIfOver(): void {
    if (this.#over) throw new StoreError('CLOSED', 'the turn is over')
  }
}

/** One statement cannot write a key twice; of several writes the last one decides. */
function lastWrites(writes: readonly BackendWrite[]): BackendWrite[] {
  const last = new Map<string, BackendWrite>()
  for (const write of writes) last.set(bytea(write.key).toString('latin1'), write)
  return [...last.values()]
}

function* statementsOf(writes: readonly BackendWrite[]): Generator<[keys: Buffer[], values: Buffer[]]> {
  let keys: Buffer[] = []
  let values: Buffer[] = []
  let bytes = 0
  for (const write of writes) {
    if (write.type === 'delete') continue
    bytes += write.key.length + write.value.length
    if (bytes > STATEMENT_BYTES && keys.length > 0) {
      yield [keys, values]
      keys = []
      values = []
      bytes = write.key.length + write.value.length
    }
    keys.push(bytea(write.key))
    values.push(bytea(write.value))
  }
  if (keys.length > 0) yield [keys, values]
}

/** The same bytes as the driver knows them inside an array. */
function bytea(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
