/**
 * A call of a module that asks its host: run, wait for the answer, run again from the beginning, until it ends. What
 * was asked is not asked again, and only the last run counts (spec/host-functions.md, "Runs").
 */
import { refuse } from '../../../kernel/index.ts'
import { escapeText } from '../escape.ts'
import { repeatedFuelMax } from './limits.ts'
import { unfaithful } from './journal.ts'
import { Conversation } from './conversation.ts'
import { Suspended } from './suspended.ts'
import type { Refusal, RunCancel, RunResult, RuntimeCall } from '../../../kernel/index.ts'
import type { Answerer } from './answerer.ts'
import type { HostRoom } from './room.ts'
import type { Asking } from './conversation.ts'

/** A call that is run as often as it takes. */
export interface Replayed {
  readonly call: RuntimeCall
  readonly cancel: RunCancel
  readonly room: HostRoom
  readonly answerer: Answerer
  /** One run of a fresh instance, to its end; what `asking` throws comes out of it. */
  run(asking: Asking): RunResult
}

export async function replay(replayed: Replayed): Promise<RunResult> {
  const { call, cancel, room, answerer } = replayed
  const conversation = new Conversation(call, room, answerer)
  let repeated = 0
  try {
    for (;;) {
      const ended = runOnce(replayed, conversation)
      if (!(ended instanceof Suspended)) return endOf(ended, conversation)
      repeated += ended.fuel
      // Waited for in any case: nothing that was asked outlives its call.
      const unsettled = await conversation.settle()
      const refused = unsettled ?? repeatRefusal(repeated, call) ?? cancelRefusal(cancel)
      if (refused !== undefined)
        return withoutLent({ refused, fuel: spent(refused, ended, call) }, conversation)
    }
  } finally {
    conversation.close()
  }
}

/** One run, to its end or to a question. */
function runOnce({ run }: Replayed, conversation: Conversation): RunResult | Suspended {
  conversation.begin()
  try {
    return run(conversation)
  } catch (error) {
    if (error instanceof Suspended) return error
    throw error
  }
}

/** What a run that was not suspended came to. */
function endOf(ended: RunResult, conversation: Conversation): RunResult {
  if (ended.refused !== undefined)
    return withoutLent({ ...ended, refused: explained(ended.refused, conversation) }, conversation)
  if (!conversation.isFaithful) return withoutLent({ ...unfaithful(), fuel: ended.fuel }, conversation)
  const { deferred } = conversation
  if (deferred === undefined || ended.output === undefined) return withoutLent(ended, conversation)
  return withoutLent(
    ended.output.length === 0
      ? { deferred, fuel: ended.fuel }
      : { ...refuse('TRAP', 'a call that makes a promise returns no bytes'), fuel: ended.fuel },
    conversation,
  )
}

/** The handlers that were called have counted their work themselves. */
function withoutLent(ended: RunResult, { lentFuel }: Conversation): RunResult {
  return lentFuel === 0 ? ended : { ...ended, fuel: Math.max(0, ended.fuel - lentFuel) }
}

function explained(refused: Refusal, { log }: Conversation): Refusal {
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
        `runs that were repeated took more than ${most} units: name ahead what will be asked`,
      ).refused
}

function cancelRefusal({ aborted }: RunCancel): Refusal | undefined {
  return aborted ? refuse('ABORTED', 'cancelled while it waited for an answer').refused : undefined
}

/** Whoever was refused for want of fuel has used all of it. */
function spent({ code }: Refusal, ended: Suspended, { budget }: RuntimeCall): number {
  return code === 'BUDGET_FUEL' ? budget.fuel : ended.fuel
}
