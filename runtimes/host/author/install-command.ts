/** The words that install something on this machine, as exactly as they can be known. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** How the packages are called where. */
export interface Packages {
  /** Debian, Ubuntu and what is made of them. */
  readonly apt: string
  /** Homebrew, on macOS; absent for what is of Linux alone. */
  readonly brew?: string
}

export interface Machine {
  readonly path: string
  readonly isRoot: boolean
}

const here = (): Machine => ({ path: process.env['PATH'] ?? '', isRoot: process.getuid?.() === 0 })

/** One command where a package manager is known, else both. */
export function installCommand({ apt, brew }: Packages, machine: Machine = here()): string {
  const byApt = `${machine.isRoot ? '' : 'sudo '}apt-get install ${apt}`
  if (hasProgram('apt-get', machine)) return byApt
  if (brew === undefined) return `Debian and Ubuntu: ${byApt}`
  const byBrew = `brew install ${brew}`
  return hasProgram('brew', machine) ? byBrew : `Debian and Ubuntu: ${byApt}; macOS: ${byBrew}`
}

/** A compiler of Rust that is managed by rustup gets its targets from there. */
export function rustCommand(target: string, machine: Machine = here()): string {
  const add = `rustup target add ${target}`
  if (hasProgram('rustup', machine)) return add
  const packages = {
    apt: 'rustc libstd-rust-dev-wasm32 lld',
    brew: `rustup lld && rustup default stable && ${add}`,
  }
  return installCommand(packages, machine)
}

function hasProgram(name: string, { path }: Machine): boolean {
  return path.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, name)))
}
