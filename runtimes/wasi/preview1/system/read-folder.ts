/** `fd_readdir`: entries from a cookie on, packed until the buffer is full, the last one cut where it ends. */
import { ERRNO } from '../errno.ts'
import { entriesFrom } from '../../files/listing.ts'
import { folderOf } from './descriptors.ts'
import { FILE_TYPE } from './file-type.ts'
import { write32 } from './guest-memory.ts'
import type { Descriptor } from './descriptors.ts'
import type { FolderEntry, FolderNode } from '../../files/node.ts'
import type { System } from './system.ts'

/** Where entries go, and from which on. */
export interface FolderBuffer {
  readonly at: number
  readonly length: number
  readonly cookie: bigint
  readonly usedAt: number
}

const HEAD_BYTES = 24

const utf8 = new TextEncoder()

export function readFolder(system: System, descriptor: Descriptor, buffer: FolderBuffer): number {
  const folder = folderOf(descriptor)
  const { guest } = system
  const target = guest.slice(buffer.at, buffer.length)
  let used = 0
  for (const entry of withDots(system, folder, buffer.cookie)) {
    if (used === target.length) break
    const bytes = encode(entry)
    const part = bytes.subarray(0, target.length - used)
    guest.charge(1)
    guest.chargeBytes(part.length)
    target.set(part, used)
    used += part.length
  }
  return write32(guest, buffer.usedAt, used) || ERRNO.success
}

function* withDots(
  system: System,
  folder: FolderNode,
  cookie: bigint,
): Generator<FolderEntry, void, undefined> {
  if (cookie < 1n) yield { name: '.', node: folder, cookie: 0 }
  if (cookie < 2n) yield { name: '..', node: folder.parent, cookie: 1 }
  yield* entriesFrom(system.guest, folder, cookie)
}

function encode({ name, node, cookie }: FolderEntry): Uint8Array {
  const text = utf8.encode(name)
  const bytes = new Uint8Array(HEAD_BYTES + text.length)
  const head = new DataView(bytes.buffer)
  head.setBigUint64(0, BigInt(cookie + 1), true)
  head.setBigUint64(8, BigInt(node.ino), true)
  head.setUint32(16, text.length, true)
  head.setUint8(20, FILE_TYPE[node.kind])
  bytes.set(text, HEAD_BYTES)
  return bytes
}
