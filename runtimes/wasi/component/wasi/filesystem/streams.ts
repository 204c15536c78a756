/** Streams from and to a place in a file, and of the names in a folder. Each keeps open what it is of. */
import { placeOf64, writeAt } from '../../../files/content.ts'
import { entriesFrom } from '../../../files/listing.ts'
import { FIRST_COOKIE } from '../../../files/node.ts'
import { HostObject } from '../../types/value.ts'
import { InputStream, OutputStream } from '../streams.ts'
import type { FileNode, FolderEntry, FolderNode } from '../../../files/node.ts'
import type { ComponentWorld } from '../world.ts'
import type { OpenFiles } from './open-files.ts'

export class FileInput extends InputStream {
  readonly #files: OpenFiles
  readonly #file: FileNode
  #offset: number

  /** @throws {Fault} when too many are open, or no file is as long */
  constructor(files: OpenFiles, file: FileNode, offset: bigint) {
    super()
    this.#offset = placeOf64(offset)
    this.#files = files
    this.#file = file
    files.open(file)
  }

  override take({ guest }: ComponentWorld, bytesMax: number): Uint8Array {
    const bytes = this.#file.content.at(this.#offset, bytesMax)
    guest.chargeBytes(bytes.length)
    this.#offset += bytes.length
    return bytes
  }

  override dropped(): void {
    this.#files.close(this.#file)
  }
}

export class FileOutput extends OutputStream {
  readonly #files: OpenFiles
  readonly #file: FileNode
  /** Undefined for one that always writes at the end. */
  #offset: number | undefined

  /** @throws {Fault} likewise */
  constructor(files: OpenFiles, file: FileNode, offset: bigint | undefined) {
    super()
    this.#offset = offset === undefined ? undefined : placeOf64(offset)
    this.#files = files
    this.#file = file
    files.open(file)
  }

  override put(_world: ComponentWorld, bytes: Uint8Array): void {
    writeAt(this.#files.disk, this.#file, this.#offset ?? this.#file.content.size, bytes)
    if (this.#offset !== undefined) this.#offset += bytes.length
  }

  override dropped(): void {
    this.#files.close(this.#file)
  }
}

export class EntryStream extends HostObject {
  readonly #files: OpenFiles
  readonly #folder: FolderNode
  #cookie = FIRST_COOKIE

  /** @throws {Fault} when too many are open */
  constructor(files: OpenFiles, folder: FolderNode) {
    super()
    this.#files = files
    this.#folder = folder
    files.open(folder)
  }

  /** Undefined behind the last one. */
  next(): FolderEntry | undefined {
    const { disk } = this.#files
    const { value: entry } = entriesFrom(disk.meter, this.#folder, BigInt(this.#cookie)).next()
    if (entry !== undefined) this.#cookie = entry.cookie + 1
    return entry ?? undefined
  }

  override dropped(): void {
    this.#files.close(this.#folder)
  }
}
