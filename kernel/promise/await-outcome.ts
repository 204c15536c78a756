/**
 * Waiting for a promise of this node. What it waits for is in the store, so waiting again after a restart, or
 * for something that ended long ago, is the same (spec/promise.md, "Asking").
 */
import { cidKey, isCid } from '../../promisebase/index.ts'
import { cancelBy } from '../cancel.ts'
import { refuse } from '../errors.ts'
import { noShare } from '../fair-share.ts'
import { noChanges } from './desk.ts'
import { endOf } from './end.ts'
import { readRecord } from './record.ts'
import { inspection, standingOf } from './standing.ts'
import { unknownPromise } from './terms.ts'
import type { CID } from 'multiformats/cid'
import type { Result } from '../errors.ts'
import type { Outcome, SignedPromise } from '../interface.ts'
import type { KernelState } from '../state.ts'
import type { PromiseEnd, PromiseRecord } from './record.ts'

export interface WaitOptions {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

export interface PromiseStatus {
  readonly promise: SignedPromise
  readonly status: 'open' | Outcome['status']
  /** How it ended; absent while it is open. */
  readonly ended?: PromiseEnd
}

/** A timer longer than this would overflow in some platforms; whoever waits looks again. */
const TIMER_MS_MAX = 24 * 60 * 60 * 1_000

type Look =
  | { readonly ended: PromiseEnd; readonly record: PromiseRecord }
  | {
      readonly ended?: undefined
      readonly record: PromiseRecord
      /** Everything whose end could end it. */
      readonly names: readonly string[]
      /** The second at which time alone could. */
      readonly soonest: number
    }

export async function promiseStatus(
  kernel: KernelState,
  id: CID,
): Promise<Result<PromiseStatus | undefined>> {
  const seen = await look(kernel, id)
  if (seen.refused !== undefined) return seen
  if (seen.ok === undefined) return { ok: undefined }
  const { record, ended } = seen.ok
  const { promise } = record
  return {
    ok: ended === undefined ? { promise, status: 'open' } : { promise, status: ended.outcome.status, ended },
  }
}

export async function awaitOutcome(
  kernel: KernelState,
  id: CID,
  options: WaitOptions,
): Promise<Result<PromiseEnd>> {
  let leave: (() => void) | undefined
  const patience = patienceOf(kernel, options)
  try {
    for (;;) {
      const { ends } = kernel.promises
      const seen = await look(kernel, id)
      if (seen.refused !== undefined) return seen
      if (seen.ok === undefined) return { refused: unknownPromise(id) }
      if (seen.ok.ended !== undefined) return { ok: seen.ok.ended }
      const over = patience.over()
      if (over !== undefined) return over
      leave ??= kernel.promises.enter(seen.ok.record.promise.audience)
      if (leave === undefined) return noShare('those who wait for promises')
      await patience.until(seen.ok.names, seen.ok.soonest, ends)
    }
  } finally {
    patience.end()
    leave?.()
  }
}

/** How it stands now. What ended by time or conditions alone is written down before anyone is told. */
async function look(kernel: KernelState, id: CID): Promise<Result<Look | undefined>> {
  if (!isCid(id)) throw new TypeError('promise must be a CID')
  const { store, crypto } = kernel.powers
  const time = kernel.clock.now()
  if (time.refused !== undefined) return time
  const snapshot = store.snapshot()
  try {
    const record = await readRecord(crypto, snapshot, id)
    if (record === undefined) return { ok: undefined }
    if (record.ended !== undefined) return { ok: { record, ended: record.ended } }
    const inspected = inspection(crypto, snapshot, time.ok)
    const { open } = await standingOf(inspected, record)
    if (!open) return await writeDown(kernel, id, time.ok)
    const names = [cidKey(id), ...inspected.seen.keys()]
    return { ok: { record, names, soonest: inspected.soonest } }
  } finally {
    snapshot.close()
  }
}

async function writeDown(kernel: KernelState, id: CID, now: number): Promise<Result<Look | undefined>> {
  const { store, crypto } = kernel.powers
  const { record, ended, changes } = await store.transact(async (transaction) => {
    const changes = noChanges()
    const record = await readRecord(crypto, transaction, id)
    const ended = record && (await endOf({ kernel, transaction, now, changes }, record))
    return { record, ended, changes }
  })
  kernel.promises.committed(changes)
  return { ok: record === undefined || ended === undefined ? undefined : { record, ended } }
}

/** How long somebody waits, and what wakes him before. */
interface Patience {
  /** Why there is no more of it. */
  over(): { readonly refused: NonNullable<Result<never>['refused']> } | undefined
  until(names: readonly string[], soonest: number, ends: number): Promise<void>
  end(): void
}

function patienceOf(kernel: KernelState, { signal, timeoutMs }: WaitOptions): Patience {
  const { timer, clock } = kernel.powers
  const cancel = cancelBy(kernel.closing.signal, ...(signal === undefined ? [] : [signal]))
  let isLate = false
  let wake: () => void = () => undefined
  const stopListening = cancel.onAbort(() => wake())
  const stopTimer =
    timeoutMs === undefined
      ? () => undefined
      : timer(timeoutMs, () => {
          isLate = true
          wake()
        })
  const over: Patience['over'] = () => {
    if (cancel.aborted) return refuse('ABORTED', 'the caller gave up, or the node is closing')
    return isLate ? refuse('PENDING', `not resolved within ${timeoutMs} ms`) : undefined
  }
  const until: Patience['until'] = (names, soonest, ends) =>
    new Promise((resolve) => {
      const stops: (() => void)[] = []
      wake = () => {
        for (const stop of stops) stop()
        resolve()
      }
      stops.push(kernel.promises.watch(names, wake))
      stops.push(timer(Math.min(TIMER_MS_MAX, Math.max(0, soonest * 1_000 - clock())), wake))
      // Something ended while it was being looked at, or patience did.
      if (kernel.promises.ends !== ends || over() !== undefined) wake()
    })
  const end = (): void => {
    stopTimer()
    stopListening()
  }
  return { over, until, end }
}
