/**
 * Why a module is not admitted. Thrown and caught inside the rewriter only: a parser that hands a refusal
 * up from every byte cannot be read, and `rewrite` turns it into a value at its front door.
 */
export class Inadmissible extends Error {
  override readonly name = 'Inadmissible'
}

/** Ends the admission of this module. */
export function inadmissible(detail: string): never {
  throw new Inadmissible(detail)
}
