/** Room for bytes that many calls hold at once: what does not fit is answered BUSY, not allocated. */
export class ByteRoom {
  #free: number

  constructor(bytesMax: number) {
    this.#free = bytesMax
  }

  /** Takes room for `bytes`; undefined when there is too little, else the way to give it back. */
  take(bytes: number): (() => void) | undefined {
    if (bytes > this.#free) return undefined
    this.#free -= bytes
    let held = bytes
    return () => {
      this.#free += held
      held = 0
    }
  }
}
