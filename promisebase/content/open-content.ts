/** Content as a whole, for those who have a bound: found, measured, and read at once. */
import { CODEC } from '../cid.ts'
import { blockOf } from './block-source.ts'
import { readBranch } from './branch.ts'
import { refusing, tooLong } from './content-error.ts'
import { treeOf } from './tree-block.ts'
import type { CID } from 'multiformats/cid'
import type { Result, Snapshot } from '../interface.ts'
import type { ContentRefusal } from './content-error.ts'

/** Content that was found and measured, not read yet. */
export interface OpenContent {
  readonly size: number
  /** @throws {StoreError} `CORRUPT` */
  read(): Promise<Result<Uint8Array, ContentRefusal>>
}

/**
 * The content a CID names: the parts of a tree joined, any other block as it is. Nothing above `bytesMax` is
 * read or allocated for a tree.
 * @throws {StoreError} `CORRUPT`
 */
export async function readContent(
  snapshot: Pick<Snapshot, 'getBlock'>,
  cid: CID,
  bytesMax: number,
): Promise<Result<Uint8Array, ContentRefusal>> {
  const content = await openContent(snapshot, cid, bytesMax)
  return content.refused === undefined ? content.ok.read() : content
}

/**
 * Finds content and makes sure of all its parts, one at a time: however long it is, no more than a part is in
 * memory before it is read.
 * @throws {StoreError} `CORRUPT`
 */
export function openContent(
  snapshot: Pick<Snapshot, 'getBlock'>,
  cid: CID,
  bytesMax: number,
): Promise<Result<OpenContent, ContentRefusal>> {
  return refusing(async () => {
    const block = await blockOf(snapshot, cid)
    const tree = cid.code === CODEC.dagCbor ? treeOf(block) : undefined
    const { size } = tree ?? { size: block.length }
    if (size > bytesMax) throw tooLong(size, bytesMax)
    if (tree === undefined) return { size, read: async () => ({ ok: block }) }
    await joinParts(snapshot, block, () => undefined)
    const read = async (): Promise<Uint8Array> => {
      const content = new Uint8Array(size)
      await joinParts(snapshot, block, (part, at) => content.set(part, at))
      return content
    }
    return { size, read: () => refusing(read) }
  })
}

/** Visits all parts of a tree in order. */
async function joinParts(
  snapshot: Pick<Snapshot, 'getBlock'>,
  root: Uint8Array,
  visit: (part: Uint8Array, at: number) => void,
): Promise<void> {
  const tree = treeOf(root)
  if (tree === undefined) return
  let at = 0
  for await (const part of readBranch(snapshot, tree, { from: 0, to: tree.size })) {
    visit(part, at)
    at += part.length
  }
}
