/**
 * Walks the whole audit log: every page follows the one before, none is missing, and the log ends where its head
 * says. Whoever can write the store can write another log; a head that was noted elsewhere shows that.
 */
import { inSnapshot } from '../in-snapshot.ts'
import { bytesKey } from '../../promisebase/index.ts'
import { AUDIT_HEAD_KEY, auditRange, readUint64, SPACE } from '../spaces.ts'
import { emptyHead, NO_PAGE, readPage, readHead } from './page.ts'
import { readEntry } from './entry.ts'
import { seal } from './seal.ts'
import type { Snapshot } from '../../promisebase/index.ts'
import type { KernelState } from '../state.ts'
import type { AuditHead } from './page.ts'

/** The newest page at some time: what is worth noting outside of the store. */
export interface AuditCheckpoint {
  readonly page: number
  readonly hash: Uint8Array
}

export interface AuditFault {
  /** Number of the page. */
  readonly page: number
  readonly kind: 'missing' | 'changed' | 'unreadable' | 'extra' | 'head' | 'checkpoint'
  readonly detail: string
}

export interface AuditVerdict {
  readonly holds: boolean
  /** In the order of the pages; of very many the first ones. */
  readonly faults: readonly AuditFault[]
  readonly pages: number
  readonly entries: number
  /** Entries before the first page, which were dropped for want of room. */
  readonly dropped: number
  /** Entries that were never sealed, because the store failed. */
  readonly lost: number
  /** The newest page; absent for an empty log. */
  readonly checkpoint?: AuditCheckpoint
}

const FAULTS_MAX = 100

interface Walk {
  readonly faults: AuditFault[]
  readonly since: AuditCheckpoint | undefined
  /** Number that comes next. */
  next: number
  /** Hash of the page before; unknown after one that is missing. */
  before: Uint8Array | undefined
  pages: number
  entries: number
  lost: number
  isCheckpointSeen: boolean
}

export async function verifyAudit(
  kernel: KernelState,
  options: { readonly since?: AuditCheckpoint },
): Promise<AuditVerdict> {
  await seal(kernel, { durable: false })
  const { store, crypto } = kernel.powers
  return inSnapshot(store, (snapshot) => walk(snapshot, crypto.sha256, options.since))
}

async function walk(
  snapshot: Snapshot,
  hash: (bytes: Uint8Array) => Uint8Array,
  since: AuditCheckpoint | undefined,
): Promise<AuditVerdict> {
  const headBytes = await snapshot.get(SPACE.audit, AUDIT_HEAD_KEY)
  const read = headBytes === undefined ? emptyHead() : readHead(headBytes)
  const head = read ?? emptyHead()
  const walked: Walk = {
    ...{ faults: [], since, pages: 0, entries: 0, lost: 0, isCheckpointSeen: false },
    ...{ next: head.first, before: head.checkpoint },
  }
  if (read === undefined) fault(walked, 0, 'head', 'the head of the log cannot be read')
  passCheckpoint(walked, head.first - 1, head.checkpoint)
  for await (const { key, value } of snapshot.range(SPACE.audit, auditRange()))
    step(walked, readUint64(key), value, hash(value), head)
  judgeEnd(walked, head)
  const { faults, pages, entries, lost, before } = walked
  const hasCheckpoint = pages > 0 && before !== undefined
  return {
    ...{ holds: faults.length === 0, faults, pages, entries, lost, dropped: head.dropped },
    ...(hasCheckpoint ? { checkpoint: { page: walked.next - 1, hash: before } } : {}),
  }
}

function step(walked: Walk, number: number, bytes: Uint8Array, hash: Uint8Array, head: AuditHead): void {
  if (number >= head.next) fault(walked, number, 'extra', 'it stands behind the end of the log')
  if (number > walked.next) {
    fault(walked, walked.next, 'missing', `${number - walked.next} pages are missing before ${number}`)
    walked.before = undefined
  }
  if (number < walked.next) fault(walked, number, 'extra', 'it was dropped, and is there again')
  const page = readPage(bytes)
  if (page === undefined) fault(walked, number, 'unreadable', 'it is no page')
  else {
    if (walked.before !== undefined && bytesKey(page.previous) !== bytesKey(walked.before))
      fault(walked, number, 'changed', 'it does not follow the page before it: one of them was changed')
    if (page.entries.some((entry) => readEntry(entry) === undefined))
      fault(walked, number, 'unreadable', 'an entry of it cannot be read')
    walked.entries += page.entries.length
    walked.lost += page.lost
  }
  passCheckpoint(walked, number, hash)
  walked.pages += 1
  walked.before = hash
  walked.next = number + 1
}

function judgeEnd(walked: Walk, head: AuditHead): void {
  if (walked.next < head.next)
    fault(walked, walked.next, 'missing', `the log ends before page ${head.next - 1}`)
  else if (walked.next === head.next && bytesKey(walked.before ?? NO_PAGE) !== bytesKey(head.last))
    fault(walked, head.next - 1, 'changed', 'it is not the page that was sealed last')
  if (walked.faults.length === 0 && walked.entries !== head.entries)
    fault(walked, head.first, 'head', `${walked.entries} entries, of ${head.entries} that were sealed`)
  const { since } = walked
  if (since === undefined || walked.isCheckpointSeen) return
  const isDropped = since.page < head.first - 1
  fault(
    walked,
    since.page,
    'checkpoint',
    isDropped ? 'it was dropped: nothing can be said' : 'it is not there',
  )
}

/** Holds a page against the checkpoint that was noted. */
function passCheckpoint(walked: Walk, number: number, hash: Uint8Array): void {
  if (walked.since?.page !== number) return
  walked.isCheckpointSeen = true
  if (bytesKey(walked.since.hash) !== bytesKey(hash))
    fault(walked, number, 'checkpoint', 'it is not the page that was noted')
}

function fault(walked: Walk, page: number, kind: AuditFault['kind'], detail: string): void {
  if (walked.faults.length < FAULTS_MAX) walked.faults.push({ page, kind, detail })
}
