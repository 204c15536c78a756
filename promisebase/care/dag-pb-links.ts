/**
 * The links of a dag-pb block, which is how IPFS keeps files and folders:
 *
 *   node = { repeated link = 2, optional data = 1 }        ; protobuf
 *   link = { hash = 1 (a CID), name = 2, size = 3 }
 *
 * Links stand before the data in what is written today and behind it in old blocks; both are read.
 */
import { cidAt } from '../cid.ts'
import type { CID } from 'multiformats/cid'

const DATA = 1
const LINKS = 2
const HASH = 1
const NAME = 2
const SIZE = 3

/** In the order of the block; undefined when it is no dag-pb. */
export function dagPbLinks(bytes: Uint8Array): CID[] | undefined {
  const links: CID[] = []
  const read = eachField(bytes, 0, bytes.length, ({ number, wire, start, end }) => {
    if (wire !== 2 || (number !== DATA && number !== LINKS)) return false
    if (number === DATA) return true
    const link = readLink(bytes, start, end)
    if (link !== undefined) links.push(link)
    return link !== undefined
  })
  return read ? links : undefined
}

function readLink(bytes: Uint8Array, start: number, end: number): CID | undefined {
  let link: CID | undefined
  const read = eachField(bytes, start, end, (field) => {
    if (field.number !== HASH) return (field.number === NAME && field.wire === 2) || field.number === SIZE
    if (field.wire !== 2 || link !== undefined) return false
    link = cidAt(bytes, field.start, field.end)
    return link !== undefined
  })
  return read ? link : undefined
}

interface Field {
  readonly number: number
  /** 0 is a varint, 2 a string of bytes; the formats here have no others. */
  readonly wire: number
  readonly start: number
  readonly end: number
}

/** Whether the span is fields one after another, and `take` took all of them. */
function eachField(bytes: Uint8Array, start: number, end: number, take: (field: Field) => boolean): boolean {
  let at = start
  while (at < end) {
    const head = readVarint(bytes, at, end)
    const argument = head && readVarint(bytes, head.end, end)
    if (!head || !argument) return false
    const wire = head.value % 8
    if (wire !== 0 && wire !== 2) return false
    at = wire === 0 ? argument.end : argument.end + argument.value
    if (at > end || !take({ number: Math.floor(head.value / 8), wire, start: argument.end, end: at }))
      return false
  }
  return true
}

function readVarint(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly value: number; readonly end: number } | undefined {
  let [value, weight] = [0, 1]
  for (let at = start; at < end; at++, weight *= 128) {
    const byte = bytes[at] as number
    value += (byte & 0x7f) * weight
    if (!Number.isSafeInteger(value)) return undefined
    if (byte < 0x80) return { value, end: at + 1 }
  }
  return undefined
}
