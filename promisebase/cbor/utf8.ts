/**
 * UTF-8 without surprises: a strict check (no overlong forms, no surrogates), and decoding that keeps a
 * leading U+FEFF, which a `TextDecoder` would otherwise swallow.
 */

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Above this a call into the decoder of the platform costs less than a loop here. */
const LOOP_MAX = 16

/** Whether bytes[start, end) is valid UTF-8 (RFC 3629). */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  for (;;) {
    while (at < end && (bytes[at] as number) < 0x80) at += 1
    if (at >= end) return true
    const length = sequenceLength(bytes, at, bytes[at] as number, end)
    if (length === 0) return false
    at += length
  }
}

/** Text of bytes that were checked before. */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > LOOP_MAX) return decoder.decode(bytes.subarray(start, end))
  let text = ''
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte >= 0x80) return decoder.decode(bytes.subarray(start, end))
    text += String.fromCharCode(byte)
  }
  return text
}

/** Length of the multi-byte sequence at `at`, or 0 when it is not one. */
function sequenceLength(bytes: Uint8Array, at: number, lead: number, end: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 0
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  if (at + length > end || !isSecond(lead, bytes[at + 1] as number)) return 0
  for (let next = at + 2; next < at + length; next++) {
    if (((bytes[next] as number) & 0xc0) !== 0x80) return 0
  }
  return length
}

/** The second byte decides what the first cannot: overlong forms, surrogates, above U+10FFFF. */
function isSecond(lead: number, second: number): boolean {
  if (lead === 0xe0) return second >= 0xa0 && second <= 0xbf
  if (lead === 0xed) return second >= 0x80 && second <= 0x9f
  if (lead === 0xf0) return second >= 0x90 && second <= 0xbf
  if (lead === 0xf4) return second >= 0x80 && second <= 0x8f
  return (second & 0xc0) === 0x80
}
