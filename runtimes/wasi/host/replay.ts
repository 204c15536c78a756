/**
 * A call of a module that asks its host: run, wait for the answer, run again from the beginning, until it ends. What
 * was asked is not asked again, and only the last run counts (spec/host-functions.md, "Runs").
 */
import { refuse } from '../../../kernel/index.ts'
import { escapeText } from '../escape.ts'
import { repeatedFuelMax } from './limits.ts'
import { unfaithful } from './journal.ts'
import { HostSession } from './session.ts'
import { Suspended } from './suspended.ts'
import type { Refusal, RunCancel, RunResult, RuntimeCall } from '../../../kernel/index.ts'
import type { HostRoom } from './room.ts'
import type { Asking } from './session.ts'

/** A call that is run as often as it takes. */
export interface Replayed {
  readonly call: RuntimeCall
  readonly cancel: RunCancel
  readonly room: HostRoom
  /** One run of a fresh instance, to its end; what `asking` throws comes out of it. */
  run(asking: Asking): RunResult
}

export async function replay(replayed: Replayed): Promise<RunResult> {
  const { call, cancel, room } = replayed
  const session = new HostSession(call, room)
  let repeated = 0
  try {
    for (;;) {
      const ended = runOnce(replayed, session)
      if (!(ended instanceof Suspended)) return endOf(ended, session)
      repeated += ended.fuel
      const refused = repeatRefusal(repeated, call) ?? (await session.settle()) ?? cancelRefusal(cancel)
      if (refused !== undefined) return withoutLent({ refused, fuel: spent(refused, ended, call) }, session)
    }
  } finally {
    session.close()
  }
}

/** One run, to its end or to a question. */
function runOnce({ run }: Replayed, session: HostSession): RunResult | Suspended {
  session.begin()
  try {
    return run(session)
  } catch (error) {
    if (error instanceof Suspended) return error
    throw error
  }
}

/** What a run that was not suspended came to. */
function endOf(ended: RunResult, session: HostSession): RunResult {
  if (ended.refused !== undefined)
    return withoutLent({ ...ended, refused: explained(ended.refused, session) }, session)
  if (!session.isFaithful) return withoutLent({ ...unfaithful(), fuel: ended.fuel }, session)
  const { deferred } = session
  if (deferred === undefined || ended.output === undefined) return withoutLent(ended, session)
  return withoutLent(
    ended.output.length === 0
      ? { deferred, fuel: ended.fuel }
      : { ...refuse('TRAP', 'a call that makes a promise returns no bytes'), fuel: ended.fuel },
    session,
  )
}

/** The handlers that were called have counted their work themselves. */
function withoutLent(ended: RunResult, { lentFuel }: HostSession): RunResult {
  return lentFuel === 0 ? ended : { ...ended, fuel: Math.max(0, ended.fuel - lentFuel) }
}

function explained(refused: Refusal, { log }: HostSession): Refusal {
  const said = log.finish()
  const isOwnWord = refused.code === 'HANDLER' || refused.code === 'TRAP'
  if (said.length === 0 || !isOwnWord) return refused
  return { ...refused, detail: `${refused.detail}; it logged: ${escapeText(said)}` }
}

function repeatRefusal(repeated: number, { budget }: RuntimeCall): Refusal | undefined {
  const most = repeatedFuelMax(budget.fuel)
  return repeated <= most
    ? undefined
    : refuse(
        'BUDGET_FUEL',
        `runs that were repeated took more than ${most} units: hint at what will be asked`,
      ).refused
}

function cancelRefusal({ aborted }: RunCancel): Refusal | undefined {
  return aborted ? refuse('ABORTED', 'cancelled while it waited for an answer').refused : undefined
}

/** Whoever was refused for want of fuel has used all of it. */
function spent({ code }: Refusal, ended: Suspended, { budget }: RuntimeCall): number {
  return code === 'BUDGET_FUEL' ? budget.fuel : ended.fuel
}
