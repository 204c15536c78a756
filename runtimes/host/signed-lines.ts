/** Signed objects as text, a line each: what they are, a colon, and base64url of their complete bytes without padding. */
import { HostError } from './host-error.ts'

export function writeSignedLine(prefix: string, bytes: Uint8Array): string {
  return prefix + Buffer.from(bytes).toString('base64url')
}

/** The objects of a text; undefined for text that has none of this prefix. @throws {HostError} FILE */
export function readSignedLines(prefix: string, text: string): readonly Uint8Array[] | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'))
  if (!lines.some((line) => line.startsWith(prefix))) return undefined
  return lines.map((line) => {
    const bytes = bytesBehind(prefix, line)
    if (bytes === undefined)
      throw new HostError('FILE', `it holds something else than lines that begin with ${prefix}`)
    return bytes
  })
}

/** The bytes of a line that begins so, in their one spelling. */
export function bytesBehind(prefix: string, line: string): Uint8Array | undefined {
  if (!line.startsWith(prefix)) return undefined
  const encoded = line.slice(prefix.length)
  const bytes = Uint8Array.from(Buffer.from(encoded, 'base64url'))
  return Buffer.from(bytes).toString('base64url') === encoded ? bytes : undefined
}
