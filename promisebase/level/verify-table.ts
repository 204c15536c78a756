/**
 * LevelDB's tables, which hold entries in the order of their keys and are never changed:
 *
 *   table   = *data [filter] metaindex index footer
 *   data, filter, metaindex, index = content type checksum    ; each a block
 *   type     = %x00 / %x01           ; as it is, or packed with Snappy
 *   checksum = 4OCTET                ; masked CRC-32C of content and type
 *   footer   = 40OCTET magic         ; the places of metaindex and index, padded
 *
 * The index names the place of each data block. The blocks lie side by side, so that no octet is outside of a
 * checksum but padding. The engine itself compares none of these checksums when it reads.
 */
import { compareBytes } from '../keys.ts'
import { ByteCursor } from './byte-cursor.ts'
import { isChecksumOf, uint32At } from './engine-file.ts'
import { unpackSnappy } from './snappy.ts'
import type { EngineFile } from './engine-file.ts'
import type { TableEntry } from './verify-manifest.ts'

const FOOTER_BYTES = 48
const TRAILER_BYTES = 5
const MAGIC_LOW = 0x8b80fb57
const MAGIC_HIGH = 0xdb477524
/** No block of ours comes near: a table is written from at most some transactions of 64 MiB. */
const BLOCK_BYTES_MAX = 512 * 1024 * 1024

interface Place {
  readonly offset: number
  readonly size: number
}

interface Entry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/**
 * Checks a table against what the manifest says of it: all of it, or footer, index, filter and both ends.
 * @throws {StoreError} `CORRUPT`
 */
export async function verifyTable(file: EngineFile, entry: TableEntry, isWhole: boolean): Promise<void> {
  if (file.size !== entry.size) throw file.damage(file.size, `has not the length of ${entry.size} octets`)
  if (file.size < FOOTER_BYTES) throw file.damage(file.size, 'is too short for a table')
  const footer = await readFooter(file)
  const data = (await readEntries(file, footer.index)).map(({ value }) => placeIn(file, value, footer.index))
  if (data.length === 0) throw file.damage(footer.index.offset, 'names no block')
  const filters = (await readEntries(file, footer.metaindex)).map(({ value }) =>
    placeIn(file, value, footer.metaindex),
  )
  throwUnlessSideBySide(file, [...data, ...filters, footer.metaindex, footer.index])
  for (const filter of filters) await readBlock(file, filter)
  if (isWhole) for (const place of data) await readBlock(file, place)
  await verifyEnds(file, entry, data)
}

async function verifyEnds(file: EngineFile, entry: TableEntry, data: readonly Place[]): Promise<void> {
  const [first, last] = [data[0]!, data.at(-1)!]
  const smallest = (await readEntries(file, first))[0]?.key
  if (smallest === undefined || compareBytes(smallest, entry.smallest) !== 0)
    throw file.damage(first.offset, 'begins with another key than the manifest says')
  const largest = (await readEntries(file, last)).at(-1)?.key
  if (largest === undefined || compareBytes(largest, entry.largest) !== 0)
    throw file.damage(last.offset, 'ends with another key than the manifest says')
}

async function readFooter(file: EngineFile): Promise<{ readonly metaindex: Place; readonly index: Place }> {
  const start = file.size - FOOTER_BYTES
  const footer = (await file.read(start, FOOTER_BYTES)).slice()
  if (uint32At(footer, 40) !== MAGIC_LOW || uint32At(footer, 44) !== MAGIC_HIGH)
    throw file.damage(start + 40, 'does not end as a table does')
  return decoded(file, start, () => {
    const cursor = new ByteCursor(footer)
    return { metaindex: readPlace(cursor), index: readPlace(cursor) }
  })
}

function throwUnlessSideBySide(file: EngineFile, places: readonly Place[]): void {
  let at = 0
  for (const { offset, size } of places) {
    if (offset !== at) throw file.damage(at, 'has octets that belong to no block')
    at = offset + size + TRAILER_BYTES
  }
  if (at !== file.size - FOOTER_BYTES) throw file.damage(at, 'has octets that belong to no block')
}

/** The content of a block as it lies there, its checksum compared. */
async function readBlock(file: EngineFile, { offset, size }: Place): Promise<Uint8Array> {
  const block = await file.read(offset, size + TRAILER_BYTES)
  if (!isChecksumOf(block.subarray(0, size + 1), block, size + 1))
    throw file.damage(offset, 'has a block that does not match its checksum')
  return block
}

async function readEntries(file: EngineFile, place: Place): Promise<Entry[]> {
  const block = await readBlock(file, place)
  return decoded(file, place.offset, () => {
    const content = block.slice(0, place.size)
    return entriesOf(block[place.size] === 0 ? content : unpackSnappy(content, BLOCK_BYTES_MAX))
  })
}

/** Entries of a block; each key says how much of the key before it it begins with. */
function entriesOf(content: Uint8Array): Entry[] {
  if (content.length < 4) throw new RangeError('no entries')
  const restarts = uint32At(content, content.length - 4)
  const end = content.length - 4 - restarts * 4
  if (end < 0) throw new RangeError('no entries')
  const cursor = new ByteCursor(content.subarray(0, end))
  const entries: Entry[] = []
  let before: Uint8Array = new Uint8Array(0)
  while (!cursor.isAtEnd) {
    const [shared, own, valueLength] = [cursor.varint(), cursor.varint(), cursor.varint()]
    if (shared > before.length) throw new RangeError('a key that begins with more than there is')
    const key = new Uint8Array(shared + own)
    key.set(before.subarray(0, shared))
    key.set(cursor.take(own), shared)
    entries.push({ key, value: cursor.take(valueLength) })
    before = key
  }
  return entries
}

function placeIn(file: EngineFile, value: Uint8Array, named: Place): Place {
  return decoded(file, named.offset, () => readPlace(new ByteCursor(value)))
}

function readPlace(cursor: ByteCursor): Place {
  return { offset: cursor.varint(), size: cursor.varint() }
}

/** What `read` decodes; when it cannot, the file is damaged there. */
function decoded<T>(file: EngineFile, offset: number, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw file.damage(offset, `has a block with ${error.message}`)
  }
}
