/** Room for the inputs of all programs that are being loaded: each loads alone, and all of them together are bounded. */
export class InputRooms {
  #left: number

  constructor(bytesMax: number) {
    this.#left = bytesMax
  }

  /** The room of one call. */
  open(): InputRoom {
    let held = 0
    return {
      take: (bytes) => {
        if (bytes > this.#left) return false
        this.#left -= bytes
        held += bytes
        return true
      },
      leave: () => {
        this.#left += held
        held = 0
      },
    }
  }
}

export interface InputRoom {
  /** Whether there was room, and it is taken. */
  take(bytes: number): boolean
  /** Gives back all that was taken. */
  leave(): void
}
