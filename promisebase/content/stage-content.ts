/**
 * Content and folders as blocks, at once: for those who hold all of it and put the blocks themselves. The blocks are
 * those that {@link ContentWriter} writes of the same content.
 */
import { CODEC } from '../cid.ts'
import { createChunker } from './chunker.ts'
import { encodeIndex, encodePage, INDEX_PAGES_MAX, PAGE_ENTRIES_MAX } from './folder-block.ts'
import { checked, groups, inOrder } from './folder-writer.ts'
import { TreeBuilder } from './tree-builder.ts'
import type { CID } from 'multiformats/cid'
import type { PutBlock } from './block-writer.ts'
import type { PageLink } from './folder-block.ts'
import type { FolderEntry } from './folder-entry.ts'
import type { WrittenFolder } from './folder-writer.ts'

/** Puts the blocks of content, cut by what it is. */
export function stageContent(bytes: Uint8Array, put: PutBlock): { readonly cid: CID; readonly size: number } {
  const [chunker, builder] = [createChunker(), new TreeBuilder()]
  for (const chunk of chunker.push(bytes)) builder.add(chunk, put)
  const last = chunker.end()
  if (last !== undefined) builder.add(last, put)
  return builder.end(put)
}

/**
 * Puts the blocks of one folder; what its entries name is put by the caller.
 * @throws {RangeError} for a name or target that is none, or a name that is there twice
 */
export function stageFolder(entries: readonly FolderEntry[], put: PutBlock): WrittenFolder {
  const sorted = inOrder(entries.map((entry) => ({ name: entry.name, entry: () => checked(entry) })))
  const size = entries.reduce((sum, entry) => sum + (entry.kind === 'link' ? 0 : entry.size), 0)
  let level: PageLink[] = groups(sorted, PAGE_ENTRIES_MAX).map((some) => ({
    name: some[0]?.name ?? '',
    cid: put(encodePage(some.map(({ entry }) => entry())), CODEC.dagCbor),
  }))
  while (level.length > 1)
    level = groups(level, INDEX_PAGES_MAX).map((some) => ({
      name: some[0]?.name ?? '',
      cid: put(encodeIndex(some), CODEC.dagCbor),
    }))
  const [root] = level
  if (root === undefined) throw new TypeError('a folder without a page')
  return { cid: root.cid, size }
}
