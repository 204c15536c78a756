/** A backend in PostgreSQL, which several processes may have open at once. Needs the package `pg`. */
import { PostgresBackend } from './backend-postgres.ts'
import { openPools } from './connection.ts'
import { createTables, tablesIn } from './tables.ts'
import type { Backend } from '../interface.ts'
import type { PostgresConnection } from './connection.ts'

export type { PostgresConnection } from './connection.ts'

export interface PostgresBackendOptions {
  /** `postgres://user@host/database`, or its parts. */
  readonly connection: string | PostgresConnection
  /** The schema that holds the tables of this store; created when it is not there. `promisebase` by default. */
  readonly schema?: string
  /**
   * How many states may be looked at at once, each on a connection of its own; 16 by default. Further snapshots wait
   * up to ten seconds, and then show the state of the moment at which they got a connection. One more connection writes.
   */
  readonly snapshotsMax?: number
}

const SNAPSHOTS_MAX = 16

/**
 * Opens the store in a schema of a database; makes it when it is not there.
 * @throws {StoreError} `IO` when the database cannot be reached or used, or `pg` is not installed
 */
export async function openPostgresBackend(options: PostgresBackendOptions): Promise<Backend> {
  const { connection, schema = 'promisebase', snapshotsMax = SNAPSHOTS_MAX } = options
  const tables = tablesIn(schema)
  if (!Number.isSafeInteger(snapshotsMax) || snapshotsMax < 1)
    throw new RangeError('snapshotsMax must be a whole number from 1')
  const pools = await openPools(connection, snapshotsMax)
  try {
    await createTables(pools.writer, schema, tables)
  } catch (error) {
    await Promise.all([pools.writer.end(), pools.readers.end()])
    throw error
  }
  return new PostgresBackend(pools, tables)
}
