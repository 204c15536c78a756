/**
 * Every bound of the files of a run (spec/preview1.md, "Bounds"). What a program meets of them decides its result,
 * so they are the same on every node: another number is another version of the profile.
 */
export const FILE_LIMITS = {
  /** Names in folders, inputs and hard links included: each costs an object of this host. */
  entries: 16_384,
  /** Bytes of all inputs together, each as often as it is named: they are held whole while the program runs. */
  inputBytes: 32 * 1024 * 1024,
  /** Bytes of all files that can be written, by length and not by content: holes count. */
  scratchBytes: 32 * 1024 * 1024,
  /** Open descriptors. */
  descriptors: 1_024,
  /** A path as it is given to a function, and the target of a link. */
  pathBytes: 4_095,
  /** One name in a path. */
  nameBytes: 255,
  /** Links that one path may lead through. */
  linksFollowed: 40,
  /** Folders in one another, as deep as content may nest. */
  depth: 255,
} as const
