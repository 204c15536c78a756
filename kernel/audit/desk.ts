/** What is noted and not sealed yet. */
export interface AuditDesk {
  /** Entries in memory, in the order they were noted. */
  readonly noted: Uint8Array[]
  /** Entries in the store that are not sealed; those of a transaction that was run again count twice. */
  staged: number
  /** Entries that found no room. */
  lost: number
  isSealing: boolean
}

export function createAuditDesk(): AuditDesk {
  return { noted: [], staged: 0, lost: 0, isSealing: false }
}
