/**
 * Our vectors, as other implementations read them: JSON under `vectors/<chapter>/`, byte strings in hex, CIDs
 * and principals as text. Each vector is one question (`op` and its inputs) with the answer the specification
 * demands: `expected`, or the `code` of the refusal. conformance/README.md describes every op.
 */
import { readdirSync, readFileSync } from 'node:fs'

export type Hex = string
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** What each op asks, besides its name. */
export interface Questions {
  readonly cbor: { readonly profile: 'envelope' | 'dag-cbor'; readonly input: Hex }
  readonly principal: { readonly text: string }
  readonly 'cose-key': { readonly input: Hex }
  readonly 'key-set': { readonly input: Hex }
  readonly 'key-statement': { readonly input: Hex; readonly keySets?: readonly Hex[] }
  readonly revocation: { readonly input: Hex; readonly keySets?: readonly Hex[] }
  readonly heartbeat: { readonly input: Hex; readonly keySets?: readonly Hex[] }
  readonly genesis: { readonly input: Hex }
  readonly policy: {
    readonly genesis: Hex
    readonly records: readonly (readonly Hex[])[]
    readonly keySets?: readonly Hex[]
  }
  readonly descriptor: { readonly input: Hex }
  /** A call of a program in 65,536 octets of memory; `blocks` are those the node has. */
  readonly program: {
    readonly module: Hex
    readonly input: Hex
    readonly blocks: readonly { readonly codec: number; readonly input: Hex }[]
  }
  readonly message: {
    readonly genesis: Hex
    readonly policy?: readonly (readonly Hex[])[]
    readonly keySets?: readonly Hex[]
    readonly input: Hex
  }
  readonly foreign: {
    /** Each for one protocol; `keys` are those a COSE view is told, one without `kid` for messages that name none. */
    readonly views: readonly {
      readonly protocol: string
      readonly view: 'ed25519-map' | 'cose-embedded' | 'cose-detached'
      readonly keys?: readonly { readonly kid?: Hex; readonly principal: string }[]
    }[]
    readonly unknown?: 'refuse' | 'opaque'
    readonly input: Hex
  }
  readonly nested: { readonly grid: string; readonly input: Hex }
  readonly token: { readonly input: Hex; readonly keySets?: readonly Hex[] }
  readonly assessment: { readonly input: Hex; readonly keySets?: readonly Hex[] }
  readonly receipt: { readonly input: Hex; readonly keySets?: readonly Hex[] }
  readonly promise: { readonly input: Hex; readonly keySets?: readonly Hex[] }
  readonly reply: {
    readonly request: Hex
    readonly id: string
    readonly grid: string
    readonly sender: string
    readonly executors: readonly string[]
    readonly input: Hex
  }
  readonly 'cache-key': {
    readonly protocol: string
    readonly method: string
    readonly arguments: string
    readonly context: string
    readonly profile: string
  }
  readonly content: {
    readonly pieces: readonly ContentPiece[]
    /** Lengths of chunks, where they are not the usual ones. */
    readonly sizes?: { readonly min: number; readonly normal: number; readonly max: number }
    /** Written as UnixFS. */
    readonly unixfs?: { readonly chunkBytes: number; readonly links: number }
  }
  readonly 'content-read': {
    readonly cid: string
    readonly blocks: readonly { readonly cid: string; readonly bytes: Hex }[]
    readonly offset?: number
    readonly length?: number
    readonly bytesMax?: number
  }
  readonly folder: {
    readonly cid: string
    readonly blocks: readonly { readonly cid: string; readonly bytes: Hex }[]
  }
  readonly stream: { readonly entries: readonly Hex[] }
  readonly 'stream-read': {
    readonly cid: string
    readonly blocks: readonly { readonly cid: string; readonly bytes: Hex }[]
  }
  readonly 'space-key': { readonly type: KeyType; readonly key: Json }
  readonly 'space-key-read': { readonly type: KeyType; readonly octets: Hex }
  readonly backup: { readonly input: Hex; readonly root?: string }
  readonly commit: { readonly input: Hex }
  /** `function` by its CID, `base` absent where the histories have nothing in common. */
  readonly merge: {
    readonly function: string
    readonly base?: Hex
    readonly left: Hex
    readonly right: Hex
  }
  /** A store with these blocks is told of the heads in this order, then merges them. */
  readonly 'merge-heads': {
    readonly contents: readonly { readonly cid: string; readonly bytes: Hex }[]
    readonly commits: readonly Hex[]
    readonly heads: readonly string[]
  }
  readonly 'cose-verify': CoseQuestion<'Sign1' | 'Sign' | 'Mac0'>
  readonly 'cose-open': CoseQuestion<'Encrypt0' | 'Encrypt'>
  readonly 'cose-thumbprint': { readonly rules: CoseRules; readonly input: Hex }
  readonly 'cose-decrypt': { readonly secret: Hex; readonly input: Hex; readonly externalAad?: Hex }
  readonly dispatch: Scenario<AskedStep>
}

