/** Small changes of bytes, as a careless network or a curious stranger makes them. */
import type { Random } from './random.ts'

/** Values at which parsers change their mind: ends of the ranges of heads, lengths and varints. */
const EDGES = [0x00, 0x01, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1f, 0x20, 0x7f, 0x80, 0x9f, 0xbf, 0xd8, 0xf7]
const FAR_EDGES = [0xf8, 0xf9, 0xfa, 0xfb, 0xfe, 0xff]

/** A copy with one to four changes. */
export function mutate(random: Random, bytes: Uint8Array): Uint8Array {
  const changed = [...bytes]
  for (let left = 1 + random.size(3); left > 0; left -= 1) change(random, changed)
  return Uint8Array.from(changed)
}

function change(random: Random, bytes: number[]): void {
  const at = random.below(bytes.length + 1)
  switch (random.below(8)) {
    case 0:
      if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << random.below(8))
      return
    case 1:
      if (at < bytes.length) bytes[at] = random.byte()
      return
    case 2:
      if (at < bytes.length) bytes[at] = random.pick(random.once(2) ? EDGES : FAR_EDGES)
      return
    case 3:
      bytes.length = at
      return
    case 4:
      bytes.splice(at, 0, ...random.bytes(1 + random.size(8)))
      return
    case 5:
      bytes.splice(at, 1 + random.size(8))
      return
    case 6:
      bytes.splice(at, 0, ...bytes.slice(at, at + 1 + random.size(40)))
      return
    default:
      bytes.splice(random.below(bytes.length + 1), 0, ...bytes.splice(at, 1 + random.size(40)))
  }
}
