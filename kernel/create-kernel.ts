/**
 * createKernel(): a dispatcher over a store, bound to one grid and one node identity. Everything it may touch
 * of the world is in its powers.
 */
import { queryAudit } from './audit/query.ts'
import { verifyAudit } from './audit/verify.ts'
import { cancelBy } from './cancel.ts'
import { keptTokens } from './capability/kept-tokens.ts'
import { keepToken } from './capability/wallet.ts'
import { dispatch } from './dispatch.ts'
import { explain, explainTokens } from './explain.ts'
import { openHandle } from './grant/open.ts'
import { inSnapshot } from './in-snapshot.ts'
import { admitOwnSet, keepClaims } from './key-sets.ts'
import { acceptKeyStatement, storedStatement, successorOf } from './key-statements.ts'
import { openState } from './open-state.ts'
import { acceptClock, acceptObject, acceptPolicy, admit, adoptNow, atNow } from './operator.ts'
import { dispatchAll } from './pipeline/dispatch-all.ts'
import { acceptResolution } from './promise/accept-resolution.ts'
import { awaitOutcome, promiseStatus } from './promise/await-outcome.ts'
import { acceptHeartbeat, feedOf } from './revocation/feed.ts'
import { listRevocations } from './revocation/list.ts'
import { acceptRevocation, revocationsOf, revoke } from './revocation/revocations.ts'
import { sweepRevocations } from './revocation/sweep.ts'
import { acceptAssessment } from './trust/assessments.ts'
import { trustOf } from './trust/trust.ts'
import { afterwards, keepingClaims, sealNow, sweepRecords } from './upkeep.ts'
import type { Powers } from './interface.ts'
import type { Kernel } from './kernel.ts'
import type { KernelState } from './state.ts'

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
