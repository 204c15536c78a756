/** Languages a program of WASI preview 1 is begun in: with a library, so that it opens files and prints as anywhere. */
import { compile, pathOf } from './compile.ts'
import { cProgram as cTemplate } from './templates/c-program.ts'
import { rustProgram as rustTemplate } from './templates/rust-program.ts'
import { findRust, findRustLinker, RUST_PROGRAM_TARGETS, rustOptions } from './rust-toolchain.ts'
import { findClang, findLinker } from './toolchain.ts'
import { findWasiLibrary, findWasiRuntime, sysroot, WASI_TARGET } from './wasi-library.ts'
import type { Language } from './language.ts'
import type { Project } from './project.ts'
import type { Tool } from './toolchain.ts'

export const cProgram: Language = { template: cTemplate, tools: cTools, build: buildC }
export const rustProgram: Language = { template: rustTemplate, tools: rustTools, build: buildRust }

async function cTools(): Promise<readonly Tool[]> {
  const clang = await findClang()
  return [clang, await findLinker(clang), await findWasiLibrary(clang), await findWasiRuntime(clang)]
}

async function buildC({ folder, code }: Project, [clang]: readonly Tool[]): Promise<void> {
  const flags = [...WASI_TARGET, ...sysroot(), '-std=c17', '-O2', '-Wall', '-Wextra', '-mbulk-memory']
  const linked = ['-Wl,--strip-all', '-Wl,-z,stack-size=65536']
  await compile(folder, pathOf(clang), [...flags, ...linked, '-o', code, 'program.c'])
}

async function rustTools(): Promise<readonly Tool[]> {
  const rust = await findRust(...RUST_PROGRAM_TARGETS)
  return [rust, await findRustLinker(rust)]
}

async function buildRust({ folder, code }: Project, [rust, linker]: readonly Tool[]): Promise<void> {
  const flags = ['--crate-name=program', `--target=${rust?.found?.target ?? RUST_PROGRAM_TARGETS[0]}`]
  await compile(folder, pathOf(rust), [...flags, ...rustOptions(pathOf(linker)), '-o', code, 'program.rs'])
}
