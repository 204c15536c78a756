/** The history of a branch: every commit after all that have it as an ancestor. */
import { compareBytes } from '../keys.ts'
import { readHeads } from './heads.ts'
import { NO_FUNCTIONS, Workspace } from './workspace.ts'
import type { CID } from 'multiformats/cid'
import type { Store } from '../interface.ts'
import type { NamedCommit } from './interface.ts'

export interface HistoryOptions {
  /** How many commits at most; all without it. */
  readonly limit?: number
  /** Begins at these commits instead of the heads. */
  readonly from?: readonly CID[]
}

/**
 * The highest first, and of the same height by their CIDs: one order everywhere. It shows one moment, however long it
 * takes, and reads no further than it is asked.
 * @throws {WorkError} @throws {StoreError}
 */
export async function* readHistory(
  store: Store,
  name: string,
  { limit = Infinity, from }: HistoryOptions = {},
): AsyncGenerator<NamedCommit, void, undefined> {
  using snapshot = store.snapshot()
  const workspace = new Workspace(snapshot, NO_FUNCTIONS)
  const waiting: NamedCommit[] = []
  for (const cid of from ?? (await readHeads(snapshot, name))) insert(waiting, await workspace.named(cid))
  for (let left = limit; left > 0; left--) {
    const next = waiting.pop()
    if (next === undefined) return
    yield next
    for (const parent of next.commit.parents) insert(waiting, await workspace.named(parent))
  }
}

/** Keeps the order, the next one last; what waits already waits once. */
function insert(waiting: NamedCommit[], named: NamedCommit): void {
  let [from, to] = [0, waiting.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (isAfter(waiting[middle] as NamedCommit, named)) from = middle + 1
    else to = middle
  }
  if (waiting[from]?.cid.equals(named.cid) !== true) waiting.splice(from, 0, named)
}

function isAfter(a: NamedCommit, b: NamedCommit): boolean {
  return (a.commit.height - b.commit.height || compareBytes(b.cid.bytes, a.cid.bytes)) < 0
}
