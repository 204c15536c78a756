/** The one table of ways in which the store can fail, and the error that carries a row of it. */

export const STORE_ERRORS = {
  HASH: 'the bytes do not hash to the CID they were given for',
  CORRUPT: 'what is on disk is not what was written',
  CONFLICT: 'something this transaction read was changed by another one; run it again',
  LIMIT: 'a key, value, block or transaction is larger than the store accepts',
  LOCKED: 'another process, or another part of this one, has the store open',
  IO: 'the disk or engine failed; reopen the store before writing again',
  FULL: 'no space is left on the device',
  QUOTA: 'a space would hold more than its quota allows',
  INDETERMINATE: 'the commit may or may not be in the store; reopen it and ask committed(id)',
  UNIQUE: 'another entry has this key in a unique index',
  CLOSED: 'the store is closed',
  MISSING: 'a block that is needed is not in the store',
  VERSION: 'the store was written by another, incompatible version',
} as const

/** What a conflict is about, where it is known: an entry of a space, or a label. */
export interface ErrorPlace {
  readonly space?: string
  readonly key?: Uint8Array
  readonly label?: string
}

export type StoreErrorCode = keyof typeof STORE_ERRORS

/** Thrown when the disk, the engine or the content of the store fails; never for a peer's mistake. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode
  readonly space: string | undefined
  readonly key: Uint8Array | undefined
  readonly label: string | undefined

  constructor(
    code: StoreErrorCode,
    detail?: string,
    options?: { readonly cause?: unknown; readonly at?: ErrorPlace },
  ) {
    super(detail === undefined ? STORE_ERRORS[code] : `${STORE_ERRORS[code]}: ${detail}`, options)
    this.code = code
    this.space = options?.at?.space
    this.key = options?.at?.key
    this.label = options?.at?.label
  }
}
