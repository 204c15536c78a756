/**
 * createKernel(): a dispatcher over a store, bound to one grid and one node identity. Everything it may touch
 * of the world is in its powers.
 */
import { BoundedMap, ownBytes, parseCid, PassingMap, StoreError } from '../promisebase/index.ts'
import { createAuditDesk } from './audit/desk.ts'
import { queryAudit } from './audit/query.ts'
import { isSealDue, seal } from './audit/seal.ts'
import { verifyAudit } from './audit/verify.ts'
import { ByteRoom } from './byte-room.ts'
import { ReplyMemo } from './cache/reply-memo.ts'
import { cancelBy } from './cancel.ts'
import { NodeClock } from './clock.ts'
import { dispatch, forgetVerdicts, noteFault } from './dispatch.ts'
import { explain, explainTokens } from './explain.ts'
import { FairShare } from './fair-share.ts'
import { openHandle } from './grant/open.ts'
import { adopt, keepPolicy, readGrid, storedGrid } from './grid/found.ts'
import { admitKeySet, admitOwnSet, keepClaims, noteClaim } from './key-sets.ts'
import { acceptKeyStatement, storedStatement, successorOf } from './key-statements.ts'
import { Lanes } from './lane.ts'
import { inSnapshot } from './in-snapshot.ts'
import { LIMITS } from './limits.ts'
import { createStoredKeyRing } from './message/key-ring.ts'
import { acceptResolution } from './promise/accept-resolution.ts'
import { awaitOutcome, promiseStatus } from './promise/await-outcome.ts'
import { PromiseDesk } from './promise/desk.ts'
import { PromiseRoom } from './promise/room.ts'
import { sweepPromises } from './promise/sweep.ts'
import { dispatchAll } from './pipeline/dispatch-all.ts'
import { Outcomes } from './pipeline/outcomes.ts'
import { Pipeline } from './pipeline/pipeline.ts'
import { Unfinished } from './pipeline/unfinished.ts'
import { RateBucket } from './rate-bucket.ts'
import { ReplayRoom } from './replay-room.ts'
import { sweep } from './replay.ts'
import { mayBeRevoked } from './revocation/check.ts'
import { acceptHeartbeat, feedOf, loadHeartbeats } from './revocation/feed.ts'
import { listRevocations } from './revocation/list.ts'
import { acceptRevocation, loadRevokedIds, revocationsOf, revoke } from './revocation/revocations.ts'
import { RevokedIds } from './revocation/revoked-ids.ts'
import { sweepRevocations } from './revocation/sweep.ts'
import { keptTokens } from './capability/kept-tokens.ts'
import { keepToken } from './capability/wallet.ts'
import { listener } from './trace.ts'
import { acceptAssessment } from './trust/assessments.ts'
import { trustOf } from './trust/trust.ts'
import type { CID } from 'multiformats/cid'
import type { AuditEntry } from './audit/entry.ts'
import type { AuditQuery } from './audit/query.ts'
import type { AuditCheckpoint, AuditVerdict } from './audit/verify.ts'
import type { ChainExplanation } from './explain-chain.ts'
import type { Explanation } from './explain.ts'
import type { Result } from './errors.ts'
import type { GrantHandle } from './grant/handle.ts'
import type { GridPolicy } from './grid/policy.ts'
import type { Capability, Powers, Principal, TokenReference } from './interface.ts'
import type { RevocationPage, RevocationQuery } from './interface.ts'
import type { Limits } from './limits.ts'
import type { KeyStatement } from './message/key-statement.ts'
import type { KeptStatement } from './key-statements.ts'
import type { PromiseStatus, WaitOptions } from './promise/await-outcome.ts'
import type { PromiseEnd } from './promise/record.ts'
import type { Feed } from './revocation/feed.ts'
import type { Heartbeat } from './revocation/heartbeat.ts'
import type { KeptRevocation } from './revocation/revocations.ts'
import type { Claims, KernelState } from './state.ts'
import type { Trust } from './trust/trust.ts'

/** Effects between two sweeps of expired replay records. */
const SWEEP_INTERVAL = 256

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

/**
 * Opens a kernel on a store that has a grid (see `joinGrid`).
 * @throws {StoreError} when the store has no grid, or its grid cannot be read
 */
export async function createKernel(powers: Powers): Promise<Kernel> {
  const kernel = await openState(powers)
  await admitOwnSet(kernel)
  await keepClaims(kernel)
  await sealNow(kernel, false)
  const swept = kernel.clock.now()
  if (swept.refused === undefined) await sweepRecords(kernel, swept.ok)
  await sweepRevocations(kernel)
  return kernelOf(kernel)
}

