/**
 * Which blocks have been reached, and as what: a block is read again for each codec under which it is named, since
 * each shows other links. A table of whole digests with open addressing, 33 bytes a slot and at most three slots in
 * four taken: 44 to 88 bytes a block, so a million blocks take at most 88 MB, and 3/2 of it for the moment in which it
 * grows. Digests are kept whole: who could find two with the same beginning could hide links from a collection.
 */
import { bytesOfText } from '../binary-text.ts'
import { bytesKey } from '../bytes-key.ts'
import { CODEC } from '../cid.ts'
import { IDENTITY, SHA2_256 } from '../hash.ts'
import type { CID } from 'multiformats/cid'

/** One bit for each way of reading a block. */
const AS = new Map<number, number>([
  [CODEC.raw, 1],
  [CODEC.dagCbor, 2],
  [CODEC.cbor, 4],
  [CODEC.gridCbor, 8],
  [CODEC.dagPb, 16],
])
const AS_UNKNOWN = 32
const AS_ANY = 63

const DIGEST_BYTES = 32
/** Of a multihash of sha2-256, before the digest. */
const HEAD_BYTES = 2
const SLOTS_MIN = 1_024

export class Marks {
  readonly #seed: DataView
  #digests = new Uint8Array(SLOTS_MIN * DIGEST_BYTES)
  /** What the block of each slot was reached as; 0 is an empty slot. */
  #reached = new Uint8Array(SLOTS_MIN)
  #size = 0
  /** Blocks named by another hash than sha2-256: rare, and a table of its own for each length is not worth it. */
  readonly #others = new Map<string, number>()

  /** `seed` is random: who knew it could name blocks that all fall into one place. */
  constructor(seed: Uint8Array) {
    if (seed.length !== SEED_BYTES) throw new RangeError(`seed must have ${SEED_BYTES} bytes`)
    this.#seed = new DataView(seed.buffer, seed.byteOffset, seed.length)
  }

  /** How many blocks are marked. */
  get size(): number {
    return this.#size + this.#others.size
  }

  /**
   * Marks a block as reached by this name; false when it was before. The content of an identity CID lies in the CID:
   * it is no block, never marked, and true each time.
   */
  add(cid: CID): boolean {
    if (cid.multihash.code === IDENTITY) return true
    return this.#mark(cid.multihash.bytes, AS.get(cid.code) ?? AS_UNKNOWN)
  }

  /** Marks a block as reached and read under every codec; false when it was so before. */
  addWhole(multihash: Uint8Array): boolean {
    return this.#mark(multihash, AS_ANY)
  }

  /** Marks a block that is to be kept whatever it links to. */
  keep(cid: CID): void {
    this.#mark(cid.multihash.bytes, 1)
  }

  has(multihash: Uint8Array): boolean {
    if (!isSha256(multihash)) return this.#others.has(bytesKey(multihash))
    return this.#reached[this.#slotOf(multihash, HEAD_BYTES)] !== 0
  }

  /** The blocks that are marked now; those that are marked meanwhile may be among them. */
  *multihashes(): Generator<Uint8Array, void, undefined> {
    const [digests, reached] = [this.#digests, this.#reached]
    for (let slot = 0; slot < reached.length; slot++) {
      if (reached[slot] === 0) continue
      const multihash = new Uint8Array(HEAD_BYTES + DIGEST_BYTES)
      multihash.set([SHA2_256, DIGEST_BYTES])
      multihash.set(digests.subarray(slot * DIGEST_BYTES, (slot + 1) * DIGEST_BYTES), HEAD_BYTES)
      yield multihash
    }
    for (const key of this.#others.keys()) yield bytesOfText(key)
  }

  #mark(multihash: Uint8Array, as: number): boolean {
    if (!isSha256(multihash)) return this.#markOther(bytesKey(multihash), as)
    const slot = this.#slotOf(multihash, HEAD_BYTES)
    const before = this.#reached[slot]!
    if ((before & as) === as) return false
    this.#reached[slot] = before | as
    if (before !== 0) return true
    this.#digests.set(multihash.subarray(HEAD_BYTES), slot * DIGEST_BYTES)
    if (++this.#size > 0.75 * this.#reached.length) this.#grow()
    return true
  }

  #markOther(key: string, as: number): boolean {
    const before = this.#others.get(key) ?? 0
    if ((before & as) === as) return false
    this.#others.set(key, before | as)
    return true
  }

  /** Where a digest stands, or the empty slot where it would; there always is one. */
  #slotOf(bytes: Uint8Array, start: number): number {
    const mask = this.#reached.length - 1
    for (let slot = this.#hash(bytes, start) & mask; ; slot = (slot + 1) & mask) {
      if (this.#reached[slot] === 0 || this.#isAt(slot, bytes, start)) return slot
    }
  }

  #isAt(slot: number, bytes: Uint8Array, start: number): boolean {
    const at = slot * DIGEST_BYTES
    for (let i = 0; i < DIGEST_BYTES; i++) if (this.#digests[at + i] !== bytes[start + i]) return false
    return true
  }

  /** Each word times a random odd number of its own. */
  #hash(bytes: Uint8Array, start: number): number {
    let sum = 0
    for (let i = 0; i < DIGEST_BYTES; i += 4) {
      const at = start + i
      const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
      sum = (sum + Math.imul(word ^ this.#seed.getInt32(i), this.#seed.getInt32(DIGEST_BYTES + i) | 1)) | 0
      sum ^= sum >>> 15
    }
    return sum >>> 0
  }

  #grow(): void {
    const [digests, reached] = [this.#digests, this.#reached]
    this.#digests = new Uint8Array(2 * digests.length)
    this.#reached = new Uint8Array(2 * reached.length)
    for (let from = 0; from < reached.length; from++) {
      if (reached[from] === 0) continue
      const start = from * DIGEST_BYTES
      const slot = this.#slotOf(digests, start)
      this.#reached[slot] = reached[from]!
      this.#digests.set(digests.subarray(start, start + DIGEST_BYTES), slot * DIGEST_BYTES)
    }
  }
}

export const SEED_BYTES = 2 * DIGEST_BYTES

function isSha256(multihash: Uint8Array): boolean {
  return multihash.length === HEAD_BYTES + DIGEST_BYTES && multihash[0] === SHA2_256
}
