/**
 * Seeded randomness: the same seed and index make the same input on every machine, so that a finding is
 * reported as two numbers. The generator is sfc32 by Chris Doty-Humphrey; nothing here is secret.
 */

export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** The randomness of input number `index` under `seed`. */
  constructor(seed: number, index: number) {
    this.#a = seed | 0
    this.#b = index | 0
    this.#c = Math.floor(index / 2 ** 32) ^ Math.floor(seed / 2 ** 32)
    for (let round = 0; round < 12; round += 1) this.bits()
  }

  /** 32 random bits. */
  bits(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number {
    return Math.floor((this.bits() / 2 ** 32) * bound)
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0
  }

  byte(): number {
    return this.bits() >>> 24
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.byte())
  }

  /** Mostly small, sometimes up to `most`. */
  size(most: number): number {
    return this.below(1 + this.below(1 + this.below(most + 1)))
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T
  }
}
