/**
 * LevelDB's log format, in which its writes and its manifest lie. Blocks of 32,768 octets hold fragments:
 *
 *   fragment = checksum length type data     ; checksum over type and data; no fragment crosses the end of a block
 *   checksum = 4OCTET                        ; masked CRC-32C; little-endian, as every number
 *   length   = 2OCTET                        ; of data
 *   type     = %x01 / %x02 / %x03 / %x04     ; a whole record; its first, middle, last part
 *
 * The engine leaves out what it cannot read and goes on behind it, without a word. Here that is damage, but for
 * one case: the end of a log may be torn, since a crash can stop a write anywhere. Torn means that the file ends
 * inside its last record, or that zeros follow from the boundary of a sector to its end: a file may get its
 * length before its content. A record of ours never ends in zeros, so one that is there whole and does not match
 * its checksum was changed.
 */
import { crc32c } from '../crc32c.ts'
import { isChecksumOf, maskedCrc, uint32At } from './engine-file.ts'
import type { EngineFile } from './engine-file.ts'

const BLOCK_BYTES = 32_768
const HEADER_BYTES = 7
const SECTOR_BYTES = 512

const FULL = 1
const FIRST = 2
const LAST = 4

/** What follows the last whole record of a log. */
export interface TornTail {
  readonly file: string
  readonly offset: number
  readonly bytes: number
}

interface Fragment {
  readonly type: number
  readonly data: Uint8Array
}

/**
 * Calls `take` with each record and where it begins. Answers what is torn at the end, if anything is.
 * @throws {StoreError} `CORRUPT`
 */
export async function readLog(
  file: EngineFile,
  take: (record: Uint8Array, offset: number) => void,
): Promise<TornTail | undefined> {
  let parts: Uint8Array[] = []
  let begin = 0
  for (let start = 0; start < file.size; start += BLOCK_BYTES) {
    // A copy: parts outlive the window of the file.
    const block = (await file.read(start, Math.min(BLOCK_BYTES, file.size - start))).slice()
    for (let at = 0; at < block.length;) {
      const isPadding = block.length - at < HEADER_BYTES && block.length === BLOCK_BYTES
      if (isPadding) break
      const offset = start + at
      const fragment = fragmentAt(block, at)
      if (fragment === undefined) {
        await throwUnlessTorn(file, block, start, at)
        return tail(file, parts.length > 0 ? begin : offset)
      }
      const { type, data } = fragment
      const begins = type === FULL || type === FIRST
      if (begins !== (parts.length === 0)) throw file.damage(offset, 'has a part of a record out of place')
      if (begins) begin = offset
      parts.push(data)
      if (type === FULL || type === LAST) {
        take(parts.length === 1 ? data : joined(parts), begin)
        parts = []
      }
      at += HEADER_BYTES + data.length
    }
  }
  return parts.length > 0 ? tail(file, begin) : undefined
}

/** A fragment that is there whole and matches its checksum. */
function fragmentAt(block: Uint8Array, at: number): Fragment | undefined {
  if (block.length - at < HEADER_BYTES) return undefined
  const type = block[at + 6]!
  const end = at + HEADER_BYTES + lengthAt(block, at)
  if (type < FULL || type > LAST || end > block.length) return undefined
  if (!isChecksumOf(block.subarray(at + 6, end), block, at)) return undefined
  return { type, data: block.subarray(at + HEADER_BYTES, end) }
}

function lengthAt(block: Uint8Array, at: number): number {
  return block[at + 4]! | (block[at + 5]! << 8)
}

/** Returns when what begins here, and is no fragment, can be the rest of a write that a crash has stopped. */
async function throwUnlessTorn(
  file: EngineFile,
  block: Uint8Array,
  start: number,
  at: number,
): Promise<void> {
  const offset = start + at
  const end = block.length - at < HEADER_BYTES ? Infinity : at + HEADER_BYTES + lengthAt(block, at)
  const isZero = block.subarray(at, at + HEADER_BYTES).every((octet) => octet === 0)
  const endsInside = !isZero && end > block.length && start + block.length === file.size
  if (endsInside) {
    if (end !== Infinity && end > BLOCK_BYTES) throw file.damage(offset, 'has an impossible length')
    if (end !== Infinity && hasWrongLength(block, at)) throw file.damage(offset, 'has a wrong length')
    return
  }
  const content = await endOfContent(file, offset)
  const zeros = Math.ceil(content / SECTOR_BYTES) * SECTOR_BYTES
  if (isZero && content === offset) return
  if (zeros < Math.min(file.size, start + end)) return
  throw file.damage(offset, 'does not match its checksum')
}

/**
 * Whether a fragment that seems to go on behind the end of the file is whole under another length: then it was not
 * torn, its length was changed, and everything behind it would be lost with it.
 */
function hasWrongLength(block: Uint8Array, at: number): boolean {
  const expected = uint32At(block, at)
  let crc = crc32c(block.subarray(at + 6, at + HEADER_BYTES))
  for (let end = at + HEADER_BYTES; ; end++) {
    if (maskedCrc(crc) === expected && (end === block.length || fragmentAt(block, end) !== undefined)) {
      return true
    }
    if (end === block.length) return false
    crc = crc32c(block.subarray(end, end + 1), crc)
  }
}

/** Where the last octet behind `from` that is not zero ends; `from` when there is none. */
async function endOfContent(file: EngineFile, from: number): Promise<number> {
  for (let end = file.size; end > from;) {
    const start = Math.max(from, end - BLOCK_BYTES)
    const part = await file.read(start, end - start)
    const last = part.findLastIndex((octet) => octet !== 0)
    if (last >= 0) return start + last + 1
    end = start
  }
  return from
}

function tail(file: EngineFile, offset: number): TornTail | undefined {
  return { file: file.name, offset, bytes: file.size - offset }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const record = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    record.set(part, at)
    at += part.length
  }
  return record
}
