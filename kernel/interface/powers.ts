/** What the kernel may touch of the world, and what it tells of its decisions. */
import type { CryptoProvider, Store } from '../../promisebase/index.ts'
import type { RefusalCode } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { Principal, Signer } from './principals.ts'
import type { Runtime } from './runtimes.ts'

/** How promises of one principal ended (spec/trust.md). */
export interface Counts {
  readonly kept: number
  /** Taken back, or answered in two ways. */
  readonly broken: number
  /** Not given: a non-commitment, and no fault by itself. */
  readonly refused: number
  /** Let pass without an answer. */
  readonly expired: number
}

/** Everything the kernel may touch of the world. There is no other way out of it. */
export interface Powers {
  readonly store: Store
  readonly crypto: CryptoProvider
  /** The node's own identity. */
  readonly signer: Signer
  /** Milliseconds since 1970, UTC. */
  readonly clock: () => number
  /** Milliseconds that only grow: for measuring, never for deciding. */
  readonly monotonic: () => number
  /** Calls `fire` after so many milliseconds, unless the returned function is called before. */
  readonly timer: (ms: number, fire: () => void) => () => void
  readonly runtimes: readonly Runtime[]
  readonly limits?: Partial<Limits>
  /**
   * Whether this node relies on a principal, by how it has kept its word so far: asked of the sender and of every
   * issuer of its chain but the node itself. Without it the ledger is only told of.
   */
  readonly trusts?: (principal: Principal, counts: Counts) => boolean
  /** Receives one event per decision. What it throws is lost, and changes nothing about any outcome. */
  readonly trace?: (event: TraceEvent) => void
}

export type StageName = 'validate' | 'authorise' | 'resolve' | 'execute' | 'cache' | 'reply'

/** One decision of one stage. Never holds a secret or a token. */
export interface TraceEvent {
  readonly stage: StageName
  /** Id of the message, once it has one. */
  readonly message?: string
  readonly decision: 'pass' | 'refused' | 'hit' | 'stored' | 'memo' | 'replayed'
  readonly code?: RefusalCode
  readonly detail?: string
  readonly link?: number
  readonly rule?: string
  /** Wall time of the stage in milliseconds. */
  readonly ms: number
  readonly fuel?: number
}

/** One rule as a dry run found it, for `explain`. */
export interface Check {
  readonly stage: StageName
  readonly rule: string
  readonly link?: number
  readonly pass: boolean
  readonly detail: string
  /** What it is refused with; its row in REFUSALS says what would fix it. */
  readonly code?: RefusalCode
}

/** Collects checks as a stage makes them; a stage works the same without one. */
export type CheckSink = (check: Check) => void
