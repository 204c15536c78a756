/** What is known and found while constant expressions are worked out. */

/** An expression, `end` included, and the number it comes to. */
export interface Folded {
  readonly start: number
  readonly end: number
  readonly value: number
}

export interface Folding {
  /** Of an imported global, if it is known. */
  readonly valueOf: (global: number) => number | undefined
  readonly folded: Folded[]
}
