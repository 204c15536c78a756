/** Disks to break: small file systems, mounted in a mount namespace that ends with the process. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'

/** Why this machine cannot mount, if it cannot. */
export function noMounts(...programs: readonly string[]): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux'
  if (process.getuid?.() !== 0) return 'needs root'
  return noProgram('unshare', 'mount', 'umount', ...programs)
}

export function noProgram(...programs: readonly string[]): string | undefined {
  const absent = programs.find((program) => spawnSync('which', [program]).status !== 0)
  return absent && `needs ${absent}`
}

export function noLoopDevices(): string | undefined {
  return existsSync('/dev/loop-control') ? noMounts('mkfs.ext4', 'perl') : 'needs loop devices'
}

export function command(program: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
}

const IMAGE_BYTES = 48 * 1024 * 1024

/** A disk in a file, with ext4 on it. */
export class Disk {
  readonly folder: string
  readonly #image: string

  constructor(path: string) {
    this.folder = join(path, 'disk')
    this.#image = join(path, 'image')
  }

  async make(): Promise<void> {
    await mkdir(this.folder)
    const file = await open(this.#image, 'w')
    await file.truncate(IMAGE_BYTES)
    await file.close()
    command('mkfs.ext4', '-q', '-F', this.#image)
    this.mount()
  }

  mount(): void {
    command('mount', '-o', 'loop', this.#image, this.folder)
  }

  unmount(): void {
    command('umount', this.folder)
  }

  /** From here on nothing reaches the disk, not even the journal: FS_IOC_SHUTDOWN with NOLOGFLUSH. */
  cutPower(): void {
    const script =
      'my $flags = pack("I", 2); open(F, "<", $ARGV[0]) or die $!; ioctl(F, 0x8004587d, $flags) or die $!'
    command('perl', '-e', script, this.folder)
  }
}

/**
 * Stops all threads of a process, and waits until the last one is stopped: one that still runs could be told
 * that a flush has ended which the cut has stopped.
 */
export async function freeze(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  while (!tasks(pid).every((state) => /[TZX]/.test(state))) await new Promise(setImmediate)
}

function tasks(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((task) => {
    const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2)[0] ?? ''
  })
}
