/** A commit that somebody writes: one state more, on top of what its author saw. */
import { CODEC } from '../cid.ts'
import { encodeCommit } from './commit.ts'
import { joinHead, sortedCids } from './compare.ts'
import { isSameHeads, readHeads } from './heads.ts'
import { MERGE_LIMITS } from './limits.ts'
import { setHeads } from './move-heads.ts'
import { areInBranch } from './take-head.ts'
import { NO_FUNCTIONS, Workspace } from './workspace.ts'
import type { CID } from 'multiformats/cid'
import type { Result, Transaction } from '../interface.ts'
import type { Authorship, BranchCode, Commit, NamedCommit } from './interface.ts'

export interface CommitTerms extends Authorship {
  /** The commits it is written on; the one head without it, and nothing where there is none. */
  readonly onto?: readonly CID[]
  /** The heads its author saw: when they are others by now it is refused with HEADS. */
  readonly expected?: readonly CID[]
  /** How the history is merged from here on; as before without it. */
  readonly merge?: readonly CID[]
}

/** Stages it. @throws {WorkError} @throws {StoreError} @throws {TypeError} for an authorship that is none */
export async function stageCommit(
  transaction: Transaction,
  name: string,
  content: CID,
  terms: CommitTerms,
): Promise<Result<NamedCommit, BranchCode>> {
  const workspace = new Workspace(transaction, NO_FUNCTIONS)
  const heads = await readHeads(transaction, name)
  if (terms.expected !== undefined && !isSameHeads(heads, terms.expected))
    return refuse('HEADS', `${name} has other heads by now`)
  if (terms.onto === undefined && heads.length > 1)
    return refuse(
      'HEADS',
      `${name} has ${heads.length} heads: merge them, or say which ones it is written on`,
    )
  const onto = sortedCids(terms.onto ?? heads)
  if (!(await areInBranch(workspace, heads, onto)))
    return refuse('HEADS', `what it is to be written on is not in ${name}`)
  if (!(await transaction.hasBlock(content))) return refuse('MISSING', `the content ${content} is not here`)
  const parents = await Promise.all(onto.map((cid) => workspace.commit(cid)))
  const merge = terms.merge ?? mergeOf(parents)
  if (merge === undefined) return refuse('FUNCTION', 'its parents are to be merged by different functions')
  const commit = commitOf(content, { onto, parents, merge }, terms)
  const cid = transaction.putBlock(encodeCommit(commit), CODEC.dagCbor)
  const next = await joinHead(workspace, heads, cid)
  if (next.length > MERGE_LIMITS.heads) return refuse('LIMIT', `${name} has ${heads.length} heads already`)
  await setHeads(transaction, name, heads, next)
  return { ok: { cid, commit } }
}

interface Ground {
  readonly onto: readonly CID[]
  readonly parents: readonly Commit[]
  readonly merge: readonly CID[]
}

function commitOf(content: CID, { onto, parents, merge }: Ground, terms: CommitTerms): Commit {
  const { at, by, note, proposer } = terms
  return {
    ...{ content, merge, parents: onto },
    height: 1 + Math.max(0, ...parents.map(({ height }) => height)),
    ...(at === undefined ? {} : { at }),
    ...(by === undefined ? {} : { by }),
    ...(note === undefined ? {} : { note }),
    ...(proposer === undefined ? {} : { proposer }),
  }
}

/** The one way to merge of all parents; none for a first commit. */
function mergeOf(parents: readonly Commit[]): readonly CID[] | undefined {
  const [first, ...others] = parents.map(({ merge }) => merge)
  const isOne = others.every((each) => String(each) === String(first))
  return isOne ? (first ?? []) : undefined
}

function refuse(code: BranchCode, detail: string): Result<never, BranchCode> {
  return { refused: { code, detail } }
}
