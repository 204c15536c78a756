/** F2, F6, F7: the process is killed at, or told of a failure by, one call of the system after another. */
import { join } from 'node:path'
import { temporaryFolder } from '../temporary-folder.ts'
import { Lives } from './lives.ts'
import { noProgram } from './mounts.ts'
import type { Fault, Outcome } from './fault.ts'
import type { Manner } from './plan.ts'

/** What is done to which calls; `onFiles` leaves out all but logs and manifests, and so our own pipe. */
interface Injection {
  readonly calls: readonly string[]
  readonly what: string
  readonly onFiles?: boolean
}

const KILLED: Injection = {
  calls: ['fdatasync', 'fsync', 'rename', 'symlink', 'unlink', 'write'],
  what: 'signal=SIGKILL',
}
const FLUSH_FAILS: Injection = { calls: ['fdatasync', 'fsync'], what: 'error=EIO' }
const WRITE_FAILS: Injection = { calls: ['write'], what: 'error=ENOSPC', onFiles: true }

/** The names the engine gives its first logs and manifests. */
const FILES = Array.from({ length: 12 }, (_, at) => String(at + 1).padStart(6, '0')).flatMap((number) => [
  `${number}.log`,
  `MANIFEST-${number}`,
])

/** Each call in turn, at its first, second … time, until a life comes to its end unharmed, or `n` strikes. */
async function strikeEach(n: number, injection: Injection, manner: Manner): Promise<Outcome> {
  const lives = new Lives()
  let struck = 0
  for (const [at, call] of injection.calls.entries()) {
    // What one call does not need of its share is left to the next ones.
    const share = Math.ceil((n - struck) / (injection.calls.length - at))
    struck += await strike(call, share, injection, manner, lives)
  }
  return lives.outcome(struck)
}

async function strike(
  call: string,
  n: number,
  injection: Injection,
  manner: Manner,
  lives: Lives,
): Promise<number> {
  for (let when = 1; when <= n; when++) {
    const { path, remove } = await temporaryFolder()
    const folder = join(path, 'store')
    const plan = { folder, manner, lanes: 1, count: 8, valueBytes: 3000 }
    lives.renew()
    const shell = strace(call, when, folder, injection)
    const lines = await lives.live(plan, (child) => child.ended(), { isSpared: true, shell })
    await lives.look(plan)
    await remove()
    const isUnharmed = lines.includes('closed') && !lines.some((line) => line.startsWith('error'))
    if (isUnharmed) return when - 1
  }
  return n
}

/** Calls are counted by thread, so there is one alone beside the first. */
function strace(call: string, when: number, folder: string, { what, onFiles }: Injection): string {
  const paths = onFiles ? FILES.map((file) => `-P ${join(folder, 'level', file)}`).join(' ') : ''
  const inject = `-e trace=${call} -e inject=${call}:${what}:when=${when}`
  return `export UV_THREADPOOL_SIZE=1; set -- strace -f -qq -o /dev/null ${inject} ${paths} "$@"`
}

function fault(
  id: string,
  title: string,
  full: number,
  injection: Injection,
  control: Fault['control']['title'],
  manner: Manner,
  weak = injection,
): Fault {
  return {
    id,
    title,
    sizes: { small: 6, full },
    unavailable: () => noProgram('strace'),
    run: (n) => strikeEach(n, injection, 'durable'),
    control: { title: control, n: 16, run: (n) => strikeEach(n, weak, manner) },
  }
}

export const killAtCall = fault(
  'F2',
  'kill -9 at every write, flush, rename, link and removal',
  1000,
  KILLED,
  'acknowledges before it writes',
  'early',
  // At a flush the kill comes too late to lose anything: the system already has what was written.
  { ...KILLED, calls: ['write'], onFiles: true },
)
export const flushFails = fault('F6', 'EIO of each flush', 100, FLUSH_FAILS, 'the bare engine', 'bare')
export const writeFails = fault('F7', 'ENOSPC of each write', 100, WRITE_FAILS, 'the bare engine', 'bare')
