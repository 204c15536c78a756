/**
 * What revokers of a grid say about their records, and what one node hands another of it, as text: a line for each
 * record and each heartbeat, the records before the heartbeats that name them (spec/capability-text.md, "Feeds").
 */
import { signHeartbeat } from '../../../kernel/index.ts'
import { HostError } from '../host-error.ts'
import { bytesBehind, writeSignedLine } from '../signed-lines.ts'
import { REVOCATION_PREFIX } from './revoke.ts'
import type { Heartbeat, Kernel, Result, Signer } from '../../../kernel/index.ts'
import type { Host } from '../interface.ts'

const HEARTBEAT_PREFIX = 'grid-heartbeat:'
const PAGE = 256

/** Records and heartbeats, as their bytes. */
export interface FeedHandout {
  readonly records: readonly Uint8Array[]
  readonly heartbeats: readonly Uint8Array[]
}

/** Says which records `by` has signed until `now`, as far as they are here, and accepts that here. */
export async function beat(
  { kernel, crypto }: Pick<Host, 'kernel' | 'crypto'>,
  by: Signer,
  now: number,
): Promise<Result<Heartbeat & { readonly bytes: Uint8Array }>> {
  const { name, heartbeat } = await kernel.feed(by.principal)
  const { bytes } = signHeartbeat(crypto, by, {
    grid: kernel.grid,
    issuedAt: now,
    seq: (heartbeat?.seq ?? 0) + 1,
    feed: name,
  })
  const accepted = await kernel.acceptHeartbeat(bytes)
  return accepted.refused === undefined ? { ok: { ...accepted.ok, bytes } } : accepted
}

/** Every record that is here, and the newest heartbeats: what another node needs to be as fresh. */
export async function handoutOfFeeds(kernel: Kernel): Promise<FeedHandout> {
  const records: Uint8Array[] = []
  let page = await kernel.listRevocations({ limit: PAGE })
  records.push(...page.records)
  while (page.next !== undefined) {
    page = await kernel.listRevocations({ limit: PAGE, after: page.next })
    records.push(...page.records)
  }
  return { records, heartbeats: page.heartbeats }
}

export function feedLines({ records, heartbeats }: FeedHandout): readonly string[] {
  return [
    ...records.map((bytes) => writeSignedLine(REVOCATION_PREFIX, bytes)),
    ...heartbeats.map((bytes) => writeSignedLine(HEARTBEAT_PREFIX, bytes)),
  ]
}

/** @throws {HostError} FILE, naming the line */
export function readFeeds(text: string): FeedHandout {
  const records: Uint8Array[] = []
  const heartbeats: Uint8Array[] = []
  text.split(/\r?\n/).forEach((each, index) => {
    const line = each.trim()
    if (line === '' || line.startsWith('#')) return
    const record = bytesBehind(REVOCATION_PREFIX, line)
    const heartbeat = bytesBehind(HEARTBEAT_PREFIX, line)
    if (record !== undefined) records.push(record)
    else if (heartbeat !== undefined) heartbeats.push(heartbeat)
    else throw new HostError('FILE', `line ${index + 1} is neither a revocation nor a heartbeat`)
  })
  if (records.length + heartbeats.length === 0) throw new HostError('FILE', 'there is nothing in it')
  return { records, heartbeats }
}

/** Takes all of it in, and says what the heartbeats are; the first that is refused ends it. */
export async function acceptFeeds(
  kernel: Kernel,
  { records, heartbeats }: FeedHandout,
): Promise<Result<readonly Heartbeat[]>> {
  for (const bytes of records) {
    const accepted = await kernel.acceptRevocation(bytes)
    if (accepted.refused !== undefined) return accepted
  }
  const heard: Heartbeat[] = []
  for (const bytes of heartbeats) {
    const accepted = await kernel.acceptHeartbeat(bytes)
    if (accepted.refused !== undefined) return accepted
    heard.push(accepted.ok)
  }
  return { ok: heard }
}
