/** Content of any length into a store, in memory that does not grow with it. */
import { BlockWriter } from './block-writer.ts'
import { createChunker } from './chunker.ts'
import { piecesOf } from './content-source.ts'
import { TreeBuilder } from './tree-builder.ts'
import type { CID } from 'multiformats/cid'
import type { Store } from '../interface.ts'
import type { Chunker } from './chunker.ts'
import type { ContentSource } from './content-source.ts'
import type { ContentProgress } from './read-stream.ts'
import type { ContentBuilder } from './tree-builder.ts'

export interface WriteOptions {
  /** A new one, used for nothing else; by content with the usual lengths without it. */
  readonly chunker?: Chunker
  readonly signal?: AbortSignal
  /** Told what is on disk, every few MiB and at the end. */
  readonly onProgress?: (progress: ContentProgress) => void
}

/** Content that is in the store. */
export interface WrittenContent {
  readonly cid: CID
  /** Bytes of content. */
  readonly size: number
  /** Blocks of content, the same one counted each time. */
  readonly chunks: number
}

/**
 * Stores content and answers once all of it is on disk. It is read a few MiB ahead, and written in transactions of
 * as many. When it is given up, by the signal or because the source throws, blocks may be left that nothing points
 * at.
 * @throws {StoreError} as {@link Store.transact}; what the source throws; the reason of the signal; {TypeError} for
 *   a source that gives no bytes
 */
export async function writeContent(
  store: Pick<Store, 'transact'>,
  source: ContentSource,
  options: WriteOptions = {},
): Promise<WrittenContent> {
  const { signal, onProgress } = options
  const writer = new BlockWriter(store, {
    signal,
    onCommit: onProgress && ((bytes) => onProgress({ bytes })),
  })
  try {
    const written = await writeInto(writer, source, options)
    await writer.end()
    return written()
  } finally {
    await writer.settle()
  }
}

/** Hands content to a writer that others use too. What it came to is known when the writer has come to its end. */
async function writeInto(
  writer: BlockWriter,
  source: ContentSource,
  { chunker = createChunker(), signal }: WriteOptions,
): Promise<() => WrittenContent> {
  const builder: ContentBuilder = new TreeBuilder()
  let [chunks, written] = [0, undefined as WrittenContent | undefined]
  const write = (chunk: Uint8Array): Promise<void> => {
    chunks++
    return writer.write(chunk.length, (put) => builder.add(chunk, put))
  }
  for await (const piece of piecesOf(source, signal))
    for (const chunk of chunker.push(piece)) await write(chunk)
  const last = chunker.end()
  if (last !== undefined) await write(last)
  await writer.write(0, (put) => (written = { ...builder.end(put), chunks }))
  return () => written!
}
