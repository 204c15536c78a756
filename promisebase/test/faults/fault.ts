/** What a fault is, and the report of a run of it. */
import type { Findings } from './ledger.ts'

export interface Outcome {
  readonly n: number
  readonly findings: Findings
  /** Transactions that were acknowledged. */
  readonly acked: number
  /** How long openings took, in milliseconds. */
  readonly openMs: readonly number[]
  /** What else is worth saying, for people. */
  readonly notes?: string
}

export interface Fault {
  readonly id: string
  readonly title: string
  /** How often it strikes: in the tests, and before a release. */
  readonly sizes: { readonly small: number; readonly full: number }
  /** Why it cannot run on this machine. */
  unavailable?(): string | undefined
  /** Whether it mounts, and so wants a mount namespace of its own. */
  readonly mounts?: boolean
  run(n: number, seed: number): Promise<Outcome>
  /** The same fault on something that does not withstand it: must find something, else the harness is blind. */
  readonly control: {
    readonly title: string
    readonly n: number
    run(n: number, seed: number): Promise<Outcome>
  }
}

export interface FaultReport {
  readonly fault: string
  readonly title: string
  readonly seed: number
  /** Why it did not run. */
  readonly skipped?: string
  readonly result?: Outcome
  readonly control?: Outcome & { readonly title: string }
  readonly seconds?: number
}
