/** Base45 (RFC 9285): bytes in the characters that a QR code holds at five and a half bits each. */

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'
const BASE = ALPHABET.length

/** Two bytes become three characters, a single last one two; the lowest digit comes first. */
export function encodeBase45(bytes: Uint8Array): string {
  const groups = Array.from({ length: Math.ceil(bytes.length / 2) }, (_, group) => {
    const [high = 0, low] = bytes.subarray(2 * group, 2 * group + 2)
    return low === undefined ? digits(high, 2) : digits(high * 256 + low, 3)
  })
  return groups.join('')
}

/** Undefined for what no bytes are written as: every text here is the only spelling of its bytes. */
export function decodeBase45(text: string): Uint8Array | undefined {
  if (text.length % 3 === 1) return undefined
  const bytes: number[] = []
  for (let at = 0; at < text.length; at += 3) {
    const group = text.slice(at, at + 3)
    const value = valueOf(group)
    if (value === undefined || value >= (group.length === 3 ? 65_536 : 256)) return undefined
    bytes.push(...(group.length === 3 ? [value >> 8, value & 0xff] : [value]))
  }
  return Uint8Array.from(bytes)
}

function digits(value: number, count: number): string {
  return Array.from({ length: count }, (_, at) =>
    ALPHABET.charAt(Math.floor(value / BASE ** at) % BASE),
  ).join('')
}

function valueOf(group: string): number | undefined {
  let value = 0
  for (const character of [...group].reverse()) {
    const digit = ALPHABET.indexOf(character)
    if (digit < 0) return undefined
    value = value * BASE + digit
  }
  return value
}
