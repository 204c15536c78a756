/** The driver, and the two pools of connections that a backend works with. */
import { StoreError } from '../errors.ts'
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
  const { default: driver } = await loadDriver()
  const address: PoolConfig =
    typeof connection === 'string' ? { connectionString: connection } : { ...connection }
  const common = { ...address, application_name: 'promisebase', keepAlive: true }
  const open = (config: PoolConfig, settings: string): Pool => {
    const pool = new driver.Pool({ ...common, ...config })
    // The pool drops a connection that is lost; whoever was using it hears of it from its next query.
    pool.on('error', () => undefined)
    pool.on('connect', (client) => prepare(client, settings))
    return pool
  }
  return {
    writer: open(
      { max: 1, connectionTimeoutMillis: 0, idle_in_transaction_session_timeout: TURN_SECONDS_MAX * 1000 },
      // A role or database may have it off by default: then an answered commit could be lost.
      `SELECT set_config('synchronous_commit', 'on', false)
         WHERE current_setting('synchronous_commit') = 'off'`,
    ),
    readers: open({ max: readersMax, connectionTimeoutMillis: CONNECTION_WAIT_MS }, ''),
  }
}

function prepare(client: PoolClient, settings: string): void {
  client.on('error', () => undefined)
  // A connection that cannot do this fails its next query as well, and that one is heard.
  if (settings !== '') client.query(settings).catch(() => undefined)
}

async function loadDriver(): Promise<typeof import('pg')> {
  try {
    return await import('pg')
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new StoreError('IO', 'the package pg is not installed; run `npm install pg`', { cause })
  }
}
