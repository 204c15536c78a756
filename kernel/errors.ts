/**
 * REFUSALS: every code a message can end with, in one table. A peer that has not proved possession of its
 * chain is sent only the `public` code, so that a stranger cannot probe what exists here; the code itself,
 * the link and the rule stay in the local trace and in `explain`. Codes are for ever, texts are free.
 */
import type { Refusal as StoreRefusal } from '../promisebase/index.ts'

interface RefusalRow {
  /** The stage that decides it. */
  readonly stage: 'validate' | 'authorise' | 'resolve' | 'execute' | 'any'
  /** What a sender is told before its chain is proved. */
  readonly public: string
  /** Whether the same bytes may succeed later. */
  readonly retryable: boolean
  readonly says: string
  readonly fix: string
}

export const REFUSALS = {
  // 1 validate: form
  DECODE: row(
    'validate',
    'DECODE',
    false,
    'not well-formed CBOR',
    'send one complete CBOR item, with unique keys and valid UTF-8',
  ),
  CANON: row(
    'validate',
    'CANON',
    false,
    'CBOR, but not the one deterministic encoding',
    'encode by RFC 8949 section 4.2.1: shortest heads, definite lengths, sorted keys',
  ),
  LIMIT: row(
    'validate',
    'LIMIT',
    false,
    'over a published bound',
    'see the limits in spec/message.md; pass large values by CID',
  ),
  SHAPE: row(
    'validate',
    'SHAPE',
    false,
    'CBOR of the wrong structure or type',
    'compare it with spec/message.cddl',
  ),
  FOREIGN: row(
    'validate',
    'FOREIGN',
    false,
    'a message of another protocol',
    'send a grid message; register a view to read messages of this protocol',
  ),
  CID: row(
    'validate',
    'CID',
    false,
    'a CID this protocol does not accept',
    'use a CIDv1 with sha2-256 and the codec the field asks for',
  ),
  GRID: row(
    'validate',
    'GRID',
    false,
    'a message for another grid',
    'send it to a node of its grid, or sign a new one for this grid',
  ),
  // 1 validate: signature
  ALG: row(
    'validate',
    'DENIED',
    false,
    'the algorithm is not the one of the key, or not accepted in this grid',
    'sign with the algorithm that the principal of iss stands for',
  ),
  KEY: row(
    'validate',
    'DENIED',
    false,
    'a key nobody may be known by, or a principal that cannot be read',
    'use a canonical did:key of Ed25519 or P-256, or the CID of a key set, and sign with the whole set',
  ),
  CRIT: row(
    'validate',
    'DENIED',
    false,
    'a header parameter that must be understood and is not',
    'leave it out, or ask a reader that knows it',
  ),
  SIG: row(
    'validate',
    'DENIED',
    false,
    'a signature, tag or sealed text does not hold for the received bytes',
    'sign exactly the bytes that are sent; nothing may change them on the way',
  ),
  // 2 authorise
  EXPIRED: row(
    'authorise',
    'DENIED',
    false,
    'past its expiry',
    'ask the issuer of the named link for a new promise, or sign a new message',
  ),
  EARLY: row('authorise', 'DENIED', true, 'not valid yet', 'wait until nbf, or set the clock that is wrong'),
  LIFETIME: row(
    'authorise',
    'DENIED',
    false,
    'expires further ahead than the limit',
    'choose an earlier exp',
  ),
  CLOCK: row(
    'authorise',
    'BUSY',
    true,
    'the clock of this node jumped forward more than a day',
    'its operator accepts the new time with `grid clock accept`',
  ),
  AUD: row(
    'authorise',
    'DENIED',
    false,
    'addressed to somebody else',
    'name this node, or its grid for a pure function, in aud',
  ),
  CHAIN: row(
    'authorise',
    'DENIED',
    false,
    'the links do not lead from this node to the sender',
    'present every link in order, each issued by the holder of the one before',
  ),
  ATTEN: row(
    'authorise',
    'DENIED',
    false,
    'a link promises more than the one before it',
    'delegate at most what the parent holds: resource, methods, time and each caveat only shrink',
  ),
  CAVEAT: row(
    'authorise',
    'DENIED',
    false,
    'a caveat this node does not know',
    'use only the caveats of spec/capability.md, or a node that knows it',
  ),
  POP: row(
    'authorise',
    'DENIED',
    false,
    'the sender is not the holder of the last link',
    'sign with the key named in cnf of the last link',
  ),
  METHOD: row(
    'authorise',
    'DENIED',
    false,
    'the method is not granted',
    'ask the issuer of the named link to grant it',
  ),
  RESOURCE: row(
    'authorise',
    'DENIED',
    false,
    'the resource is not granted',
    'ask the issuer of the named link to grant it',
  ),
  REVOKED: row(
    'authorise',
    'DENIED',
    false,
    'a link was taken back by who promised it, or by one above',
    'ask the issuer of the named link for a new promise',
  ),
  STALE: row(
    'authorise',
    'DENIED',
    true,
    'the news of revocations here is older than this grid or this capability allows',
    'bring the node a fresh heartbeat of every revoker',
  ),
  TRUST: row(
    'authorise',
    'DENIED',
    false,
    'this node does not rely on a principal of the chain, after how it kept its word',
    'keep promises, or ask its operator what the ledger says',
  ),
  REPLAY: row(
    'authorise',
    'DENIED',
    false,
    'used already: this iss and cti by another message, or this promise by another answer',
    'use 16 to 32 fresh random bytes as cti of each message, and resolve a promise once',
  ),
  // 3 resolve
  MISSING: row(
    'resolve',
    'MISSING',
    true,
    'a block that is needed is not here',
    'put the named blocks on this node and send the same bytes again',
  ),
  DESCRIPTOR: row(
    'resolve',
    'DESCRIPTOR',
    false,
    'protocol_cid names neither a descriptor nor code',
    'deploy a descriptor as in spec/dispatch.md and name its CID',
  ),
  RUNTIME: row(
    'resolve',
    'RUNTIME',
    false,
    'this node has no runtime of that kind',
    'send it to a node that has it, or add the runtime to this host',
  ),
  UNKNOWN_METHOD: row(
    'resolve',
    'UNKNOWN_METHOD',
    false,
    'the handler does not offer this method',
    'use a method named by its descriptor',
  ),
  EFFECTS: row(
    'resolve',
    'EFFECTS',
    false,
    'addressed to the grid, but the handler is not pure',
    'name the node that is to act in aud',
  ),
  CONSTRAINT: row(
    'resolve',
    'CONSTRAINT',
    false,
    'the arguments are not what a link allows',
    'send arguments within the constraints of the named link',
  ),
  PENDING: row(
    'resolve',
    'PENDING',
    true,
    'the result this call builds on is not known yet',
    'send the same bytes again when that call has ended',
  ),
  UPSTREAM: row(
    'resolve',
    'UPSTREAM',
    false,
    'the promise this builds on was not kept',
    'see how that one ended, and begin anew from it',
  ),
  // 4 execute
  SPENT: row(
    'execute',
    'SPENT',
    false,
    'the total of a link is used up',
    'ask the issuer of the named link for a new promise',
  ),
  RATE: row(
    'execute',
    'RATE',
    true,
    'the rate of a link is used up for now',
    'send the same bytes again in the next span of time',
  ),
  BUDGET_CALLS: row(
    'execute',
    'BUDGET_CALLS',
    false,
    'stopped: more calls of other handlers than one message may cause',
    'give one message less to do',
  ),
  ADMIT: row(
    'execute',
    'ADMIT',
    false,
    'the code does not pass admission',
    'see spec/handler-abi.md for what a module may contain',
  ),
  BUDGET_FUEL: row(
    'execute',
    'BUDGET_FUEL',
    false,
    'stopped: the fuel of the grant is used up',
    'ask for a larger fuel budget, or give the handler less work',
  ),
  BUDGET_MEMORY: row(
    'execute',
    'BUDGET_MEMORY',
    false,
    'the handler needs more memory than the grant allows',
    'ask for a larger memory budget',
  ),
  BUDGET_TIME: row(
    'execute',
    'BUDGET_TIME',
    true,
    'stopped: the wall time of the grant is used up',
    'ask for a longer wall time, or give the handler less work',
  ),
  BUDGET_OUTPUT: row(
    'execute',
    'BUDGET_OUTPUT',
    false,
    'the handler returned more bytes than the grant allows',
    'ask for a larger output budget',
  ),
  BUDGET_DEPTH: row(
    'execute',
    'BUDGET_DEPTH',
    false,
    'stopped: calls nested too deep',
    'rewrite the recursion of the handler as a loop',
  ),
  TRAP: row(
    'execute',
    'TRAP',
    false,
    'the handler trapped',
    'read the trace, and test the handler on this input',
  ),
  HANDLER: row(
    'execute',
    'HANDLER',
    false,
    'the handler itself reports an error',
    'see the detail: it is the word of the handler',
  ),
  FORBIDDEN: row(
    'execute',
    'FORBIDDEN',
    false,
    'the handler reached for something this message does not grant',
    'present a capability for that resource with the message',
  ),
  CONFLICT: row(
    'execute',
    'CONFLICT',
    true,
    'other messages changed the same state at the same time',
    'send the same bytes again',
  ),
  ABORTED: row('execute', 'ABORTED', true, 'cancelled before it finished', 'send the same bytes again'),
  INDETERMINATE: row(
    'execute',
    'INDETERMINATE',
    false,
    'it may or may not have happened',
    'ask this node for the outcome of the message id',
  ),
  // any stage
  BUSY: row('any', 'BUSY', true, 'too much is in flight', 'try again later'),
  STORE: row(
    'any',
    'STORE',
    true,
    'the store of this node failed',
    'its operator looks at the trace; nothing was changed',
  ),
  INTERNAL: row('any', 'INTERNAL', false, 'a fault of this node', 'its operator looks at the trace'),
} as const satisfies Record<string, RefusalRow>

export type RefusalCode = keyof typeof REFUSALS

/** What failed: the code, and, where it is about a chain, which link and which rule of the specification. */
export interface Refusal extends StoreRefusal<RefusalCode> {
  /** Index of the link, 0 being the adoption by this node. */
  readonly link?: number
  /** The rule, as a spec anchor: `capability.md#time`. */
  readonly rule?: string
  /** Blocks that are needed, with MISSING. */
  readonly missing?: readonly string[]
  /** What only the operator of this node may see: it goes to the trace, never into a reply. */
  readonly internal?: string
}

export type Result<T> =
  { readonly ok: T; readonly refused?: undefined } | { readonly refused: Refusal; readonly ok?: undefined }

/** Makes the refusing half of a {@link Result}. */
export function refuse(
  code: RefusalCode,
  detail: string,
  where: Pick<Refusal, 'link' | 'rule' | 'missing'> = {},
): { readonly refused: Refusal } {
  return { refused: { code, detail, ...where } }
}

function row<const Public extends string>(
  stage: RefusalRow['stage'],
  publicCode: Public,
  retryable: boolean,
  says: string,
  fix: string,
): RefusalRow & { readonly public: Public } {
  return { stage, public: publicCode, retryable, says, fix }
}
