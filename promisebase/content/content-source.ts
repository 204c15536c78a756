/** Content as it comes: whatever gives bytes in pieces, waited for no longer than the signal allows. */

/** Bytes at once, or in pieces of any lengths, as an iterable or as a stream of the platform. */
export type ContentSource =
  Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>

/**
 * The pieces one after another. A source that is left early, also because the signal says so, is told.
 * @throws the reason of the signal; whatever the source throws; {TypeError} for what gives no bytes
 */
export async function* piecesOf(
  source: ContentSource,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted()
  if (source instanceof Uint8Array) {
    yield source
    return
  }
  const iterator = iteratorOf(source)
  const patience = patienceWith(signal)
  let isLeft = true
  try {
    for (;;) {
      signal?.throwIfAborted()
      const next = await patience.wait(iterator.next())
      if (next.done === true) break
      if (!(next.value instanceof Uint8Array)) throw new TypeError('a piece of content must be a Uint8Array')
      yield next.value
    }
    isLeft = false
  } finally {
    patience.end()
    // Not waited for: a source that does not answer would not answer this either.
    if (isLeft) Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
}

type Pieces = Iterator<Uint8Array> | AsyncIterator<Uint8Array>

function iteratorOf(source: Exclude<ContentSource, Uint8Array>): Pieces {
  if ('getReader' in source) return streamIterator(source)
  if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]()
  if (Symbol.iterator in source) return source[Symbol.iterator]()
  throw new TypeError('source must be bytes, an iterable of bytes or a ReadableStream')
}

/** Not every browser iterates over its streams. */
function streamIterator(stream: ReadableStream<Uint8Array>): AsyncIterator<Uint8Array> {
  const reader = stream.getReader()
  return {
    next: async () => {
      const { done, value } = await reader.read()
      return done ? { done: true, value: undefined } : { done: false, value }
    },
    return: async () => {
      await reader.cancel()
      return { done: true, value: undefined }
    },
  }
}

/** Waits as long as the signal allows. */
interface Patience {
  wait<T>(value: T | Promise<T>): Promise<T>
  end(): void
}

/**
 * A race against one promise of the signal would keep every piece until that promise settles, which is for ever: each
 * wait has a promise of its own instead, and the signal knows the last one.
 */
function patienceWith(signal: AbortSignal | undefined): Patience {
  let giveUp: ((reason: unknown) => void) | undefined
  const abort = (): void => giveUp?.(signal?.reason)
  signal?.addEventListener('abort', abort)
  return {
    wait: (value) =>
      new Promise((resolve, reject) => {
        giveUp = reject
        // The source may have been what aborted it, before there was anybody to tell.
        if (signal?.aborted === true) reject(signal.reason)
        Promise.resolve(value).then(resolve, reject)
      }),
    end: () => signal?.removeEventListener('abort', abort),
  }
}
