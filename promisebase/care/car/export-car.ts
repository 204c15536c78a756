/** Writes what is reachable from some roots as a CAR, the exchange format of IPFS and IPLD. */
import { StoreError } from '../../errors.ts'
import { descend, isInline } from './descend.ts'
import { encodeHeader, encodeRegions, PRAGMA, REGIONS_BYTES } from './header.ts'
import { encodeIndex } from './offset-index.ts'
import { asVersion1, encodeSection, sectionLength } from './section.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot } from '../../interface.ts'
import type { CarIndex, SectionPlace } from './offset-index.ts'
import type { Section } from './section.ts'

export interface ExportCarOptions {
  /** 1 is read by everyone and is the default; 2 adds an index, and reads everything twice. */
  readonly version?: 1 | 2
  /** Of version 2; by multihash unless said otherwise. */
  readonly index?: CarIndex | 'none'
  /**
   * What to do with a link to a block that is not here: end with `MISSING`, which is the default, or leave it out, so
   * that what is here can be taken elsewhere.
   */
  readonly missing?: 'refuse' | 'skip'
  readonly signal?: AbortSignal
  /** Called after each block. */
  readonly onProgress?: (progress: CarProgress) => void
}

/** How much has been done so far. */
export interface CarProgress {
  readonly blocks: number
  /** Octets of the blocks alone. */
  readonly bytes: number
}

/**
 * The CAR in pieces of about one block each; read it to its end or leave it, but keep the snapshot open meanwhile. The
 * blocks stand depth first, each once. The same roots over the same blocks give the same bytes.
 * @throws {TypeError} at the first read, for roots that no store can hold
 * @throws {StoreError} `MISSING`, `CORRUPT` while it is read
 */
export async function* exportCar(
  snapshot: Pick<Snapshot, 'getBlock'>,
  roots: readonly CID[],
  options: ExportCarOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const named = roots.map(rootOf)
  if (options.version === 2) yield* exportVersion2(snapshot, named, options)
  else yield* exportVersion1(snapshot, named, options)
}

async function* exportVersion1(
  snapshot: Pick<Snapshot, 'getBlock'>,
  roots: readonly CID[],
  options: ExportCarOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  let blocks = 0
  let bytes = 0
  yield encodeHeader(roots)
  for await (const section of sections(snapshot, roots, options)) {
    yield encodeSection(section)
    bytes += section.bytes.length
    options.onProgress?.({ blocks: ++blocks, bytes })
  }
}

/** The lengths stand before the data, so it is measured first. */
async function* exportVersion2(
  snapshot: Pick<Snapshot, 'getBlock'>,
  roots: readonly CID[],
  options: ExportCarOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { places, length } = await measure(snapshot, roots, options)
  const dataOffset = PRAGMA.length + REGIONS_BYTES
  const kind = options.index ?? 'multihash'
  const isFullyIndexed = kind !== 'none'
  const indexOffset = isFullyIndexed ? dataOffset + length : 0
  yield PRAGMA.slice()
  yield encodeRegions({ isFullyIndexed, dataOffset, dataSize: length, indexOffset })
  yield* exportVersion1(snapshot, roots, options)
  if (kind !== 'none') yield encodeIndex(kind, places)
}

async function measure(
  snapshot: Pick<Snapshot, 'getBlock'>,
  roots: readonly CID[],
  options: ExportCarOptions,
): Promise<{ readonly places: readonly SectionPlace[]; readonly length: number }> {
  const places: SectionPlace[] = []
  let length = encodeHeader(roots).length
  for await (const section of sections(snapshot, roots, options)) {
    places.push({ cid: section.cid, offset: length })
    length += sectionLength(section)
  }
  return { places, length }
}

/** A block that is in its own name needs no section. */
async function* sections(
  snapshot: Pick<Snapshot, 'getBlock'>,
  roots: readonly CID[],
  { missing = 'refuse', signal }: ExportCarOptions,
): AsyncGenerator<Section, void, undefined> {
  for await (const { cid, bytes } of descend(snapshot, roots, signal)) {
    if (bytes === undefined) {
      if (missing === 'refuse') throw new StoreError('MISSING', `block ${cid}`)
    } else if (!isInline(cid)) yield { cid, bytes }
  }
}

function rootOf(root: CID): CID {
  const named = asVersion1(root)
  if (named === undefined) throw new TypeError('roots must be CIDs that a store can hold')
  return named
}
