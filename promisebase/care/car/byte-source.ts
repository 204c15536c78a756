/**
 * Bytes that arrive in pieces of any length, taken in the lengths that a format asks for. Only what was asked for is
 * held, and whoever asks has checked the length: no number in the input makes this allocate.
 */

/** What streams come as: pieces one after another, of any length, also of none. */
export type ByteChunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

const NOTHING = new Uint8Array(0)

export class ByteSource {
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  readonly #signal: AbortSignal | undefined
  #piece: Uint8Array = NOTHING
  #at = 0
  #offset = 0
  #ended = false

  constructor(chunks: ByteChunks, signal?: AbortSignal) {
    this.#pieces = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
    this.#signal = signal
  }

  /** How many bytes have been taken. */
  get offset(): number {
    return this.#offset
  }

  async isAtEnd(): Promise<boolean> {
    return !(await this.#fill())
  }

  /** The next byte; undefined at the end. */
  async byte(): Promise<number | undefined> {
    if (this.#at === this.#piece.length && !(await this.#fill())) return undefined
    this.#offset++
    return this.#piece[this.#at++]
  }

  /** Exactly so many bytes, in an array of their own; undefined when the source ends before. */
  async take(length: number): Promise<Uint8Array | undefined> {
    const taken = new Uint8Array(length)
    const whole = await this.#each(length, (part, at) => taken.set(part, at))
    return whole ? taken : undefined
  }

  /** Whether there were so many bytes to pass over. */
  skip(length: number): Promise<boolean> {
    return this.#each(length, () => undefined)
  }

  /** Tells the source that nobody will ask it again. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#pieces.return?.()
    this.#ended = true
    this.#piece = NOTHING
    this.#at = 0
  }

  async #each(length: number, visit: (part: Uint8Array, at: number) => void): Promise<boolean> {
    for (let done = 0; done < length;) {
      if (this.#at === this.#piece.length && !(await this.#fill())) return false
      const part = this.#piece.subarray(this.#at, this.#at + length - done)
      visit(part, done)
      this.#at += part.length
      this.#offset += part.length
      done += part.length
    }
    return true
  }

  /** Makes sure that there is a byte to take; false at the end. */
  async #fill(): Promise<boolean> {
    while (this.#at === this.#piece.length && !this.#ended) {
      this.#signal?.throwIfAborted()
      const next = await this.#pieces.next()
      this.#signal?.throwIfAborted()
      if (next.done === true) this.#ended = true
      else if (!(next.value instanceof Uint8Array)) throw new TypeError('a source must give Uint8Arrays')
      this.#piece = next.done === true ? NOTHING : next.value
      this.#at = 0
    }
    return !this.#ended
  }
}
