/**
 * A backend in memory that stops before any step somebody wants to stop at: who acts is known by the context of
 * his calls, so that two of them are brought into any order.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

import { createMemoryBackend } from '../../../promisebase/index.ts'
import type { Backend, BackendSnapshot, BackendWrite } from '../../../promisebase/index.ts'

const actors = new AsyncLocalStorage<string>()

/** Does something in somebody's name. */
export function as<T>(actor: string, act: () => Promise<T>): Promise<T> {
  return actors.run(actor, act)
}

export interface SteppedBackend {
  readonly backend: Backend
  /** Names of what was committed, in order: see {@link steppedBackend}. */
  readonly log: readonly string[]
  /** Steps of `actor`, `*` being everybody, wait for `step`; each is told its number, counted from now. */
  watch(actor: string, step: (number: number) => Promise<void>): void
  /** Makes entries of a space invisible to whoever reads. */
  hide(space: string): void
}

/** @param spaces whose writes are logged by their name */
export function steppedBackend(spaces: readonly string[]): SteppedBackend {
  const inner = createMemoryBackend()
  const log: string[] = []
  const hidden = new Set<string>()
  let watching: { actor: string; step: (number: number) => Promise<void>; count: number } | undefined
  const before = async (): Promise<void> => {
    const actor = actors.getStore()
    if (watching === undefined || (watching.actor !== actor && watching.actor !== '*')) return
    watching.count += 1
    await watching.step(watching.count)
  }
  const backend: Backend = {
    name: 'stepped',
    snapshot: () => steppedSnapshot(inner.snapshot(), before, (key) => hidden.has(spaceOf(key))),
    batch: async (writes, options) => {
      await before()
      await inner.batch(writes, options)
      log.push(...spacesIn(writes).filter((space) => spaces.includes(space)))
    },
    close: async () => undefined,
  }
  return {
    backend,
    log,
    watch: (actor, step) => (watching = { actor, step, count: 0 }),
    hide: (space) => hidden.add(space),
  }
}

function steppedSnapshot(
  inner: BackendSnapshot,
  before: () => Promise<void>,
  isHidden: (key: Uint8Array) => boolean,
): BackendSnapshot {
  return {
    get: async (key) => {
      await before()
      return isHidden(key) ? undefined : inner.get(key)
    },
    range: async function* (range) {
      await before()
      yield* inner.range(range)
    },
    close: () => inner.close(),
  }
}

/** Each space that a batch writes to, in the order of the writes. */
function spacesIn(writes: readonly BackendWrite[]): readonly string[] {
  return [...new Set(writes.map(({ key }) => spaceOf(key)))]
}

/** spec/promisebase.md, "Keys": %x20, the length of the name in two bytes, the name. */
function spaceOf(key: Uint8Array): string {
  if (key[0] !== 0x20) return ''
  const length = ((key[1] as number) << 8) | (key[2] as number)
  return new TextDecoder().decode(key.subarray(3, 3 + length))
}
