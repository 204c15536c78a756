/**
 * Walking back from two sides of a history at once, the highest commit first. A commit is visited after everything
 * that has it as an ancestor, so what is known of it is complete when it is visited. Only the part in which the sides
 * differ is read, however long the history below it is.
 */
import { compareBytes } from '../keys.ts'
import { MERGE_LIMITS } from './limits.ts'
import { WorkError } from './workspace.ts'
import type { CID } from 'multiformats/cid'
import type { NamedCommit } from './interface.ts'
import type { Workspace } from './workspace.ts'

export interface Visit extends NamedCommit {
  /** Which sides have it; `below` says that a commit visited before, which both sides have, has it as an ancestor. */
  readonly isLeft: boolean
  readonly isRight: boolean
  readonly isBelow: boolean
}

const LEFT = 1
const RIGHT = 2
const BELOW = 4
const BOTH = LEFT | RIGHT

interface Entry extends NamedCommit {
  marks: number
}

/**
 * Everything that only one side has, and the highest of what both have; ends when nothing but what is below those is
 * left. With `leftOnly` it ends as soon as the left side has nothing of its own left.
 * @throws {WorkError} `LIMIT`, `MISSING`, `COMMIT`
 */
export async function* walk(
  workspace: Workspace,
  left: Iterable<CID>,
  right: Iterable<CID>,
  { leftOnly = false }: { readonly leftOnly?: boolean } = {},
): AsyncGenerator<Visit, void, undefined> {
  const queue = new WalkQueue()
  for (const cid of left) queue.add(await workspace.named(cid), LEFT)
  for (const cid of right) queue.add(await workspace.named(cid), RIGHT)
  let visited = 0
  while (leftOnly ? queue.has(isOnlyLeft) : queue.has(isNotBelow)) {
    const { cid, commit, marks } = queue.take()
    if (++visited > MERGE_LIMITS.walkCommits)
      throw new WorkError('LIMIT', `the histories differ by more than ${MERGE_LIMITS.walkCommits} commits`)
    yield { cid, commit, isLeft: (marks & LEFT) > 0, isRight: (marks & RIGHT) > 0, isBelow: marks > BOTH }
    const below = (marks & BOTH) === BOTH ? marks | BELOW : marks
    for (const parent of commit.parents) queue.add(await workspace.named(parent), below)
  }
}

const isOnlyLeft = (marks: number): boolean => marks === LEFT
const isNotBelow = (marks: number): boolean => marks < BELOW

/** Entries by height, lowest first, so that the next one is at the end; each commit once, its marks joined. */
class WalkQueue {
  readonly #entries: Entry[] = []
  readonly #counts = new Map<number, number>()

  add(named: NamedCommit, marks: number): void {
    const at = this.#place(named)
    const there = this.#entries[at]
    if (there !== undefined && orderOf(there, named) === 0) {
      this.#count(there.marks, -1)
      there.marks |= marks
      this.#count(there.marks, 1)
    } else {
      this.#entries.splice(at, 0, { ...named, marks })
      this.#count(marks, 1)
    }
  }

  take(): Entry {
    const entry = this.#entries.pop() as Entry
    this.#count(entry.marks, -1)
    return entry
  }

  has(wanted: (marks: number) => boolean): boolean {
    for (const [marks, count] of this.#counts) if (count > 0 && wanted(marks)) return true
    return false
  }

  #count(marks: number, by: number): void {
    this.#counts.set(marks, (this.#counts.get(marks) ?? 0) + by)
  }

  /** Where it is, or belongs. */
  #place(named: NamedCommit): number {
    let [from, to] = [0, this.#entries.length]
    while (from < to) {
      const middle = (from + to) >>> 1
      if (orderOf(this.#entries[middle]!, named) < 0) from = middle + 1
      else to = middle
    }
    return from
  }
}

function orderOf(a: NamedCommit, b: NamedCommit): number {
  return a.commit.height - b.commit.height || compareBytes(b.cid.bytes, a.cid.bytes)
}
