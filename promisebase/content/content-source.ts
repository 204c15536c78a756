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
  const aborted = abortOf(signal)
  let isLeft = true
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted.promise])
      if (next.done === true) break
      if (!(next.value instanceof Uint8Array)) throw new TypeError('a piece of content must be a Uint8Array')
      yield next.value
    }
    isLeft = false
  } finally {
    aborted.forget()
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

interface Abort {
  /** Rejects when the signal aborts, and never resolves. */
  readonly promise: Promise<never>
  forget(): void
}

function abortOf(signal: AbortSignal | undefined): Abort {
  let forget = (): void => undefined
  const promise = new Promise<never>((_resolve, reject) => {
    if (signal === undefined) return
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    forget = () => signal.removeEventListener('abort', abort)
  })
  promise.catch(() => undefined)
  return { promise, forget: () => forget() }
}
