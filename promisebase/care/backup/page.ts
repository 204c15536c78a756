/**
 * The pages of a backup: everything a store keeps, in the order of its keys, cut into blocks that are chained
 * (spec/backup.md).
 *
 *   page  = dag-cbor { "items": [+ item], "previous": link / null }
 *   item  = link              ; a block, under its hash and codec raw
 *         / [ key, value ]    ; bytes both
 *         / [ key, link ]     ; a value too long to stand here: the block named is the value
 */
import { decodeCbor } from '../../cbor/decode.ts'
import { encodeDagCbor } from '../../cbor/encode.ts'
import { DAG_CBOR_PROFILE } from '../../cbor/profile.ts'
import { checkCid, CODEC, isCid } from '../../cid.ts'
import { HASH } from '../../hash.ts'
import type { CID } from 'multiformats/cid'
import type { CborValue } from '../../cbor/value.ts'

/** A block, or a pair of key and value, the value itself or the name of the block that it is. */
export type PageItem = CID | readonly [key: Uint8Array, value: Uint8Array | CID]

export interface Page {
  readonly items: readonly PageItem[]
  /** The page before; null for the first. */
  readonly previous: CID | null
}

/** Values above this are blocks of their own: a page with one of the longest values would be too long for a block. */
export const INLINE_BYTES_MAX = 64 * 1024

export function encodePage({ items, previous }: Page): Uint8Array {
  return encodeDagCbor({ items, previous })
}

/** Undefined when the bytes are no page. */
export function decodePage(bytes: Uint8Array): Page | undefined {
  const map = decodeCbor(bytes, DAG_CBOR_PROFILE).ok
  if (!(map instanceof Map) || map.size !== 2) return undefined
  const [items, previous] = [map.get('items'), map.get('previous')]
  if (previous !== null && !isCid(previous)) return undefined
  if (!Array.isArray(items) || items.length === 0 || !items.every(isItem)) return undefined
  return { items, previous }
}

function isItem(value: CborValue): value is CborValue & PageItem {
  if (!Array.isArray(value)) return isRawLink(value)
  const [key, content] = value
  return (
    value.length === 2 && key instanceof Uint8Array && (content instanceof Uint8Array || isRawLink(content))
  )
}

function isRawLink(value: CborValue | undefined): boolean {
  return (
    isCid(value) &&
    checkCid(value, { codecs: [CODEC.raw], hashes: Object.values(HASH) }).refused === undefined
  )
}
