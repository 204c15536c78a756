/** A scenario played on a node of ours: each message dispatched at its second, each decision explained. */
import { openNode } from './grid-node.ts'
import { hex, unhex } from './json.ts'
import type { Kernel } from 'promisegrid/kernel'
import type { Answer, AskedStep, Decision, Json, Scenario } from '../vectors.ts'

export async function answerDispatch(scenario: Scenario<AskedStep>): Promise<Answer> {
  const clock = { seconds: scenario.steps[0]?.now ?? 0 }
  await using kernel = await openNode(scenario, clock)
  const replies: string[] = []
  const decisions: Json[] = []
  for (const { now, message, acceptClock, accept = [] } of scenario.steps) {
    clock.seconds = now
    if (acceptClock === true) await kernel.acceptClock()
    for (const object of accept) await tell(kernel, unhex(object))
    decisions.push(await decisionOf(kernel, unhex(message)))
    replies.push(hex(await kernel.dispatch(unhex(message))))
  }
  return { ok: { replies, decisions } }
}

/** One of the two; the replies show what was taken. */
async function tell(kernel: Kernel, object: Uint8Array): Promise<void> {
  const { refused } = await kernel.acceptRevocation(object)
  if (refused?.code === 'SHAPE') await kernel.acceptHeartbeat(object)
}

/** What the node decides before it runs anything: null when it would run the message. */
async function decisionOf(kernel: Kernel, message: Uint8Array): Promise<Json> {
  const { refusal } = await kernel.explain(message)
  if (refusal === undefined) return null
  const decision: Decision = { code: refusal.code }
  const { link, rule } = refusal
  return {
    ...decision,
    ...(link === undefined ? {} : { link }),
    ...(rule === undefined ? {} : { rule }),
  }
}
