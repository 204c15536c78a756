/**
 * Bytes that look like CBOR: items of every kind, nested, mostly in their one encoding, and now and then with
 * one of the mistakes that a strict reader must notice. `care` is how many items pass between two mistakes.
 */
import type { Random } from './random.ts'

const CIDS = [
  [1, 0x55, 0x12, 32],
  [1, 0x71, 0x12, 32],
  [1, 0xa7, 0x20, 0x12, 32],
  [1, 0x55, 0x1e, 32],
  [1, 0x55, 0x13, 64],
  [0x12, 32],
  [1, 0x55, 0, 4],
  [1, 0x55, 0x12, 20],
  [2, 0x55, 0x12, 32],
  [1, 0x80, 0x00, 0x12, 32],
]
const TAGS = [0, 1, 2, 3, 18, 24, 42, 42, 42, 55799, 98, 1735551332]
const TEXTS = ['', 'a', 'b', 'aa', 'ab', '__proto__', 'é', '\ufeff', '\ud7ff', '𝄞', 'constructor', 'zz']

/** One item, or what was meant to be one. */
export function cborBytes(random: Random, care: number): Uint8Array {
  const writer = new Writer(random, care)
  if (random.once(8)) writer.gridEnvelope()
  else writer.item(random.size(7))
  if (random.once(care * 4)) writer.out.push(random.byte())
  return Uint8Array.from(writer.out)
}

class Writer {
  readonly out: number[] = []
  readonly #random: Random
  readonly #care: number

  constructor(random: Random, care: number) {
    this.#random = random
    this.#care = care
  }

  gridEnvelope(): void {
    this.#head(6, 1735551332)
    const slots = 1 + this.#random.size(5)
    this.#head(4, slots)
    this.#link()
    for (let slot = 1; slot < slots; slot += 1) this.item(3)
  }

  item(depth: number): void {
    const random = this.#random
    switch (random.below(depth > 0 ? 10 : 6)) {
      case 0:
        return this.#head(random.below(2), this.#number())
      case 1:
        return this.#bytes(random.size(40))
      case 2:
        return this.#text()
      case 3:
        return this.#simple()
      case 4:
        return this.#float()
      case 5:
        return random.once(2) ? this.#link() : this.#bignum()
      case 6:
        return this.#tagged(depth - 1)
      case 7:
        return this.#map(depth - 1)
      default:
        return this.#array(depth - 1)
    }
  }

  /** Whether the mistake that is possible here is made. */
  #slips(): boolean {
    return this.#random.once(this.#care)
  }

  #number(): number {
    const { pick, below } = {
      pick: this.#random.pick.bind(this.#random),
      below: this.#random.below.bind(this.#random),
    }
    return pick([
      below(30),
      below(300),
      below(70_000),
      below(2 ** 32),
      2 ** 32 + below(1000),
      2 ** 53 - below(3),
    ])
  }

  #head(major: number, argument: number): void {
    if (this.#slips()) return this.#oddHead(major, argument)
    const width =
      argument < 24 ? 0 : argument < 0x100 ? 1 : argument < 0x10000 ? 2 : argument < 2 ** 32 ? 4 : 8
    this.#wideHead(major, argument, width)
  }

  /** Longer than needed, of an indefinite or reserved form, or of a length that is not there. */
  #oddHead(major: number, argument: number): void {
    const random = this.#random
    const kind = random.below(4)
    if (kind === 0) this.out.push((major << 5) | (28 + random.below(4)))
    else if (kind === 1) this.#wideHead(major, this.#number(), 8)
    else this.#wideHead(major, argument, random.pick([1, 2, 4, 8]))
  }

  #wideHead(major: number, argument: number, width: number): void {
    if (width === 0) return void this.out.push((major << 5) | (argument & 0x1f))
    this.out.push((major << 5) | (24 + Math.log2(width)))
    for (let at = width - 1; at >= 0; at -= 1) this.out.push(Math.floor(argument / 256 ** at) % 256)
  }

  #bytes(length: number): void {
    this.#head(2, length)
    this.out.push(...this.#random.bytes(length))
  }

  #text(): void {
    const random = this.#random
    const text = new TextEncoder().encode(random.pick(TEXTS) + random.pick(TEXTS))
    const bytes = this.#slips() ? random.bytes(random.size(6)) : text
    this.#head(3, bytes.length)
    this.out.push(...bytes)
  }

  #simple(): void {
    const random = this.#random
    if (!this.#slips()) return void this.out.push(random.pick([0xf4, 0xf5, 0xf6, 0xf7]))
    this.out.push(...random.pick([[0xe0 + random.below(32)], [0xf8, random.byte()]]))
  }

  #float(): void {
    const random = this.#random
    const view = new DataView(new ArrayBuffer(8))
    const value = random.pick([
      0,
      -0,
      1,
      1.5,
      -4.1,
      65504,
      1e300,
      5e-324,
      NaN,
      Infinity,
      -Infinity,
      random.bits(),
    ])
    if (random.once(2)) view.setFloat64(0, value)
    else for (let at = 0; at < 8; at += 1) view.setUint8(at, random.byte())
    const width = random.pick([2, 4, 8, 8])
    this.out.push(0xf8 + Math.log2(width), ...new Uint8Array(view.buffer, 0, width))
  }

  #link(): void {
    const random = this.#random
    const head = random.once(3) ? random.pick(CIDS) : (CIDS[0] as number[])
    const cid = [...head, ...random.bytes(head.at(-1) as number)]
    if (!random.once(6)) cid.unshift(0)
    this.#head(6, 42)
    this.#head(this.#slips() ? 3 : 2, cid.length)
    this.out.push(...cid)
  }

  #bignum(): void {
    const random = this.#random
    const bytes = [
      random.once(6) ? 0 : 1 + random.below(255),
      ...random.bytes(random.once(4) ? random.size(7) : 8),
    ]
    this.#head(6, 2 + random.below(2))
    this.#head(2, bytes.length)
    this.out.push(...bytes)
  }

  #tagged(depth: number): void {
    this.#head(6, this.#slips() ? this.#number() : this.#random.pick(TAGS))
    this.item(depth)
  }

  #array(depth: number): void {
    const count = this.#random.size(6)
    this.#head(4, count)
    for (let index = 0; index < count; index += 1) this.item(depth)
  }

  /** Entries are sorted as they should be, unless a mistake is made. */
  #map(depth: number): void {
    const random = this.#random
    const entries: { readonly key: readonly number[]; readonly value: readonly number[] }[] = []
    const count = random.size(6)
    const keyDepth = random.once(4) ? depth : 0
    for (let index = 0; index < count; index += 1) {
      entries.push({
        key: this.#apart(() => this.#key(keyDepth)),
        value: this.#apart(() => this.item(depth)),
      })
    }
    const isSorted = !this.#slips()
    if (isSorted) entries.sort((one, other) => compare(one.key, other.key))
    const kept = entries.filter(
      ({ key }, index) => !isSorted || index === 0 || compare(entries[index - 1]?.key ?? [], key) !== 0,
    )
    this.#head(5, kept.length)
    for (const { key, value } of kept) this.out.push(...key, ...value)
  }

  #key(depth: number): void {
    const random = this.#random
    if (random.once(2)) this.#text()
    else if (random.once(2)) this.#head(random.below(2), random.below(40))
    else this.item(depth)
  }

  #apart(write: () => void): readonly number[] {
    const start = this.out.length
    write()
    return this.out.splice(start)
  }
}

function compare(one: readonly number[], other: readonly number[]): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
