/**
 * Walks the whole audit log: every batch follows the one before, none is missing, and the log ends where its head
 * says. Whoever can write the store can write another log; a head that was noted elsewhere shows that.
 */
import { bytesKey } from '../../promisebase/index.ts'
import { AUDIT_HEAD_KEY, auditRange, readUint64, SPACE } from '../spaces.ts'
import { emptyHead, NO_BATCH, readBatch, readHead } from './batch.ts'
import { readEntry } from './entry.ts'
import { seal } from './seal.ts'
import type { Snapshot } from '../../promisebase/index.ts'
import type { KernelState } from '../state.ts'
import type { AuditHead } from './batch.ts'

/** The newest batch at some time: what is worth noting outside of the store. */
export interface AuditMark {
  readonly batch: number
  readonly hash: Uint8Array
}

export interface AuditFault {
  /** Number of the batch. */
  readonly batch: number
  readonly kind: 'missing' | 'changed' | 'unreadable' | 'extra' | 'head' | 'mark'
  readonly detail: string
}

export interface AuditVerdict {
  readonly holds: boolean
  /** In the order of the batches; of very many the first ones. */
  readonly faults: readonly AuditFault[]
  readonly batches: number
  readonly entries: number
  /** Entries before the first batch, which were dropped for want of room. */
  readonly dropped: number
  /** Entries that were never sealed, because the store failed. */
  readonly lost: number
  /** The newest batch; absent for an empty log. */
  readonly mark?: AuditMark
}

const FAULTS_MAX = 100

interface Walk {
  readonly faults: AuditFault[]
  readonly since: AuditMark | undefined
  /** Number that comes next. */
  next: number
  /** Hash of the batch before; unknown after one that is missing. */
  before: Uint8Array | undefined
  batches: number
  entries: number
  lost: number
  isMarkSeen: boolean
}

export async function verifyAudit(
  kernel: KernelState,
  options: { readonly since?: AuditMark },
): Promise<AuditVerdict> {
  await seal(kernel, { durable: false })
  const snapshot = kernel.powers.store.snapshot()
  try {
    return await walk(snapshot, kernel.powers.crypto.sha256, options.since)
  } finally {
    snapshot.close()
  }
}

async function walk(
  snapshot: Snapshot,
  hash: (bytes: Uint8Array) => Uint8Array,
  since: AuditMark | undefined,
): Promise<AuditVerdict> {
  const headBytes = await snapshot.get(SPACE.audit, AUDIT_HEAD_KEY)
  const read = headBytes === undefined ? emptyHead() : readHead(headBytes)
  const head = read ?? emptyHead()
  const walked: Walk = {
    ...{ faults: [], since, batches: 0, entries: 0, lost: 0, isMarkSeen: false },
    ...{ next: head.first, before: head.checkpoint },
  }
  if (read === undefined) fault(walked, 0, 'head', 'the head of the log cannot be read')
  passMark(walked, head.first - 1, head.checkpoint)
  for await (const { key, value } of snapshot.range(SPACE.audit, auditRange()))
    step(walked, readUint64(key), value, hash(value), head)
  judgeEnd(walked, head)
  const { faults, batches, entries, lost, before } = walked
  const hasMark = batches > 0 && before !== undefined
  return {
    ...{ holds: faults.length === 0, faults, batches, entries, lost, dropped: head.dropped },
    ...(hasMark ? { mark: { batch: walked.next - 1, hash: before } } : {}),
  }
}

function step(walked: Walk, number: number, bytes: Uint8Array, hash: Uint8Array, head: AuditHead): void {
  if (number >= head.next) fault(walked, number, 'extra', 'it stands behind the end of the log')
  if (number > walked.next) {
    fault(walked, walked.next, 'missing', `${number - walked.next} batches are missing before ${number}`)
    walked.before = undefined
  }
  if (number < walked.next) fault(walked, number, 'extra', 'it was dropped, and is there again')
  const batch = readBatch(bytes)
  if (batch === undefined) fault(walked, number, 'unreadable', 'it is no batch')
  else {
    if (walked.before !== undefined && bytesKey(batch.previous) !== bytesKey(walked.before))
      fault(walked, number, 'changed', 'it does not follow the batch before it: one of them was changed')
    if (batch.entries.some((entry) => readEntry(entry) === undefined))
      fault(walked, number, 'unreadable', 'an entry of it cannot be read')
    walked.entries += batch.entries.length
    walked.lost += batch.lost
  }
  passMark(walked, number, hash)
  walked.batches += 1
  walked.before = hash
  walked.next = number + 1
}

function judgeEnd(walked: Walk, head: AuditHead): void {
  if (walked.next < head.next)
    fault(walked, walked.next, 'missing', `the log ends before batch ${head.next - 1}`)
  else if (walked.next === head.next && bytesKey(walked.before ?? NO_BATCH) !== bytesKey(head.last))
    fault(walked, head.next - 1, 'changed', 'it is not the batch that was sealed last')
  if (walked.faults.length === 0 && walked.entries !== head.entries)
    fault(walked, head.first, 'head', `${walked.entries} entries, of ${head.entries} that were sealed`)
  const { since } = walked
  if (since === undefined || walked.isMarkSeen) return
  const isDropped = since.batch < head.first - 1
  fault(walked, since.batch, 'mark', isDropped ? 'it was dropped: nothing can be said' : 'it is not there')
}

/** Holds a batch against the mark that was noted. */
function passMark(walked: Walk, number: number, hash: Uint8Array): void {
  if (walked.since?.batch !== number) return
  walked.isMarkSeen = true
  if (bytesKey(walked.since.hash) !== bytesKey(hash))
    fault(walked, number, 'mark', 'it is not the batch that was noted')
}

function fault(walked: Walk, batch: number, kind: AuditFault['kind'], detail: string): void {
  if (walked.faults.length < FAULTS_MAX) walked.faults.push({ batch, kind, detail })
}
