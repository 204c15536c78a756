/** The library of C for WASI preview 1, which a compiler brings only when asked. */
import { existsSync } from 'node:fs'
import { dirname, isAbsolute } from 'node:path'

import { installCommand } from './install-command.ts'
import { said } from './program-output.ts'
import type { Tool } from './toolchain.ts'

/** The newer name of the target finds no library where systems keep it under the older one. */
export const WASI_TARGET = ['--target=wasm32-wasi', '-Wno-deprecated']

/** Where the library lies if not where the compiler looks: `WASI_SYSROOT`, as those who unpack it by hand name it. */
export function sysroot(): readonly string[] {
  const folder = process.env['WASI_SYSROOT']
  return folder === undefined || folder === '' ? [] : [`--sysroot=${folder}`]
}

export function findWasiLibrary(clang: Tool): Promise<Tool> {
  const fix = `${installCommand({ apt: 'wasi-libc', brew: 'wasi-libc' })}, or name its folder by WASI_SYSROOT`
  return findFile(clang, 'wasi-libc', '-print-file-name=libc.a', fix)
}

/** What compiled code calls for arithmetic that WebAssembly has not. */
export function findWasiRuntime(clang: Tool): Promise<Tool> {
  const suffix = /-\d+$/.exec(clang.found?.path ?? '')?.[0] ?? ''
  const fix = installCommand({ apt: `libclang-rt${suffix}-dev-wasm32`, brew: 'wasi-runtimes' })
  return findFile(clang, 'compiler-rt', '-print-libgcc-file-name', fix)
}

async function findFile({ found: clang }: Tool, name: string, question: string, fix: string): Promise<Tool> {
  const path = clang && (await said(clang.path, [...WASI_TARGET, ...sysroot(), question]))?.trim()
  if (clang === undefined || path === undefined || !isAbsolute(path) || !existsSync(path))
    return { name, found: undefined, fix }
  return { name, found: { path, version: `in ${dirname(path)}` }, fix: '' }
}
