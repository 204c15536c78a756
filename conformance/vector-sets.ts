/**
 * Finds the vector sets that others have published. They are not part of this repository: the environment
 * variable PROMISEGRID_VECTORS names their folder, and without it `../shared/vectors` beside the repository
 * is tried. A test that finds no set skips, and says so.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The files of one set. */
export interface VectorSet {
  readonly skipped?: undefined
  /** Every file that holds cases, in folders too, by its path with `/`, sorted. */
  files(): readonly string[]
  path(file: string): string
  json(file: string): unknown
  text(file: string): string
  bytes(file: string): Uint8Array
}

/** Why a set cannot be read here. */
export interface NoVectorSet {
  readonly skipped: string
}

/** What explains a set, and is none of its cases. */
const PROSE = /(^|\/)(SOURCE|README|LICEN[CS]E[^/]*)(\.md|\.txt)?$/i

/** Opens a set by its name: a folder, or a file that is a set by itself. */
export function openVectorSet(name: string, vectors = vectorsFolder()): VectorSet | NoVectorSet {
  const place = join(vectors, name)
  if (!existsSync(place)) return { skipped: `vector set ${name} is not at ${place}; set PROMISEGRID_VECTORS` }
  const folder = statSync(place).isDirectory() ? place : vectors
  const files = folder === vectors ? [name] : filesOf(folder)
  const path = (file: string): string => join(folder, file)
  const text = (file: string): string => readFileSync(path(file), 'utf8')
  const bytes = (file: string): Uint8Array => Uint8Array.from(readFileSync(path(file)))
  return { files: () => files, path, text, bytes, json: (file) => JSON.parse(text(file)) as unknown }
}

/** The names of the sets in the folder; undefined where the folder itself is absent. */
export function findVectorSets(vectors = vectorsFolder()): readonly string[] | undefined {
  if (!existsSync(vectors) || !statSync(vectors).isDirectory()) return undefined
  const isSet = (name: string): boolean => !name.startsWith('.') && !PROSE.test(name)
  return readdirSync(vectors).filter(isSet).sort()
}

export function vectorsFolder(): string {
  const named = process.env['PROMISEGRID_VECTORS']
  return named === undefined || named === ''
    ? join(repositoryRoot(), '..', 'shared', 'vectors')
    : resolve(named)
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .map((path) => path.split('\\').join('/'))
    .filter((path) => !PROSE.test(path))
    .sort()
}

/** This file runs from the sources and from dist/; the root is where package.json lies. */
function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}
