/** Every bound the store applies, each with its reason. Beyond one the store throws `LIMIT`. */

/** A block is hashed and held whole, so it stays small; longer content becomes a tree of blocks. */
export const BLOCK_BYTES_MAX = 1024 * 1024

export const STORE_LIMITS = {
  /** Name of a space or label in UTF-8 bytes: it must hold an owner's principal and a word. */
  nameBytes: 256,
  /** Key inside a space: engines keep keys in their indexes. */
  keyBytes: 1024,
  /** Value inside a space; larger content goes into blocks. */
  valueBytes: 1024 * 1024,
  blockBytes: BLOCK_BYTES_MAX,
  /** Writes of one transaction: all of them are held in memory and written as one batch. */
  transactionWrites: 65_536,
  /** Bytes of keys and values of one transaction, for the same reason. */
  transactionBytes: 64 * 1024 * 1024,
  /** Keys and ranges a transaction may have read: each is remembered until it ends. */
  transactionReads: 262_144,
  /** Transactions written as one batch: the later ones wait for all of them. */
  groupTransactions: 1_024,
  /** Keys whose last write is remembered for open transactions; one that began before them is in conflict. */
  historyKeys: 1_048_576,
  /** Keys of commits that a reader of changes has not taken yet: beyond them it is told that it missed some. */
  changeKeys: 65_536,
  /** Commit records kept, so that opening stays short: about what an engine holds in its log. */
  commitRecords: 8_192,
} as const

/** The bounds a host may lower; nothing raises them. */
export type StoreLimits = {
  readonly [Name in 'transactionWrites' | 'transactionBytes' | 'transactionReads']: number
}

/** The bounds in force: `lowered` where it is smaller than the table. */
export function storeLimits(lowered: Partial<StoreLimits> = {}): StoreLimits {
  const least = (name: keyof StoreLimits) => Math.min(lowered[name] ?? Infinity, STORE_LIMITS[name])
  return {
    transactionWrites: least('transactionWrites'),
    transactionBytes: least('transactionBytes'),
    transactionReads: least('transactionReads'),
  }
}
