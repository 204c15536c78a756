/**
 * Bytes as text, behind a character or two that name the base (multibase). Bytes have one text in a base, and only
 * that one is read: names that are compared as text must not have a second spelling.
 */

/** One base. Those of the package `multiformats` fit. */
export interface Multibase {
  /** What a text of this base begins with. */
  readonly prefix: string
  /** Text of bytes, with the prefix. */
  encode(bytes: Uint8Array): string
  /** Bytes of such a text. Throws for what is none, and may take what `encode` does not write. */
  decode(text: string): Uint8Array
}

/**
 * The bytes of a text in one of these bases, if they would be written as this very text; undefined otherwise.
 * Callers bound its length: a base that is no power of two takes time by its square.
 */
export function readMultibase(text: string, bases: readonly Multibase[]): Uint8Array | undefined {
  const base = bases.find(({ prefix }) => text.startsWith(prefix))
  if (base === undefined) return undefined
  try {
    const bytes = base.decode(text)
    return base.encode(bytes) === text ? bytes : undefined
  } catch {
    return undefined
  }
}
