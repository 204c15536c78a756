/** The trust of one node as its host sees it: note replies, ask for standings, make and take assessments. */
import { inSnapshot } from '../in-snapshot.ts'
import { assess, assessmentsOf } from './assessments.ts'
import { countsOf, noteReply, rebuild, standings, totalOf } from './ledger.ts'
import type { CID } from 'multiformats/cid'
import type { Result } from '../errors.ts'
import type { Principal } from '../interface.ts'
import type { PendingRequest } from '../message/read-reply.ts'
import type { KernelState } from '../state.ts'
import type { Assessment } from './assessment.ts'
import type { Standing } from './ledger.ts'
import type { Counts } from './standing.ts'

export interface Trust {
  /**
   * Counts a reply to a request of somebody of this node; each once. Two different answers to one request are a
   * broken promise. A hint and a deferred outcome count for nothing: undefined.
   */
  note(pending: PendingRequest, reply: Uint8Array): Promise<Result<Standing | undefined>>
  /** How often a principal kept its word, in one protocol or in all of them. */
  counts(principal: Principal, protocol?: CID): Promise<Counts>
  /** What is known of everybody, principal by principal and protocol by protocol. */
  standings(): Promise<readonly Standing[]>
  /** Makes every count again from the evidence; returns how many differed. */
  rebuild(): Promise<number>
  /** This node's signed statement about a principal, to show to others. @throws {TypeError} about itself */
  assess(subject: Principal, protocol?: CID): Promise<Uint8Array>
  /** Keeps what somebody else says about a principal. It never changes the counts of this node. */
  accept(assessment: Uint8Array): Promise<Result<Assessment>>
  /** What others say about a principal. */
  assessments(subject: Principal): Promise<readonly Assessment[]>
}

/** `keepingClaims` writes down which sets of keys have signed for the first time in what was looked at. */
export function trustOf(
  kernel: KernelState,
  accept: Trust['accept'],
  keepingClaims: <T>(work: Promise<T>) => Promise<T>,
): Trust {
  return {
    note: (pending, reply) => keepingClaims(noteReply(kernel, pending, reply)),
    counts: (principal, protocol) =>
      inSnapshot(kernel.powers.store, (snapshot) =>
        protocol === undefined ? totalOf(snapshot, principal) : countsOf(snapshot, principal, protocol),
      ),
    standings: () => inSnapshot(kernel.powers.store, (snapshot) => listed(standings(snapshot))),
    rebuild: () => rebuild(kernel),
    assess: (subject, protocol) =>
      inSnapshot(kernel.powers.store, (snapshot) =>
        assess(kernel, snapshot, subject, kernel.clock.believed(), protocol),
      ),
    accept,
    assessments: (subject) =>
      inSnapshot(kernel.powers.store, (snapshot) => listed(assessmentsOf(kernel, snapshot, subject))),
  }
}

async function listed<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
