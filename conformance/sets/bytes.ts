/** The texts that vectors write bytes in. */

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** @throws {SyntaxError} for what is not hex: half a vector must not be judged as a whole one */
export function unhex(text: string): Uint8Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'hex'))
  if (bytes.length * 2 !== text.length) throw new SyntaxError(`not hex: ${text.slice(0, 80)}`)
  return bytes
}

/** Base64 in either alphabet, with or without padding. @throws {SyntaxError} for what is not base64 */
export function unbase64(text: string): Uint8Array {
  if (!/^[-_+/0-9A-Za-z]*={0,2}$/.test(text)) throw new SyntaxError(`not base64: ${text.slice(0, 80)}`)
  return Uint8Array.from(Buffer.from(text, 'base64'))
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function sameBytes(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one !== undefined && Buffer.compare(one, other) === 0
}

export function joined(...parts: readonly (Uint8Array | number)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...part])))
}

/** Seven bits a byte, the lowest first, as multiformats and protobuf write numbers. */
export function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}
