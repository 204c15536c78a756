/** Languages a handler can be written in: what each begins with, needs, and is built by. */
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { HostError } from '../host-error.ts'
import { assemblyscript } from './templates/assemblyscript.ts'
import { c } from './templates/c.ts'
import { js } from './templates/js.ts'
import { rust } from './templates/rust.ts'
import { wat } from './templates/wat.ts'
import { findRust, findRustLinker, RUST_TARGET } from './rust-toolchain.ts'
import { findClang, findLinker, findPackage } from './toolchain.ts'
import type { LanguageName } from './language-names.ts'
import type { Project } from './project.ts'
import type { Template } from './templates/template.ts'
import type { Tool } from './toolchain.ts'

const execute = promisify(execFile)
const BUILD_MS = 120_000
const SAID_BYTES = 1024 * 1024

export interface Language {
  readonly template: Template
  /** What it needs in this folder, found or not. */
  readonly tools: (folder: string) => Promise<readonly Tool[]>
  /** Builds the module to where the project says. @throws {CompilerError} */
  readonly build: (project: Project, tools: readonly Tool[]) => Promise<void>
}

export const LANGUAGES: Readonly<Record<LanguageName, Language>> = {
  c: { template: c, tools: cTools, build: buildC },
  rust: { template: rust, tools: rustTools, build: buildRust },
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
  const rust = await findRust()
  return [rust, await findRustLinker(rust)]
}

async function buildRust({ folder, code }: Project, [rust, linker]: readonly Tool[]): Promise<void> {
  const flags = ['--edition=2021', '--crate-type=cdylib', '--crate-name=handler', `--target=${RUST_TARGET}`]
  const made = ['opt-level=s', 'panic=abort', 'strip=symbols', 'lto=fat', `linker=${pathOf(linker)}`]
  // Newer linkers warn of what older compilers put beside the code, and the compiler asks them to take that for an error.
  made.push('link-arg=--no-fatal-warnings')
  const codegen = made.flatMap((option) => ['-C', option])
  await compile(folder, pathOf(rust), [...flags, ...codegen, '-o', code, 'handler.rs'])
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

async function compile(folder: string, program: string, words: readonly string[]): Promise<void> {
  const options = { cwd: folder, timeout: BUILD_MS, maxBuffer: SAID_BYTES }
  await execute(program, [...words], options).catch((error: Error & { readonly stderr?: string }) => {
    throw new CompilerError(error.stderr === undefined || error.stderr === '' ? error.message : error.stderr)
  })
}

/** What a compiler said of source that it does not take, line by line. */
export class CompilerError extends HostError {
  readonly lines: readonly string[]

  constructor(said: string) {
    super('DATA', 'the compiler does not take the source')
    this.lines = said.trimEnd().split(/\r?\n/)
  }
}

function pathOf(tool: Tool | undefined): string {
  if (tool?.found === undefined) throw new TypeError('a tool that was not found')
  return tool.found.path
}