/** Of a key in a typed space; a list is a tuple. */
export type KeyType = 'text' | 'bytes' | 'uint' | 'bigint' | readonly KeyType[]

/** Octets; as many zeros; or the first `length` of sha-256(random 0) sha-256(random 1) …, the count in four octets. */
export type ContentPiece =
  { readonly octets: Hex } | { readonly zeros: number } | { readonly random: string; readonly length: number }

export type CoseRules = 'strict' | 'foreign'

/** An object of others, and the keys it is held against: every one for COSE_Sign, one for all others. */
export interface CoseQuestion<Kind extends string> {
  readonly kind: Kind
  readonly rules: CoseRules
  readonly input: Hex
  readonly keys: readonly Hex[]
  readonly detached?: Hex
  readonly externalAad?: Hex
}

/** A node in a known state, and messages sent to it one after the other. */
export interface Scenario<AnyStep extends AskedStep> {
  readonly genesis: Hex
  readonly policy?: readonly (readonly Hex[])[]
  /** Blocks of the key sets that were admitted. */
  readonly keySets?: readonly Hex[]
  /** The identity of the node. */
  readonly node: { readonly algorithm: 'Ed25519' | 'ESP256'; readonly secret: Hex }
  /** Bounds lower than those of the specification. */
  readonly limits?: { readonly [name: string]: number }
  readonly runtimes: readonly ('native' | 'wasi')[]
  readonly blocks: readonly { readonly cid: string; readonly bytes: Hex }[]
  /** Tokens the node keeps, its adoptions among them. */
  readonly tokens: readonly Hex[]
  readonly steps: readonly AnyStep[]
}

export interface AskedStep {
  readonly says: string
  /** What the node's clock shows, in seconds. */
  readonly now: number
  readonly message: Hex
  /** The operator confirms the clock before this message. */
  readonly acceptClock?: true
  /** Revocations and heartbeats the node is told of before this message, in order; it may well refuse them. */
  readonly accept?: readonly Hex[]
}

/** A step with its answer. */
export interface Step extends AskedStep {
  readonly expected: ExpectedReply
  /** The reply has the very bytes of the reply to an earlier step. */
  readonly sameReplyAs?: number
  /** What the node itself knows of the refusal, for implementations that can tell. */
  readonly decision?: Decision
}

export type ExpectedReply =
  | { readonly signed: false; readonly code: string }
  | {
      readonly signed: true
      readonly status: 'refused' | 'expired' | 'broken' | 'already-seen'
      readonly code: string
    }
  /** A promise of this id. */
  | { readonly signed: true; readonly status: 'deferred'; readonly promise: string }
  /** The result is the signed resolution of the promise, made to the sender. */
  | {
      readonly signed: true
      readonly status: 'kept'
      readonly promise: string
      readonly resolution: Json
    }
  | {
      readonly signed: true
      readonly status: 'kept'
      readonly result: { readonly cid: string; readonly bytes?: Hex }
      readonly fuel?: number
      /** Named by the receipt that comes along; absent when there must be none. */
      readonly cacheKey?: string
    }

export interface Decision {
  readonly code: string
  readonly link?: number
  readonly rule?: string
}

export type Op = keyof Questions
export type Question = { [Name in Op]: { readonly op: Name } & Questions[Name] }[Op]

export type DispatchQuestion<AnyStep extends AskedStep> = { readonly op: 'dispatch' } & Scenario<AnyStep>

/** One vector: a question, and either what comes of it or the code it is refused with. */
export type Vector = (Exclude<Question, { readonly op: 'dispatch' }> | DispatchQuestion<Step>) & {
  readonly comment: string
  readonly expected?: Json
  readonly code?: string
  /** The rule that refuses, where an implementation can name it. */
  readonly rule?: string
}

export interface VectorFile {
  readonly chapter: string
  readonly kind: 'valid' | 'invalid'
  readonly spec: string
  readonly vectors: readonly Vector[]
}

/** What an implementation says to a question. */
export type Answer =
  | { readonly ok: Json }
  | { readonly refused: { readonly code: string; readonly rule?: string; readonly link?: number } }
  | { readonly skipped: string }

const folder = new URL('./vectors/', import.meta.url)

/** Every file of vectors, chapter by chapter; not every chapter has something to refuse. */
export function readVectors(): VectorFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json'))
    .sort()
    .map((path) => JSON.parse(readFileSync(new URL(path, folder), 'utf8')) as VectorFile)
}

/** The question of a vector: what an implementation is given to see, nothing of the answer. */
export function questionOf(vector: Vector): Question {
  const { comment: _comment, expected: _expected, code: _code, rule: _rule, ...question } = vector
  return question.op === 'dispatch' ? { ...question, steps: question.steps.map(askedOf) } : question
}

function askedOf({ says, now, message, acceptClock, accept }: Step): AskedStep {
  return {
    ...{ says, now, message },
    ...(acceptClock === undefined ? {} : { acceptClock }),
    ...(accept === undefined ? {} : { accept }),
  }
}
