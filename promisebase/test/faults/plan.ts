/** What one life of the process under test is to do; handed to life.ts as JSON. */

/**
 * `durable` is what the store promises. The others are controls, each with a fault that the harness must see:
 * `lazy` acknowledges before the disk has it, `early` before the transaction is even begun, `bare` is the engine
 * without our checks.
 */
export type Manner = 'durable' | 'lazy' | 'early' | 'bare'

export interface Plan {
  readonly folder: string
  readonly manner: Manner
  /** Goes into every name, so that no two lives write the same. */
  readonly life: number
  /** Writers at the same time; none only looks, and closes. */
  readonly lanes: number
  /** Octets of a value, at most. */
  readonly valueBytes: number
  /** Transactions of each lane; unlimited without it. */
  readonly count?: number
  readonly ballastBytes?: number
  /** Ids of transactions to ask for. */
  readonly ask?: readonly string[]
}

/** How one transaction is found: all of it, a part of it, or with other bytes than were written. */
export type Found = 'whole' | 'torn' | 'wrong'
