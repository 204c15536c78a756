/** A compiler of Rust that has the libraries for WebAssembly, which most installations bring only when asked. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { rustCommand } from './install-command.ts'
import { said, versionOf } from './program-output.ts'
import { findClang, findLinker } from './toolchain.ts'
import type { Tool } from './toolchain.ts'

export const RUST_TARGET = 'wasm32-unknown-unknown'
/** WASI preview 1, as compilers call it since 1.78, and before. */
export const RUST_PROGRAM_TARGETS = ['wasm32-wasip1', 'wasm32-wasi'] as const

/** Two may be here: one of rustup, and one of the system behind it. `RUSTC` names another one, as for Cargo. */
function compilers(): readonly string[] {
  const named = process.env['RUSTC']
  return [...(named === undefined || named === '' ? [] : [named]), 'rustc', '/usr/bin/rustc']
}

/** For the first of these targets that it has the libraries of. */
export async function findRust(...targets: readonly [string, ...string[]]): Promise<Tool> {
  const name = 'rustc'
  let isHere = false
  for (const path of compilers())
    for (const target of targets) {
      const libraries = await said(path, ['--print', 'target-libdir', '--target', target])
      if (libraries === undefined) continue
      isHere = true
      if (await hasLibraries(libraries.trim()))
        return { name, found: { path, version: await versionOf(path), target }, fix: '' }
    }
  const [target] = targets
  const fix = rustCommand(target)
  return isHere
    ? { name: `the library of ${name} for ${target}`, found: undefined, fix }
    : { name, found: undefined, fix }
}

async function hasLibraries(folder: string): Promise<boolean> {
  const found = await readdir(folder).catch(() => [])
  return found.some((file) => file.startsWith('libcore-') && file.endsWith('.rlib'))
}

/** How handlers and programs are compiled: small, and without what a debugger would want. */
export function rustOptions(linker: string): readonly string[] {
  const made = ['opt-level=s', 'panic=abort', 'strip=symbols', 'lto=fat', `linker=${linker}`]
  // Newer linkers warn of what older compilers put beside the code, and the compiler asks them to take that for an error.
  made.push('link-arg=--no-fatal-warnings')
  return ['--edition=2021', ...made.flatMap((option) => ['-C', option])]
}

/** The linker beside the compiler, as rustup brings it, or one of the system. */
export async function findRustLinker(rust: Tool): Promise<Tool> {
  const root = rust.found === undefined ? undefined : await said(rust.found.path, ['--print', 'sysroot'])
  const version = rust.found?.version ?? ''
  const libraries =
    rust.found === undefined ? undefined : await said(rust.found.path, ['--print', 'target-libdir'])
  const own = libraries === undefined ? undefined : join(dirname(libraries.trim()), 'bin', 'rust-lld')
  if (root !== undefined && own !== undefined && existsSync(own))
    return { name: 'rust-lld', found: { path: own, version }, fix: '' }
  return findLinker(await findClang())
}
