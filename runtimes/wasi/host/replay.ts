/**
 * A call of a module that asks its host: run, wait for the answer, run again from the beginning, until it ends. What
 * was asked is not asked again, and only the last run counts (spec/host-functions.md, "Runs").
 */
import { refuse } from '../../../kernel/index.ts'
import { escapeText } from '../escape.ts'
import { deadlineOf, execute } from '../execute.ts'
import { repeatedFuelMax } from './limits.ts'
import { unfaithful } from './journal.ts'
import { HostSession } from './session.ts'
import { Suspended } from './suspended.ts'
import type { Refusal, RunCancel, RunResult } from '../../../kernel/index.ts'
import type { Execution } from '../execute.ts'
import type { HostRoom } from './room.ts'

export async function replay(execution: Execution, cancel: RunCancel, room: HostRoom): Promise<RunResult> {
  const session = new HostSession(execution.call, room)
  // One deadline for all runs.
  const timed = { ...execution, deadline: deadlineOf(execution) }
  let repeated = 0
  try {
    for (;;) {
      const ended = runOnce(timed, session)
      if (!(ended instanceof Suspended)) return endOf(ended, session)
      repeated += ended.fuel
      const refused = repeatRefusal(repeated, execution) ?? (await session.settle()) ?? cancelRefusal(cancel)
      if (refused !== undefined)
        return withoutLent({ refused, fuel: spent(refused, ended, execution) }, session)
    }
  } finally {
    session.close()
  }
}

/** One run of a fresh instance, to its end or to a question. */
function runOnce(execution: Execution, session: HostSession): RunResult | Suspended {
  const { running } = execution.prepared
  session.begin()
  running.asking = session
  try {
    return execute(execution)
  } catch (error) {
    if (error instanceof Suspended) return error
    throw error
  } finally {
    running.asking = undefined
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

function repeatRefusal(repeated: number, { call }: Execution): Refusal | undefined {
  const most = repeatedFuelMax(call.budget.fuel)
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
function spent({ code }: Refusal, ended: Suspended, { call }: Execution): number {
  return code === 'BUDGET_FUEL' ? call.budget.fuel : ended.fuel
}
