/**
 * Every bound of a program call besides those of its files (spec/preview1.md, "Bounds"). They decide results, so they
 * are the same on every node.
 */
export const PROGRAM_LIMITS = {
  /** Arguments and variables: each costs an object and a copy. */
  texts: 1_024,
  /** Bytes of all of them together, in UTF-8. */
  textBytes: 65_536,
  /** Inputs that are named; each is a folder of its own to begin with. */
  mounts: 16,
  /** The place of an input or of the scratch folder. */
  placeBytes: 255,
  /** Bytes written to 1 and 2 together: a result is one block, with room beside them. More goes into files. */
  streamBytes: 1_044_480,
} as const

/** What reading inputs and writing an output cost. */
export const PROGRAM_FUEL = {
  /** Each file, folder and link, in and out. */
  entry: 64,
} as const
