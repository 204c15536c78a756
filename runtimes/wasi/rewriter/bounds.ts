/**
 * What a module may hold at most (spec/handler-abi.md, "Admission"), each bound with its reason. They are
 * part of the rewriter's version: changing one changes what is admitted, and so `REWRITER_VERSION`.
 */
export const BOUNDS = {
  /**
   * What is code of it is bounded by the crossings below, and data is only copied. An interpreter with its libraries
   * inside has some 26 MB. A node bounds the whole by its `codeBytes`, before it reads any of it.
   */
  moduleBytes: 32 * 1024 * 1024,
  /** Names and debugging data are dropped, so carrying more of them is only a burden to the network. */
  customBytes: 16 * 1024 * 1024,
  types: 10_000,
  /** Imported ones included. */
  functions: 16_384,
  parameters: 128,
  results: 128,
  imports: 256,
  /** Each export is an object made for every call. */
  exports: 1_024,
  globals: 4_096,
  /** A table costs memory outside of the memory of the module, and too large a one aborts the process. */
  tables: 4,
  tableElements: 65_536,
  /** Entries of all element segments together. */
  elements: 65_536,
  /** A linker makes one wherever there are enough zeros between: interpreters with their libraries have 24,171 and 63,571. */
  dataSegments: 65_536,
  /** Locals of one function, parameters included: together with the next one the largest frame. */
  locals: 4_096,
  operands: 4_096,
  /** Blocks inside each other; a compiled `switch` makes one for each case. */
  nesting: 2_048,
  branchTargets: 8_192,
  /**
   * Places of one function where paths part or meet, the beginning of the function among them. The largest
   * function found in honest modules (11 MB of compiled Go) has 15,691; an optimising compiler takes some
   * 20 KB for each.
   */
  crossings: 32_768,
  /**
   * Locals and operands, summed over those places: engines copy every one at every place. The largest honest
   * functions have 140,000 (SQLite, QuickJS) to 253,000; at this bound a compiler takes some 150 MB, and past
   * 16 million one is known to take the process with it.
   */
  crossingValues: 1_048_576,
  /**
   * The same for all functions: each is compiled on the thread that serves everyone when it is first called,
   * for some 40 ns of each value. Honest modules have 1 to 2 for each byte of code, 5.5 without optimisation.
   */
  crossingValuesOfModule: 8_388_608,
  /** Places where instructions are put in, in the whole module: each makes it some 20 to 70 bytes larger. */
  additions: 262_144,
  nameBytes: 256,
  /** A pointer stays below 2^31, so that a negative result can mean an error. */
  pages: 32_767,
} as const
