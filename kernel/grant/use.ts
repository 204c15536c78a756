/**
 * One use of a grant handle: checked as a message would be, then answered from memory at once, or run. A pure
 * result is computed once, whoever asks, and neither signed nor stored unless a receipt is asked for; an effect is
 * one transaction, durable as that of a message (spec/dispatch.md, "Grant handles").
 */
import { ownBytes, readContent, StoreError } from '../../promisebase/index.ts'
import { isStateful } from '../capability/spending.ts'
import { cancelBy } from '../cancel.ts'
import { noteFault, watchChanges } from '../dispatch.ts'
import { refuse } from '../errors.ts'
import { outcomeIn } from '../pipeline/outcomes.ts'
import { revokedLink } from '../revocation/check.ts'
import { underChain } from '../revocation/runs.ts'
import { chargeAttempt, Discarded, runEffect, transactInTurn } from '../settle/effect.ts'
import { pureResult, within } from '../settle/pure.ts'
import { settle } from '../settle/settle.ts'
import { decideUse, identified, invocationOn } from './decide-use.ts'
import { stillGranted } from './open-handle.ts'
import { placeOf } from './named-input.ts'
import type { CID } from 'multiformats/cid'
import type { OpenSnapshot } from '../../promisebase/index.ts'
import type { Cancel } from '../cancel.ts'
import type { Result } from '../errors.ts'
import type { Executed, Invocation, Outcome } from '../interface.ts'
import type { KernelState } from '../state.ts'
import type { UseInput } from './decide-use.ts'
import type { OpenHandle } from './open-handle.ts'
import type { CallEnd } from './pending-call.ts'

/** What is asked for. */
export interface Use {
  readonly handle: OpenHandle
  readonly method: string
  readonly receipt: boolean
  readonly signal: AbortSignal | undefined
}

/** The end of a use that needs no waiting: refused, or known. Undefined when it has to be decided or run. */
export function endAtOnce({ handle, method, receipt, signal }: Use, input: UseInput): CallEnd | undefined {
  const { kernel } = handle
  if (kernel.closing.signal.aborted) return refuse('ABORTED', 'this node is closing')
  if (handle.isClosed) return refuse('ABORTED', 'the handle is closed')
  if (signal?.aborted === true) return refuse('ABORTED', 'the caller gave up')
  const time = kernel.clock.now()
  if (time.refused !== undefined) return time
  if (input.bytes === undefined) return undefined
  if (input.bytes.length > kernel.limits.argumentBytes)
    return refuse('LIMIT', `arguments have at most ${kernel.limits.argumentBytes} bytes`)
  const prepared = receipt ? undefined : handle.methods.get(method)
  if (prepared?.results === undefined || !stillGranted(handle, time.ok)) return undefined
  const known = kernel.recent.get(placeOf(prepared.results.prefix, input))
  return known === undefined ? undefined : within(prepared.common, known)
}

/** Decides and runs what {@link endAtOnce} could not end. Never throws. */
export async function runUse(use: Use, input: UseInput): Promise<CallEnd> {
  const { kernel } = use.handle
  const { closing } = kernel
  const forgetStale = watchChanges(kernel)
  const cancel = use.signal === undefined ? cancelBy(closing.signal) : cancelBy(closing.signal, use.signal)
  let snapshot: OpenSnapshot | undefined
  const release = (): void => {
    snapshot?.close()
    snapshot = undefined
  }
  try {
    snapshot = kernel.powers.store.snapshot()
    const time = kernel.clock.now()
    if (time.refused !== undefined) return time
    const own = ownInput(input)
    const deciding = decidedUse(use, own, snapshot, time.ok)
    const decided = deciding instanceof Promise ? await deciding : deciding
    if (decided.refused !== undefined) return decided
    return await runDecided(use, decided.ok, { input: own, snapshot, release, cancel, now: time.ok })
  } catch (error) {
    return { refused: noteFault(kernel, error) }
  } finally {
    release()
    forgetStale()
  }
}

/** At once when the method was decided before, for whatever arguments. */
function decidedUse(
  { handle, method }: Use,
  input: UseInput,
  snapshot: OpenSnapshot,
  now: number,
): Result<Invocation> | Promise<Result<Invocation>> {
  const prepared = stillGranted(handle, now) ? handle.methods.get(method) : undefined
  return prepared !== undefined && input.bytes !== undefined
    ? { ok: invocationOn(prepared, input) }
    : decideUse(handle, method, input, snapshot, now)
}

