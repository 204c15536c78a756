/**
 * Which tokens some record is about, in memory: one fingerprint of 64 bits per token in open addressing. What is
 * not found has no record; what is found is looked up in the store. So a check costs the same whether there are
 * none or a million, and memory is 16 to 32 bytes for each.
 */
const CAPACITY_LEAST = 16
/** Of two slots at least one is free: a search ends soon. */
const SLOTS_PER_ENTRY = 2

export class RevokedIds {
  /** False where others write records too: then not being here says nothing. */
  readonly isComplete: boolean
  readonly #seed: DataView
  #slots = new Uint32Array(2 * CAPACITY_LEAST)
  #size = 0

  /** @param seed 16 secret bytes: whoever could foresee the slots could put his records into one row of them */
  constructor(seed: Uint8Array, isComplete = true) {
    this.isComplete = isComplete
    this.#seed = new DataView(seed.buffer, seed.byteOffset, 16)
  }

  get size(): number {
    return this.#size
  }

  /** Of the digest in an id. False is certain; true is to be looked up. */
  mayHold(digest: Uint8Array): boolean {
    if (this.#size === 0) return false
    const high = this.#hash(digest, 0)
    const low = this.#hash(digest, 8) | 1
    return this.#slots[2 * this.#slotOf(high, low) + 1] !== 0
  }

  add(digest: Uint8Array): void {
    if (this.#size * SLOTS_PER_ENTRY >= this.#slots.length / 2) this.#grow()
    if (this.#put(this.#hash(digest, 0), this.#hash(digest, 8) | 1)) this.#size += 1
  }

  /** The slot of a fingerprint, or the free one where it would be. The lower half is never 0. */
  #slotOf(high: number, low: number): number {
    const slots = this.#slots
    const mask = slots.length / 2 - 1
    let slot = high & mask
    while (slots[2 * slot + 1] !== 0 && (slots[2 * slot + 1] !== low >>> 0 || slots[2 * slot] !== high >>> 0))
      slot = (slot + 1) & mask
    return slot
  }

  #put(high: number, low: number): boolean {
    const slot = this.#slotOf(high, low)
    const isNew = this.#slots[2 * slot + 1] === 0
    this.#slots[2 * slot] = high
    this.#slots[2 * slot + 1] = low
    return isNew
  }

  #grow(): void {
    const former = this.#slots
    this.#slots = new Uint32Array(2 * former.length)
    for (let at = 0; at < former.length; at += 2)
      if (former[at + 1] !== 0) this.#put(former[at] as number, former[at + 1] as number)
  }

  /** Over the whole digest and a secret: ids are chosen by whoever signs a record. */
  #hash(digest: Uint8Array, seedAt: number): number {
    let hash = this.#seed.getUint32(seedAt)
    const step = this.#seed.getUint32(seedAt + 4) | 1
    for (let at = 0; at + 3 < digest.length; at += 4) {
      const word =
        (digest[at] as number) |
        ((digest[at + 1] as number) << 8) |
        ((digest[at + 2] as number) << 16) |
        ((digest[at + 3] as number) << 24)
      hash = Math.imul(hash ^ word, step)
      hash ^= hash >>> 15
    }
    return hash
  }
}
