/**
 * What a merge reads and makes: blocks of the store, and over them those that are not stored yet. Nothing is written
 * here; whoever decides to keep a commit takes its blocks from {@link Workspace.blocksOf}.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { BoundedMap } from '../bounded-map.ts'
import { cidKey, CODEC, hashBlock } from '../cid.ts'
import { encodeCommit, readCommit } from './commit.ts'
import { MERGE_LIMITS } from './limits.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot } from '../interface.ts'
import type { Commit, MergeFunction, NamedCommit } from './interface.ts'

export type FunctionOf = (cid: CID) => Promise<MergeFunction | undefined> | MergeFunction | undefined

/** For work in which nothing is merged. */
export const NO_FUNCTIONS: FunctionOf = () => undefined

/** A block that a merge made. */
export interface MadeBlock {
  readonly cid: CID
  readonly bytes: Uint8Array
}

/** Ended work that would go on too long, or met what is not here; caught where the work was asked for. */
export class WorkError extends Error {
  override readonly name = 'WorkError'
  readonly code: 'LIMIT' | 'MISSING' | 'COMMIT'

  constructor(code: 'LIMIT' | 'MISSING' | 'COMMIT', message: string) {
    super(message)
    this.code = code
  }
}

/** Commits read lately: walks of one merge go over the same ones. */
const COMMITS_KEPT = 16_384

export class Workspace {
  /** The function of this name; undefined when it is not here. */
  readonly functionOf: FunctionOf
  readonly signal: AbortSignal | undefined
  readonly #snapshot: Pick<Snapshot, 'getBlock' | 'hasBlock'>
  readonly #made = new Map<string, MadeBlock>()
  readonly #commits = new BoundedMap<string, Commit>(COMMITS_KEPT)
  #merges = 0

  constructor(
    snapshot: Pick<Snapshot, 'getBlock' | 'hasBlock'>,
    functionOf: FunctionOf,
    signal?: AbortSignal,
  ) {
    this.#snapshot = snapshot
    this.functionOf = functionOf
    this.signal = signal
  }

  /** @throws {WorkError} `MISSING`, or `COMMIT` for a block that is none @throws {StoreError} */
  async commit(cid: CID): Promise<Commit> {
    const key = cidKey(cid)
    const known = this.#commits.get(key)
    if (known !== undefined) return known
    const block = await this.block(cid)
    if (block === undefined) throw new WorkError('MISSING', `the commit ${cid} is not here`)
    const read = cid.code === CODEC.dagCbor ? readCommit(block) : NOT_CBOR
    if (read.refused !== undefined)
      throw new WorkError('COMMIT', `${cid} is no commit: ${read.refused.detail}`)
    this.#commits.set(key, read.ok)
    return read.ok
  }

  async named(cid: CID): Promise<NamedCommit> {
    return { cid, commit: await this.commit(cid) }
  }

  async block(cid: CID): Promise<Uint8Array | undefined> {
    return this.#made.get(cidKey(cid))?.bytes ?? (await this.#snapshot.getBlock(cid))
  }

  async has(cid: CID): Promise<boolean> {
    return this.#made.has(cidKey(cid)) || (await this.#snapshot.hasBlock(cid))
  }

  make(codec: number, bytes: Uint8Array): CID {
    const cid = hashBlock(sha256, codec, bytes)
    this.#made.set(cidKey(cid), { cid, bytes })
    return cid
  }

  makeCommit(commit: Commit): NamedCommit {
    return { cid: this.make(CODEC.dagCbor, encodeCommit(commit)), commit }
  }

  /** What was made here of a commit: its block, and that of its content. */
  async blocksOf(cid: CID): Promise<readonly MadeBlock[]> {
    const { content } = await this.commit(cid)
    return [cid, content].flatMap((each) => this.#made.get(cidKey(each)) ?? [])
  }

  /** The same blocks of the store, nothing made and nothing counted yet. */
  afresh(): Workspace {
    return new Workspace(this.#snapshot, this.functionOf, this.signal)
  }

  /** Counts a merge. @throws {WorkError} `LIMIT` when there were too many */
  countMerge(): void {
    this.signal?.throwIfAborted()
    this.#merges++
    if (this.#merges > MERGE_LIMITS.merges)
      throw new WorkError('LIMIT', `more than ${MERGE_LIMITS.merges} merges in one go`)
  }
}

const NOT_CBOR = { refused: { code: 'COMMIT', detail: 'its codec is not dag-cbor' } } as const