/** What a use is decided and run with. */
interface Course {
  readonly input: UseInput
  readonly snapshot: OpenSnapshot
  /** Gives up the snapshot. */
  readonly release: () => void
  readonly cancel: Cancel
  readonly now: number
}

function runDecided(use: Use, invocation: Invocation, course: Course): Promise<CallEnd> {
  const { handle } = use
  const { kernel, chain } = handle
  const { input, snapshot, release, cancel, now } = course
  if (isStateful(chain)) return runCounted(handle, identified(handle, invocation, now), snapshot, cancel)
  return underChain(kernel, chain, cancel, (stoppable): Promise<CallEnd> => {
    if (invocation.cacheKey !== undefined) return runPure(use, invocation, input, snapshot, stoppable)
    if (input.bytes !== undefined) release()
    return runImpure(handle, identified(handle, invocation, now), stoppable)
  })
}

async function runPure(
  { handle, method, receipt }: Use,
  invocation: Invocation,
  input: UseInput,
  snapshot: OpenSnapshot,
  cancel: Cancel,
): Promise<CallEnd> {
  const { kernel } = handle
  const { cacheKey } = invocation
  if (cacheKey === undefined) throw new TypeError('only a pure invocation has a cache key')
  const computed = await pureResult(kernel, invocation, cacheKey, snapshot, cancel, !receipt)
  if (computed.refused !== undefined) return { refused: computed.refused }
  if (receipt) return { ok: computed.ok }
  const results = handle.methods.get(method)?.results
  const bare: Executed = { result: computed.ok.result, fuel: computed.ok.fuel }
  if (
    results !== undefined &&
    input.bytes !== undefined &&
    bare.result.bytes.length <= kernel.limits.inlineBytes
  )
    kernel.recent.set(placeOf(results.prefix, input), bare)
  return { ok: bare }
}

async function runImpure(handle: OpenHandle, invocation: Invocation, cancel: Cancel): Promise<CallEnd> {
  const { kernel } = handle
  try {
    const done = await transactInTurn(kernel, invocation, async (transaction) => {
      const revoked = await revokedLink(kernel.powers.crypto, transaction, handle.chain)
      if (revoked !== undefined) throw new Discarded(revoked, 0, invocation)
      const ended = await runEffect(kernel, invocation, transaction, cancel)
      kernel.clock.stage(transaction)
      return ended
    })
    done.committed?.()
    return endOf(kernel, done.outcome)
  } catch (error) {
    if (!(error instanceof Discarded)) throw error
    await chargeAttempt(kernel, invocation, error)
    return { refused: error.refused }
  } finally {
    kernel.promises.room.drop(invocation.authorised.message.id)
  }
}

/** What counts is settled as a message is, with its record: there is one place where things are charged. */
async function runCounted(
  { kernel }: OpenHandle,
  invocation: Invocation,
  snapshot: OpenSnapshot,
  cancel: Cancel,
): Promise<CallEnd> {
  const reply = await settle(kernel, invocation, snapshot, cancel)
  return reply.refused === undefined ? endOf(kernel, outcomeIn(reply.ok)) : reply
}

async function endOf(kernel: KernelState, outcome: Outcome): Promise<CallEnd> {
  if (outcome.status !== 'kept') return { told: outcome }
  const { cid, bytes = await stored(kernel, cid) } = outcome.result
  return { ok: { result: { cid, bytes }, fuel: outcome.fuel } }
}

async function stored({ powers, limits }: KernelState, cid: CID): Promise<Uint8Array> {
  const snapshot = powers.store.snapshot()
  try {
    const content = await readContent(snapshot, cid, limits.outputBytes)
    if (content.refused === undefined) return content.ok
    throw new StoreError('CORRUPT', `result ${cid.toString()} is gone`)
  } finally {
    snapshot.close()
  }
}

/** What the caller does to its bytes while we wait must not change what runs. */
function ownInput(input: UseInput): UseInput {
  if (input.bytes === undefined || input.isLent === undefined) return input
  return { cid: input.cid, key: input.key, bytes: ownBytes(input.bytes) }
}
