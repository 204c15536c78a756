/**
 * The records a node keeps, a page at a time, so that another node can fetch them. They are walked by the time until
 * which they are kept, which grows with the time they came (spec/capability.md, "By message").
 */
import { CODEC, createCid } from '../../promisebase/index.ts'
import { LIMITS } from '../limits.ts'
import { formerKey, principalKey, RETENTION_PREFIX, retentionKey, revocationKey, SPACE } from '../spaces.ts'
import { readRetained } from './revocations.ts'
import { readUnverifiedRevocation } from './revocation.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot } from '../../promisebase/index.ts'
import type { RevocationPage, RevocationQuery } from '../interface.ts'
import type { KernelState } from '../state.ts'

const DIGEST_BYTES = 32
/** A second and the id of a record. */
const CURSOR_BYTES = 44

/** @throws {RangeError} for a second or a limit that is none */
export async function listRevocations(
  kernel: KernelState,
  snapshot: Snapshot,
  { since = 0, after, limit }: RevocationQuery,
): Promise<RevocationPage> {
  if (!Number.isSafeInteger(since) || since < 0) throw new RangeError('since must be a whole number')
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError('limit must be a whole number from 1')
  // One more than asked for tells whether there is another page.
  const range = { gte: firstKey(since, after), limit: limit + 1 }
  const records: Uint8Array[] = []
  let looked = 0
  let last: Uint8Array | undefined
  for await (const { key, value } of snapshot.range(SPACE.feed, range)) {
    looked += 1
    if (looked > limit)
      return { records, heartbeats: [], ...(last && { next: last.slice(RETENTION_PREFIX.length) }) }
    const record = await recordAt(kernel, snapshot, createCid(CODEC.raw, key.subarray(-DIGEST_BYTES)), value)
    if (record !== undefined) records.push(record)
    last = key
  }
  return { records, heartbeats: await heartbeatsOf(kernel, snapshot) }
}

/** No record is kept for less than this after it came; those kept for longer only come later. */
function firstKey(since: number, after: Uint8Array | undefined): Uint8Array {
  if (after === undefined) return retentionKey(since + LIMITS.tokenLifetimeSeconds + LIMITS.skewSeconds)
  const key = new Uint8Array(RETENTION_PREFIX.length + CURSOR_BYTES + 1)
  key.set(RETENTION_PREFIX)
  key.set(after.subarray(0, CURSOR_BYTES), RETENTION_PREFIX.length)
  return key
}

/** The record in force of its issuer about its token, or one before it. */
async function recordAt(
  { powers: { crypto } }: KernelState,
  snapshot: Snapshot,
  id: CID,
  value: Uint8Array,
): Promise<Uint8Array | undefined> {
  const { token, issuer } = readRetained(value)
  const key = revocationKey(crypto, token, issuer)
  const bytes = await snapshot.get(SPACE.revoked, key)
  const isIt = bytes !== undefined && readUnverifiedRevocation(crypto, bytes).ok?.id.equals(id) === true
  return isIt ? bytes : snapshot.get(SPACE.revoked, formerKey(key, id))
}

async function heartbeatsOf({ policy }: KernelState, snapshot: Snapshot): Promise<readonly Uint8Array[]> {
  const found = await Promise.all(
    policy.revokers.map((revoker) => snapshot.get(SPACE.feed, principalKey(revoker))),
  )
  return found.filter((bytes) => bytes !== undefined)
}
