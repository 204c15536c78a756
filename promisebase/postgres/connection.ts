/** The driver, and the two pools of connections that a backend works with. */
import { StoreError } from '../errors.ts'
import type * as driver from 'pg'
import type { Pool, PoolClient, PoolConfig } from 'pg'

/** Where the database is: an address, or its parts. What is absent is taken from the environment, as psql does. */
export interface PostgresConnection {
  readonly host?: string
  readonly port?: number
  readonly user?: string
  readonly password?: string | (() => Promise<string>)
  readonly database?: string
  /** True, or the options of `tls.connect`. */
  readonly ssl?: boolean | object
}

export interface Pools {
  /** One connection, which writes: whoever writes next waits for it. */
  readonly writer: Pool
  /** One connection for each state that is being looked at. */
  readonly readers: Pool
}

/** How long a snapshot waits for a connection before its reads fail. */
const CONNECTION_WAIT_MS = 10_000
/** A writer that was stopped in its turn must not stop everybody for ever: the server ends it. */
const TURN_SECONDS_MAX = 60

/** @throws {StoreError} `IO` when the driver is not installed */
export async function openPools(connection: string | PostgresConnection, readersMax: number): Promise<Pools> {
  const { default: pg } = await loadDriver()
  const address: PoolConfig =
    typeof connection === 'string' ? { connectionString: connection } : { ...connection }
  const common = { ...address, application_name: 'promisebase', keepAlive: true }
  const open = (config: PoolConfig): Pool => {
    const pool = new pg.Pool({ ...common, ...config })
    // The pool drops a connection that is lost; whoever was using it hears of it from its next query.
    pool.on('error', () => undefined)
    pool.on('connect', (client) => client.on('error', () => undefined))
    return pool
  }
  return {
    writer: open({ max: 1, idle_in_transaction_session_timeout: TURN_SECONDS_MAX * 1000 }),
    readers: open({ max: readersMax, connectionTimeoutMillis: CONNECTION_WAIT_MS }),
  }
}

const prepared = new WeakSet<PoolClient>()

/** The writing connection; a role may have durability off by default, and then an answered commit could be lost. */
export async function connectWriter(writer: Pool): Promise<PoolClient> {
  const client = await writer.connect()
  if (prepared.has(client)) return client
  try {
    await client.query(`SELECT set_config('synchronous_commit', 'on', false)
      WHERE current_setting('synchronous_commit') = 'off'`)
    prepared.add(client)
    return client
  } catch (error) {
    client.release(true)
    throw error
  }
}

async function loadDriver(): Promise<typeof driver> {
  try {
    return await import('pg')
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new StoreError('IO', 'the package pg is not installed; run `npm install pg`', { cause })
  }
}
