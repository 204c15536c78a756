/** Reads folders that anyone may have made: entry by entry, by a path, or all the way down. */
import { CODEC } from '../cid.ts'
import { compareBytes } from '../keys.ts'
import { blockOf } from './block-source.ts'
import { ContentError, shape } from './content-error.ts'
import { INDEX_PAGES_MAX, isFolderBlock, PAGE_ENTRIES_MAX, readFolderBlock } from './folder-block.ts'
import { nameBytes, nameFault } from './folder-entry.ts'
import type { CID } from 'multiformats/cid'
import type { BlockSource } from './block-source.ts'
import type { FolderBlock, PageLink } from './folder-block.ts'
import type { FolderEntry } from './folder-entry.ts'

/** Indexes above one another, the page included: 128 × 1,024³ entries. */
const LEVELS_MAX = 4
/** Folders in one another. The same one may be in many, so that a few blocks can hold paths without end. */
const DEPTH_MAX = 256

/** How far a walk goes. */
export interface WalkOptions {
  readonly signal?: AbortSignal
  /** More entries than these are `LIMIT`; a million by default. */
  readonly entriesMax?: number
}

/** An entry and where it is: names from the top, joined by slashes. */
export type WalkedEntry = FolderEntry & { readonly path: string }

/**
 * The entries of a folder in the order of their names.
 * @throws {ContentError} `MISSING`, `SHAPE`, in the middle too @throws {StoreError} `CORRUPT`
 */
export function readFolder(source: BlockSource, cid: CID): AsyncGenerator<FolderEntry, void, undefined> {
  return readPages(source, cid, { level: 1, isLast: true, pages: {} })
}

/** Whether a CID names a folder, and not content. @throws {ContentError} `MISSING` @throws {StoreError} `CORRUPT` */
export async function isFolder(source: BlockSource, cid: CID): Promise<boolean> {
  const block = await blockOf(source, cid)
  return cid.code === CODEC.dagCbor && isFolderBlock(block)
}

/** The entry under one name; undefined when there is none. @throws as {@link readFolder} */
export async function findEntry(
  source: BlockSource,
  cid: CID,
  name: string,
): Promise<FolderEntry | undefined> {
  if (nameFault(name) !== undefined) return undefined
  const key = nameBytes(name)
  let block = readFolderBlock(cid, await blockOf(source, cid))
  for (let level = 1; block.pages !== undefined; level++) {
    if (level === LEVELS_MAX) throw shape(`a folder of more than ${LEVELS_MAX} levels`)
    const page: PageLink | undefined = block.pages.findLast(
      (each) => compareBytes(nameBytes(each.name), key) <= 0,
    )
    if (page === undefined) return undefined
    block = readFolderBlock(page.cid, await blockOf(source, page.cid))
    if (firstName(block) !== page.name) throw shape(`a page does not begin with ${JSON.stringify(page.name)}`)
  }
  return block.entries.find((entry) => entry.name === name)
}

/**
 * What a path of names joined by slashes leads to; undefined when there is nothing. Links are not followed: one is
 * found only as the last name.
 * @throws as {@link readFolder}
 */
export async function findPath(
  source: BlockSource,
  cid: CID,
  path: string,
): Promise<FolderEntry | undefined> {
  let folder: CID | undefined = cid
  let found: FolderEntry | undefined
  for (const name of path.split('/')) {
    if (folder === undefined) return undefined
    found = await findEntry(source, folder, name)
    folder = found?.kind === 'folder' ? found.cid : undefined
  }
  return found
}

/**
 * Everything in a folder at any depth, each folder before what is in it.
 * @throws {ContentError} `MISSING`, `SHAPE`, and `LIMIT` above the bounds @throws {StoreError} `CORRUPT`
 */
export async function* walkFolder(
  source: BlockSource,
  cid: CID,
  { signal, entriesMax = 1_000_000 }: WalkOptions = {},
): AsyncGenerator<WalkedEntry, void, undefined> {
  yield* walk({ source, signal, left: entriesMax }, cid, '', 1)
}

interface Walk {
  readonly source: BlockSource
  readonly signal: AbortSignal | undefined
  left: number
}

/** Answers the bytes of all files, which the entry of the folder must have told. */
async function* walk(
  state: Walk,
  cid: CID,
  above: string,
  depth: number,
): AsyncGenerator<WalkedEntry, number> {
  if (depth > DEPTH_MAX) throw new ContentError('LIMIT', `folders nested deeper than ${DEPTH_MAX}`)
  let size = 0
  for await (const entry of readFolder(state.source, cid)) {
    state.signal?.throwIfAborted()
    if (state.left-- <= 0) throw new ContentError('LIMIT', 'a folder has more entries than are allowed')
    const path = `${above}${entry.name}`
    yield { ...entry, path }
    if (entry.kind === 'link') continue
    size += entry.size
    if (entry.kind === 'file') continue
    if ((yield* walk(state, entry.cid, `${path}/`, depth + 1)) !== entry.size)
      throw shape(`${JSON.stringify(path)} does not hold ${entry.size} bytes`)
  }
  return size
}

/** Where a block is in its folder. */
interface Place {
  readonly level: number
  /** Whether no block of its level comes after it. */
  readonly isLast: boolean
  /** At which level the first page was, which is where all of them must be. */
  readonly pages: { level?: number }
}

async function* readPages(
  source: BlockSource,
  cid: CID,
  place: Place,
  name?: string,
): AsyncGenerator<FolderEntry, void, undefined> {
  const block = readFolderBlock(cid, await blockOf(source, cid))
  checkPlace(block, place)
  if (name !== undefined && firstName(block) !== name)
    throw shape(`a page does not begin with ${JSON.stringify(name)}`)
  if (block.entries !== undefined) return yield* block.entries
  for (const [index, page] of block.pages.entries()) {
    const isLast = index === block.pages.length - 1
    const end = block.pages[index + 1]?.name
    const below = { level: place.level + 1, isLast: place.isLast && isLast, pages: place.pages }
    for await (const entry of readPages(source, page.cid, below, page.name)) {
      if (end !== undefined && compareBytes(nameBytes(entry.name), nameBytes(end)) >= 0)
        throw shape(`${JSON.stringify(entry.name)} is on the wrong page`)
      yield entry
    }
  }
}

function checkPlace(block: FolderBlock, { level, isLast, pages }: Place): void {
  const count = (block.entries ?? block.pages).length
  if (!isLast && count < (block.pages === undefined ? PAGE_ENTRIES_MAX : INDEX_PAGES_MAX))
    throw shape('a page before others is not full')
  if (block.pages !== undefined) {
    if (level === LEVELS_MAX) throw shape(`a folder of more than ${LEVELS_MAX} levels`)
    if (level === 1 && count === 1) throw shape('a folder of one page with an index')
    return
  }
  pages.level ??= level
  if (pages.level !== level) throw shape('a folder with pages at two levels')
}

function firstName(block: FolderBlock): string | undefined {
  return (block.entries ?? block.pages)[0]?.name
}
