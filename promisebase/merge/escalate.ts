/** Asking somebody outside for what no function could make. What comes back is data, and may be anything. */
import { isContent } from './merge-pair.ts'
import { putConflict, queuedAs } from './queue.ts'
import { MERGE_LIMITS } from './limits.ts'
import type { Store } from '../interface.ts'
import type { Escalation, MergeCode, Objection, OpenConflict, Proposal } from './interface.ts'

/** Characters of what a failure says that are kept. */
const DETAIL_MAX = 1_024

/** The proposal, kept beside the conflict; undefined when there is none, which is noted there as well. */
export async function askEscalation(
  store: Store,
  escalation: Escalation,
  conflict: OpenConflict,
  signal?: AbortSignal,
): Promise<Proposal | undefined> {
  const codec = conflict.left.commit.content.code
  const proposed = await proposalOf(escalation, conflict, codec, signal)
  signal?.throwIfAborted()
  return store.transact(async (transaction) => {
    const queued = await queuedAs(transaction, conflict)
    if (queued === undefined) return undefined
    if (!(proposed instanceof Uint8Array)) {
      const objections = [...queued.objections.filter(({ of }) => of !== escalation.name), proposed]
      return void putConflict(transaction, { ...queued, objections })
    }
    const proposal = { proposer: escalation.name, content: transaction.putBlock(proposed, codec) }
    putConflict(transaction, { ...queued, proposals: [...queued.proposals, proposal] })
    return proposal
  })
}

async function proposalOf(
  escalation: Escalation,
  conflict: OpenConflict,
  codec: number,
  signal?: AbortSignal,
): Promise<Uint8Array | Objection> {
  const objection = (code: MergeCode, detail: string): Objection => ({ of: escalation.name, code, detail })
  try {
    const proposed = await escalation.propose(conflict, signal)
    if (proposed === undefined) return objection('CONFLICT', 'it has nothing to propose')
    if (isContent(codec, proposed)) return Uint8Array.from(proposed)
    return objection('SHAPE', 'what it proposes is no block of the codec')
  } catch (error) {
    // Whoever is asked may be a service that is down: the conflict waits on.
    const says = error instanceof Error ? error.message : String(error)
    return objection('FAILED', says.slice(0, DETAIL_MAX))
  }
}

/** @throws {TypeError} when a proposal could not name it */
export function checkEscalation({ name }: Escalation): void {
  const { length } = new TextEncoder().encode(name)
  if (length === 0 || length > MERGE_LIMITS.proposerBytes)
    throw new TypeError(`the name of an escalation has 1 to ${MERGE_LIMITS.proposerBytes} bytes`)
}
