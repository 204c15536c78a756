/**
 * Explain: the decision about a message made again, dry. Stages 1 to 3 run on a snapshot and note every rule
 * they look at; nothing is recorded, executed or sent, and only this node's operator sees it.
 */
import { isStateful, openAccount, spendingRefusal } from './capability/spending.ts'
import { decisionContext } from './decision.ts'
import { decide } from './dispatch.ts'
import { REFUSALS } from './errors.ts'
import { keyOf, recall } from './replay.ts'
import type { DecisionContext } from './decision.ts'
import type { Refusal } from './errors.ts'
import type { Authorised, Capability, Check, Message } from './interface.ts'
import type { KernelState } from './state.ts'

/** What was decided, rule by rule. */
export interface Explanation {
  readonly checks: readonly Check[]
  /** The first rule that failed; absent when the message would be executed. */
  readonly refusal?: Refusal & { readonly says: string; readonly fix: string }
  /** As far as the stages got. */
  readonly message?: Message
  readonly chain?: readonly Capability[]
}

export async function explain(kernel: KernelState, bytes: Uint8Array): Promise<Explanation> {
  const checks: Check[] = []
  const time = kernel.clock.now()
  if (time.refused !== undefined) return { checks, refusal: explained(time.refused) }
  const snapshot = kernel.powers.store.snapshot()
  try {
    const context: DecisionContext = {
      ...decisionContext(kernel, snapshot, time.ok),
      check: (check) => checks.push(check),
    }
    const decision = await decide(bytes, context, async (_stage, _message, run) => run())
    const { message, chain } = decision
    const refused = decision.refused ?? (await spentRefusal(context, decision.invocation.authorised))
    return {
      checks,
      ...(refused === undefined ? {} : { refusal: explained(refused) }),
      ...(message === undefined ? {} : { message }),
      ...(chain === undefined ? {} : { chain }),
    }
  } finally {
    snapshot.close()
  }
}

/** Whether what is left of totals and rates is not enough, for a message that was not answered yet. */
async function spentRefusal(
  context: DecisionContext,
  { message, chain, now }: Authorised,
): Promise<Refusal | undefined> {
  if (!isStateful(chain)) return undefined
  const { snapshot, crypto } = context
  const before = await recall(snapshot, message, keyOf(crypto, message))
  if (before.refused !== undefined || before.ok !== undefined) return before.refused
  return spendingRefusal(context, await openAccount(snapshot, chain, now))
}

function explained(refusal: Refusal): Refusal & { readonly says: string; readonly fix: string } {
  const { says, fix } = REFUSALS[refusal.code]
  return { ...refusal, says, fix }
}
