/** Reads a backup write by write: each section is the one that must come next, or the backup is refused. */
import { CODEC } from '../../cid.ts'
import { isBlockOf } from '../../hasher.ts'
import { blockKey, compareBytes, isBlockKey } from '../../keys.ts'
import { STORE_LIMITS } from '../../store-limits.ts'
import { openCar } from '../car/read-car.ts'
import { refuseAt } from '../car/refusal.ts'
import { copiedKind } from './copied-keys.ts'
import { decodeManifest } from './manifest.ts'
import { decodePage } from './page.ts'
import type { CID } from 'multiformats/cid'
import type { Hasher, Result } from '../../interface.ts'
import type { ByteChunks } from '../car/byte-source.ts'
import type { CarBlock, OpenCar } from '../car/read-car.ts'
import type { CarRefusalCode } from '../car/refusal.ts'
import type { Manifest } from './manifest.ts'
import type { PageItem } from './page.ts'

/**
 * As of a CAR, where `SHAPE` is also a CAR that is no backup, `HASH` another backup than the one meant, and `VERSION` a
 * backup of another version; `OCCUPIED`: there is a store already, or something else, where it is to be restored.
 */
export type BackupRefusalCode = CarRefusalCode | 'OCCUPIED'

export interface BackupPair {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** Sequence number and hash of the newest commit. */
const HEAD_BYTES = 40

/** A backup whose manifest was read. */
export interface BackupReader {
  readonly manifest: Manifest
  readonly root: CID
  /** Of the section that was read last. */
  readonly offset: number
  /** The next key and value; undefined when all have been read, and nothing follows. */
  next(): Promise<Result<BackupPair | undefined, BackupRefusalCode>>
  close(): Promise<void>
}

/** Reads the manifest. `root` is the only one that is taken, when it is given. */
export async function readBackup(
  chunks: ByteChunks,
  hasher: Hasher,
  { root, signal }: { readonly root?: CID; readonly signal?: AbortSignal },
): Promise<Result<BackupReader, BackupRefusalCode>> {
  const opened = await openCar(chunks, signal === undefined ? {} : { signal })
  if (opened.refused) return opened
  const car = opened.ok
  const read = await readManifest(car, hasher, root)
  if (read.refused !== undefined) {
    await car.close()
    return read
  }
  return { ok: new PageReader(car, hasher, read.ok.cid, read.ok.manifest) }
}

async function readManifest(
  car: OpenCar,
  hasher: Hasher,
  expected: CID | undefined,
): Promise<Result<{ readonly cid: CID; readonly manifest: Manifest }, BackupRefusalCode>> {
  const [cid, second] = car.roots
  if (cid === undefined || second !== undefined || cid.code !== CODEC.dagCbor)
    return refuseAt('SHAPE', 0, 'a CAR that is no backup: it has not one root')
  if (expected !== undefined && !isEqual(cid, expected)) return refuseAt('HASH', 0, `another backup, ${cid}`)
  const section = await nextSection(car, hasher, cid, 'the manifest')
  if (section.refused !== undefined) return section
  const { bytes, offset } = section.ok
  const decoded = decodeManifest(bytes)
  if (decoded === undefined)
    return refuseAt('SHAPE', offset, 'a CAR that is no backup: its root is no manifest')
  if ('version' in decoded) return refuseAt('VERSION', offset, `a backup of version ${decoded.version}`)
  return { ok: { cid, manifest: decoded.manifest } }
}

class PageReader implements BackupReader {
  readonly manifest: Manifest
  readonly root: CID
  offset = 0
  readonly #car: OpenCar
  readonly #hasher: Hasher
  #items: Iterator<PageItem> = ([] as PageItem[])[Symbol.iterator]()
  #page: CID | null = null
  #pages = 0
  #key: Uint8Array = new Uint8Array(0)

  constructor(car: OpenCar, hasher: Hasher, root: CID, manifest: Manifest) {
    this.#car = car
    this.#hasher = hasher
    this.root = root
    this.manifest = manifest
  }

