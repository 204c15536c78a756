/**
 * Text of others on a terminal: shown, never obeyed. Control characters could move the cursor, retitle the
 * window or fake a line of ours; direction marks could reorder what a reader sees.
 */

/** Control, format, surrogate, private and unassigned characters, and separators other than space. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/gu
const UNSAFE_IN_LINES = /[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu

/** One line: whatever would not simply be printed becomes `\u{…}`. */
export function safeLine(text: string): string {
  return text.replace(UNSAFE, escape)
}

/** Several lines: line feeds stay, tabs become spaces. */
export function safeLines(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll('\t', '    ').replace(UNSAFE_IN_LINES, escape)
}

/** The text that bytes are, or undefined when they are not well-formed UTF-8 or hold a zero byte. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}

function escape(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
