/**
 * Cancelling: many calls hang on few signals, the kernel's own and those of callers who use one for a long
 * life. Each signal is listened to once, however many calls hang on it, and not longer than the last of them.
 */

/** Whether a call is to end early, and how to be told. */
export interface Cancel {
  readonly aborted: boolean
  /** Calls `act` once when it is to end; the returned function takes that back. */
  onAbort(act: () => void): () => void
}

const listening = new WeakMap<AbortSignal, Set<() => void>>()

/** Ends with the first of these signals. */
export function cancelBy(...signals: readonly AbortSignal[]): Cancel {
  return {
    get aborted() {
      return signals.some(({ aborted }) => aborted)
    },
    onAbort: (act) => {
      // One entry per call, also when two calls hang on the same function.
      const entry = (): void => act()
      for (const signal of signals) entriesOf(signal).add(entry)
      return () => {
        for (const signal of signals) listening.get(signal)?.delete(entry)
        for (const signal of signals) if (listening.get(signal)?.size === 0) release(signal)
      }
    },
  }
}

const listeners = new WeakMap<AbortSignal, () => void>()

function entriesOf(signal: AbortSignal): Set<() => void> {
  const known = listening.get(signal)
  if (known !== undefined) return known
  const entries = new Set<() => void>()
  const listener = (): void => {
    for (const entry of [...entries]) entry()
  }
  listening.set(signal, entries)
  listeners.set(signal, listener)
  signal.addEventListener('abort', listener, { once: true })
  return entries
}

function release(signal: AbortSignal): void {
  const listener = listeners.get(signal)
  if (listener !== undefined) signal.removeEventListener('abort', listener)
  listening.delete(signal)
  listeners.delete(signal)
}
