/** Text from a guest, made harmless to show: no control characters, no terminal sequences, nothing invisible. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
/** Control, format, surrogate, private and unassigned characters, and separators other than space. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}\\]/gu

export function escapeText(bytes: Uint8Array): string {
  return utf8.decode(bytes).replace(UNSAFE, escapeCharacter)
}

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n'
  if (character === '\\') return '\\\\'
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
