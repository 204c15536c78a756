/**
 * Notes uses of authority. The entry of an effect is a key of its own in the transaction of the effect, so that no
 * two of them are in each other's way; what leaves nothing else behind waits in memory (spec/audit.md, "Sealing").
 */
import { withCbor } from '../../promisebase/index.ts'
import { pendingKey, SPACE } from '../spaces.ts'
import { entryOf, writeEntry } from './entry.ts'
import { lentUses } from './lent.ts'
import type { Transaction } from '../../promisebase/index.ts'
import type { Authorised, Message } from '../interface.ts'
import type { KernelState } from '../state.ts'
import type { AuditedOutcome, Used } from './entry.ts'

/** Entries in memory, at most: a store that fails must not fill it. */
const NOTED_MAX = 4_096

/** The entry of an effect: committed with it, or not at all. */
export function stageUse(
  { audit, limits }: KernelState,
  transaction: Transaction,
  { message, chain, now }: Authorised,
  outcome: AuditedOutcome,
): void {
  if (limits.auditEntries === 0) return
  // A transaction keeps a copy of what it is given.
  withCbor(entryOf({ message, chain, now }, lentUses(message), outcome), (entry) =>
    transaction.put(SPACE.audit, pendingKey(message.id), entry),
  )
  audit.staged += 1
}

/** The entry of what has no effect, or was refused; lost with the process, if it ends before it is sealed. */
export function noteUse({ audit, limits }: KernelState, used: Used, outcome: AuditedOutcome): void {
  if (limits.auditEntries === 0) return
  if (audit.noted.length >= NOTED_MAX) audit.lost += 1
  else audit.noted.push(writeEntry(used, lentUses(used.message as Message), outcome))
}
