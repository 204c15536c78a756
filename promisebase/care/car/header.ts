/**
 * The beginnings of CARs (ipld.io/specs/transport/car):
 *
 *   v1     = length header *section                ; length = varint of the bytes that follow
 *   header = dag-cbor { "roots": [* CID], "version": 1 }
 *   v2     = pragma fixed padding v1 padding index
 *   pragma = %x0a dag-cbor { "version": 2 }
 *   fixed  = characteristics dataOffset dataSize indexOffset   ; 16 octets and three little-endian numbers of 8
 */
import { decodeCbor } from '../../cbor/decode.ts'
import { encodeDagCbor } from '../../cbor/encode.ts'
import { DAG_CBOR_PROFILE } from '../../cbor/profile.ts'
import { isCid } from '../../cid.ts'
import { encodeVarint } from './varint.ts'
import type { CID } from 'multiformats/cid'

/** What a header says. */
export interface CarHeader {
  readonly version: number
  /** As they stand there; absent from the pragma of version 2. */
  readonly roots?: readonly CID[]
}

/** Where the parts of version 2 lie, in bytes from its beginning. */
export interface CarRegions {
  /** The index has every section. */
  readonly isFullyIndexed: boolean
  readonly dataOffset: number
  readonly dataSize: number
  /** 0 when there is no index. */
  readonly indexOffset: number
}

/** Longest header: room for the roots of a large collection, and little to allocate for a lie. */
export const HEADER_BYTES_MAX = 1024 * 1024
export const REGIONS_BYTES = 40

export const PRAGMA = Uint8Array.of(0x0a, 0xa1, 0x67, 0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e, 0x02)

/** First bit of the characteristics. */
const FULLY_INDEXED = 0x80

/** The header of version 1 with its length. */
export function encodeHeader(roots: readonly CID[]): Uint8Array {
  const header = encodeDagCbor({ roots, version: 1 })
  return joinBytes([encodeVarint(header.length), header])
}

/** The header of either version, without its length; undefined when it is none. */
export function decodeHeader(bytes: Uint8Array): CarHeader | undefined {
  const map = decodeCbor(bytes, DAG_CBOR_PROFILE).ok
  if (!(map instanceof Map)) return undefined
  const [version, roots] = [map.get('version'), map.get('roots')]
  if (typeof version !== 'number') return undefined
  if (version !== 1) return { version }
  if (map.size !== 2 || !Array.isArray(roots)) return undefined
  return roots.every(isCid) ? { version, roots } : undefined
}

/** Whether this header, without its length, is all that version 2 begins with. */
export function isPragma(bytes: Uint8Array): boolean {
  return bytes.length === PRAGMA.length - 1 && bytes.every((byte, at) => byte === PRAGMA[at + 1])
}

export function encodeRegions(regions: CarRegions): Uint8Array {
  const bytes = new Uint8Array(REGIONS_BYTES)
  const view = new DataView(bytes.buffer)
  bytes[0] = regions.isFullyIndexed ? FULLY_INDEXED : 0
  view.setBigUint64(16, BigInt(regions.dataOffset), true)
  view.setBigUint64(24, BigInt(regions.dataSize), true)
  view.setBigUint64(32, BigInt(regions.indexOffset), true)
  return bytes
}

/** The regions, when they lie one behind another; undefined otherwise. */
export function decodeRegions(bytes: Uint8Array): CarRegions | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, REGIONS_BYTES)
  const [dataOffset, dataSize, indexOffset] = [16, 24, 32].map((at) => Number(view.getBigUint64(at, true)))
  const regions = { isFullyIndexed: (bytes[0]! & FULLY_INDEXED) !== 0, dataOffset, dataSize, indexOffset }
  return areInOrder(regions as CarRegions) ? (regions as CarRegions) : undefined
}

function areInOrder({ dataOffset, dataSize, indexOffset }: CarRegions): boolean {
  const end = dataOffset + dataSize
  const isSafe = Number.isSafeInteger(end) && Number.isSafeInteger(indexOffset)
  const hasData = dataOffset >= PRAGMA.length + REGIONS_BYTES && dataSize > 0
  return isSafe && hasData && (indexOffset === 0 || indexOffset >= end)
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
