/**
 * Control groups of Linux: each process of a lane in one of its own, which bounds its memory, its processes and threads, and
 * its share of the processors, whatever the engine in it does. There are two versions, and a system may have both; where this
 * process may make no group beside or below its own, there are none.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What a group is bounded to. */
export interface GroupBounds {
  readonly memoryBytes: number
  readonly processes: number
}

/** The group of one lane. */
export interface ControlGroup {
  /** Files that whoever writes `0` into them joins. */
  readonly joins: readonly string[]
  /** Whether the system has ended something in it for want of memory. */
  ranOutOfMemory(): boolean
  /** Gives it back, and ends what is still in it. */
  remove(): void
}

/** Where groups are made: one folder that does it all, or one for each kind of bound. */
interface Place {
  readonly folder: string
  /** The file of each bound, and how the bound is written. */
  readonly bounds: Readonly<Record<string, (bounds: GroupBounds) => string>>
  /** Where ends for want of memory are counted. */
  readonly kills?: string
}

const ROOT = '/sys/fs/cgroup'
const NAME = 'promisegrid'
/** Half of what others have: who waits for a lane can wait, who burns in one must not hold up its host. */
const SHARES = { 1: '512', 2: '50' } as const
/** A process that was ended while it began may take as long to end as to begin. */
const REMOVE_TRIES = 200
const REMOVE_MS = 50

const VERSION_2: Place['bounds'] = {
  'memory.max': ({ memoryBytes }) => String(memoryBytes),
  'memory.swap.max': () => '0',
  'pids.max': ({ processes }) => String(processes),
  'cpu.weight': () => SHARES[2],
}
const VERSION_1: readonly (Omit<Place, 'folder'> & { readonly controller: string })[] = [
  {
    controller: 'memory',
    bounds: { 'memory.limit_in_bytes': ({ memoryBytes }) => String(memoryBytes) },
    kills: 'memory.oom_control',
  },
  { controller: 'pids', bounds: { 'pids.max': ({ processes }) => String(processes) } },
  { controller: 'cpu', bounds: { 'cpu.shares': () => SHARES[1] } },
]
/** Without these a group bounds nothing that matters. */
const NEEDED = [['memory.max', 'memory.limit_in_bytes'], ['pids.max']]

let places: readonly Place[] | undefined

/** Whether groups can be made here; found out once, by making one. */
export function hasControlGroups(): boolean {
  places ??= findPlaces()
  return places.length > 0
}

/** A new group; undefined where there are none, or no more. */
export function openControlGroup(bounds: GroupBounds): ControlGroup | undefined {
  if (!hasControlGroups()) return undefined
  const at = (places ?? []).map((place) => ({ place, folder: newName(place) }))
  try {
    for (const { place, folder } of at) make(place, folder, bounds)
  } catch {
    for (const { folder } of at) removeFolder(folder)
    return undefined
  }
  return {
    joins: at.map(({ folder }) => join(folder, 'cgroup.procs')),
    ranOutOfMemory: () => at.some(({ place, folder }) => killsIn(place, folder) > 0),
    remove: () => {
      for (const { folder } of at) removeLater(folder, REMOVE_TRIES)
    },
  }
}

/** Of this process, so that what it leaves behind can be told from what is in use. */
function newName({ folder }: Pick<Place, 'folder'>): string {
  return join(folder, `${NAME}-${process.pid}-${randomBytes(6).toString('hex')}`)
}

function findPlaces(): readonly Place[] {
  if (process.platform !== 'linux' || !existsSync('/proc/self/cgroup')) return []
  // id ":" controllers ":" path, the controllers empty for version 2.
  const own = readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n')
  const paths = new Map(
    own.flatMap((line) => {
      const [, controllers = '', path = '/'] = line.split(':')
      return controllers.split(',').map((controller) => [controller, path] as const)
    }),
  )
  const found = version2(paths.get('')) ?? version1(paths)
  const bounded = new Set(found.flatMap(({ bounds }) => Object.keys(bounds)))
  if (!NEEDED.every((names) => names.some((name) => bounded.has(name)))) return []
  for (const { folder } of found) removeOrphans(folder)
  return found
}

/** Below its own group, which holds processes and so has often no bounds to give, or beside it. */
function version2(path: string | undefined): readonly Place[] | undefined {
  if (path === undefined) return undefined
  const own = join(ROOT, path)
  for (const folder of [own, dirname(own)]) {
    if (!folder.startsWith(ROOT)) continue
    const place = { folder, bounds: VERSION_2, kills: 'memory.events' }
    const works = worksAt(place)
    if (works !== undefined && 'memory.max' in works.bounds) return [works]
  }
  return undefined
}

function version1(paths: ReadonlyMap<string, string>): readonly Place[] {
  return VERSION_1.flatMap(({ controller, ...rest }) => {
    const path = paths.get(controller)
    if (path === undefined) return []
    const works = worksAt({ ...rest, folder: join(ROOT, controller, path) })
    return works === undefined || Object.keys(works.bounds).length === 0 ? [] : [works]
  })
}

/** The place with the bounds it can really give; undefined where no group can be made. */
function worksAt(place: Place): Place | undefined {
  const folder = newName(place)
  // It is written into the words of a shell.
  if (folder.includes("'")) return undefined
  try {
    mkdirSync(folder)
    const given = Object.entries(place.bounds).filter(([file]) => existsSync(join(folder, file)))
    const works = { ...place, bounds: Object.fromEntries(given) }
    for (const [file, write] of given) writeFileSync(join(folder, file), write(PROBED))
    return works
  } catch {
    return undefined
  } finally {
    removeFolder(folder)
  }
}

const PROBED: GroupBounds = { memoryBytes: 2 ** 30, processes: 64 }

function make({ bounds }: Place, folder: string, values: GroupBounds): void {
  mkdirSync(folder)
  for (const [file, write] of Object.entries(bounds)) writeFileSync(join(folder, file), write(values))
}

function killsIn({ kills }: Place, folder: string): number {
  if (kills === undefined) return 0
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(folder, kills), 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

function removeLater(folder: string, tries: number): void {
  endAll(folder)
  if (removeFolder(folder) || tries === 0) return
  setTimeout(() => removeLater(folder, tries - 1), REMOVE_MS).unref()
}

/**
 * Ends what is still in a group that is given back: bubblewrap that was killed while it began may leave a process behind,
 * which waits for it for ever.
 */
function endAll(folder: string): void {
  try {
    for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n'))
      if (Number(pid) > 1 && Number(pid) !== process.pid) process.kill(Number(pid), 'SIGKILL')
  } catch {
    // It is gone, or about to be; else the next try finds it.
  }
}

/** Whether it is gone. */
function removeFolder(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

/** Groups of hosts that were killed. */
function removeOrphans(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = new RegExp(`^${NAME}-(\\d+)-\\w+$`).exec(name)?.[1]
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue
    endAll(join(folder, name))
    removeFolder(join(folder, name))
  }
}
