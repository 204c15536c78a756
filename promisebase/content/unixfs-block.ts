/**
 * Files as IPFS keeps them (spec/content.md, "UnixFS"): nodes of dag-pb that hold a UnixFS message, over leaves that
 * are raw blocks or such nodes.
 *
 *   node = links: 2* link, data: 1          ; dag-pb, numbers of fields behind the colon; links are written first
 *   link = hash: 1 CID, name: 2, tsize: 3   ; tsize: bytes of all blocks below
 *   data = type: 1, bytes: 2, filesize: 3, blocksizes: 4*
 */
import { CODEC, createCid, readCid } from '../cid.ts'
import { ContentError, shape } from './content-error.ts'
import { encodeFields, fieldsOf } from './protobuf.ts'
import type { CID } from 'multiformats/cid'
import type { Branch } from './branch.ts'
import type { Field } from './protobuf.ts'
import type { SizedPart } from './tree-block.ts'

const NODE = { data: 1, link: 2 }
const LINK = { hash: 1, name: 2, tsize: 3 }
const DATA = { type: 1, bytes: 2, filesize: 3, blocksize: 4 }
const RAW = 0
const FILE = 2
/** Other writers nest deeper than they must, but not without end. */
const DEPTH_MAX = 32
/** As in trees: links to a few bytes each would cost more to follow than to read. */
const PART_BYTES_MEAN = 1_024
const SMALL_PARTS_MAX = 64
const NOTHING = new Uint8Array(0)

/** A part of a file, and the bytes of all blocks it is made of. */
export interface UnixfsPart extends SizedPart {
  readonly blockBytes: number
}

/** A node over the parts of a file. */
export function encodeUnixfsNode(parts: readonly UnixfsPart[]): Uint8Array {
  const filesize = parts.reduce((sum, { size }) => sum + size, 0)
  const data = encodeFields([
    { number: DATA.type, value: FILE },
    { number: DATA.filesize, value: filesize },
    ...parts.map(({ size }) => ({ number: DATA.blocksize, value: size })),
  ])
  const links = parts.map(({ cid, blockBytes }) =>
    encodeFields([
      { number: LINK.hash, value: cid.bytes },
      { number: LINK.name, value: NOTHING },
      { number: LINK.tsize, value: blockBytes },
    ]),
  )
  return encodeFields([
    ...links.map((value) => ({ number: NODE.link, value })),
    { number: NODE.data, value: data },
  ])
}

/** The content of a node: its bytes, or its parts. @throws {ContentError} `SHAPE`, for what is no file too */
export function unixfsOf(block: Uint8Array, depth = 1): Uint8Array | Branch {
  if (depth > DEPTH_MAX) throw shape(`a file deeper than ${DEPTH_MAX}`)
  const fields = fieldsOf(block)
  if (fields.some(({ number }) => number !== NODE.data && number !== NODE.link))
    throw shape('no node of dag-pb')
  const links = fields.filter(({ number }) => number === NODE.link).map(({ value }) => linkOf(bytesOf(value)))
  const file = fileOf(bytesOf(one(fields, NODE.data)))
  const size = file.sizes.reduce((sum, each) => sum + each, file.head.length)
  if (file.sizes.length !== links.length) throw shape('a file with other lengths than parts')
  if (!Number.isSafeInteger(size) || (file.size ?? size) !== size)
    throw shape('the parts of a file do not have its size')
  if (links.length === 0) return file.head
  if (links.length > SMALL_PARTS_MAX + size / PART_BYTES_MEAN)
    throw shape(`${links.length} parts are too many for ${size} bytes`)
  const parts = links.map((cid, index) => ({ cid, size: file.sizes[index]! }))
  return new UnixfsBranch(size, file.head, parts, depth)
}

class UnixfsBranch implements Branch {
  readonly size: number
  readonly head: Uint8Array
  readonly parts: readonly SizedPart[]
  readonly #depth: number

  constructor(size: number, head: Uint8Array, parts: readonly SizedPart[], depth: number) {
    this.size = size
    this.head = head
    this.parts = parts
    this.#depth = depth
  }

  open(block: Uint8Array, index: number): Uint8Array | Branch {
    const { cid, size } = this.parts[index]!
    const content = cid.code === CODEC.raw ? block : unixfsOf(block, this.#depth + 1)
    const found = content instanceof Uint8Array ? content.length : content.size
    if (found !== size) throw shape(`a part of a file has ${found} bytes, not ${size}`)
    return content
  }
}

/** The message of a file: bytes of its own come before its parts. */
function fileOf(message: Uint8Array): {
  size: number | undefined
  head: Uint8Array
  sizes: readonly number[]
} {
  const fields = fieldsOf(message)
  const type = one(fields, DATA.type)
  if (type !== FILE && type !== RAW) throw shape('a folder, link or shard of UnixFS, and no file')
  const [bytes, size] = [one(fields, DATA.bytes), one(fields, DATA.filesize)]
  return {
    size: size === undefined ? undefined : numberOf(size),
    head: bytes === undefined ? NOTHING : bytesOf(bytes),
    sizes: fields.filter(({ number }) => number === DATA.blocksize).map(({ value }) => numberOf(value)),
  }
}

/** CIDs of either version, with a hash that a store can know. */
function linkOf(message: Uint8Array): CID {
  const bytes = bytesOf(one(fieldsOf(message), LINK.hash))
  const parts = readCid(bytes, 0, bytes.length)
  if (parts === undefined || (parts.codec !== CODEC.raw && parts.codec !== CODEC.dagPb))
    throw shape('a part of a file is neither raw nor dag-pb')
  try {
    return createCid(parts.codec, bytes.subarray(parts.digestAt), parts.hash)
  } catch {
    throw shape('a part of a file has a hash that is not known')
  }
}

function one(fields: readonly Field[], wanted: number): Field['value'] | undefined {
  const found = fields.filter(({ number }) => number === wanted)
  if (found.length > 1) throw shape('a field that is there twice')
  return found[0]?.value
}

function bytesOf(value: Field['value'] | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new ContentError('SHAPE', 'no node of UnixFS')
  return value
}

function numberOf(value: Field['value']): number {
  if (typeof value !== 'number') throw shape('a length that is no number')
  return value
}
