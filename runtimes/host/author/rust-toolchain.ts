/** A compiler of Rust that has the libraries for WebAssembly, which most installations bring only when asked. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { said, versionOf } from './program-output.ts'
import { findClang, findLinker } from './toolchain.ts'
import type { Tool } from './toolchain.ts'

export const RUST_TARGET = 'wasm32-unknown-unknown'

/** Two may be here: one of rustup, and one of the system behind it. `RUSTC` names another one, as for Cargo. */
function compilers(): readonly string[] {
  const named = process.env['RUSTC']
  return [...(named === undefined || named === '' ? [] : [named]), 'rustc', '/usr/bin/rustc']
}

export async function findRust(): Promise<Tool> {
  const name = 'rustc'
  let isHere = false
  for (const path of compilers()) {
    const libraries = await said(path, ['--print', 'target-libdir', '--target', RUST_TARGET])
    if (libraries === undefined) continue
    isHere = true
    const found = await readdir(libraries.trim()).catch(() => [])
    if (found.some((file) => file.startsWith('libcore-') && file.endsWith('.rlib')))
      return { name, found: { path, version: await versionOf(path) }, fix: '' }
  }
  const fix = `rustup target add ${RUST_TARGET}; Debian and Ubuntu without rustup: apt-get install rustc libstd-rust-dev-wasm32 lld`
  return { name, found: undefined, fix: isHere ? `it lacks the target ${RUST_TARGET}: ${fix}` : fix }
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
