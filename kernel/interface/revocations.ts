/** Revocations that handlers take and give. */
import type { CID } from 'multiformats/cid'
import type { Result } from '../errors.ts'

/**
 * Revocations by message: what is accepted is kept with the reply to the message, or not at all
 * (spec/capability.md, "By message"). A refusal is an answer, and changes nothing.
 */
export interface HandlerRevocations {
  /** Keeps a record that somebody has signed; its id. The same one again changes nothing. */
  accept(record: Uint8Array): Promise<Result<CID>>
  /** Keeps a heartbeat of a revoker of the grid. */
  acceptHeartbeat(heartbeat: Uint8Array): Promise<Result<true>>
  /** What was here before the call, a page at a time. */
  list(query: RevocationQuery): Promise<RevocationPage>
}

/** Which of the records that are kept are asked for. */
export interface RevocationQuery {
  /** Second from which on records came here; some that came before may be among them. */
  readonly since?: number
  /** Only what comes behind a page: its `next`. */
  readonly after?: Uint8Array
  /** Records of a page at most. */
  readonly limit: number
}

/** Some of the records that are kept, and whether there are more. */
export interface RevocationPage {
  /** Signed records, about in the order in which they came. */
  readonly records: readonly Uint8Array[]
  /** The newest heartbeat of each revoker; on the last page alone, for they name the records. */
  readonly heartbeats: readonly Uint8Array[]
  /** Where the next page begins; absent on the last one. */
  readonly next?: Uint8Array
}
