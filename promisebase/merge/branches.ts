/**
 * Branches: names with a history each, and as many heads as there are states that nobody has joined yet. Replicas that
 * exchange their heads and merge them come to the same one, whatever arrived when (spec/merge.md).
 */
import { cidKey } from '../cid.ts'
import { StoreError } from '../errors.ts'
import { stageCommit } from './commit-to.ts'
import { askEscalation, checkEscalation } from './escalate.ts'
import { MERGE_FUNCTIONS } from './functions/builtin.ts'
import { checkBranchName, isSameHeads, readBranchNames, readHeads } from './heads.ts'
import { readHistory } from './history.ts'
import { MERGE_LIMITS } from './limits.ts'
import { planMerge } from './merge-heads.ts'
import { moveHeads } from './move-heads.ts'
import { readQueue } from './queue.ts'
import { takeHead } from './take-head.ts'
import { WorkError, Workspace } from './workspace.ts'
import type { CID } from 'multiformats/cid'
import type { Result, Store } from '../interface.ts'
import type { CommitTerms } from './commit-to.ts'
import type { HistoryOptions } from './history.ts'
import type {
  BranchCode,
  Escalation,
  MergeFunction,
  NamedCommit,
  OpenConflict,
  Proposal,
} from './interface.ts'
import type { QueuedConflict } from './queue.ts'
import type { FunctionOf } from './workspace.ts'

export interface BranchesOptions {
  readonly store: Store
  /** Functions of one's own, besides the built-in ones. */
  readonly functions?: Iterable<MergeFunction>
  /** Finds a function that is not among those, such as one that a handler carries out; undefined for none. */
  readonly findFunction?: (cid: CID) => Promise<MergeFunction | undefined> | MergeFunction | undefined
  /** Asked once about every conflict that no function could end. */
  readonly escalation?: Escalation
  /** Whether what it proposes becomes a commit at once, and whose; without it proposals wait for a person. */
  readonly accepts?: (
    conflict: OpenConflict,
    proposal: Proposal,
  ) => Promise<CommitTerms | undefined> | CommitTerms | undefined
}

/** What a merge came to. */
export interface MergeReport {
  /** One, unless there are conflicts. */
  readonly heads: readonly CID[]
  /** Commits that functions made for it. */
  readonly made: readonly CID[]
  /** What waits for somebody: every two heads that could not be joined. */
  readonly conflicts: readonly OpenConflict[]
}

export interface Branches {
  /** Every branch that has a head, in the order of names. */
  names(): AsyncIterable<string>
  /** Sorted by their CIDs; none for a branch that is not there. @throws {TypeError} for a name that is none */
  heads(name: string): Promise<readonly NamedCommit[]>
  /**
   * Writes a commit with content that is in the store. A branch begins with its first commit.
   * @throws {TypeError} for a name, function or authorship that is none @throws {StoreError}
   */
  commit(name: string, content: CID, terms?: CommitTerms): Promise<Result<NamedCommit, BranchCode>>
  /**
   * Takes in a head of another replica, whose blocks are in the store already, and answers the heads there are with
   * it. What a function is said to have made in its history is made again.
   */
  addHead(name: string, head: CID): Promise<Result<readonly CID[], BranchCode>>
  /** Newest first; every commit comes before its ancestors. */
  history(name: string, options?: HistoryOptions): AsyncIterable<NamedCommit>
  /** Joins all heads that can be joined. What cannot waits as a conflict, and stays readable. */
  merge(name: string, options?: { readonly signal?: AbortSignal }): Promise<Result<MergeReport, BranchCode>>
  /** What waits for somebody: of one branch, or of all. */
  conflicts(name?: string): AsyncIterable<OpenConflict>
  /** Ends a conflict by a commit on both heads, with content that is in the store. */
  resolve(id: CID, content: CID, terms?: CommitTerms): Promise<Result<NamedCommit, BranchCode>>
}

/** @throws {TypeError} for two functions of one CID, and an escalation without a proper name */
export function createBranches(options: BranchesOptions): Branches {
  return new StoredBranches(options)
}

/** How often a merge begins again because the heads have moved meanwhile. */
const RETRIES = 8

class StoredBranches implements Branches {
  readonly #store: Store
  readonly #functionOf: FunctionOf
  readonly #options: BranchesOptions

  constructor(options: BranchesOptions) {
    this.#store = options.store
    this.#options = options
    const functions = tableOf([...Object.values(MERGE_FUNCTIONS), ...(options.functions ?? [])])
    this.#functionOf = (cid) => functions.get(cidKey(cid)) ?? options.findFunction?.(cid)
    if (options.escalation !== undefined) checkEscalation(options.escalation)
  }

  async *names(): AsyncGenerator<string, void, undefined> {
    using snapshot = this.#store.snapshot()
    yield* readBranchNames(snapshot)
  }

  async heads(name: string): Promise<readonly NamedCommit[]> {
    checkBranchName(name)
    using snapshot = this.#store.snapshot()
    const workspace = new Workspace(snapshot, this.#functionOf)
    return Promise.all((await readHeads(snapshot, name)).map((cid) => workspace.named(cid)))
  }

  commit(name: string, content: CID, terms: CommitTerms = {}): Promise<Result<NamedCommit, BranchCode>> {
    checkBranchName(name)
    return judged(() => this.#store.transact((staged) => stageCommit(staged, name, content, terms)))
  }

  addHead(name: string, head: CID): Promise<Result<readonly CID[], BranchCode>> {
    checkBranchName(name)
    return this.#move(name, undefined, async (workspace, heads) => {
      const taken = await takeHead(workspace, heads, head)
      if (taken.refused !== undefined) return taken
      if (taken.ok.length > MERGE_LIMITS.heads)
        return { refused: { code: 'LIMIT', detail: `${name} has ${heads.length} heads already` } }
      return { ok: { move: { to: taken.ok }, value: taken.ok } }
    })
  }

