/** What a node knows of revocations without a look into its store, and what they can end. Plain data. */
import type { PassingMap } from '../../promisebase/index.ts'
import type { Stop } from '../cancel.ts'
import type { Refusal } from '../errors.ts'
import type { Capability, Principal } from '../interface.ts'
import type { RevokedIds } from './revoked-ids.ts'

/** One run; there are at most as many as messages in flight. */
export interface Run {
  readonly chain: readonly Capability[]
  /** Ends when a link is taken back. */
  readonly stop: Stop
  revoked?: Refusal
}

export interface Revocations {
  readonly ids: RevokedIds
  /** When each revoker signed its newest heartbeat. */
  readonly heartbeats: Map<Principal, number>
  /** By what ends them. */
  readonly runs: PassingMap<Stop, Run>
}
