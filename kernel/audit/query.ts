/** Asks the audit log: entries in the order of their pages, within a page in that of their time. */
import { StoreError } from '../../promisebase/index.ts'
import { auditRange, SPACE } from '../spaces.ts'
import { readPage } from './page.ts'
import { readEntry } from './entry.ts'
import { seal } from './seal.ts'
import type { CID } from 'multiformats/cid'
import type { Principal } from '../interface.ts'
import type { KernelState } from '../state.ts'
import type { AuditEntry } from './entry.ts'

/** Which entries; each condition that is stated must hold. */
export interface AuditQuery {
  /** First second that counts. */
  readonly from?: number
  /** First second that does not. */
  readonly to?: number
  readonly sender?: Principal
  /** Of the message, or of a call that was made with what it lends. */
  readonly protocol?: CID
  /** Id of a link of the chain, or of one that was lent and used. */
  readonly token?: CID
  /** How many at most. */
  readonly limit?: number
  /** The newest first. */
  readonly reverse?: boolean
}

/** @throws {StoreError} `CORRUPT` for a page that cannot be read; {@link verifyAudit} says more */
export async function* queryAudit(kernel: KernelState, query: AuditQuery): AsyncGenerator<AuditEntry> {
  await seal(kernel, { durable: false })
  const { limit = Infinity, reverse = false } = query
  let told = 0
  const snapshot = kernel.powers.store.snapshot()
  try {
    if (limit <= 0) return
    for await (const { value } of snapshot.range(SPACE.audit, { ...auditRange(), reverse })) {
      const entries = entriesIn(value)
      for (const entry of reverse ? entries.reverse() : entries) {
        if (!matches(entry, query)) continue
        yield entry
        told += 1
        if (told >= limit) return
      }
    }
  } finally {
    snapshot.close()
  }
}

function entriesIn(bytes: Uint8Array): AuditEntry[] {
  const entries = readPage(bytes)?.entries.map(readEntry)
  if (entries === undefined || entries.includes(undefined))
    throw new StoreError('CORRUPT', 'a page of the audit log cannot be read')
  return (entries as AuditEntry[]).sort((a, b) => a.time - b.time)
}

function matches(entry: AuditEntry, { from, to, sender, protocol, token }: AuditQuery): boolean {
  if (entry.time < (from ?? 0) || entry.time >= (to ?? Infinity)) return false
  if (sender !== undefined && entry.sender !== sender) return false
  const { lent } = entry
  if (protocol !== undefined && ![entry, ...lent].some((use) => use.protocol.equals(protocol))) return false
  return token === undefined || [entry, ...lent].some((use) => use.chain.some((id) => id.equals(token)))
}
