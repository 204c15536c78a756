/** The contracts of merging, types only: commits, functions that join two contents, whoever is asked when none can. */
import type { CID } from 'multiformats/cid'
import type { Result } from '../interface.ts'

/**
 * One state of a branch, and the states it was made from. Its bytes are a dag-cbor block (spec/merge.md, "Commits").
 * One that a merge function made holds nothing but what follows from its parents: whoever merges the same two heads
 * makes the same commit.
 */
export interface Commit {
  readonly content: CID
  /** Sorted by their bytes, none twice; none for the first of a history. */
  readonly parents: readonly CID[]
  /** 1 without parents, else one more than the highest parent's. */
  readonly height: number
  /** The functions this history is merged by, tried in this order. */
  readonly merge: readonly CID[]
  /** The function that made it out of its two parents; then it has none of the fields below. */
  readonly made?: CID
  /** Seconds since 1970, as its author says. */
  readonly at?: number
  /** The author: a principal, or another name. */
  readonly by?: string
  readonly note?: string
  /** Name of the {@link Escalation} that proposed the content, where one did. */
  readonly proposer?: string
}

/** What an author says of a commit. */
export type Authorship = Pick<Commit, 'at' | 'by' | 'note' | 'proposer'>

/** A commit and its name. */
export interface NamedCommit {
  readonly cid: CID
  readonly commit: Commit
}

/**
 * Why a function, or all that a history names, made nothing.
 *
 *     CONFLICT   both sides changed the same thing, each in its own way
 *     SHAPE      content that is not of the kind the function works on
 *     LIMIT      more than the function bears
 *     FUNCTION   a function that is not here, or two heads that are to be merged by different ones
 *     MISSING    a block that is not here
 *     FAILED     the function could not be run here now: nothing is known of the outcome
 *
 * The first three are the same wherever the same two heads are merged, and let the next function try.
 */
export type MergeCode = 'CONFLICT' | 'SHAPE' | 'LIMIT' | 'FUNCTION' | 'MISSING' | 'FAILED'

/**
 * Why a branch was not changed.
 *
 *     HEADS      other heads than the caller saw, or several where one is meant
 *     MISSING    a commit, content or conflict that is not here
 *     COMMIT     a block that is no commit, or one with a false height
 *     MERGE      a merge that its function does not make
 *     FUNCTION   a function that is not here
 *     FAILED     a function that could not be run here now
 *     LIMIT      more heads, or a longer difference, than MERGE_LIMITS allow
 */
export type BranchCode = 'HEADS' | 'MISSING' | 'COMMIT' | 'MERGE' | 'FUNCTION' | 'FAILED' | 'LIMIT'

export type MergeResult = Result<Uint8Array, MergeCode>

/** What a function is given: blocks of its codec. There is no base where the histories have nothing in common. */
export interface MergeInput {
  readonly base?: Uint8Array
  readonly left: Uint8Array
  readonly right: Uint8Array
  readonly signal?: AbortSignal
}

/**
 * A three-way merge, named by the CID of what it does. It must be pure: the same input gives the same bytes or the same
 * refusal on every machine, for ever; what does something else has another CID. It is not asked when only one side
 * changed, nor when both came to the same content, and which side is left depends on the contents alone.
 */
export interface ContentFunction {
  readonly kind: 'content'
  readonly cid: CID
  /** For people. */
  readonly name: string
  /** Multicodec of the one block that each content is; others are SHAPE. */
  readonly codec: number
  /**
   * It is asked also when both sides came to the same content: as with a counter, to which both have added, that is
   * not what they agree on.
   */
  readonly addsUp?: true
  merge(input: MergeInput): Promise<MergeResult> | MergeResult
}

/** Who wrote the content of a head last. */
export interface Writing {
  /** 0 where the author did not say. */
  readonly at: number
  readonly commit: CID
}

/** Takes one side whole, whatever it is, by who wrote it: for content of any size and codec. */
export interface ChoiceFunction {
  readonly kind: 'choice'
  readonly cid: CID
  readonly name: string
  choose(left: Writing, right: Writing): 'left' | 'right'
}

export type MergeFunction = ContentFunction | ChoiceFunction

/** What one function said to a conflict. */
export interface Objection {
  /** Name of the function, or of the escalation; empty where none was reached. */
  readonly of: string
  readonly code: MergeCode
  readonly detail: string
}

/** Content that somebody proposes for a conflict; nothing is made of it until it is accepted. */
export interface Proposal {
  readonly proposer: string
  readonly content: CID
}

/** Two heads that no function could join. Both stay heads, and can be read, until a commit has both as ancestors. */
export interface Conflict {
  /** The CID of its two heads and its branch: the same conflict has the same id everywhere. */
  readonly id: CID
  readonly name: string
  readonly left: NamedCommit
  readonly right: NamedCommit
  /** The lowest common ancestors, none where the histories have nothing in common. */
  readonly bases: readonly NamedCommit[]
  readonly objections: readonly Objection[]
  readonly proposals: readonly Proposal[]
}

/** A conflict with its contents, for whoever is to propose something. */
export interface OpenConflict extends Conflict {
  /** The block of a content; undefined when it is not here. */
  read(content: CID): Promise<Uint8Array | undefined>
}

/**
 * Asked when no function could join two heads: a language model, a service, another program. What it proposes is data:
 * checked, kept beside the conflict, and made a commit only where the host accepts it.
 */
export interface Escalation {
  readonly name: string
  /** One block of the left head's codec; undefined for no proposal. A rejection is noted, and harms nothing. */
  propose(conflict: OpenConflict, signal?: AbortSignal): Promise<Uint8Array | undefined>
}
