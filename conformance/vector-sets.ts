/**
 * Finds the vector sets that others have published. They are not part of this repository: the environment
 * variable PROMISEGRID_VECTORS names their folder, and without it `../shared/vectors` beside the repository
 * is tried. A test that finds no set skips, and says so.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The files of one set. */
export interface VectorSet {
  readonly skipped?: undefined
  path(file: string): string
  json(file: string): unknown
  text(file: string): string
}

/** Why a set cannot be read here. */
export interface NoVectorSet {
  readonly skipped: string
}

/** Opens a set by the name of its folder. */
export function openVectorSet(name: string): VectorSet | NoVectorSet {
  const folder = join(vectorsFolder(), name)
  if (!existsSync(folder))
    return { skipped: `vector set ${name} is not at ${folder}; set PROMISEGRID_VECTORS` }
  const path = (file: string): string => join(folder, file)
  const text = (file: string): string => readFileSync(path(file), 'utf8')
  return { path, text, json: (file) => JSON.parse(text(file)) as unknown }
}

function vectorsFolder(): string {
  const named = process.env['PROMISEGRID_VECTORS']
  return named === undefined || named === ''
    ? join(repositoryRoot(), '..', 'shared', 'vectors')
    : resolve(named)
}

/** This file runs from the sources and from dist/; the root is where package.json lies. */
function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}
