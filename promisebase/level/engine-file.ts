/** One file of the engine, read in windows, and how its damage is told. */
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { crc32c } from '../crc32c.ts'
import { StoreError } from '../errors.ts'
import type { FileHandle } from 'node:fs/promises'

/** Read at once at least: most blocks of a table are much smaller. */
const WINDOW_BYTES = 256 * 1024

export class EngineFile {
  readonly name: string
  readonly size: number
  readonly #handle: FileHandle
  #window = new Uint8Array(0)
  #windowStart = 0

  private constructor(path: string, handle: FileHandle, size: number) {
    this.name = basename(path)
    this.#handle = handle
    this.size = size
  }

  static async open(path: string): Promise<EngineFile> {
    const handle = await open(path, 'r')
    try {
      return new EngineFile(path, handle, (await handle.stat()).size)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /**
   * Exactly these bytes. They stay as they are until the next read.
   * @throws {StoreError} `CORRUPT` when the file does not reach so far
   */
  async read(start: number, length: number): Promise<Uint8Array> {
    if (start + length > this.size) throw this.damage(start, 'is cut short')
    if (start < this.#windowStart || start + length > this.#windowStart + this.#window.length) {
      await this.#load(start, Math.min(Math.max(length, WINDOW_BYTES), this.size - start))
    }
    const at = start - this.#windowStart
    return this.#window.subarray(at, at + length)
  }

  damage(offset: number, what: string): StoreError {
    return new StoreError('CORRUPT', `${this.name} ${what} at octet ${offset}`)
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  async #load(start: number, length: number): Promise<void> {
    if (this.#window.buffer.byteLength < length) this.#window = new Uint8Array(length)
    const window = new Uint8Array(this.#window.buffer, 0, length)
    this.#windowStart = start
    // Nothing of the old window is valid any more, whatever becomes of the read.
    this.#window = window.subarray(0, 0)
    for (let read = 0; read < length;) {
      const { bytesRead } = await this.#handle.read(window, read, length - read, start + read)
      if (bytesRead === 0) throw this.damage(start + read, 'is cut short')
      read += bytesRead
    }
    this.#window = window
  }
}

/** Opens a file, and closes it whatever comes. */
export async function withFile<T>(path: string, use: (file: EngineFile) => Promise<T>): Promise<T> {
  const file = await EngineFile.open(path)
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

/**
 * The checksum of LevelDB's files: a CRC-32C rotated and moved by a constant, so that a checksum over bytes that
 * hold checksums is not a weak one.
 */
export function maskedCrc(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

/** Whether the four octets at `at` are the masked checksum of `bytes`. */
export function isChecksumOf(bytes: Uint8Array, stored: Uint8Array, at: number): boolean {
  return maskedCrc(crc32c(bytes)) === uint32At(stored, at)
}

/** Little-endian, as every number of LevelDB. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

export function uint64At(bytes: Uint8Array, at: number): number {
  return uint32At(bytes, at) + uint32At(bytes, at + 4) * 2 ** 32
}
