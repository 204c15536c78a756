/**
 * What keeps a collection honest while others commit. It began before the marking, and hears of every transaction in
 * the order of commits, before it is written; of those of other processes, before anything of this one is written
 * behind them:
 *
 *   - a block that is put is marked, and so is all it links to under any codec;
 *   - what a label, a pin or an entry comes to name is marked.
 *
 * Blocks never change. So at every moment all that can be reached is marked, or can be reached from `pending`: blocks
 * that were garbage when the marking began, and that somebody has named since. A sweep may delete what is not marked
 * as long as nothing is pending.
 */
import { isBlockKey, multihashOf } from '../keys.ts'
import { linksOfAny } from './links.ts'
import { rootsOfWrite } from './roots.ts'
import type { CID } from 'multiformats/cid'
import type { CommitWitness } from '../commit-queue.ts'
import type { BackendWrite } from '../interface.ts'
import type { Marks } from './marks.ts'
import type { Root, RootRule } from './roots.ts'

export class Barrier implements CommitWitness {
  /** Marked, and still to be read. */
  readonly pending: CID[] = []
  readonly #marks: Marks
  readonly #rule: RootRule
  #isDeaf = false
  #failure: { readonly cause: unknown } | undefined

  constructor(marks: Marks, rule: RootRule) {
    this.#marks = marks
    this.#rule = rule
  }

  /** Never throws: it is called in the middle of a commit, which is not to fail for the sake of a collection. */
  readonly hear = (writes: Iterable<BackendWrite>): void => {
    try {
      this.#take([...writes])
    } catch (cause) {
      this.#failure ??= { cause }
    }
  }

  miss(cause?: unknown): void {
    if (cause === undefined) this.#isDeaf = true
    else this.#failure ??= { cause }
  }

  /** Others have written what it did not hear of: the roots are to be marked anew. */
  get isDeaf(): boolean {
    return this.#isDeaf
  }

  /** Whether what is not marked can go now. */
  get isClear(): boolean {
    return this.pending.length === 0 && this.#failure === undefined && !this.#isDeaf
  }

  /** @throws what it could not understand of a commit: nothing can be said about what may go any more */
  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.cause
  }

  reach({ cid, deep }: Root): void {
    if (!deep) this.#marks.keep(cid)
    else if (this.#marks.add(cid)) this.pending.push(cid)
  }

  #take(writes: readonly BackendWrite[]): void {
    // First all blocks: what is linked or named by this very transaction is then known to be here.
    for (const { type, key } of writes) {
      if (type === 'put' && isBlockKey(key)) this.#marks.addWhole(multihashOf(key))
    }
    for (const write of writes) {
      if (write.type === 'put' && isBlockKey(write.key)) this.#reachLinks(write.value)
      else for (const root of rootsOfWrite(write, this.#rule)) this.reach(root)
    }
  }

  #reachLinks(bytes: Uint8Array): void {
    for (const link of linksOfAny(bytes)) if (this.#marks.add(link)) this.pending.push(link)
  }
}
