/**
 * A PostgreSQL server for one test file: in a temporary folder, reached by a unix socket alone, gone with the test.
 * The server refuses to run as root, so as root it is run as `nobody`.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ChildProcess } from 'node:child_process'
import type { PostgresConnection } from 'promisegrid/promisebase/postgres'

export interface PostgresServer {
  readonly connection: PostgresConnection
  /** A schema nobody has used. */
  schema(): string
  /** Ends all connections at once and starts again on the same data, as after a power cut. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Starts a server; says why none can be started here. */
export async function startPostgres(): Promise<PostgresServer | string> {
  const binaries = findBinaries()
  if (binaries === undefined) return 'no PostgreSQL server is installed here'
  const user = unprivileged()
  if (typeof user === 'string') return user
  const folder = mkdtempSync(join(tmpdir(), 'pg-'))
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid)
  const options = { cwd: folder, env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' }, ...user }
  const data = join(folder, 'data')
  const rules = ['--auth=trust', '--username=grid', '--encoding=UTF8', '--no-locale', '--no-sync']
  const made = spawnSync(join(binaries, 'initdb'), ['-D', data, ...rules], options)
  if (made.status !== 0) {
    await rm(folder, { recursive: true, force: true })
    throw new Error(`initdb: ${String(made.stderr)}${String(made.error ?? '')}`)
  }
  const start = () => run(spawn(join(binaries, 'postgres'), ['-D', data, ...settings(folder)], options))
  let server = await start()
  let schemas = 0
  return {
    connection: { host: folder, port: 5432, user: 'grid', database: 'postgres' },
    schema: () => `store_${++schemas}`,
    restart: async () => {
      await end(server)
      server = await start()
    },
    stop: async () => {
      await end(server)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The newest of Debian's servers, else what the path leads to. */
function findBinaries(): string | undefined {
  const debian = versionsIn('/usr/lib/postgresql').map((version) => `/usr/lib/postgresql/${version}/bin`)
  const candidates = [...debian, ...(process.env.PATH ?? '').split(delimiter)]
  return candidates.find((folder) => ['initdb', 'postgres'].every((name) => isRunnable(join(folder, name))))
}

function versionsIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort((a, b) => Number(b) - Number(a))
  } catch {
    return []
  }
}

function isRunnable(path: string): boolean {
  return spawnSync(path, ['--version']).status === 0
}

function unprivileged(): { readonly uid?: number; readonly gid?: number } | string {
  if (process.getuid?.() !== 0) return {}
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('nobody:'))
  const [, , uid, gid] = line?.split(':') ?? []
  return uid === undefined || gid === undefined
    ? 'PostgreSQL does not run as root, and there is no user nobody'
    : { uid: Number(uid), gid: Number(gid) }
}

/** Nothing here has to survive the machine. */
function settings(folder: string): string[] {
  const values = {
    listen_addresses: '',
    unix_socket_directories: folder,
    fsync: 'off',
    max_connections: '80',
    shared_buffers: '16MB',
    log_destination: 'stderr',
    logging_collector: 'off',
    lc_messages: 'C',
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

async function run(server: ChildProcess): Promise<ChildProcess> {
  // A test that is killed must not leave a server behind.
  process.once('exit', () => server.kill('SIGQUIT'))
  const lines: string[] = []
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: server.stderr! }).on('line', (line) => {
      if (lines.length < 50) lines.push(line)
      if (line.includes('ready to accept connections')) resolve()
    })
    server.once('exit', () => reject(new Error(`postgres ended: ${lines.join('\n')}`)))
  })
  await ready
  return server
}

/** At once, without waiting for its clients. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const gone = once(server, 'exit')
  server.kill('SIGQUIT')
  await gone
}
