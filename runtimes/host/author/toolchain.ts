/** Programs and packages that turn source into a module: which of them are here, and how to get the others. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { installCommand } from './install-command.ts'
import { said, versionOf } from './program-output.ts'

export interface Tool {
  readonly name: string
  /** Where it is, and in which version; undefined where it is not here. */
  readonly found: { readonly path: string; readonly version: string; readonly target?: string } | undefined
  readonly fix: string
}

const CLANGS = ['clang', ...Array.from({ length: 12 }, (_, at) => `clang-${26 - at}`)]

/** A clang that can write WebAssembly: those of some systems cannot. */
export async function findClang(): Promise<Tool> {
  for (const path of CLANGS) {
    const targets = await said(path, ['--print-targets'])
    if (targets === undefined || !/^\s*wasm32\b/m.test(targets)) continue
    return { name: 'clang', found: { path, version: await versionOf(path) }, fix: '' }
  }
  return {
    name: 'clang',
    found: undefined,
    fix: installCommand({ apt: 'clang lld', brew: 'llvm lld' }),
  }
}

/** The linker that a clang of the same version calls. */
export async function findLinker(clang: Tool): Promise<Tool> {
  const suffix = clang.found?.path.replace(/^clang/, '') ?? ''
  for (const path of [`wasm-ld${suffix}`, 'wasm-ld'])
    if ((await said(path, ['--version'])) !== undefined)
      return { name: 'wasm-ld', found: { path, version: await versionOf(path) }, fix: '' }
  return {
    name: 'wasm-ld',
    found: undefined,
    fix: installCommand({ apt: `lld${suffix}`, brew: 'lld' }),
  }
}

/** A package that the project, or a folder above it, has installed. */
export async function findPackage(folder: string, name: string): Promise<Tool> {
  const fix = existsSync(join(folder, 'package.json')) ? 'npm install' : `npm install ${name}`
  try {
    const path = createRequire(join(folder, 'package.json')).resolve(`${name}/package.json`)
    const { version } = JSON.parse(await readFile(path, 'utf8')) as { version: string }
    return { name, found: { path: join(path, '..'), version }, fix }
  } catch {
    return { name, found: undefined, fix }
  }
}
