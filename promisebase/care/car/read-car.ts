/** Reads a CAR of version 1 or 2 section by section: strict, in bounded memory, without a store. */
import { ByteSource } from './byte-source.ts'
import { decodeHeader, decodeRegions, HEADER_BYTES_MAX, isPragma, PRAGMA, REGIONS_BYTES } from './header.ts'
import { refuseAt } from './refusal.ts'
import { asVersion1, decodeSection, SECTION_BYTES_MAX } from './section.ts'
import { readVarint, VARINT_BYTES_MAX } from './varint.ts'
import type { CID } from 'multiformats/cid'
import type { Result } from '../../interface.ts'
import type { ByteChunks } from './byte-source.ts'
import type { CarRegions } from './header.ts'
import type { CarRefusalCode } from './refusal.ts'
import type { Section } from './section.ts'

export interface ReadCarOptions {
  readonly signal?: AbortSignal
  /** Longest CAR that is read; unlimited without it. */
  readonly bytesMax?: number
}

/** A block as it stands in a CAR; that the bytes are what the CID names is not known yet. */
export interface CarBlock extends Section {
  /** Of its section, in bytes from the beginning of the whole. */
  readonly offset: number
}

/** A CAR whose header was read. */
export interface OpenCar {
  readonly version: 1 | 2
  /** What the writer names as where to begin; old names of IPFS as the CIDv1 they mean. */
  readonly roots: readonly CID[]
  /** How many bytes have been read. */
  readonly offset: number
  /** The next block; undefined when all have been read and the end is as it should be. */
  next(): Promise<Result<CarBlock | undefined, CarRefusalCode>>
  /** Needed when not all blocks are read. */
  close(): Promise<void>
}

/** Reads the header. The source belongs to the reader from here on, and is ended also when it is refused. */
export async function openCar(
  chunks: ByteChunks,
  { signal, bytesMax = Infinity }: ReadCarOptions = {},
): Promise<Result<OpenCar, CarRefusalCode>> {
  const reader = new CarReader(new ByteSource(chunks, signal), bytesMax)
  try {
    const opened = await reader.open()
    if (opened.refused === undefined) return { ok: reader }
    await reader.close()
    return opened
  } catch (error) {
    await reader.close()
    throw error
  }
}

class CarReader implements OpenCar {
  version: 1 | 2 = 1
  roots: readonly CID[] = []
  readonly #source: ByteSource
  readonly #bytesMax: number
  #regions: CarRegions | undefined

  constructor(source: ByteSource, bytesMax: number) {
    this.#source = source
    this.#bytesMax = bytesMax
  }

  get offset(): number {
    return this.#source.offset
  }

  async open(): Promise<Result<true, CarRefusalCode>> {
    const first = await this.#headerBytes()
    if (first.refused) return first
    if (!isPragma(first.ok)) return this.#takeRoots(first.ok)
    this.version = 2
    const found = await this.#toData()
    if (found.refused) return found
    const inner = await this.#headerBytes()
    return inner.refused === undefined ? this.#takeRoots(inner.ok) : inner
  }

  async next(): Promise<Result<CarBlock | undefined, CarRefusalCode>> {
    const offset = this.#source.offset
    if (await this.#isDataOver()) return this.#end()
    const length = await this.#length(SECTION_BYTES_MAX)
    if (length.refused) return length
    if (length.ok === 0) return refuseAt('SHAPE', offset, 'a section of no bytes')
    const bytes = await this.#source.take(length.ok)
    if (bytes === undefined) return this.#truncated('a section')
    const section = decodeSection(bytes)
    if (section === undefined)
      return refuseAt('SHAPE', offset, 'a section that begins with no CID taken here')
    return { ok: { ...section, offset } }
  }

  close(): Promise<void> {
    return this.#source.close()
  }

  /** Bytes from the beginning to the end of the sections: of version 1 the end of the source. */
  get #dataEnd(): number {
    return this.#regions === undefined ? Infinity : this.#regions.dataOffset + this.#regions.dataSize
  }

