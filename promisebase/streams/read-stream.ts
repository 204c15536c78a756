/** A stream as an async iterable: what is there, and then, when it is followed, what is appended to it. */
import { shape } from '../content/content-error.ts'
import { streamHead } from './append.ts'
import { EMPTY_STREAM } from './stream-block.ts'
import { positionAtOffset, streamEntries } from './stream-entries.ts'
import type { Store } from '../interface.ts'
import type { StreamHead } from './stream-block.ts'
import type { StreamEntry } from './stream-entries.ts'

export interface ReadStreamOptions {
  /** First position that is read; 0 by default, the length of the stream for what comes. */
  readonly from?: number
  /** Begins at the entry that holds this byte of the stream instead. */
  readonly offset?: number
  /** Position to stop before. */
  readonly to?: number
  /** Waits for what is appended, also to a stream that does not exist yet; ends when the store is closed. */
  readonly follow?: boolean
  /** Ends the iteration with its reason. */
  readonly signal?: AbortSignal
}

/**
 * The entries of a stream in order, each once. A stream that does not exist has none.
 * @throws {ContentError} `SHAPE` for a label that is no stream, or that was set back while it is followed; `MISSING`
 * @throws {StoreError} `CORRUPT`, `CLOSED`, `IO` once a write has failed; {RangeError}; the reason of the signal
 */
export async function* readStream(
  store: Store,
  name: string,
  options: ReadStreamOptions = {},
): AsyncGenerator<StreamEntry, void, undefined> {
  for (const key of ['from', 'offset', 'to'] as const) checkCount(key, options[key])
  const { to = Infinity, follow = false, signal } = options
  // Before the first look: nothing is appended unnoticed between them.
  const wakes = follow ? store.changes({ labels: [name], keysMax: 1, ...(signal && { signal }) }) : undefined
  try {
    let next: number | undefined
    let seen = 0
    do {
      const head = await headNow(store, name)
      if (head.length < seen) throw shape(`the stream ${name} was set back`)
      seen = head.length
      next ??= await firstOf(store, head, options)
      for await (const entry of streamEntries(store, head, { from: next, to: Math.min(to, seen) })) {
        signal?.throwIfAborted()
        next = entry.position + 1
        yield entry
      }
    } while (next < to && wakes !== undefined && (await wakes.next()).done !== true)
  } finally {
    await wakes?.return?.()
  }
}

async function headNow(store: Store, name: string): Promise<StreamHead> {
  using now = store.snapshot()
  return (await streamHead(now, name)) ?? EMPTY_STREAM
}

function firstOf(
  store: Store,
  head: StreamHead,
  { from = 0, offset }: ReadStreamOptions,
): number | Promise<number> {
  return offset === undefined ? from : positionAtOffset(store, head, offset)
}

function checkCount(name: string, value: number | undefined): void {
  if (value !== undefined && !(value >= 0 && (Number.isSafeInteger(value) || value === Infinity)))
    throw new RangeError(`${name} must be a count`)
}
