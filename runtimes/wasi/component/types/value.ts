/** Values of the component model while they are on their way from one side to the other. */
export type Value = boolean | number | bigint | string | Uint8Array | Case | HostObject | readonly Value[]

/**
 * A value of a variant, enum, option or result: which case it is, and what it carries. Records and tuples are
 * lists of their fields, flags a number with a bit for each, characters strings of one.
 */
export interface Case {
  readonly index: number
  readonly value?: Value
}

/** What a handle to a resource of the host stands for. */
export class HostObject {
  /** The handle is gone: nothing leads here any more. */
  dropped(): void {
    // Most have nothing to give back.
  }
}

export const OK = 0
const ERROR = 1
export const NONE: Case = { index: 0 }

export function ok(value?: Value): Case {
  return value === undefined ? { index: OK } : { index: OK, value }
}

export function error(value?: Value): Case {
  return value === undefined ? { index: ERROR } : { index: ERROR, value }
}
