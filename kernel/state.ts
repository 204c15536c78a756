/** What one running kernel holds: its powers, what it is, and its bounded memories. Plain data. */
import type { BoundedMap, PassingMap } from '../promisebase/index.ts'
import type { CID } from 'multiformats/cid'

import type { AuditDesk } from './audit/desk.ts'
import type { ByteRoom } from './byte-room.ts'
import type { ReplyMemo } from './cache/reply-memo.ts'
import type { NodeClock } from './clock.ts'
import type { FairShare } from './fair-share.ts'
import type { GridPolicy } from './grid/policy.ts'
import type {
  Capability,
  Computed,
  Descriptor,
  Executed,
  Powers,
  Principal,
  Runtime,
  RuntimeKind,
} from './interface.ts'
import type { PrincipalKeys, StoredKeyRing } from './message/key-ring.ts'
import type { Lanes } from './lane.ts'
import type { Limits } from './limits.ts'
import type { Outcomes } from './pipeline/outcomes.ts'
import type { Pipeline } from './pipeline/pipeline.ts'
import type { Unfinished } from './pipeline/unfinished.ts'
import type { Result } from './errors.ts'
import type { PromiseDesk } from './promise/desk.ts'
import type { RateBucket } from './rate-bucket.ts'
import type { ReplayRoom } from './replay-room.ts'
import type { Revocations } from './revocation/known.ts'

/** What became of keys that speak only within a set. */
export interface Claims {
  /** Sets that have signed for the first time, and are not written down yet. */
  readonly unkept: PrincipalKeys[]
  /** How often a key that had spoken alone was bound to a set. */
  silenced: number
}

export interface KernelState {
  readonly powers: Powers
  /** The listener of the powers, which cannot throw here; absent where nobody listens. */
  readonly trace: Powers['trace']
  readonly limits: Limits
  readonly grid: CID
  readonly node: Principal
  readonly keys: StoredKeyRing
  readonly claims: Claims
  readonly clock: NodeClock
  readonly revocations: Revocations
  readonly runtimes: ReadonlyMap<RuntimeKind, Runtime>
  readonly verifiedTokens: BoundedMap<string, Capability>
  readonly descriptors: BoundedMap<string, Descriptor>
  /** Code in several blocks that was found whole, by its CID. */
  readonly wholeCodes: BoundedMap<string, true>
  /** By cache key; those that only callers in this process have asked for have no receipt. */
  readonly results: BoundedMap<string, Executed>
  /** The same by what a grant handle asks for: found without putting a cache key together. */
  readonly recent: BoundedMap<string, Executed>
  /** Ids by (issuer, nonce) of pure messages: they leave no durable record. */
  readonly nonces: BoundedMap<string, CID>
  readonly replies: ReplyMemo
  /** How messages ended, by id, and which are in work: what other messages build on. */
  readonly outcomes: Outcomes
  readonly unfinished: Unfinished
  readonly pipeline: Pipeline
  readonly signedRefusals: RateBucket
  /** One flight per message id, and one per pure result. */
  readonly messageFlights: PassingMap<string, Promise<Result<Uint8Array>>>
  readonly resultFlights: PassingMap<string, Promise<Computed>>
  /** Adoptions in force, so that a caller need not wait for the store to find its own. */
  readonly adoptions: BoundedMap<Principal, Capability>
  readonly argumentRoom: ByteRoom
  /** Room for records, and the messages that are being settled, by who pays for them. */
  readonly records: ReplayRoom
  readonly shares: FairShare
  readonly audit: AuditDesk
  /** Effects that met a conflict run again one after the other: running all at once, most would lose again. */
  readonly contended: Lanes
  /** Who waits for promises of this node. */
  readonly promises: PromiseDesk
  /** Aborted when the kernel closes. */
  readonly closing: AbortController
  policy: GridPolicy
  inFlight: number
  commits: number
  /** The second of the last sweep. */
  sweptAt: number
}
