/**
 * How a process for code of strangers is started: Node without its own powers, within bubblewrap where this system has it,
 * so that also a fault of the engine reaches no file, no network and no other process.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { hasControlGroups, openControlGroup } from './control-group.ts'
import { HEAP_MIB, PROCESS_MIB } from './heap.ts'
import type { ControlGroup } from './control-group.ts'

export interface Started {
  readonly command: string
  readonly words: readonly string[]
  /** The group it joins before it is the program. */
  readonly group?: ControlGroup
  /** Whether it is the first of a process group, which ends with it. */
  readonly leads?: boolean
}

/** What keeps a process of a lane within its bounds on this machine. */
export interface Confinement {
  /** Files are read only of this package and of Node; no child, thread, add-on or inspector. */
  readonly permissions: boolean
  /** Namespaces of its own: no network, no other processes, no files but the same, no capabilities. */
  readonly bubblewrap: string | undefined
  /** Bounds of the system for the memory, the processes and the share of the processors of each lane as a whole. */
  readonly controlGroups: boolean
  /** A bound of the system for the memory each process may write to; of no use where a process starts others. */
  readonly resourceLimits: boolean
}

/** What of this package is built, and the folder that is in. */
const BUILT = fileURLToPath(new URL('../../../', import.meta.url))
const PACKAGE = fileURLToPath(new URL('../../../../', import.meta.url))
/** Where programs find what they are linked to. */
const SYSTEM = ['/usr', '/lib', '/lib32', '/lib64', '/etc/ld.so.cache', '/etc/alternatives']

const TRY_MS = 5_000
/** Bounds itself, joins what it is told to and becomes the program: whatever that starts is bounded from its first step. */
const SHELL = '/bin/sh'
/** An engine starts a dozen threads, bubblewrap two processes. */
const PROCESSES_MAX = 64

let known: Confinement | undefined

/** What can be had on this machine; found out once, by trying. */
export function confinement(): Confinement {
  known ??= {
    permissions: permissionFlag() !== undefined,
    bubblewrap: workingBubblewrap(),
    controlGroups: hasShell() && hasControlGroups(),
    resourceLimits: hasShell(),
  }
  return known
}

/** Systems may have the program and forbid what it does: it is tried with the same namespaces. */
function workingBubblewrap(): string | undefined {
  const path = process.platform === 'linux' ? programNamed('bwrap') : undefined
  if (path === undefined) return undefined
  const words = [...namespaces(), '--', process.execPath, '--version']
  const { status } = spawnSync(path, words, { env: {}, stdio: 'ignore', timeout: TRY_MS })
  return status === 0 ? path : undefined
}

/** The words that start `program` as confined as can be. */
export function confined(program: string, words: readonly string[]): Started {
  const flags = [`--max-old-space-size=${HEAP_MIB}`, ...permissions()]
  const node = [process.execPath, ...flags, program, ...words]
  const { bubblewrap } = confinement()
  const within = bubblewrap === undefined ? node : [bubblewrap, ...namespaces(), '--', ...node]
  // Bubblewrap that is killed while it begins leaves a process behind that waits for it, in its process group and not yet
  // bound to die with it.
  const leads = bubblewrap !== undefined
  return {
    ...(hasShell() ? bounded(within) : { command: within[0] as string, words: within.slice(1) }),
    leads,
  }
}

/** Address space cannot be bounded: an engine reserves a hundred times what it will ever use. */
function bounded(words: readonly string[]): Started {
  const group = openControlGroup({ memoryBytes: PROCESS_MIB * 2 ** 20, processes: PROCESSES_MAX })
  const joins = (group?.joins ?? []).map((file) => `echo 0 > '${file}' || exit 1`)
  const steps = ['ulimit -c 0', `ulimit -d ${PROCESS_MIB * 1024}`, ...joins, 'exec "$@"']
  return {
    command: SHELL,
    words: ['-c', steps.join('\n'), SHELL, ...words],
    ...(group === undefined ? {} : { group }),
  }
}

function hasShell(): boolean {
  return process.platform === 'linux' && existsSync(SHELL)
}

function permissions(): readonly string[] {
  const flag = permissionFlag()
  if (flag === undefined) return []
  return [flag, '--no-warnings', ...readable().map((path) => `--allow-fs-read=${path}`)]
}

function permissionFlag(): string | undefined {
  return ['--permission', '--experimental-permission'].find((flag) =>
    process.allowedNodeEnvironmentFlags.has(flag),
  )
}

function namespaces(): readonly string[] {
  const bound = [...SYSTEM, dirname(dirname(realpathSync(process.execPath))), process.execPath, ...readable()]
  return [
    '--unshare-all',
    '--unshare-user',
    '--die-with-parent',
    '--new-session',
    ...['--uid', '65534', '--gid', '65534', '--cap-drop', 'ALL', '--hostname', 'handler'],
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
    ...bound.filter((path) => existsSync(path)).flatMap((path) => ['--ro-bind', path, path]),
    ...['--chdir', '/'],
  ]
}

/** The package and what it depends on, wherever npm has put that: folders `node_modules` in it and above it. */
function readable(): readonly string[] {
  const folders = [BUILT, join(PACKAGE, 'package.json')]
  for (let at = PACKAGE; ; at = dirname(at)) {
    const modules = basename(at) === 'node_modules' ? at : join(at, 'node_modules')
    if (existsSync(modules)) folders.push(modules)
    if (at === dirname(at)) return folders
  }
}

function programNamed(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}
