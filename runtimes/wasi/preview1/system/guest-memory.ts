/** Numbers and paths in the memory of a guest, little-endian; what is not inside of it ends the run. */
import { readPath } from '../../files/path.ts'
import { ERRNO } from '../errno.ts'
import type { Guest } from '../../guest.ts'

export function view(guest: Guest, at: number, length: number): DataView {
  const bytes = guest.slice(at, length)
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

export function write32(guest: Guest, at: number, value: number): number {
  view(guest, at, 4).setUint32(0, value, true)
  return ERRNO.success
}

export function write64(guest: Guest, at: number, value: bigint): number {
  view(guest, at, 8).setBigUint64(0, value, true)
  return ERRNO.success
}

/** A path that a guest gives. @throws {Fault} for what is none */
export function pathAt(guest: Guest, at: number, length: number): string {
  const bytes = guest.slice(at, length)
  guest.chargeBytes(bytes.length)
  return readPath(bytes)
}

/** Texts one after the other, each with a zero byte, and where each begins. */
export function writeTexts(
  guest: Guest,
  texts: readonly Uint8Array[],
  pointersAt: number,
  bytesAt: number,
): number {
  let at = bytesAt >>> 0
  texts.forEach((text, index) => {
    guest.chargeBytes(text.length)
    write32(guest, (pointersAt >>> 0) + 4 * index, at)
    guest.slice(at, text.length).set(text)
    at += text.length
  })
  return ERRNO.success
}

export function writeTextSizes(
  guest: Guest,
  texts: readonly Uint8Array[],
  countAt: number,
  bytesAt: number,
): number {
  write32(guest, countAt, texts.length)
  return write32(
    guest,
    bytesAt,
    texts.reduce((sum, text) => sum + text.length, 0),
  )
}
