/**
 * Where the inputs of a program stand, and which folders it begins with (spec/preview1.md, "Inputs"): each folder at
 * its place; files by the last name of their place, in the folder before it; the scratch folder.
 */
import { refuse } from '../../../kernel/index.ts'
import type { Result } from '../../../kernel/index.ts'
import type { Loaded, LoadedMount } from './inputs.ts'
import type { ProgramRequest } from './request.ts'

/** A folder that is open when the program starts. */
export interface OpenMount {
  readonly place: string
  readonly isScratch: boolean
  readonly entries: readonly Loaded[]
}

/** In the order of their descriptors, which is that of the arguments; a scratch folder of its own is the last. */
export function layOut(
  loaded: readonly LoadedMount[],
  { scratch }: ProgramRequest,
): Result<readonly OpenMount[]> {
  const mounts = new Map<string, OpenMount & { readonly isOfFiles: boolean }>()
  for (const { place, isFolder, entries } of loaded) {
    const at = isFolder ? { folder: place, name: '' } : split(place)
    if (at === undefined) return refuse('SHAPE', `${JSON.stringify(place)} is no place for a file`)
    const there = mounts.get(at.folder)
    if (there !== undefined && (isFolder || !there.isOfFiles))
      return refuse('SHAPE', `two inputs at ${JSON.stringify(at.folder)}`)
    mounts.set(at.folder, {
      place: at.folder,
      isScratch: at.folder === scratch,
      isOfFiles: !isFolder,
      entries: [
        ...(there?.entries ?? []),
        ...entries.map((entry) => (isFolder ? entry : named(entry, at.name))),
      ],
    })
  }
  if (scratch !== undefined && !mounts.has(scratch))
    mounts.set(scratch, { place: scratch, isScratch: true, isOfFiles: false, entries: [] })
  return { ok: [...mounts.values()] }
}

function named(entry: Loaded, name: string): Loaded {
  return { ...entry, path: name }
}

/** `/in/text` is `text` in `/in`, `/text` is in `/`, and `text` in `.`. */
function split(place: string): { readonly folder: string; readonly name: string } | undefined {
  const slash = place.lastIndexOf('/')
  const name = place.slice(slash + 1)
  if (name === '' || name === '.' || name === '..') return undefined
  if (slash < 0) return { folder: '.', name }
  return { folder: place.slice(0, slash) || '/', name }
}
