/**
 * Explain: the decision about a message made again, dry. Stages 1 to 3 run on a snapshot and note every rule
 * they look at; nothing is recorded, executed or sent, and only this node's operator sees it.
 */
import { decisionContext } from './dispatch.ts'
import { REFUSALS } from './errors.ts'
import { authorise } from './stages/2-authorise.ts'
import { resolve } from './stages/3-resolve.ts'
import { validate } from './stages/1-validate.ts'
import type { DecisionContext } from './decision.ts'
import type { Refusal, RefusalCode, Result } from './errors.ts'
import type { Capability, Check, Message } from './interface.ts'
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
    return { checks, ...(await decideDry(bytes, context)) }
  } finally {
    snapshot.close()
  }
}

async function decideDry(bytes: Uint8Array, context: DecisionContext): Promise<Omit<Explanation, 'checks'>> {
  const message = validate(bytes, context)
  if (message.refused !== undefined) return refusedAs(message)
  const authorised = await authorise(message.ok, context)
  if (authorised.refused !== undefined) return { ...refusedAs(authorised), message: message.ok }
  const reached = { message: message.ok, chain: authorised.ok.chain }
  const invocation = await resolve(authorised.ok, context)
  return invocation.refused === undefined ? reached : { ...refusedAs(invocation), ...reached }
}

function refusedAs(result: Result<unknown> | { readonly refused?: Refusal | undefined }): {
  readonly refusal?: Explanation['refusal'] & object
} {
  return result.refused === undefined ? {} : { refusal: explained(result.refused) }
}

function explained(refusal: Refusal): Refusal & { readonly says: string; readonly fix: string } {
  const code: RefusalCode = refusal.code
  return { ...refusal, says: REFUSALS[code].says, fix: REFUSALS[code].fix }
}