  async #isDataOver(): Promise<boolean> {
    return this.#regions === undefined ? this.#source.isAtEnd() : this.#source.offset === this.#dataEnd
  }

  /** An index is not needed to read everything, and would have to be believed: only that it is there is looked at. */
  async #end(): Promise<Result<undefined, CarRefusalCode>> {
    if (this.#regions !== undefined && this.#regions.indexOffset !== 0) {
      const { indexOffset } = this.#regions
      if (indexOffset >= this.#bytesMax) return this.#tooLong(indexOffset)
      const isThere = await this.#source.skip(indexOffset - this.#source.offset)
      if (!isThere || (await this.#source.isAtEnd())) return this.#truncated('the index')
    }
    await this.close()
    return { ok: undefined }
  }

  async #headerBytes(): Promise<Result<Uint8Array, CarRefusalCode>> {
    const length = await this.#length(HEADER_BYTES_MAX)
    if (length.refused) return length
    const bytes = await this.#source.take(length.ok)
    return bytes === undefined ? this.#truncated('the header') : { ok: bytes }
  }

  #takeRoots(bytes: Uint8Array): Result<true, CarRefusalCode> {
    const offset = this.#source.offset - bytes.length
    const header = decodeHeader(bytes)
    if (header === undefined) return refuseAt('SHAPE', offset, 'the header is none')
    if (header.roots === undefined) {
      const where = this.version === 2 ? ' inside version 2' : ''
      return refuseAt('VERSION', offset, `version ${header.version}${where}`)
    }
    const roots = header.roots.map(asVersion1)
    if (!roots.every((root) => root !== undefined))
      return refuseAt('SHAPE', offset, 'a root that is not taken here')
    this.roots = roots
    return { ok: true }
  }

  async #toData(): Promise<Result<true, CarRefusalCode>> {
    const bytes = await this.#source.take(REGIONS_BYTES)
    if (bytes === undefined) return this.#truncated('the header')
    this.#regions = decodeRegions(bytes)
    if (this.#regions === undefined)
      return refuseAt('SHAPE', PRAGMA.length, 'offsets that do not lie one behind another')
    const { dataOffset } = this.#regions
    if (this.#dataEnd > this.#bytesMax) return this.#tooLong(this.#dataEnd)
    const isThere = await this.#source.skip(dataOffset - this.#source.offset)
    return isThere ? { ok: true } : this.#truncated('the padding')
  }

  /** A length that is within `most`, the bytes of this region and those allowed: checked before any is allocated. */
  async #length(most: number): Promise<Result<number, CarRefusalCode>> {
    const offset = this.#source.offset
    const length = await this.#varint()
    if (length.refused) return length
    const end = this.#source.offset + length.ok
    if (length.ok > most) return refuseAt('LIMIT', offset, `${length.ok} bytes, ${most} are allowed`)
    if (end > this.#dataEnd) return refuseAt('SHAPE', offset, 'more bytes than the data has')
    return end > this.#bytesMax ? this.#tooLong(end) : length
  }

  async #varint(): Promise<Result<number, CarRefusalCode>> {
    const offset = this.#source.offset
    const bytes: number[] = []
    do {
      const byte = await this.#source.byte()
      if (byte === undefined) return this.#truncated('a length')
      bytes.push(byte)
    } while (bytes.at(-1)! >= 128 && bytes.length < VARINT_BYTES_MAX)
    const varint = readVarint(Uint8Array.from(bytes), 0)
    return varint ? { ok: varint.value } : refuseAt('SHAPE', offset, 'a length that is no minimal varint')
  }

  #truncated(what: string): Result<never, CarRefusalCode> {
    return refuseAt('TRUNCATED', this.#source.offset, `it ends within ${what}`)
  }

  #tooLong(length: number): Result<never, CarRefusalCode> {
    return refuseAt('LIMIT', this.#source.offset, `${length} bytes or more, ${this.#bytesMax} are allowed`)
  }
}
