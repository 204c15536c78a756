/**
 * CBOR to JavaScript values. Decoding comes only after a scan, and therefore trusts the bytes: every length
 * is there, every key is unique, the depth is bounded.
 */
import { cidAt } from '../cid.ts'
import { halfToNumber } from './float.ts'
import { scanCbor } from './scan.ts'
import { readText } from './utf8.ts'
import { CborFloat, CborSimple, CborTagged } from './value.ts'
import type { CborProfile } from './profile.ts'
import type { CborResult } from './scan.ts'
import type { CborMap, CborValue } from './value.ts'

/** Scans, then decodes. Byte strings of the value are views of `bytes`; CIDs are no part of them. */
export function decodeCbor(bytes: Uint8Array, profile: CborProfile): CborResult<CborValue> {
  const scanned = scanCbor(bytes, profile)
  return scanned.refused === undefined ? { ok: new Reader(bytes).item() } : scanned
}

class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    // A Buffer would make each byte string a Buffer, whose `slice` does not copy.
    const isPlain = bytes.constructor === Uint8Array
    this.#bytes = isPlain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  item(): CborValue {
    const initial = this.#bytes[this.#at++] as number
    const info = initial & 0x1f
    switch (initial >> 5) {
      case 0:
        return info < 24 ? info : this.#unsigned(info)
      case 1:
        return this.#negative(info)
      case 2:
        return this.#string(info)
      case 3:
        return this.#text(info)
      case 4:
        return this.#array(info)
      case 5:
        return this.#map(info)
      case 6:
        return this.#tag(info)
      default:
        return this.#simpleOrFloat(info)
    }
  }

  /** Argument of a head as a number; exact wherever the scan compared it with a bound. */
  #argument(info: number): number {
    if (info < 24) return info
    let value = 0
    for (let left = 1 << (info - 24); left > 0; left--)
      value = value * 256 + (this.#bytes[this.#at++] as number)
    return value
  }

  #unsigned(info: number): number | bigint {
    const start = this.#at
    const value = this.#argument(info)
    return value <= Number.MAX_SAFE_INTEGER ? value : this.#big(start)
  }

  #negative(info: number): number | bigint {
    const start = this.#at
    const value = this.#argument(info)
    return value < Number.MAX_SAFE_INTEGER ? -1 - value : -1n - this.#big(start)
  }

  #big(start: number): bigint {
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset).getBigUint64(start)
  }

  #string(info: number): Uint8Array {
    const length = this.#argument(info)
    const start = this.#at
    this.#at = start + length
    return this.#bytes.subarray(start, this.#at)
  }

  #text(info: number): string {
    const length = this.#argument(info)
    const start = this.#at
    this.#at = start + length
    return readText(this.#bytes, start, this.#at)
  }

  #array(info: number): CborValue[] {
    const values: CborValue[] = []
    for (let left = this.#argument(info); left > 0; left--) values.push(this.item())
    return values
  }

  #map(info: number): CborMap {
    const map: CborMap = new Map()
    for (let left = this.#argument(info); left > 0; left--) {
      const key = this.item()
      map.set(key, this.item())
    }
    return map
  }

  #tag(info: number): CborValue {
    const tag = this.#argument(info)
    if (tag === 42) return this.#link()
    if (tag === 2) return this.#bignum()
    if (tag === 3) return -1n - this.#bignum()
    return new CborTagged(tag, this.item())
  }

  /** A bare CID stays tagged bytes: as a CID it would be encoded with the 00 that it does not have. */
  #link(): CborValue {
    const start = this.#at
    const initial = this.#bytes[this.#at++] as number
    const length = this.#argument(initial & 0x1f)
    const content = this.#at
    this.#at += length
    if (this.#bytes[content] !== 0) return new CborTagged(42, this.#bytes.subarray(content, this.#at))
    const cid = cidAt(this.#bytes, content + 1, this.#at)
    if (cid === undefined) throw new RangeError(`no CID at byte ${start}: the bytes changed after the scan`)
    return cid
  }

  #bignum(): bigint {
    let hex = '0x'
    for (const byte of this.item() as Uint8Array) hex += byte.toString(16).padStart(2, '0')
    return BigInt(hex)
  }

  #simpleOrFloat(info: number): CborValue {
    if (info === 20 || info === 21) return info === 21
    if (info === 22) return null
    if (info < 24) return new CborSimple(info)
    if (info === 24) return new CborSimple(this.#bytes[this.#at++] as number)
    return this.#float(info)
  }

  #float(info: number): number | CborFloat {
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#at)
    this.#at += 1 << (info - 24)
    const value =
      info === 25 ? halfToNumber(view.getUint16(0)) : info === 26 ? view.getFloat32(0) : view.getFloat64(0)
    return Number.isFinite(value) && !Number.isInteger(value) ? value : new CborFloat(value)
  }
}
