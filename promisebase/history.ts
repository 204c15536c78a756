import { PassingMap } from './passing-map.ts'
import { STORE_LIMITS } from './store-limits.ts'
import type { ReadSet } from './read-set.ts'

interface Commit {
  readonly version: number
  readonly keys: readonly string[]
}

/**
 * Which keys were written lately: as far back as the oldest transaction that is still open, since only it
 * can have read something older.
 */
export class History {
  /** Of the keys of the first commits below, the version that wrote each last. */
  readonly #lastWrite = new PassingMap<string, number>()
  #commits: Commit[] = []
  /** How many commits are in the index; the others come into it when somebody asks. Most are forgotten unasked. */
  #indexed = 0
  /** Open transactions by the version they began at; versions grow, so the first one is the oldest. */
  readonly #open = new PassingMap<number, number>()
  #keys = 0
  /** What was written up to here is forgotten: a transaction that began earlier cannot be judged any more. */
  #floor = 0
  /** The newest transaction that deleted blocks. */
  #deletion = 0

  enter(version: number): void {
    this.#open.set(version, (this.#open.get(version) ?? 0) + 1)
  }

  leave(version: number): void {
    const others = (this.#open.get(version) ?? 1) - 1
    if (others > 0) this.#open.set(version, others)
    else this.#open.delete(version)
  }

  add(version: number, keys: readonly string[], deletesBlocks: boolean): void {
    if (deletesBlocks) this.#deletion = version
    this.#commits.push({ version, keys })
    this.#keys += keys.length
  }

  /**
   * Takes back what was added under the newest version: its batch was not written, and the number goes to another
   * one. What it would have written counts as written by the version before, which only those notice who began earlier.
   */
  takeBack(version: number): void {
    for (let at = this.#commits.length - 1; this.#commits[at]?.version === version; at--) {
      const { keys } = this.#commits[at]!
      this.#commits[at] = { version: version - 1, keys }
      if (at < this.#indexed) for (const key of keys) this.#lastWrite.set(key, version - 1)
    }
  }

  /** What was written or deleted up to here is not known: whoever began earlier is in conflict. */
  forgetUpTo(version: number): void {
    this.#floor = version
    this.#deletion = version
  }

  /** Whether something that was read at `since` has been written after it. */
  contradicts(reads: ReadSet, since: number): boolean {
    if (since < this.#deletion && this.#mayHaveLost(reads, since)) return true
    if (reads.keys.size === 0 && reads.ranges.length === 0) return false
    if (since < this.#floor) return true
    this.#index()
    for (const key of reads.keys) {
      if ((this.#lastWrite.get(key) ?? 0) <= since) continue
      reads.contradicted = key
      return true
    }
    if (reads.ranges.length === 0) return false
    for (let i = this.#commits.length - 1; i >= 0; i--) {
      const commit = this.#commits[i]!
      if (commit.version <= since) return false
      const key = commit.keys.find((key) => reads.isInRange(key))
      if (key === undefined) continue
      reads.contradicted = key
      return true
    }
    return false
  }

  /** Whether a block that was found at `since` may have been deleted after it. */
  #mayHaveLost(reads: ReadSet, since: number): boolean {
    if (reads.blocks.size === 0) return false
    if (since < this.#floor || reads.hasForgottenBlocks) return true
    this.#index()
    for (const key of reads.blocks) if ((this.#lastWrite.get(key) ?? 0) > since) return true
    return false
  }

  /** Drops what no open transaction, and none that begins at `visible`, can ask about. */
  forget(visible: number): void {
    const oldest = this.#open.keys().next().value ?? visible
    let gone = 0
    while (gone < this.#commits.length) {
      const commit = this.#commits[gone]!
      // A transaction left open for ever must not make the history grow for ever.
      if (commit.version > oldest && this.#keys <= STORE_LIMITS.historyKeys) break
      this.#drop(commit, gone < this.#indexed)
      gone++
    }
    if (gone === 0) return
    this.#commits = this.#commits.slice(gone)
    this.#indexed = Math.max(0, this.#indexed - gone)
  }

  #index(): void {
    for (; this.#indexed < this.#commits.length; this.#indexed++) {
      const { version, keys } = this.#commits[this.#indexed]!
      for (const key of keys) this.#lastWrite.set(key, version)
    }
  }

  #drop(commit: Commit, isIndexed: boolean): void {
    // Of what is dropped late, more may have been forgotten already.
    this.#floor = Math.max(this.#floor, commit.version)
    this.#keys -= commit.keys.length
    if (!isIndexed) return
    for (const key of commit.keys)
      if (this.#lastWrite.get(key) === commit.version) this.#lastWrite.delete(key)
  }
}
