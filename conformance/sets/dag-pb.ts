/**
 * DAG-PB as fixtures write it: a node of links and maybe data, each a field of protobuf, read to the values of its
 * data model and written again. For files we trust; the library itself has no such codec.
 */
import { CID } from 'multiformats/cid'
import { isCid } from 'promisegrid/promisebase'

import { joined, utf8, varint } from './bytes.ts'
import type { CborMap, CborValue } from 'promisegrid/promisebase'

const NODE = { data: 1, link: 2 }
const LINK = { hash: 1, name: 2, size: 3 }

/** A field has either bytes or a number. */
interface Field {
  readonly number: number
  readonly value: Uint8Array | number
}

/** @throws {SyntaxError} */
export function readDagPb(block: Uint8Array): CborValue {
  const fields = fieldsOf(block)
  const node: CborMap = new Map()
  const data = fields.find(({ number }) => number === NODE.data)?.value
  if (data !== undefined) node.set('Data', bytesOf(data))
  const links = fields.filter(({ number }) => number === NODE.link)
  return node.set(
    'Links',
    links.map(({ value }) => readLink(bytesOf(value))),
  )
}

function readLink(bytes: Uint8Array): CborValue {
  const link: CborMap = new Map()
  for (const { number, value } of fieldsOf(bytes)) {
    if (number === LINK.hash) link.set('Hash', CID.decode(bytesOf(value)))
    else if (number === LINK.name) link.set('Name', new TextDecoder().decode(bytesOf(value)))
    else if (number === LINK.size) link.set('Tsize', value)
    else throw new SyntaxError(`a link has no field ${number}`)
  }
  return link
}

/** Links go before the data, though their number is the higher one. @throws {SyntaxError} for another form */
export function writeDagPb(node: CborValue): Uint8Array {
  if (!(node instanceof Map)) throw new SyntaxError('a node is a map')
  const links = node.get('Links')
  const data = node.get('Data')
  if (!Array.isArray(links)) throw new SyntaxError('a node has links')
  return joined(
    ...links.flatMap((link) => field(NODE.link, writeLink(link))),
    ...(data === undefined ? [] : field(NODE.data, bytesOf(data))),
  )
}

function writeLink(link: CborValue): Uint8Array {
  if (!(link instanceof Map)) throw new SyntaxError('a link is a map')
  const [hash, name, size] = [link.get('Hash'), link.get('Name'), link.get('Tsize')]
  if (!isCid(hash)) throw new SyntaxError('a link has a CID')
  return joined(
    ...field(LINK.hash, hash.bytes),
    ...(typeof name === 'string' ? field(LINK.name, utf8(name)) : []),
    ...(typeof size === 'number' ? [LINK.size << 3, ...varint(size)] : []),
  )
}

function field(number: number, bytes: Uint8Array): readonly (Uint8Array | number)[] {
  return [(number << 3) | 2, ...varint(bytes.length), bytes]
}

function bytesOf(value: CborValue): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new SyntaxError('bytes are expected here')
  return value
}

function fieldsOf(bytes: Uint8Array): readonly Field[] {
  const fields: Field[] = []
  for (let at = 0; at < bytes.length;) {
    const head = readVarint(bytes, at)
    const given = readVarint(bytes, head.end)
    const isNumber = (head.value & 7) === 0
    if (!isNumber && (head.value & 7) !== 2) throw new SyntaxError('a field of another wire type')
    at = isNumber ? given.end : given.end + given.value
    if (at > bytes.length) throw new SyntaxError('a field is cut')
    fields.push({ number: head.value >> 3, value: isNumber ? given.value : bytes.slice(given.end, at) })
  }
  return fields
}

function readVarint(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } {
  let [value, weight] = [0, 1]
  for (let at = start; at < bytes.length; at += 1, weight *= 128) {
    const byte = bytes[at] as number
    value += (byte & 0x7f) * weight
    if (byte < 0x80) return { value, end: at + 1 }
  }
  throw new SyntaxError('a number is cut')
}
