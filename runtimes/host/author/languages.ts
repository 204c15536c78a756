/** Languages a handler can be written in: what each begins with, needs, and is built by. */
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { compile, CompilerError, pathOf } from './compile.ts'
import { assemblyscript } from './templates/assemblyscript.ts'
import { c } from './templates/c.ts'
import { js } from './templates/js.ts'
import { cProgram, rustProgram } from './program-languages.ts'
import { rust } from './templates/rust.ts'
import { wat } from './templates/wat.ts'
import { findRust, findRustLinker, RUST_TARGET, rustOptions } from './rust-toolchain.ts'
import { findClang, findLinker, findPackage } from './toolchain.ts'
import type { Language } from './language.ts'
import type { LanguageName } from './language-names.ts'
import type { Project } from './project.ts'
import type { Tool } from './toolchain.ts'

export const LANGUAGES: Readonly<Record<LanguageName, Language>> = {
  c: { template: c, tools: cTools, build: buildC, program: cProgram },
  rust: { template: rust, tools: rustTools, build: buildRust, program: rustProgram },
  wat: { template: wat, tools: async (folder) => [await findPackage(folder, 'wabt')], build: buildWat },
  assemblyscript: {
    template: assemblyscript,
    tools: async (folder) => [await findPackage(folder, 'assemblyscript')],
    build: buildAssemblyScript,
  },
  js: {
    template: js,
    tools: async (folder) => [await findPackage(folder, 'componentize-qjs')],
    build: buildJs,
  },
}

async function cTools(): Promise<readonly Tool[]> {
  const clang = await findClang()
  return [clang, await findLinker(clang)]
}

async function buildC({ folder, code }: Project, [clang]: readonly Tool[]): Promise<void> {
  const flags = [
    '--target=wasm32',
    '-std=c17',
    '-O2',
    '-Wall',
    '-Wextra',
    '-ffreestanding',
    '-nostdlib',
    '-mbulk-memory',
  ]
  const linked = ['-Wl,--no-entry', '-Wl,--strip-all', '-Wl,-z,stack-size=65536']
  await compile(folder, pathOf(clang), [...flags, ...linked, '-o', code, 'handler.c'])
}

async function rustTools(): Promise<readonly Tool[]> {
  const rust = await findRust(RUST_TARGET)
  return [rust, await findRustLinker(rust)]
}

async function buildRust({ folder, code }: Project, [rust, linker]: readonly Tool[]): Promise<void> {
  const flags = ['--crate-type=cdylib', '--crate-name=handler', `--target=${RUST_TARGET}`]
  await compile(folder, pathOf(rust), [...flags, ...rustOptions(pathOf(linker)), '-o', code, 'handler.rs'])
}

async function buildAssemblyScript({ folder, code }: Project, [compiler]: readonly Tool[]): Promise<void> {
  const flags = ['-O3', '--runtime', 'stub', '--use', 'abort=', '--enable', 'bulk-memory']
  const program = join(pathOf(compiler), 'bin/asc.js')
  await compile(folder, process.execPath, [program, 'assembly/index.ts', ...flags, '--outFile', code])
}

/** The engine goes into the component with the script, and nothing of WASI: whatever asks for that fails. */
async function buildJs({ folder, code }: Project, [compiler]: readonly Tool[]): Promise<void> {
  const program = join(pathOf(compiler), 'cli.mjs')
  const flags = ['--sync', '--opt-size', '--stub-wasi', '--world', 'handler', '--module-root', '.']
  await compile(folder, process.execPath, [
    program,
    ...['--wit', 'wit', '--js', 'handler.js'],
    ...flags,
    ...['--output', code],
  ])
}

/** The part of the package `wabt` that is used. */
interface Wabt {
  parseWat(
    name: string,
    text: string,
    features: Readonly<Record<string, boolean>>,
  ): {
    resolveNames(): void
    validate(): void
    toBinary(options: object): { buffer: Uint8Array }
    destroy(): void
  }
}

async function buildWat({ folder, code }: Project): Promise<void> {
  const text = await readFile(join(folder, 'handler.wat'), 'utf8')
  const load = createRequire(join(folder, 'package.json'))('wabt') as () => Promise<Wabt>
  const toolkit = await load()
  try {
    const module = toolkit.parseWat('handler.wat', text, { bulk_memory: true, simd: true, multi_value: true })
    try {
      module.resolveNames()
      module.validate()
      await writeFile(code, module.toBinary({}).buffer)
    } finally {
      module.destroy()
    }
  } catch (error) {
    throw new CompilerError(error instanceof Error ? error.message : String(error))
  }
}
