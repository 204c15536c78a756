/**
 * `fd_readdir`: entries from a cookie on, packed until the buffer is full, the last one cut where it ends. A cookie is
 * the place of an entry in its folder and stays what it is, so reading on works whatever is removed meanwhile.
 */
import { ERRNO } from '../errno.ts'
import { folderOf } from '../files/descriptors.ts'
import { FILE_TYPE, FIRST_COOKIE } from '../files/node.ts'
import { write32 } from './guest-memory.ts'
import type { Descriptor } from '../files/descriptors.ts'
import type { FolderEntry, FolderNode } from '../files/node.ts'
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
  for (const entry of entriesFrom(system, folder, buffer.cookie)) {
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

function* entriesFrom(
  system: System,
  folder: FolderNode,
  cookie: bigint,
): Generator<FolderEntry, void, undefined> {
  if (cookie < 1n) yield { name: '.', node: folder, cookie: 0 }
  if (cookie < 2n) yield { name: '..', node: folder.parent, cookie: 1 }
  const listing = listingOf(system, folder)
  if (cookie > BigInt(folder.nextCookie)) return
  for (let at = firstFrom(listing, Number(cookie)); at < listing.length; at += 1) {
    const entry = listing[at]
    // Removed entries stay in the listing until it is made anew; looking at each costs as well.
    system.guest.charge(1)
    if (entry !== undefined && folder.entries.get(entry.name) === entry) yield entry
  }
}

function listingOf(system: System, folder: FolderNode): readonly FolderEntry[] {
  if (folder.listing !== undefined) return folder.listing
  system.guest.charge(folder.entries.size)
  folder.listing = [...folder.entries.values()]
  return folder.listing
}

/** The first entry that is not before a cookie. */
function firstFrom(listing: readonly FolderEntry[], cookie: number): number {
  let [low, high] = [0, listing.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((listing[middle]?.cookie ?? FIRST_COOKIE) < cookie) low = middle + 1
    else high = middle
  }
  return low
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
