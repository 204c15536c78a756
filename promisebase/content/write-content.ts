/** Content of any length into a store, in memory that does not grow with it. */
import { ContentWriter } from './content-writer.ts'
import type { Store } from '../interface.ts'
import type { ContentSource } from './content-source.ts'
import type { ContentFormat, WrittenContent } from './content-writer.ts'
import type { ContentProgress } from './read-stream.ts'

/** How content is written, and who is told of it. */
export interface WriteOptions extends ContentFormat {
  readonly signal?: AbortSignal
  /** Told what is on disk, every few MiB and at the end. */
  readonly onProgress?: (progress: ContentProgress) => void
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
  const writer = new ContentWriter(store, {
    signal,
    onCommit: onProgress && ((bytes) => onProgress({ bytes })),
  })
  try {
    const written = await writer.content(source, options)
    await writer.end()
    return written()
  } finally {
    await writer.settle()
  }
}
