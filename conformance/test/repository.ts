/** The repository as files, for the tests that compare prose, package and code. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of package.json. This file runs from dist/conformance/test. */
export const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))

/** What no check looks into: made by tools, kept by git, or brought by others. */
const skipped = new Set(['node_modules', 'dist', '.git', '.tmp', '.promisegrid'])

/** Text of a file of the repository, by its path from the root. */
export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The manifest, as far as checks ask for it. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export const manifest = JSON.parse(read('package.json')) as Manifest

/** Paths of all files below a folder, sorted, with `/` on every system. */
export function files(folder = '.'): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (skipped.has(entry.name)) return []
      if (entry.isDirectory()) return files(path)
      return entry.isFile() ? [relative('.', path).split(sep).join('/')] : []
    })
    .sort()
}
