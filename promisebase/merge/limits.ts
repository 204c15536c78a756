/** Every bound of merging, with its reason. They are part of what a function does: see spec/merge.md, "Bounds". */
export const MERGE_LIMITS = {
  /** Name of a branch in UTF-8 bytes: with the CID of a head it is a label. */
  nameBytes: 160,
  /** Bytes of a commit block: each is read again and again. */
  commitBytes: 8_192,
  parents: 16,
  /** Functions a history names. */
  functions: 4,
  byBytes: 256,
  noteBytes: 1_024,
  proposerBytes: 64,
  /** Heads of a branch that are kept side by side; more are refused until some are merged. */
  heads: 64,
  /** Commits looked at to find what two heads have in common, or to take in a head of others. */
  walkCommits: 65_536,
  /** Merges made in one go, those of common ancestors included. */
  merges: 1_024,
  /** How deep common ancestors of common ancestors are merged. */
  baseDepth: 32,
  /** Content that a function is given: one block. */
  contentBytes: 1024 * 1024,
  /** Lines of a text, or entries of a list that is merged by its entries. */
  lines: 65_536,
  /** Lines deleted and inserted between the base and one side. */
  edits: 2_048,
} as const
