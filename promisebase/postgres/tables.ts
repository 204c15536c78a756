/**
 * The tables of one store, in a schema of their own (spec/shared-backend.md, "PostgreSQL"):
 *
 *   entries  key, value     the ordered bytes; bytea is compared as unsigned bytes, whatever the locale
 *   turn     number         of the newest batch; whoever may write holds its only row
 *   changes  number, keys   what the newest batches have written, for those who did not write it
 */
import { isCreationRace, unwritten } from './driver-error.ts'
import type { Pool } from 'pg'

export interface Tables {
  readonly entries: string
  readonly turn: string
  readonly changes: string
}

const ATTEMPTS = 5

/** The names of the tables, quoted. @throws {TypeError} for a schema that PostgreSQL would cut or refuse */
export function tablesIn(schema: string): Tables {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    throw new TypeError(
      'schema must be 1 to 63 lower-case letters, digits and underscores, no digit in front',
    )
  const named = (table: string) => `"${schema}".${table}`
  return { entries: named('entries'), turn: named('turn'), changes: named('changes') }
}

/** Creates what is not there. Several processes may do so at once. */
export async function createTables(pool: Pool, schema: string, tables: Tables): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      if (await exists(pool, tables)) return
      await pool.query(definition(schema, tables))
      return
    } catch (error) {
      if (attempt >= ATTEMPTS || !isCreationRace(error)) throw unwritten(error)
    }
  }
}

/** Asked first, so that a role which may not create anything can open what is there. */
async function exists(pool: Pool, tables: Tables): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>(
    'SELECT to_regclass($1) IS NOT NULL AND to_regclass($2) IS NOT NULL AND to_regclass($3) IS NOT NULL AS found',
    [tables.entries, tables.turn, tables.changes],
  )
  if (rows[0]?.found !== true) return false
  return (await pool.query(`SELECT 1 FROM ${tables.turn}`)).rows.length === 1
}

/** One transaction: several statements of one query. */
function definition(schema: string, { entries, turn, changes }: Tables): string {
  return `
    CREATE SCHEMA IF NOT EXISTS "${schema}";
    CREATE TABLE IF NOT EXISTS ${entries} (key bytea PRIMARY KEY, value bytea NOT NULL);
    CREATE TABLE IF NOT EXISTS ${changes} (number bigint PRIMARY KEY, keys bytea);
    CREATE TABLE IF NOT EXISTS ${turn} (id smallint PRIMARY KEY CHECK (id = 1), number bigint NOT NULL);
    INSERT INTO ${turn} VALUES (1, 0) ON CONFLICT DO NOTHING`
}
