/**
 * One opener of a folder, over all processes and threads, also after a kill: a symbolic link whose target
 * names its owner. A link is made with its content in one step, so nobody ever reads half of it.
 *
 *   lock   = <folder>/lock -> owner
 *   owner  = pid "-" start "-" boot "-" nonce     ; start in clock ticks, boot without its hyphens
 *
 * A lock whose owner is dead is replaced by whoever holds the lock that is named after it. Only the holder of
 * that one may remove the dead one, and only after looking again: so a slow racer cannot remove a live lock.
 *
 * The engine has a lock of its own, which the system drops at a kill. It is not enough: a second open in the
 * same process makes the system drop it as well, and other processes then come in.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile, readlink, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreError } from '../errors.ts'

/** Ends the ownership. */
export type Unlock = () => Promise<void>

/** @throws {StoreError} `LOCKED` */
export async function lockFolder(folder: string): Promise<Unlock> {
  return lock(join(folder, 'lock'))
}

async function lock(path: string): Promise<Unlock> {
  const own = ownName()
  if (await createLock(path, own)) return () => unlock(path, own)
  const other = await readLock(path)
  // Gone since: its owner has just closed. Whoever wants it may try again.
  if (other === undefined) throw locked(path, 'somebody')
  if (isAlive(other)) throw locked(path, `process ${other.pid}`)
  const release = await lock(`${path}.${other.nonce}`)
  try {
    if ((await readLock(path))?.nonce !== other.nonce) throw locked(path, 'somebody faster')
    await unlink(path)
    if (!(await createLock(path, own))) throw locked(path, 'somebody faster')
  } finally {
    await release()
  }
  return () => unlock(path, own)
}

/** Removes our lock, and nothing but ours. */
async function unlock(path: string, own: string): Promise<void> {
  if ((await readText(path)) === own) await unlink(path)
}

interface Owner {
  readonly pid: number
  readonly start: string
  readonly boot: string
  readonly nonce: string
}

function ownName(): string {
  const nonce = randomBytes(8).toString('hex')
  return `${process.pid}-${processOf(process.pid)?.start ?? '0'}-${bootId()}-${nonce}`
}

/** True when it was created, false when there is one already. */
async function createLock(path: string, text: string): Promise<boolean> {
  try {
    await symlink(text, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    if (!isUnsupported(error)) throw error
  }
  try {
    await writeFile(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function readLock(path: string): Promise<Owner | undefined> {
  const text = await readText(path)
  if (text === undefined) return undefined
  const [, pid, start, boot, nonce] = /(\d+)-(\d+)-([0-9a-f]*)-([0-9a-f]{16})$/.exec(text) ?? []
  // Only a file system without links can show this: the moment before an owner has written its name.
  if (!pid || !start || boot === undefined || !nonce) throw locked(path, 'an owner without a name')
  return { pid: Number(pid), start, boot, nonce }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readlink(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    if (codeOf(error) !== 'EINVAL' && codeOf(error) !== 'UNKNOWN') throw error
  }
  return readFile(path, 'utf8')
}

/**
 * Whether the owner still runs. A process of another container is taken for dead; if it is not, the engine's
 * own lock refuses us.
 */
function isAlive(owner: Owner): boolean {
  if (owner.boot !== bootId()) return false
  const running = processOf(owner.pid)
  if (running === undefined) return answersSignals(owner.pid)
  return !running.isDead && running.start === owner.start
}

interface RunningProcess {
  /** Ended, but its parent has not asked how: it holds nothing any more. */
  readonly isDead: boolean
  /** When it was started, in clock ticks since the system was. */
  readonly start: string
}

/** What Linux tells about a process; undefined elsewhere, when it is gone, and when it is hidden from us. */
function processOf(pid: number): RunningProcess | undefined {
  const text = readSystemFile(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  // The name in parentheses may hold anything; behind it the first field is the state and the 20th the start.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { isDead: /^[ZXx]$/.test(fields[0]!), start: fields[19]! }
}

function bootId(): string {
  return readSystemFile('/proc/sys/kernel/random/boot_id')?.replace(/[^0-9a-f]/g, '') ?? ''
}

/** A failure other than absence must not make a living owner look dead. */
function readSystemFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR'].includes(codeOf(error) as string)) return undefined
    throw error
  }
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

function isUnsupported(error: unknown): boolean {
  const code = codeOf(error)
  if (process.platform === 'win32' && code === 'EPERM') return true
  return code === 'ENOSYS' || code === 'ENOTSUP' || code === 'EOPNOTSUPP'
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}

function locked(path: string, who: string): StoreError {
  return new StoreError('LOCKED', `${path} is held by ${who}`)
}
