/** What the fuzzer of Go found worth keeping: a file of text with one Go literal a line, for each argument one. */

const SIMPLE: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  '"': 34,
  "'": 39,
}

const PIECE = /\\x([0-9a-fA-F]{2})|\\([0-7]{3})|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\(.)|([^\\]+)/gs

/** The arguments that are bytes. @throws {SyntaxError} for a file without any */
export function goFuzzInputs(text: string): Uint8Array[] {
  const inputs = [...text.matchAll(/^\[\]byte\((?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)\)\s*$/gm)]
  if (inputs.length === 0) throw new SyntaxError('no bytes in this corpus file')
  return inputs.map(([, quoted, raw]) => (quoted === undefined ? utf8(raw ?? '') : unquote(quoted)))
}

function unquote(quoted: string): Uint8Array {
  const pieces = [...quoted.matchAll(PIECE)].map(([, hex, octal, short, long, simple, plain]) => {
    if (hex !== undefined) return Uint8Array.of(parseInt(hex, 16))
    if (octal !== undefined) return Uint8Array.of(parseInt(octal, 8))
    const point = short ?? long
    if (point !== undefined) return utf8(String.fromCodePoint(parseInt(point, 16)))
    if (simple === undefined) return utf8(plain ?? '')
    const byte = SIMPLE[simple]
    if (byte === undefined) throw new SyntaxError(`\\${simple} is no escape of Go`)
    return Uint8Array.of(byte)
  })
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]))
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
