/** A group of processes that together may have so much memory, and of which the system kills one that wants more. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = '/sys/fs/cgroup'

/** The two forms that Linux has: where groups lie, and the files that say how much. */
const OLD = { folder: join(ROOT, 'memory'), limit: 'memory.limit_in_bytes', events: 'memory.oom_control' }
const NEW = { folder: ROOT, limit: 'memory.max', events: 'memory.events' }

export class MemoryGroup {
  readonly #folder: string
  readonly #events: string

  constructor(limitBytes: number) {
    const form = existsSync(OLD.folder) ? OLD : NEW
    this.#folder = join(form.folder, ownGroup(form), `promisebase-${process.pid}`)
    this.#events = join(this.#folder, form.events)
    mkdirSync(this.#folder)
    try {
      writeFileSync(join(this.#folder, form.limit), String(limitBytes))
    } catch (error) {
      this.remove()
      throw error
    }
  }

  /** What it has already stays with its old group: only what it takes from here on counts. */
  take(pid: number): void {
    appendFileSync(join(this.#folder, 'cgroup.procs'), String(pid))
  }

  /** Whether the system has killed one of it. */
  get hasKilled(): boolean {
    return /^oom_kill [1-9]/m.test(readFileSync(this.#events, 'utf8'))
  }

  /** To be called once its processes are gone. */
  remove(): void {
    rmdirSync(this.#folder)
  }
}

/** Why this machine lets nobody make such a group. */
export function noMemoryGroups(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux'
  if (process.getuid?.() !== 0) return 'needs root'
  try {
    new MemoryGroup(2 ** 30).remove()
    return undefined
  } catch (error) {
    return `needs memory groups that it may make: ${(error as Error).message}`
  }
}

/** The group this process is in: lines of `number:controllers:path`, without a controller in the newer form. */
function ownGroup(form: typeof OLD): string {
  const wanted = form === OLD ? /^\d+:(?:.*,)?memory(?:,.*)?:(.*)$/m : /^0::(.*)$/m
  return wanted.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? ''
}