  async next(): Promise<Result<BackupPair | undefined, BackupRefusalCode>> {
    let item = this.#items.next()
    if (item.done === true) {
      if (this.#pages === this.manifest.pages) return this.#end()
      const turned = await this.#turn()
      if (turned.refused !== undefined) return turned
      item = this.#items.next()
      if (item.done === true) return this.#refuse('a page of no items')
    }
    const pair = await this.#pair(item.value)
    if (pair.refused !== undefined) return pair
    const refused = this.#check(pair.ok)
    this.#key = pair.ok.key
    return refused ?? pair
  }

  close(): Promise<void> {
    return this.#car.close()
  }

  /** To the next page, which says what is the page before it, as the manifest says which is the last. */
  async #turn(): Promise<Result<true, BackupRefusalCode>> {
    const section = await this.#section(undefined, 'a page')
    if (section.refused !== undefined) return section
    const page = decodePage(section.ok.bytes)
    if (page === undefined || section.ok.cid.code !== CODEC.dagCbor)
      return this.#refuse('a page is expected here')
    const { previous } = page
    const follows =
      previous === null ? this.#page === null : this.#page !== null && isEqual(previous, this.#page)
    if (!follows) return this.#refuse('a page that does not follow the one before')
    this.#page = section.ok.cid
    this.#items = page.items[Symbol.iterator]()
    this.#pages++
    return { ok: true }
  }

  async #pair(item: PageItem): Promise<Result<BackupPair, BackupRefusalCode>> {
    if (isPair(item) && isBlockKey(item[0])) return this.#refuse('a block that is no link')
    if (isPair(item) && item[1] instanceof Uint8Array) return { ok: { key: item[0], value: item[1] } }
    const link = isPair(item) ? (item[1] as CID) : item
    const section = await this.#section(link, `block ${link}`)
    if (section.refused !== undefined) return section
    return { ok: { key: isPair(item) ? item[0] : blockKey(link), value: section.ok.bytes } }
  }

  /** Each key is behind the one before, so none comes twice. */
  #check({ key, value }: BackupPair) {
    const kind = copiedKind(key)
    if (kind === undefined) return this.#refuse('a key that is none of a store')
    if (compareBytes(this.#key, key) >= 0) return this.#refuse('a key that is not behind the one before')
    return kind === 'head' && value.length !== HEAD_BYTES ? this.#refuse('a head that is none') : undefined
  }

  async #end(): Promise<Result<undefined, BackupRefusalCode>> {
    if (this.#page === null || !isEqual(this.#page, this.manifest.last))
      return this.#refuse('the last page is not the one that the manifest names')
    const next = await this.#car.next()
    if (next.refused !== undefined) return next
    return next.ok === undefined
      ? { ok: undefined }
      : refuseAt('SHAPE', next.ok.offset, 'more than the manifest says')
  }

  async #section(cid: CID | undefined, what: string): Promise<Result<CarBlock, BackupRefusalCode>> {
    const section = await nextSection(this.#car, this.#hasher, cid, what)
    if (section.ok !== undefined) this.offset = section.ok.offset
    return section
  }

  #refuse(detail: string) {
    return refuseAt('SHAPE', this.offset, detail)
  }
}

/** The next section, which must be there, be what its name says, and have this name when one is given. */
async function nextSection(
  car: OpenCar,
  hasher: Hasher,
  cid: CID | undefined,
  what: string,
): Promise<Result<CarBlock, BackupRefusalCode>> {
  const next = await car.next()
  if (next.refused !== undefined) return next
  const section = next.ok
  if (section === undefined) return refuseAt('TRUNCATED', car.offset, `it ends where ${what} is expected`)
  const { offset } = section
  if (cid !== undefined && !isEqual(section.cid, cid))
    return refuseAt('SHAPE', offset, `${what} is expected here`)
  if (section.bytes.length > STORE_LIMITS.blockBytes)
    return refuseAt('LIMIT', offset, 'a block above the bound')
  if (!isBlockOf(hasher, section.cid, section.bytes))
    return refuseAt(
      'HASH',
      offset,
      `block ${section.cid} is not what its name says, or its hash is not known here`,
    )
  return { ok: section }
}

function isPair(item: PageItem): item is readonly [key: Uint8Array, value: Uint8Array | CID] {
  return Array.isArray(item)
}

function isEqual(a: CID, b: CID): boolean {
  return compareBytes(a.bytes, b.bytes) === 0
}
