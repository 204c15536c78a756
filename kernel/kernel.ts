/** What a kernel can be asked; a handle on one grid and one node identity. */
import type { CID } from 'multiformats/cid'
import type { AuditEntry } from './audit/entry.ts'
import type { AuditQuery } from './audit/query.ts'
import type { AuditCheckpoint, AuditVerdict } from './audit/verify.ts'
import type { Result } from './errors.ts'
import type { ChainExplanation } from './explain-chain.ts'
import type { Explanation } from './explain.ts'
import type { GrantHandle } from './grant/handle.ts'
import type { GridPolicy } from './grid/policy.ts'
import type { Capability, Principal, RevocationPage, RevocationQuery, TokenReference } from './interface.ts'
import type { KeptStatement } from './key-statements.ts'
import type { KeyStatement } from './message/key-statement.ts'
import type { PromiseStatus, WaitOptions } from './promise/await-outcome.ts'
import type { PromiseEnd } from './promise/record.ts'
import type { Feed } from './revocation/feed.ts'
import type { Heartbeat } from './revocation/heartbeat.ts'
import type { KeptRevocation } from './revocation/revocations.ts'
import type { Trust } from './trust/trust.ts'

export interface Kernel {
  readonly grid: CID
  /** Principal of this node. */
  readonly node: Principal
  readonly policy: GridPolicy
  /**
   * Bytes of a message in, bytes of a reply out: a signed reply, or an unsigned refusal for a sender who is
   * not known. Never throws for what the message says.
   */
  dispatch(bytes: Uint8Array, options?: { readonly signal?: AbortSignal }): Promise<Uint8Array>
  /**
   * Several messages in one go, the replies in their order. What one of them builds on (the claim `future`) may
   * stand before or behind it.
   */
  dispatchAll(
    messages: readonly Uint8Array[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly Uint8Array[]>
  /**
   * Decides a signed message without executing it, uses up its nonce, and gives out what it is granted as a handle
   * for callers in this process. The handle is as good as the message and its chain are, at each use.
   */
  open(bytes: Uint8Array): Promise<Result<GrantHandle>>
  /** The decision about a message, made dry: every rule that was looked at, and what would fix a refusal. */
  explain(bytes: Uint8Array): Promise<Explanation>
  /** What a chain of tokens allows whoever holds the last of them, and through whom; made dry as well. */
  explainTokens(tokens: readonly TokenReference[]): Promise<ChainExplanation>
  /**
   * This node's promise to let `holder` grant what is this node's: the first link of a chain. A power of the
   * operator, for whoever he names: whoever is adopted may do everything here.
   */
  adopt(holder: Principal): Promise<Capability>
  /** Keeps a verified token so that messages can name it by id. */
  keepToken(bytes: Uint8Array): Promise<Result<Capability>>
  /** Every token that is kept here, adoptions among them. */
  capabilities(): AsyncIterable<Capability>
  /**
   * Puts a key set here, so that messages and tokens of its principal can be verified; nothing is fetched for them.
   * Its keys speak only within it as soon as all of them have signed something here.
   */
  admitKeySet(block: Uint8Array): Promise<Result<Principal>>
  /**
   * Accepts what a principal says about its keys, when it is newer than what is known. A power of the operator:
   * each principal costs an entry of the store.
   */
  acceptKeyStatement(bytes: Uint8Array): Promise<Result<KeyStatement>>
  /** The newest accepted statement of a principal. */
  keyStatement(principal: Principal): Promise<KeptStatement | undefined>
  /** Who follows a principal, when both say so. What the one was granted is not the other's by that. */
  successorOf(principal: Principal): Promise<Principal | undefined>
  /**
   * Takes back a token in the name of this node, from whom every chain here begins; the record is durable when this
   * resolves, nothing more is done under the token, and nothing undoes it.
   */
  revoke(token: CID): Promise<Result<KeptRevocation>>
  /**
   * Keeps a record that somebody has signed. It counts for the chains in which he issued the token or a link above,
   * whenever they come. A power of the operator: each record costs entries of the store.
   */
  acceptRevocation(bytes: Uint8Array): Promise<Result<KeptRevocation>>
  /** Every record about a token that is here, those of strangers to it among them. */
  revocations(token: CID): Promise<readonly KeptRevocation[]>
  /** Every record that is here, a page at a time, and the newest heartbeats of the grid's revokers on the last one. */
  listRevocations(query: RevocationQuery): Promise<RevocationPage>
  /** Accepts what a revoker of the grid says about its records, when it is newer and none of them is missing. */
  acceptHeartbeat(bytes: Uint8Array): Promise<Result<Heartbeat>>
  /** The records of one principal that are here, by their name, and its newest heartbeat. */
  feed(principal: Principal): Promise<Feed>
  /** Uses of authority on this node, as the audit log has them: everything so far is sealed first. A power of the operator. */
  audit(query?: AuditQuery): AsyncIterable<AuditEntry>
  /** Whether the audit log is whole; with a checkpoint noted before, also that it still goes on from there. */
  verifyAudit(options?: { readonly since?: AuditCheckpoint }): Promise<AuditVerdict>
  /** Accepts the next policy record: the same claims signed by a threshold of the grid's roots. */
  acceptPolicy(signed: readonly Uint8Array[]): Promise<Result<GridPolicy>>
  /** A promise of this node, and how it stands now; undefined when there is none of this id. A power of the operator. */
  promise(id: CID): Promise<Result<PromiseStatus | undefined>>
  /**
   * How a promise of this node ends, and the signed word about it: now or when it does. PENDING when the time is up
   * before, ABORTED when the caller gives up or the node closes. A power of the operator.
   */
  outcomeOf(id: CID, options?: WaitOptions): Promise<Result<PromiseEnd>>
  /**
   * Takes the word of another node about its promise: every open promise that wraps it ends the same, by this
   * node's own word. Which ones did.
   */
  acceptResolution(bytes: Uint8Array): Promise<Result<readonly CID[]>>
  /** The operator's word that the clock is right after a jump forward; returns the second now in force. */
  acceptClock(): Promise<number>
  /** What this node and its people have seen of how others keep their word. */
  readonly trust: Trust
  /** Refuses new messages, aborts what runs, and closes the runtimes; the store stays the caller's. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
