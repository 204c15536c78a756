/** Ending a promise: the signed word about it is written with what caused it, and told only after the commit. */
import { cidKey } from '../../promisebase/index.ts'
import { replyContext } from '../settle/reply.ts'
import { resolutionOf } from '../stages/6-reply.ts'
import { stageEnd } from './record.ts'
import { inspection, standingOf } from './standing.ts'
import type { Transaction } from '../../promisebase/index.ts'
import type { Outcome } from '../interface.ts'
import type { KernelState } from '../state.ts'
import type { PromiseChanges } from './desk.ts'
import type { PromiseEnd, PromiseRecord } from './record.ts'

/** The transaction promises end in, at which second, and what has changed in it so far. */
export interface Ending {
  readonly kernel: KernelState
  readonly transaction: Transaction
  readonly now: number
  readonly changes: PromiseChanges
}

/** Signs and stages how a promise of this node ended. */
export async function endPromise(
  { kernel, transaction, now, changes }: Ending,
  record: PromiseRecord,
  at: number,
  outcome: Outcome,
): Promise<PromiseEnd> {
  const resolution = resolutionOf(record.promise, record.form, outcome, replyContext(kernel, now))
  const ended = { at, outcome, resolution }
  const payer = await stageEnd(transaction, record, ended)
  if (payer !== undefined) changes.closed.push(payer)
  changes.ended.push(cidKey(record.promise.id))
  return ended
}

/** How a promise ended; undefined while it is open. What followed from time or conditions alone is written down. */
export async function endOf(ending: Ending, record: PromiseRecord): Promise<PromiseEnd | undefined> {
  if (record.ended !== undefined) return record.ended
  const { kernel, transaction, now } = ending
  const standing = await standingOf(inspection(kernel.powers.crypto, transaction, now), record)
  return standing.open ? undefined : endPromise(ending, record, standing.at, standing.outcome)
}
