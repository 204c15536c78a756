/** The state of a kernel as it is when it opens: read from its store, empty where nothing is kept. */
import { BoundedMap, PassingMap, StoreError, parseCid } from '../promisebase/index.ts'
import { createAuditDesk } from './audit/desk.ts'
import { ByteRoom } from './byte-room.ts'
import { ReplyMemo } from './cache/reply-memo.ts'
import { NodeClock } from './clock.ts'
import { FairShare } from './fair-share.ts'
import { readGrid, storedGrid } from './grid/found.ts'
import { noteClaim } from './key-sets.ts'
import { Lanes } from './lane.ts'
import { lowered } from './lowered-limits.ts'
import { createStoredKeyRing } from './message/key-ring.ts'
import { Outcomes } from './pipeline/outcomes.ts'
import { Pipeline } from './pipeline/pipeline.ts'
import { Unfinished } from './pipeline/unfinished.ts'
import { PromiseDesk } from './promise/desk.ts'
import { PromiseRoom } from './promise/room.ts'
import { RateBucket } from './rate-bucket.ts'
import { ReplayRoom } from './replay-room.ts'
import { loadHeartbeats } from './revocation/feed.ts'
import { loadRevokedIds } from './revocation/revocations.ts'
import { RevokedIds } from './revocation/revoked-ids.ts'
import { listener } from './trace.ts'
import type { CID } from 'multiformats/cid'
import type { Powers } from './interface.ts'
import type { Claims, KernelState } from './state.ts'

export async function openState(powers: Powers): Promise<KernelState> {
  const limits = lowered(powers.limits ?? {})
  const claims: Claims = { unkept: [], silenced: 0 }
  const replies = new ReplyMemo(powers.crypto, limits.replyMemo, limits.skewSeconds)
  const keys = createStoredKeyRing(powers.crypto, (set, hasSpokenAlone) =>
    noteClaim({ claims, replies }, set, hasSpokenAlone),
  )
  const snapshot = powers.store.snapshot()
  try {
    const grid = await gridOf(await storedGrid(snapshot))
    const { policy } = await readGrid(snapshot, grid, powers)
    const ids = new RevokedIds(powers.crypto.random(16), powers.store.isShared !== true)
    await loadRevokedIds(snapshot, ids)
    const state: KernelState = {
      powers,
      trace: listener(powers),
      limits,
      grid,
      node: powers.signer.principal,
      keys,
      claims,
      policy,
      revocations: { ids, heartbeats: new Map(), runs: new PassingMap() },
      clock: await NodeClock.open(snapshot, powers.clock, limits.clockJumpSeconds),
      runtimes: new Map(powers.runtimes.map((runtime) => [runtime.kind, runtime])),
      verifiedTokens: new BoundedMap(limits.verdictMemo),
      descriptors: new BoundedMap(limits.resultMemo),
      wholeCodes: new BoundedMap(limits.resultMemo),
      results: new BoundedMap(limits.resultMemo),
      nonces: new BoundedMap(limits.replyMemo),
      recent: new BoundedMap(limits.resultMemo),
      replies,
      outcomes: new Outcomes(limits.replyMemo),
      unfinished: new Unfinished(),
      pipeline: new Pipeline(limits.pendingCalls),
      signedRefusals: new RateBucket(limits.signedRefusalsPerMinute),
      messageFlights: new PassingMap(),
      resultFlights: new PassingMap(),
      adoptions: new BoundedMap(limits.verdictMemo),
      audit: createAuditDesk(),
      argumentRoom: new ByteRoom(limits.argumentBytesInFlight),
      records: await ReplayRoom.open(snapshot, limits.replayRecords),
      shares: new FairShare(limits.inFlight),
      contended: new Lanes(),
      promises: new PromiseDesk(await PromiseRoom.open(snapshot, limits.promisesOpen), limits.pendingCalls),
      closing: new AbortController(),
      inFlight: 0,
      commits: 0,
      sweptAt: 0,
    }
    await loadHeartbeats(state, snapshot)
    return state
  } finally {
    snapshot.close()
  }
}

async function gridOf(bytes: Uint8Array | undefined): Promise<CID> {
  if (bytes === undefined)
    throw new StoreError('CORRUPT', 'the store belongs to no grid; make or join one first')
  const cid = parseCid(bytes)
  if (cid.refused !== undefined) throw new StoreError('CORRUPT', cid.refused.detail)
  return cid.ok
}
