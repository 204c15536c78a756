/**
 * Messages on a stream of bytes, between a process of a lane and its host:
 *
 *   frame = length as 4 bytes, big-endian, then so many bytes of CBOR
 *
 * Whoever writes may be an engine that a guest has taken over. So a length is judged before anything is set aside for
 * it, and room is made as bytes come, not as they are announced.
 */
import { CORE_PROFILE, decodeCbor, withCbor } from '../../../promisebase/index.ts'
import type { CborInput, CborProfile, CborValue } from '../../../promisebase/index.ts'

/** The longest there is: 32 MiB of files that a program has written, in blocks, beside 16 MiB of output. */
export const FRAME_BYTES_MAX = 64 * 1024 * 1024

const HEAD_BYTES = 4

/** Plain data alone: no tags, so no CIDs, and no text for keys but names. A block is five items. */
const PROFILE: CborProfile = {
  ...CORE_PROFILE,
  name: 'lane',
  maxBytes: FRAME_BYTES_MAX,
  depth: 8,
  items: 256 * 1024,
  tags: new Set(),
  keys: 'text',
  simple: 'plain',
}

/** What came is no frame, and nothing behind it can be found any more. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/** Puts frames together out of the pieces they come in. */
export class Frames {
  readonly #head = new Uint8Array(HEAD_BYTES)
  #headFilled = 0
  #length = 0
  #body = new Uint8Array(0)
  #filled = 0

  /** Whether a frame has begun and not ended. */
  get isAmid(): boolean {
    return this.#headFilled > 0
  }

  /** The frames that are complete with this piece. @throws {FrameError} for one that is too long */
  *take(piece: Uint8Array): Generator<Uint8Array, void, undefined> {
    let rest = piece
    while (rest.length > 0) {
      rest = this.#headFilled < HEAD_BYTES ? this.#takeHead(rest) : this.#takeBody(rest)
      if (this.#headFilled === HEAD_BYTES && this.#filled === this.#length) yield this.#finish()
    }
  }

  #takeHead(piece: Uint8Array): Uint8Array {
    const part = piece.subarray(0, HEAD_BYTES - this.#headFilled)
    this.#head.set(part, this.#headFilled)
    this.#headFilled += part.length
    if (this.#headFilled === HEAD_BYTES) this.#length = new DataView(this.#head.buffer).getUint32(0)
    if (this.#length > FRAME_BYTES_MAX) throw new FrameError(`a frame of ${this.#length} bytes`)
    return piece.subarray(part.length)
  }

  #takeBody(piece: Uint8Array): Uint8Array {
    const part = piece.subarray(0, this.#length - this.#filled)
    const filled = this.#filled + part.length
    if (filled > this.#body.length) this.#grow(filled)
    this.#body.set(part, this.#filled)
    this.#filled = filled
    return piece.subarray(part.length)
  }

  /** By doubling: many small pieces must not be copied again and again, nor each be kept as an object. */
  #grow(filled: number): void {
    const larger = new Uint8Array(Math.min(this.#length, Math.max(filled, 2 * this.#body.length)))
    larger.set(this.#body.subarray(0, this.#filled))
    this.#body = larger
  }

  #finish(): Uint8Array {
    const body = this.#body.subarray(0, this.#filled)
    this.#headFilled = 0
    this.#length = 0
    this.#body = new Uint8Array(0)
    this.#filled = 0
    return body
  }
}

/** A message as its frame. @throws {FrameError} for one that is too long */
export function frameOf(message: object): Uint8Array {
  return withCbor(withoutUndefined(message) as CborInput, (body) => {
    if (body.length > FRAME_BYTES_MAX) throw new FrameError(`a message of ${body.length} bytes`)
    const frame = new Uint8Array(HEAD_BYTES + body.length)
    new DataView(frame.buffer).setUint32(0, body.length)
    frame.set(body, HEAD_BYTES)
    return frame
  })
}

/** What a frame says, as plain objects; undefined where it says nothing that can be read. */
export function readFrame(body: Uint8Array): unknown {
  const { ok } = decodeCbor(body, PROFILE)
  return ok === undefined ? undefined : plain(ok)
}

/** Keys become properties of the object itself, whatever they are called. */
function plain(value: CborValue): unknown {
  if (value instanceof Uint8Array || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(plain)
  if (!(value instanceof Map)) return value
  const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const [key, item] of value) object[key as string] = plain(item)
  return object
}

/** As a structured clone leaves out what is not there. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key]
    if (item !== undefined) object[key] = withoutUndefined(item)
  }
  return object
}