  history(name: string, options?: HistoryOptions): AsyncIterable<NamedCommit> {
    checkBranchName(name)
    return readHistory(this.#store, name, options)
  }

  async merge(
    name: string,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<Result<MergeReport, BranchCode>> {
    checkBranchName(name)
    const made: CID[] = []
    for (;;) {
      const plan = await this.#mergeOnce(name, signal)
      if (plan.refused !== undefined) return plan
      made.push(...plan.ok.made)
      const asked = await this.#escalate(name, signal)
      if (asked.refused !== undefined) return asked
      if (!asked.ok)
        return { ok: { heads: plan.ok.heads, made, conflicts: await listed(this.conflicts(name)) } }
    }
  }

  async *conflicts(name?: string): AsyncGenerator<OpenConflict, void, undefined> {
    using snapshot = this.#store.snapshot()
    for await (const queued of readQueue(snapshot, name)) yield this.#open(queued)
  }

  async resolve(id: CID, content: CID, terms: CommitTerms = {}): Promise<Result<NamedCommit, BranchCode>> {
    for await (const { id: each, name, left, right } of this.conflicts())
      if (each.equals(id)) return this.commit(name, content, { onto: [left.cid, right.cid], ...terms })
    return { refused: { code: 'MISSING', detail: `no conflict ${id} waits here` } }
  }

  #mergeOnce(name: string, signal: AbortSignal | undefined) {
    return this.#move(name, signal, async (workspace, heads) => {
      const plan = await planMerge(workspace, name, heads)
      const blocks = (await Promise.all(plan.made.map((cid) => workspace.blocksOf(cid)))).flat()
      return { ok: { move: { to: plan.heads, blocks, conflicts: plan.conflicts }, value: plan } }
    })
  }

  /** Works a change out over the newest state and applies it; once more when somebody was faster. */
  #move<T>(
    name: string,
    signal: AbortSignal | undefined,
    work: (workspace: Workspace, heads: readonly CID[]) => Promise<Result<Change<T>, BranchCode>>,
  ): Promise<Result<T, BranchCode>> {
    return judged(async () => {
      for (let attempt = 0; attempt <= RETRIES; attempt++) {
        using snapshot = this.#store.snapshot()
        const heads = await readHeads(snapshot, name)
        const change = await work(new Workspace(snapshot, this.#functionOf, signal), heads)
        if (change.refused !== undefined) return change
        const { move, value } = change.ok
        if (
          isIdle(heads, move) ||
          (await moveHeads(this.#store, name, { from: heads, ...move }, { ...(signal && { signal }) }))
        )
          return { ok: value }
      }
      throw new StoreError('CONFLICT', `the heads of ${name} moved again and again`)
    })
  }

  /** Whether some proposal was made a commit, so that there is something to merge again. */
  async #escalate(name: string, signal: AbortSignal | undefined): Promise<Result<boolean, BranchCode>> {
    const { escalation, accepts } = this.#options
    if (escalation === undefined) return { ok: false }
    for (const conflict of await listed(this.conflicts(name))) {
      if (wasAsked(conflict, escalation)) continue
      const proposal = await askEscalation(this.#store, escalation, conflict, signal)
      const terms = proposal && (await accepts?.(conflict, proposal))
      if (proposal === undefined || terms === undefined) continue
      const { proposer, content } = proposal
      const onto = [conflict.left.cid, conflict.right.cid]
      const committed = await this.commit(name, content, { ...terms, onto, proposer })
      return committed.refused === undefined ? { ok: true } : committed
    }
    return { ok: false }
  }

  async #open(queued: QueuedConflict): Promise<OpenConflict> {
    using snapshot = this.#store.snapshot()
    const workspace = new Workspace(snapshot, this.#functionOf)
    const named = (cid: CID): Promise<NamedCommit> => workspace.named(cid)
    return {
      ...queued,
      left: await named(queued.left),
      right: await named(queued.right),
      bases: await Promise.all(queued.bases.map(named)),
      read: (content) => readBlock(this.#store, content),
    }
  }
}

interface Change<T> {
  readonly move: Omit<Parameters<typeof moveHeads>[2], 'from'>
  readonly value: T
}

function isIdle(heads: readonly CID[], { to, conflicts = [] }: Change<unknown>['move']): boolean {
  return conflicts.length === 0 && isSameHeads(heads, to)
}

/** One that could not be reached is asked again by the next merge. */
function wasAsked({ objections, proposals }: OpenConflict, { name }: Escalation): boolean {
  return (
    objections.some(({ of, code }) => of === name && code !== 'FAILED') ||
    proposals.some(({ proposer }) => proposer === name)
  )
}

async function readBlock(store: Store, cid: CID): Promise<Uint8Array | undefined> {
  using snapshot = store.snapshot()
  return await snapshot.getBlock(cid)
}

function tableOf(functions: readonly MergeFunction[]): ReadonlyMap<string, MergeFunction> {
  const table = new Map(functions.map((each) => [cidKey(each.cid), each]))
  if (table.size < functions.length) throw new TypeError('two merge functions have one CID')
  return table
}

/** Work that ended because of what it met is a refusal. */
async function judged<T>(work: () => Promise<Result<T, BranchCode>>): Promise<Result<T, BranchCode>> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    return { refused: { code: error.code, detail: error.message } }
  }
}

async function listed<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
