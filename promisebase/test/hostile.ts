/**
 * Messages made to cost a reader more than they cost their sender: each shape fills the length it is given and
 * is wrong as late as can be. All are refused; the question is after how much work.
 */
import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { ENVELOPE_PROFILE, FOREIGN_PROFILE } from '../index.ts'
import type { CborProfile } from '../index.ts'

export interface HostileShape {
  readonly name: string
  readonly profile: CborProfile
  /** About so many bytes, never more. */
  readonly make: (length: number) => Uint8Array
}

const CID = hexToBytes('01551220' + 'ab'.repeat(32))

/** The bound of items would end most shapes early: these have as many as it allows, each as long as it can be. */
const ITEMS = ENVELOPE_PROFILE.items - 8

export const HOSTILE_SHAPES: readonly HostileShape[] = [
  shape('nested arrays', (length) => filled(length, 0x81)),
  shape('nested maps', (length) => repeated(length, Uint8Array.of(0xa1, 0x00))),
  shape('nested tags', (length) => filled(length, 0xd2)),
  shape('nested indefinite arrays', (length) => filled(length, 0x9f)),
  shape('an array of small integers, and a byte after it', (length) =>
    join(head(4, length - 4), filled(length - 3, 0x00)),
  ),
  shape('a claimed array of 2^32 - 1', (length) => join(hexToBytes('9affffffff'), filled(length - 5, 0x00))),
  shape('a claimed string of 2^63', (length) =>
    join(hexToBytes('5b8000000000000000'), filled(length - 9, 0x61)),
  ),
  shape('a bignum', (length) => join(Uint8Array.of(0xc2), head(2, length - 6), filled(length - 6, 0xff))),
  shape('a byte string, and a byte after it', (length) => join(bytesItem(length - 8), Uint8Array.of(0))),
  shape('ASCII, its last byte none', (length) => text(length, Uint8Array.of(0x61))),
  shape('text of two-byte letters, the last one cut', (length) => text(length, Uint8Array.of(0xc3, 0xa9))),
  shape('text of four-byte letters, the last one cut', (length) =>
    text(length, Uint8Array.of(0xf0, 0x9d, 0x84, 0x9e)),
  ),
  shape('as many short texts as may be, and a byte after them', (length) =>
    join(array(strings(3, length, ITEMS)), Uint8Array.of(0)),
  ),
  shape('a map of keys alike but for their ends, the last one twice', (length) =>
    twice(strings(3, Math.floor(length * 0.9), ITEMS / 2)),
  ),
  shape('a map of two keys alike but for their ends, in the wrong order', (length) => {
    const half = Math.floor(length / 2) - 8
    return join(
      Uint8Array.of(0xa2),
      tailed(3, half, 2),
      Uint8Array.of(0),
      tailed(3, half, 1),
      Uint8Array.of(0),
    )
  }),
  shape('links, the last one bare', (length) => {
    const link = join(hexToBytes('d82a582500'), CID)
    const count = Math.floor((length - 50) / link.length)
    return join(head(4, count + 1), repeated(count * link.length, link), hexToBytes('d82a5824'), CID)
  }),
  shape('arrays that close all the way up, again and again', (length) => {
    const nest = join(filled(30, 0x81), bytesItem(Math.max(0, Math.floor((length * 31) / ITEMS) - 40)))
    const count = Math.floor((length - 8) / nest.length)
    return join(head(4, count), repeated(count * nest.length, nest), Uint8Array.of(0))
  }),
  shape(
    'floats, and one too wide at the end',
    (length) => {
      const count = Math.floor((length - 20) / 9)
      const float = hexToBytes('fb3ff199999999999a')
      const kept = Math.min(count, ITEMS)
      return join(head(4, kept + 1), repeated(kept * 9, float), hexToBytes('fb3ff8000000000000'))
    },
    FOREIGN_PROFILE,
  ),
  shape(
    'keys in keys in keys, alike but for their ends',
    (length) => join(keyTree(length - 8, 10, 0), Uint8Array.of(0)),
    FOREIGN_PROFILE,
  ),
]

function shape(
  name: string,
  make: (length: number) => Uint8Array,
  profile: CborProfile = ENVELOPE_PROFILE,
): HostileShape {
  return { name, make, profile }
}

/** A map of two keys that are such maps themselves; it differs from one of another `end` in its last bytes alone. */
function keyTree(length: number, levels: number, end: number): Uint8Array {
  if (levels === 0) return tailed(2, Math.max(1, length - 3), end)
  const half = Math.floor((length - 3) / 2)
  const [one, other] = [keyTree(half, levels - 1, 0), keyTree(half, levels - 1, end + 1)]
  return join(Uint8Array.of(0xa2), one, Uint8Array.of(0), other, Uint8Array.of(0))
}

function twice(keys: readonly Uint8Array[]): Uint8Array {
  const entries = [...keys, keys.at(-1) as Uint8Array].map((key) => join(key, Uint8Array.of(0)))
  return join(head(5, entries.length), ...entries)
}

/** Strings that rise, as long as makes them `length` together, alike but for a number at their end. */
function strings(major: number, length: number, count: number): Uint8Array[] {
  const room = Math.max(5, Math.floor(length / count))
  const each = room - (room <= 24 ? 1 : 2)
  return Array.from({ length: Math.min(count, Math.floor(length / (room + 1))) }, (_, index) => {
    const name = index.toString().padStart(each, '0').slice(-each)
    return join(head(major, each), new TextEncoder().encode(name))
  })
}

/** A string of zeros with another last byte. */
function tailed(major: number, length: number, last: number): Uint8Array {
  return join(head(major, length), new Uint8Array(length - 1), Uint8Array.of(last))
}

function bytesItem(length: number): Uint8Array {
  return join(head(2, length), new Uint8Array(length))
}

function array(items: readonly Uint8Array[]): Uint8Array {
  return join(head(4, items.length), ...items)
}

function text(length: number, letter: Uint8Array): Uint8Array {
  const content = repeated(length - 8, letter)
  content[content.length - 1] = 0xff
  return join(head(3, content.length), content)
}

function filled(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte)
}

/** As often as it fits. */
function repeated(length: number, bytes: Uint8Array): Uint8Array {
  const made = new Uint8Array(length - (length % bytes.length))
  for (let at = 0; at < made.length; at += bytes.length) made.set(bytes, at)
  return made
}

function head(major: number, argument: number): Uint8Array {
  const initial = major << 5
  if (argument < 24) return Uint8Array.of(initial | argument)
  if (argument < 0x100) return Uint8Array.of(initial | 24, argument)
  if (argument < 0x10000) return Uint8Array.of(initial | 25, argument >> 8, argument & 0xff)
  return Uint8Array.of(
    initial | 26,
    argument >>> 24,
    (argument >> 16) & 0xff,
    (argument >> 8) & 0xff,
    argument & 0xff,
  )
}

function join(...parts: Uint8Array[]): Uint8Array {
  return concatBytes(...parts)
}
