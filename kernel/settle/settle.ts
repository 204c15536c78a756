/**
 * Stages 4 to 6 for one invocation, exactly once: twins of a message share one flight. What has an effect is
 * settled in one transaction (effect.ts); a pure result is computed once per cache key (pure.ts). The whole is
 * in spec/dispatch.md, "Settle".
 */
import { cidKey } from '../../promisebase/index.ts'
import { isStateful } from '../capability/spending.ts'
import { underChain } from '../revocation/runs.ts'
import { settleEffect } from './effect.ts'
import { settleCharged, settlePure } from './pure.ts'
import type { Snapshot } from '../../promisebase/index.ts'
import type { Cancel } from '../cancel.ts'
import type { Result } from '../errors.ts'
import type { Invocation } from '../interface.ts'
import type { KernelState } from '../state.ts'

/** The signed reply to an invocation; `snapshot` is the one its decision was made on. */
export async function settle(
  kernel: KernelState,
  invocation: Invocation,
  snapshot: Snapshot,
  cancel: Cancel,
): Promise<Result<Uint8Array>> {
  const name = cidKey(invocation.authorised.message.id)
  for (let twin = kernel.messageFlights.get(name); twin; twin = kernel.messageFlights.get(name)) {
    const reply = await twin
    // Who gave up was the caller of the twin: this one has not.
    if (reply.refused?.code !== 'ABORTED' || cancel.aborted) return reply
  }
  const { cacheKey, authorised } = invocation
  const settleBy = isStateful(authorised.chain) ? settleCharged : settlePure
  const flight = underChain(kernel, authorised.chain, cancel, (stoppable) =>
    cacheKey === undefined
      ? settleEffect(kernel, invocation, stoppable)
      : settleBy(kernel, invocation, cacheKey, snapshot, stoppable),
  )
  kernel.messageFlights.set(name, flight)
  try {
    return await flight
  } finally {
    kernel.messageFlights.delete(name)
  }
}
