/**
 * Explain: the decision about a message made again, dry. Stages 1 to 3 run on a snapshot and note every rule
 * they look at; nothing is recorded, executed or sent, and only this node's operator sees it.
 */
import { isStateful, openAccount, spendingRefusal } from './capability/spending.ts'
import { decisionContext } from './decision.ts'
import { decide } from './dispatch.ts'
import { explainChain } from './explain-chain.ts'
import { explained, NOTHING_NOTED, takeNotes, treeOf } from './explain-tree.ts'
import { inSnapshot } from './in-snapshot.ts'
import { keyOf, recall } from './replay.ts'
import type { DecisionContext } from './decision.ts'
import type { Refusal } from './errors.ts'
import type { ChainExplanation } from './explain-chain.ts'
import type { ExplainedChain, ExplainedRefusal, Notes } from './explain-tree.ts'
import type { Authorised, Capability, Message, TokenReference } from './interface.ts'
import type { KernelState } from './state.ts'

/** What was decided, rule by rule. */
export interface Explanation extends Notes {
  /** The first rule that failed; absent when the message would be executed. */
  readonly refusal?: ExplainedRefusal
  /** As far as the stages got. */
  readonly message?: Message
  /** Once it is proved. */
  readonly chain?: readonly Capability[]
  readonly tree: ExplanationTree
}

/** The message, its links, and the chains it lends; of each every rule that was looked at. */
export interface ExplanationTree extends ExplainedChain {
  readonly table: readonly ChainExplanation[]
}

export async function explain(kernel: KernelState, bytes: Uint8Array): Promise<Explanation> {
  const time = kernel.clock.now()
  if (time.refused !== undefined) return { ...NOTHING_NOTED, refusal: explained(time.refused) }
  return inDecision(kernel, time.ok, async (context) => {
    const notes = takeNotes(context)
    const decision = await decide(bytes, notes.context, async (_stage, _message, run) => run())
    const { message, chain } = decision
    const refused = decision.refused ?? (await spentRefusal(notes.context, decision.invocation.authorised))
    return {
      ...notes.taken,
      tree: { ...treeOf(notes.taken), table: await explainTable(context, message) },
      ...(refused === undefined ? {} : { refusal: explained(refused) }),
      ...(message === undefined ? {} : { message }),
      ...(chain === undefined ? {} : { chain }),
    }
  })
}

/** What a chain of tokens allows whoever holds the last of them, here and now. */
export async function explainTokens(
  kernel: KernelState,
  tokens: readonly TokenReference[],
): Promise<ChainExplanation> {
  const time = kernel.clock.now()
  if (time.refused !== undefined) return { ...NOTHING_NOTED, refusal: explained(time.refused) }
  return inDecision(kernel, time.ok, (context) => explainChain(context, tokens))
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

/** What the sender lends, each chain as it would be judged if it were used. */
async function explainTable(
  context: DecisionContext,
  message: Message | undefined,
): Promise<readonly ChainExplanation[]> {
  const table: ChainExplanation[] = []
  for (const lent of message?.claims.table ?? [])
    table.push(await explainChain(context, lent, message?.claims.issuer))
  return table
}

async function inDecision<T>(
  kernel: KernelState,
  now: number,
  work: (context: DecisionContext) => Promise<T>,
): Promise<T> {
  return inSnapshot(kernel.powers.store, (snapshot) => work(decisionContext(kernel, snapshot, now)))
}
