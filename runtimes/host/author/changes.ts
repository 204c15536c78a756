/** When the source in a folder changes. */
import { watch } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** Editors write a file in several steps. */
const SETTLED_MS = 100

/** Once at the beginning, and then after every change of a file that is source. @throws the reason of the signal */
export async function* changes(folder: string, signal: AbortSignal): AsyncGenerator<void, void, undefined> {
  const seen = watch(folder, { recursive: true, signal })[Symbol.asyncIterator]()
  let next = following(seen)
  yield
  for (;;) {
    const { value, done } = await next
    if (done === true) return
    next = following(seen)
    if (!isSource(value.filename)) continue
    await sleep(SETTLED_MS, undefined, { signal })
    yield
  }
}

/** Asked for before it is wanted, so that nothing is missed; an end meanwhile is told when it is. */
function following<T>(source: AsyncIterator<T>): Promise<IteratorResult<T>> {
  const next = source.next()
  next.catch(() => undefined)
  return next
}

/** What a build makes is no source, and neither are packages. */
function isSource(path: string | null): boolean {
  return path !== null && !/(^|[/\\])(node_modules|\.git)([/\\]|$)|\.wasm$/.test(path)
}
