/**
 * Writes many contents and folders together: they share transactions, so that ten thousand small files cost a few
 * dozen of them. What a thing came to is known once its block was named, which is at the latest at the end.
 */
import { BlockWriter } from './block-writer.ts'
import { createChunker, createFixedChunker, givesOwnChunks } from './chunker.ts'
import { piecesOf } from './content-source.ts'
import { putFolder } from './folder-writer.ts'
import { ownBytes } from '../own-bytes.ts'
import { TreeBuilder } from './tree-builder.ts'
import { UNIXFS_LAYOUTS, UnixfsBuilder } from './unixfs-builder.ts'
import type { CID } from 'multiformats/cid'
import type { Store } from '../interface.ts'
import type { BlockWriterOptions, Later } from './block-writer.ts'
import type { Chunker } from './chunker.ts'
import type { ContentSource } from './content-source.ts'
import type { NamedEntry, WrittenFolder } from './folder-writer.ts'
import type { ContentBuilder } from './tree-builder.ts'
import type { UnixfsLayout } from './unixfs-builder.ts'

/** How content becomes blocks. */
export interface ContentFormat {
  /** A new one, used for nothing else; by content with the usual lengths without it. */
  readonly chunker?: Chunker
  /** `unixfs` makes files that other tools of IPFS read and name the same; `tree` by default. */
  readonly format?: 'tree' | 'unixfs'
  /** That of kubo by default; see {@link UNIXFS_LAYOUTS}. */
  readonly unixfs?: UnixfsLayout
}

/** Content that is in the store. */
export interface WrittenContent {
  readonly cid: CID
  /** Bytes of content. */
  readonly size: number
  /** Blocks of content, the same one counted each time. */
  readonly chunks: number
}

/** One writing of many things: hand them over, then {@link ContentWriter.end}, and {@link ContentWriter.settle} whatever comes. */
export class ContentWriter {
  readonly #writer: BlockWriter
  readonly #signal: AbortSignal | undefined

  constructor(store: Pick<Store, 'transact'>, options: BlockWriterOptions = {}) {
    this.#writer = new BlockWriter(store, options)
    this.#signal = options.signal
  }

  /**
   * Takes all of a source.
   * @throws {StoreError} of a transaction; what the source throws; the reason of the signal; {TypeError}
   */
  async content(source: ContentSource, format: ContentFormat = {}): Promise<Later<WrittenContent>> {
    const { builder, chunker } = formatOf(format)
    const isOwn = givesOwnChunks(chunker)
    let chunks = 0
    const write = async (given: Uint8Array): Promise<void> => {
      const chunk = isOwn ? given : ownBytes(given)
      chunks++
      await this.#writer.write(chunk.length, (put) => builder.add(chunk, put), chunk.length)
    }
    for await (const piece of piecesOf(source, this.#signal))
      for (const chunk of chunker.push(piece)) await write(chunk)
    const last = chunker.end()
    if (last !== undefined) await write(last)
    return this.#writer.write(0, (put) => {
      const { cid, size } = builder.end(put)
      return { cid, size, chunks }
    })
  }

  /**
   * Takes the entries of one folder, in any order; each is asked for after everything that was written before.
   * @throws {RangeError} for a name that is none or is there twice; otherwise as {@link content}
   */
  folder(entries: readonly NamedEntry[]): Promise<Later<WrittenFolder>> {
    return putFolder(this.#writer, entries)
  }

  /** Resolves when everything is on disk. */
  async end(): Promise<void> {
    await this.#writer.end()
  }

  /** Resolves when nothing is being written any more, whatever came of it. */
  async settle(): Promise<void> {
    await this.#writer.settle()
  }
}

/** @throws {RangeError} for a layout that is none */
function formatOf({ chunker, format, unixfs = UNIXFS_LAYOUTS.kubo }: ContentFormat): {
  readonly builder: ContentBuilder
  readonly chunker: Chunker
} {
  return format === 'unixfs'
    ? { builder: new UnixfsBuilder(unixfs), chunker: chunker ?? createFixedChunker(unixfs.chunkBytes) }
    : { builder: new TreeBuilder(), chunker: chunker ?? createChunker() }
}
