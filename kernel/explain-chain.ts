/**
 * Explains a chain of tokens without a message, or beside one that lends it: it is judged as if all that its last
 * link grants were asked for, by the same stage as any message.
 */
import { CODEC, hashBlock } from '../promisebase/index.ts'
import { effectiveGrant } from './capability/chain.ts'
import { readToken } from './capability/token.ts'
import { explained, takeNotes, treeOf } from './explain-tree.ts'
import { idKey, SPACE } from './spaces.ts'
import { authorise } from './stages/2-authorise.ts'
import type { DecisionContext } from './decision.ts'
import type { ExplainedChain, ExplainedRefusal, Notes } from './explain-tree.ts'
import type { Capability, Grant, Message, Principal, Resource, TokenReference } from './interface.ts'

/** What a chain grants, to whom and through whom. */
export interface ChainExplanation extends Notes {
  readonly tree: ExplainedChain
  /** The first rule that failed; absent when the chain could be used. */
  readonly refusal?: ExplainedRefusal
  /** What it allows; absent when it is refused. */
  readonly grant?: Grant
  /** Who may use it, by the account of the last link. */
  readonly holder?: Principal | 'bearer'
  /** Those whose promises it takes, from this node to whoever issued the last link; absent when it is refused. */
  readonly through?: readonly Principal[]
}

/** `sender` is who would use it: the holder of the last link, when nobody is named. */
export async function explainChain(
  context: DecisionContext,
  tokens: readonly TokenReference[],
  sender?: Principal,
): Promise<ChainExplanation> {
  const notes = takeNotes(aboutChain(context))
  const last = await lastOf(context, tokens)
  const decided = await authorise(requestFor(context, tokens, last, sender), notes.context)
  const { refused } = decided
  // Only what the notes are about: the message is none.
  const taken: Notes = { ...notes.taken, checks: notes.taken.checks.filter(({ rule }) => isOfChain(rule)) }
  return {
    ...taken,
    tree: treeOf(taken),
    ...(last === undefined ? {} : { holder: last.holder }),
    ...(refused === undefined
      ? { grant: effectiveGrant(decided.ok.chain), through: decided.ok.chain.map(({ issuer }) => issuer) }
      : { refusal: explained(refused) }),
  }
}

/** Notes are taken of this chain alone. */
function aboutChain({ check: _check, link: _link, ...context }: DecisionContext): DecisionContext {
  return context
}

function isOfChain(rule: string): boolean {
  return !rule.startsWith('message.md#')
}

async function lastOf(
  { snapshot, crypto, keys }: DecisionContext,
  tokens: readonly TokenReference[],
): Promise<Capability | undefined> {
  const last = tokens.at(-1)
  const bytes =
    last instanceof Uint8Array || last === undefined ? last : await snapshot.get(SPACE.tokens, idKey(last))
  return bytes === undefined ? undefined : readToken(crypto, keys, bytes).ok?.capability
}

/** A message that asks for exactly what the last link grants. It is only judged: nobody has signed it. */
function requestFor(
  { crypto, node, grid, now }: DecisionContext,
  tokens: readonly TokenReference[],
  last: Capability | undefined,
  sender: Principal | undefined,
): Message {
  const resource: Resource = last?.resource ?? { kind: 'node', owner: node }
  const holder = last === undefined || last.holder === 'bearer' ? node : last.holder
  const nothing = new Uint8Array(0)
  const request: Omit<Message, keyof { [K in keyof Message as K extends symbol ? K : never]: true }> = {
    form: 'array',
    bytes: nothing,
    id: hashBlock(crypto.sha256, CODEC.raw, nothing),
    protocol: resource.kind === 'code' ? resource.protocol : grid,
    grid,
    claims: {
      issuer: sender ?? holder,
      audience: node,
      issuedAt: now,
      expires: now,
      nonce: nothing,
      method: last?.methods[0] ?? '*',
      resource,
      capabilities: tokens,
    },
  }
  return request as Message
}
