/**
 * Every bound on what a guest asks of its host, each with its reason (spec/host-functions.md, "Bounds"). The fuel
 * of a call bounds them all first; these hold where the fuel is plenty.
 */
export const HOST_LIMITS = {
  /** Questions of one call: each is kept, and may cost a run of its own. */
  questions: 4_096,
  /** Bytes of all questions of one call: they are kept, to be held against those of the next run. */
  questionBytes: 16 * 1024 * 1024,
  /** Bytes of all answers of one call, for the same reason: what one handler may return, once. */
  answerBytes: 16 * 1024 * 1024,
  /** Questions and answers of all calls that are not over yet: each waits for the store, so many may be. */
  bytesInFlight: 256 * 1024 * 1024,
  /** Runs that were repeated may take so many times the fuel of the call: what a call costs its host stays in proportion. */
  repeats: 4,
  /** And so much more, whatever the budget is: some ten milliseconds, so that a small call may ask often. */
  repeatedFuel: 16 * 1024 * 1024,
  /** Entries of one page of a range. */
  rangeEntries: 1_024,
  /** Bytes of a page: it ends with the entry that reaches them. */
  rangeBytes: 256 * 1024,
  /** Names that are kept at a time of what will be asked for; further ones are forgotten. */
  aheadNames: 1_024,
  /** Bytes read ahead and not asked for yet; names beyond them are forgotten. */
  aheadBytes: 4 * 1024 * 1024,
  /** Items of a list in the memory of the guest. */
  listItems: 64,
  /** Bytes of messages that are kept to explain a failure. */
  logBytes: 4_096,
} as const

/** What asking costs, besides the call of the function (spec/host-functions.md, "Fuel"). */
export const HOST_FUEL = {
  /** One question: as much as a fresh instance, which it may cost. */
  question: 4_096,
  /** One byte of a question, and of its answer: copied, kept, compared, and hashed or looked up by the store. */
  byte: 1,
} as const

/** Fuel that repeated runs of a call may take together. */
export function repeatedFuelMax(fuel: number): number {
  return HOST_LIMITS.repeats * fuel + HOST_LIMITS.repeatedFuel
}
