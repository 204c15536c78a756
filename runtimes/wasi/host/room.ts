/** Bytes that the calls of one runtime hold for their guests, all together. */
import { HOST_LIMITS } from './limits.ts'

export class HostRoom {
  #left: number = HOST_LIMITS.bytesInFlight

  /** Whether there is room for so many more. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false
    this.#left -= bytes
    return true
  }

  giveBack(bytes: number): void {
    this.#left += bytes
  }
}
