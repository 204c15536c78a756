/**
 * The content of one file. What came as an input is shared until the first write. No more room is held than four
 * times the length, so that bounding lengths bounds memory.
 */
const NOTHING = new Uint8Array(0)
const ROOM_LEAST = 256
/**
 * Room is given up when the file has become so many times shorter. Between that and the next growth lie as many bytes
 * as are moved, so moving costs no more than what is paid for anyway.
 */
const ROOM_SPARE = 4

export class FileBytes {
  #bytes: Uint8Array
  #size: number
  /** Whether the room is our own, to be written into. */
  #isOwn: boolean

  constructor(shared: Uint8Array = NOTHING) {
    this.#bytes = shared
    this.#size = shared.length
    this.#isOwn = false
  }

  get size(): number {
    return this.#size
  }

  /** Bytes that have to be copied before the next write; none where the room is already our own. */
  get sharedBytes(): number {
    return this.#isOwn ? 0 : this.#size
  }

  /** What is there of a stretch; it dies with the next write. */
  at(from: number, length: number): Uint8Array {
    const start = Math.min(from, this.#size)
    return this.#bytes.subarray(start, Math.min(start + length, this.#size))
  }

  /** Writes at a place that may lie behind the end; what lies between is zero. */
  write(from: number, bytes: Uint8Array): void {
    const end = from + bytes.length
    this.#makeRoom(Math.max(end, this.#size))
    this.#bytes.set(bytes, from)
    this.#size = Math.max(end, this.#size)
  }

  resize(size: number): void {
    if (size === this.#size) return
    if (size > this.#size) this.#makeRoom(size)
    else this.#cut(size)
    this.#size = size
  }

  /** Whatever is cut off is zero when the file grows again. */
  #cut(size: number): void {
    if (!this.#isOwn) this.#bytes = this.#bytes.subarray(0, size)
    else if (size >= this.#bytes.length / ROOM_SPARE) this.#bytes.fill(0, size, this.#size)
    else this.#move(2 * size, size)
  }

  #makeRoom(size: number): void {
    if (this.#isOwn && size <= this.#bytes.length) return
    this.#move(Math.max(size, Math.min(2 * this.#size, 2 * size)), this.#size)
  }

  #move(roomBytes: number, size: number): void {
    const room = new Uint8Array(Math.max(roomBytes, ROOM_LEAST))
    room.set(this.#bytes.subarray(0, size))
    this.#bytes = room
    this.#isOwn = true
  }
}
