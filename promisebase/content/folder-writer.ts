/** Writes folders: entries sorted into pages, and an index above the pages of a large one. */
import { checkCid, CODEC } from '../cid.ts'
import { compareBytes } from '../keys.ts'
import { BlockWriter } from './block-writer.ts'
import { encodeIndex, encodePage, INDEX_PAGES_MAX, PAGE_ENTRIES_MAX } from './folder-block.ts'
import { nameBytes, nameFault, targetFault } from './folder-entry.ts'
import type { CID } from 'multiformats/cid'
import type { Store } from '../interface.ts'
import type { BlockWriterOptions, Later, PutBlock } from './block-writer.ts'
import type { PageLink } from './folder-block.ts'
import type { FolderEntry, LinkEntry } from './folder-entry.ts'

/** A folder that is in the store. */
export interface WrittenFolder {
  readonly cid: CID
  /** Bytes of all files in it, at any depth. */
  readonly size: number
}

/** An entry whose content may still be on its way: it is asked for when its page is written. */
export interface NamedEntry {
  readonly name: string
  readonly entry: Later<FolderEntry>
}

/**
 * Stores one folder and answers once it is on disk. Its entries may come in any order; what they name is not looked at.
 * @throws {RangeError} for a name or target that is none, or a name that is there twice @throws {StoreError}
 */
export async function writeFolder(
  store: Pick<Store, 'transact'>,
  entries: Iterable<FolderEntry>,
  options: Pick<BlockWriterOptions, 'signal'> = {},
): Promise<WrittenFolder> {
  const writer = new BlockWriter(store, options)
  try {
    const written = await putFolder(
      writer,
      Array.from(entries, (entry) => ({ name: entry.name, entry: () => entry })),
    )
    await writer.end()
    return written()
  } finally {
    await writer.settle()
  }
}

/** Hands a folder to a writer, page by page. */
export async function putFolder(
  writer: BlockWriter,
  entries: readonly NamedEntry[],
): Promise<Later<WrittenFolder>> {
  const sorted = inOrder(entries)
  let size = 0
  const page = (put: PutBlock, some: readonly NamedEntry[]): CID => {
    const read = some.map(({ entry }) => checked(entry()))
    size += read.reduce((sum, entry) => sum + (entry.kind === 'link' ? 0 : entry.size), 0)
    return put(encodePage(read), CODEC.dagCbor)
  }
  let level: Later<PageLink>[] = []
  for (const some of groups(sorted, PAGE_ENTRIES_MAX))
    level.push(await writer.write(PAGE_BYTES, (put) => ({ name: some[0]?.name ?? '', cid: page(put, some) })))
  while (level.length > 1) {
    const next: Later<PageLink>[] = []
    for (const some of groups(level, INDEX_PAGES_MAX))
      next.push(await writer.write(INDEX_BYTES, (put) => index(put, some)))
    level = next
  }
  const [root] = level
  return () => ({ cid: root!().cid, size })
}

/** About what a page and an index weigh: the writer counts with it. */
const PAGE_BYTES = 16 * 1024
const INDEX_BYTES = 64 * 1024

function index(put: PutBlock, some: readonly Later<PageLink>[]): PageLink {
  const pages = some.map((page) => page())
  return { name: pages[0]!.name, cid: put(encodeIndex(pages), CODEC.dagCbor) }
}

/** The items so many at a time; an empty list is one empty group. */
export function groups<T>(items: readonly T[], most: number): T[][] {
  const count = Math.max(1, Math.ceil(items.length / most))
  return Array.from({ length: count }, (_, at) => items.slice(at * most, (at + 1) * most))
}

/** @throws {RangeError} for a name that is none, or is there twice */
export function inOrder(entries: readonly NamedEntry[]): NamedEntry[] {
  const keyed = entries.map((entry) => {
    const fault = nameFault(entry.name)
    if (fault !== undefined) throw new RangeError(fault)
    return { entry, key: nameBytes(entry.name) }
  })
  keyed.sort((a, b) => compareBytes(a.key, b.key))
  for (let at = 1; at < keyed.length; at++)
    if (keyed[at - 1]!.entry.name === keyed[at]!.entry.name)
      throw new RangeError(`${JSON.stringify(keyed[at]!.entry.name)} is there twice`)
  return keyed.map(({ entry }) => entry)
}

/** What no reader would take is not written. @throws {RangeError} */
export function checked(entry: FolderEntry): FolderEntry {
  const fault = entry.kind === 'link' ? targetFault(entry.target) : contentFault(entry)
  if (fault !== undefined) throw new RangeError(fault)
  return entry
}

function contentFault({ name, kind, cid, size }: Exclude<FolderEntry, LinkEntry>): string | undefined {
  const codecs = kind === 'folder' ? { codecs: [CODEC.dagCbor] } : {}
  const { refused } = checkCid(cid, codecs)
  if (refused !== undefined) return `${JSON.stringify(name)}: ${refused.detail}`
  return Number.isSafeInteger(size) && size >= 0 ? undefined : `${JSON.stringify(name)} has no size`
}
