/**
 * The sealer: moves entries into the chain of pages, one transaction per page, one page at a time. It reads no
 * range inside a transaction, so no effect that commits meanwhile is in conflict with it (spec/audit.md, "Sealing").
 */
import { AUDIT_HEAD_KEY, auditRange, pendingPrefix, readUint64, SPACE, uint64 } from '../spaces.ts'
import { emptyHead, NO_PAGE, readPage, readHead, writePage, writeHead } from './page.ts'
import type { Snapshot, Store, Transaction } from '../../promisebase/index.ts'
import type { KernelState } from '../state.ts'
import type { AuditHead } from './page.ts'

/** Entries that make sealing worth its transaction; the most in one page. */
const PAGE_ENTRIES = 256
/** An entry that names many chains is long; a page is read whole. */
const PAGE_BYTES = 256 * 1024
/** Pages dropped with one that is sealed: the log shrinks, and no caller waits long for it. */
const DROPS = 16

export function isSealDue({ audit }: KernelState): boolean {
  return !audit.isSealing && audit.noted.length + audit.staged >= PAGE_ENTRIES
}

/** Seals all there is; whoever asks for the same meanwhile waits his turn. */
export async function seal(kernel: KernelState, options: { readonly durable: boolean }): Promise<void> {
  return kernel.contended.run('audit', async () => {
    kernel.audit.isSealing = true
    try {
      while (await sealPage(kernel, options.durable));
    } finally {
      kernel.audit.isSealing = false
    }
  })
}

interface Pending {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** Whether there may be more to seal. */
async function sealPage(kernel: KernelState, durable: boolean): Promise<boolean> {
  const { audit, powers, limits } = kernel
  const { lost } = audit
  const noted = within(audit.noted, (entry) => entry)
  const room = PAGE_ENTRIES - noted.length
  const found = room === 0 ? [] : await pendingIn(powers.store, room)
  const pending = within(found, ({ value }) => value)
  if (noted.length + pending.length === 0 && lost === 0) {
    // What was counted and is not there was never committed.
    audit.staged = 0
    return false
  }
  const entries = [...noted, ...pending.map(({ value }) => value)]
  await powers.store.transact(
    async (transaction) => {
      const head = await headIn(transaction)
      const bytes = writePage({ previous: head.last, lost, entries })
      transaction.put(SPACE.audit, uint64(head.next), bytes)
      for (const { key } of pending) transaction.delete(SPACE.audit, key)
      const sealed: AuditHead = {
        ...head,
        next: head.next + 1,
        last: powers.crypto.sha256(bytes),
        entries: head.entries + entries.length,
      }
      const pruned = await prune(transaction, sealed, limits.auditEntries, powers.crypto.sha256)
      transaction.put(SPACE.audit, AUDIT_HEAD_KEY, writeHead(pruned))
    },
    { durable },
  )
  audit.noted.splice(0, noted.length)
  audit.lost -= lost
  const isRest = audit.noted.length > 0 || found.length > pending.length || found.length === room
  audit.staged = isRest ? audit.staged : 0
  return isRest
}

/** The first of them that one page holds, one at least. */
function within<T>(items: readonly T[], bytesOf: (item: T) => Uint8Array): readonly T[] {
  let bytes = 0
  let count = 0
  while (count < items.length && count < PAGE_ENTRIES) {
    bytes += bytesOf(items[count] as T).length
    if (count > 0 && bytes > PAGE_BYTES) break
    count += 1
  }
  return items.slice(0, count)
}

async function pendingIn(store: Store, limit: number): Promise<readonly Pending[]> {
  const snapshot = store.snapshot()
  try {
    const found: Pending[] = []
    for await (const entry of snapshot.range(SPACE.audit, { prefix: pendingPrefix(), limit }))
      found.push(entry)
    return found
  } finally {
    snapshot.close()
  }
}

/** Where the log stands. One that has lost its head goes on after the last page, which then follows nothing. */
async function headIn(snapshot: Snapshot): Promise<AuditHead> {
  const bytes = await snapshot.get(SPACE.audit, AUDIT_HEAD_KEY)
  const head = bytes === undefined ? undefined : readHead(bytes)
  if (head !== undefined) return head
  for await (const { key } of snapshot.range(SPACE.audit, { ...auditRange(), reverse: true, limit: 1 }))
    return { ...emptyHead(), next: readUint64(key) + 1, last: NO_PAGE }
  return emptyHead()
}

/** Drops the oldest pages as long as more entries are kept than may be; what follows them remembers their hash. */
async function prune(
  transaction: Transaction,
  sealed: AuditHead,
  most: number,
  hash: (bytes: Uint8Array) => Uint8Array,
): Promise<AuditHead> {
  let head = sealed
  for (let drops = 0; drops < DROPS && head.entries > most && head.first < head.next - 1; drops += 1) {
    const key = uint64(head.first)
    const bytes = await transaction.get(SPACE.audit, key)
    const count = (bytes === undefined ? undefined : readPage(bytes))?.entries.length ?? 0
    transaction.delete(SPACE.audit, key)
    head = {
      ...head,
      first: head.first + 1,
      checkpoint: bytes === undefined ? head.checkpoint : hash(bytes),
      entries: Math.max(0, head.entries - count),
      dropped: head.dropped + count,
    }
  }
  return head
}
