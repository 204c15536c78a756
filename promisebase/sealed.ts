/**
 * A value and its checksum, as they lie in the backend (spec/promisebase.md, "Values"):
 *
 *   stored   = value checksum
 *   checksum = 4OCTET            ; CRC-32C of key value
 *
 * The key is covered as well, so that a value found under another key is noticed. Blocks are not sealed, their
 * key is their hash; the version is not, every other program must be able to read it.
 */
import { crc32c } from './crc32c.ts'
import { describeKey } from './describe-key.ts'
import { StoreError } from './errors.ts'
import { isPlainKey } from './keys.ts'
import type { BackendSnapshot, BackendWrite, ByteRange } from './interface.ts'

const CHECKSUM_BYTES = 4

/** What is given to the backend for a key and a value: a copy of its own, unless the key is a plain one. */
export function sealValue(key: Uint8Array, value: Uint8Array): Uint8Array {
  if (isPlainKey(key)) return value
  const length = value.length
  const stored = new Uint8Array(length + CHECKSUM_BYTES)
  stored.set(value)
  // Of the copy: the caller's bytes may be shared with somebody who writes to them.
  const checksum = crc32c(stored, crc32c(key), length)
  stored[length] = checksum >>> 24
  stored[length + 1] = checksum >>> 16
  stored[length + 2] = checksum >>> 8
  stored[length + 3] = checksum
  return stored
}

export function sealWrite(write: BackendWrite): BackendWrite {
  if (write.type === 'delete') return write
  return { type: 'put', key: write.key, value: sealValue(write.key, write.value) }
}

/** The value under a key. @throws {StoreError} `CORRUPT` when it is not what was written there */
export function openValue(key: Uint8Array, stored: Uint8Array): Uint8Array {
  if (isPlainKey(key)) return stored
  const length = stored.length - CHECKSUM_BYTES
  if (length < 0) throw new StoreError('CORRUPT', `${describeKey(key)} is cut short`)
  const checksum =
    (stored[length]! << 24) | (stored[length + 1]! << 16) | (stored[length + 2]! << 8) | stored[length + 3]!
  if (crc32c(stored, crc32c(key), length) !== checksum >>> 0) {
    throw new StoreError('CORRUPT', `${describeKey(key)} does not match its checksum`)
  }
  return new Uint8Array(stored.buffer, stored.byteOffset, length)
}

/** A copy of the value in a write that was sealed here and has not left this process. */
export function valueOfWrite(write: BackendWrite): Uint8Array | undefined {
  if (write.type === 'delete') return undefined
  return isPlainKey(write.key) ? write.value.slice() : write.value.slice(0, -CHECKSUM_BYTES)
}

/** Octets of key and value, without the checksum: what the caller has given. */
export function sizeOfWrite(write: BackendWrite): number {
  if (write.type === 'delete') return write.key.length
  return write.key.length + write.value.length - (isPlainKey(write.key) ? 0 : CHECKSUM_BYTES)
}

/** The entries of a scan, each value opened. Not a generator: each entry would wait for one more promise. */
export function openEntries(
  entries: AsyncIterable<readonly [Uint8Array, Uint8Array]>,
): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
  return { [Symbol.asyncIterator]: () => new SealedEntries(entries[Symbol.asyncIterator]()) }
}

/** A snapshot that opens each value it answers with. */
export class SealedSnapshot implements BackendSnapshot {
  /** As the backend keeps it. */
  readonly raw: BackendSnapshot

  constructor(raw: BackendSnapshot) {
    this.raw = raw
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const stored = this.raw.getNow === undefined ? await this.raw.get(key) : this.raw.getNow(key)
    return stored && openValue(key, stored)
  }

  range(range: ByteRange): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    return openEntries(this.raw.range(range))
  }

  keys(range: ByteRange): AsyncIterable<Uint8Array> {
    return this.raw.keys?.(range) ?? keysOf(this.raw.range(range))
  }

  close(): void {
    this.raw.close()
  }
}

async function* keysOf(
  entries: AsyncIterable<readonly [Uint8Array, Uint8Array]>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const [key] of entries) yield key
}

class SealedEntries implements AsyncIterator<readonly [Uint8Array, Uint8Array]> {
  readonly #entries: AsyncIterator<readonly [Uint8Array, Uint8Array]>

  constructor(entries: AsyncIterator<readonly [Uint8Array, Uint8Array]>) {
    this.#entries = entries
  }

  async next(): Promise<IteratorResult<readonly [Uint8Array, Uint8Array]>> {
    const next = await this.#entries.next()
    if (next.done) return next
    const [key, stored] = next.value
    return { done: false, value: [key, openValue(key, stored)] }
  }

  async return(): Promise<IteratorResult<readonly [Uint8Array, Uint8Array]>> {
    await this.#entries.return?.()
    return { done: true, value: undefined }
  }
}