async function openState(powers: Powers): Promise<KernelState> {
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

function kernelOf(kernel: KernelState): Kernel {
  const { powers, grid, node } = kernel
  const reader = { crypto: powers.crypto, keys: kernel.keys }
  // Heard for as long as the kernel lives: to begin listening and to end it with each call costs more.
  cancelBy(kernel.closing.signal).onAbort(() => undefined)
  const close = async (): Promise<void> => {
    kernel.closing.abort()
    await Promise.allSettled(kernel.messageFlights.values())
    await kernel.pipeline.ended()
    await sealNow(kernel, true)
    for (const runtime of powers.runtimes) await runtime.close?.()
  }
  return {
    grid,
    node,
    get policy() {
      return kernel.policy
    },
    dispatch: (bytes, options = {}) => dispatchAndSweep(kernel, bytes, options.signal),
    dispatchAll: async (messages, { signal } = {}) =>
      dispatchAll(kernel, [...messages].map(checkedBytes), (bytes) =>
        dispatchAndSweep(kernel, bytes, signal),
      ),
    open: async (bytes) => afterwards(kernel, openHandle(kernel, checkedBytes(bytes))),
    explain: (bytes) => explain(kernel, bytes),
    explainTokens: (tokens) => explainTokens(kernel, tokens),
    adopt: (holder) => adoptNow(kernel, holder),
    keepToken: (bytes) => keepingClaims(kernel, keepToken(kernel, bytes)),
    capabilities: () => keptTokens(kernel),
    admitKeySet: (block) => admit(kernel, block),
    acceptKeyStatement: (bytes) => acceptObject(kernel, bytes, acceptKeyStatement),
    keyStatement: (principal) =>
      inSnapshot(powers.store, (snapshot) => storedStatement(reader, snapshot, principal)),
    successorOf: (principal) =>
      inSnapshot(powers.store, (snapshot) => successorOf(reader, snapshot, principal)),
    revoke: (token) => atNow(kernel, (now) => revoke(kernel, token, now)),
    acceptRevocation: (bytes) => acceptObject(kernel, bytes, acceptRevocation),
    revocations: (token) => inSnapshot(powers.store, (snapshot) => revocationsOf(kernel, snapshot, token)),
    listRevocations: (query) =>
      inSnapshot(powers.store, (snapshot) => listRevocations(kernel, snapshot, query)),
    acceptHeartbeat: (bytes) => acceptObject(kernel, bytes, acceptHeartbeat),
    feed: (principal) =>
      inSnapshot(powers.store, async (snapshot) =>
        feedOf(kernel, snapshot, principal, kernel.clock.believed()),
      ),
    audit: (query = {}) => queryAudit(kernel, query),
    verifyAudit: (options = {}) => verifyAudit(kernel, options),
    acceptPolicy: (signed) => acceptPolicy(kernel, signed),
    promise: (id) => promiseStatus(kernel, id),
    outcomeOf: (id, options = {}) => awaitOutcome(kernel, id, options),
    acceptResolution: (bytes) => acceptObject(kernel, bytes, acceptResolution),
    acceptClock: () => acceptClock(kernel),
    trust: trustOf(
      kernel,
      (bytes) => acceptObject(kernel, bytes, acceptAssessment),
      (work) => keepingClaims(kernel, work),
    ),
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function dispatchAndSweep(
  kernel: KernelState,
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { closing } = kernel
  const cancel = signal === undefined ? cancelBy(closing.signal) : cancelBy(closing.signal, signal)
  return afterwards(kernel, dispatch(kernel, checkedBytes(bytes), cancel))
}

function checkedBytes(bytes: Uint8Array): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes
  throw new TypeError('bytes must be a Uint8Array')
}

/** What a message leaves to be done, whatever came of it. */
async function afterwards<T>(kernel: KernelState, work: Promise<T>): Promise<T> {
  try {
    return await work
  } finally {
    kernel.commits += 1
    if (kernel.claims.unkept.length > 0) await keepClaimsNow(kernel)
    if (isSealDue(kernel)) await sealNow(kernel, false)
    if (kernel.commits % SWEEP_INTERVAL === 0 || kernel.records.isFull) await sweepNow(kernel)
  }
}

/** A claim that cannot be written down holds in memory, and is tried again with the next message. */
async function keepClaimsNow(kernel: KernelState): Promise<void> {
  try {
    await keepClaims(kernel)
  } catch (error) {
    noteFault(kernel, error)
  }
}

/**
 * Not twice in a second, for all that are told to come later ask for one. A sweep that fails is a fault to be
 * told of, and no reason to lose the reply it comes after.
 */
async function sweepNow(kernel: KernelState): Promise<void> {
  const time = kernel.clock.now()
  if (time.refused !== undefined || (kernel.records.isFull && time.ok === kernel.sweptAt)) return
  kernel.sweptAt = time.ok
  try {
    await sweepRecords(kernel, time.ok)
    await sweepRevocations(kernel)
  } catch (error) {
    noteFault(kernel, error)
  }
}

async function sweepRecords(kernel: KernelState, now: number): Promise<void> {
  kernel.records.drop(await sweep(kernel.powers.store, now))
  await sweepPromises(kernel, now)
}

/** Entries that cannot be sealed now wait for the next time; no caller loses his reply for it. */
async function sealNow(kernel: KernelState, durable: boolean): Promise<void> {
  try {
    await seal(kernel, { durable })
  } catch (error) {
    noteFault(kernel, error)
  }
}

async function adoptNow(kernel: KernelState, holder: Principal): Promise<Capability> {
  const { crypto, signer, store } = kernel.powers
  const { keys, grid, limits } = kernel
  const now = kernel.clock.believed()
  const known = kernel.adoptions.get(holder)
  const isRevocable = known !== undefined && mayBeRevoked(kernel.revocations.ids, [known])
  if (known !== undefined && !isRevocable && known.expires > now + limits.tokenLifetimeSeconds / 2)
    return known
  const adoption = await adopt(store, { crypto, keys, signer, grid, limits, now }, holder)
  kernel.adoptions.set(holder, adoption)
  return adoption
}

async function admit(kernel: KernelState, block: Uint8Array): Promise<Result<Principal>> {
  if (!(block instanceof Uint8Array)) throw new TypeError('block must be a Uint8Array')
  const admission = await admitKeySet(kernel, block)
  return admission.refused === undefined ? { ok: admission.ok.principal } : admission
}

async function acceptObject<T>(
  kernel: KernelState,
  bytes: Uint8Array,
  accept: (kernel: KernelState, bytes: Uint8Array, now: number) => Promise<Result<T>>,
): Promise<Result<T>> {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('bytes must be a Uint8Array')
  const own = ownBytes(bytes)
  return atNow(kernel, (now) => keepingClaims(kernel, accept(kernel, own, now)))
}

/** What is accepted is a signature too, and may be the first of its set. */
async function keepingClaims<T>(kernel: KernelState, work: Promise<T>): Promise<T> {
  const accepted = await work
  await keepClaims(kernel)
  return accepted
}

async function atNow<T>(kernel: KernelState, act: (now: number) => Promise<Result<T>>): Promise<Result<T>> {
  const time = kernel.clock.now()
  return time.refused === undefined ? act(time.ok) : time
}

async function acceptPolicy(kernel: KernelState, signed: readonly Uint8Array[]): Promise<Result<GridPolicy>> {
  const { crypto, store } = kernel.powers
  const next = await keepPolicy(store, kernel.grid, kernel.policy, signed, { crypto })
  if (next.refused !== undefined) return next
  kernel.policy = next.ok
  forgetVerdicts(kernel)
  await inSnapshot(store, (snapshot) => loadHeartbeats(kernel, snapshot))
  return next
}

async function acceptClock(kernel: KernelState): Promise<number> {
  const now = kernel.clock.accept()
  await kernel.powers.store.transact((transaction) => kernel.clock.stage(transaction))
  return now
}

async function gridOf(bytes: Uint8Array | undefined): Promise<CID> {
  if (bytes === undefined)
    throw new StoreError('CORRUPT', 'the store belongs to no grid; make or join one first')
  const cid = parseCid(bytes)
  if (cid.refused !== undefined) throw new StoreError('CORRUPT', cid.refused.detail)
  return cid.ok
}

/** A host may lower the limits; nothing raises them. */
function lowered(wanted: Partial<Limits>): Limits {
  const names = Object.keys(LIMITS) as (keyof Limits)[]
  for (const name of Object.keys(wanted))
    if (!Object.hasOwn(LIMITS, name)) throw new RangeError(`limits.${name} is not a limit`)
  const limits = names.map((name): [string, number] => [
    name,
    Math.min(LIMITS[name], checked(name, wanted[name] ?? LIMITS[name])),
  ])
  return Object.fromEntries(limits) as Limits
}

function checked(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`limits.${name} must be a whole number`)
  return value
}
