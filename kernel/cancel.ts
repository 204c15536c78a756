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

/** Ends with the first of these signals. */
export function cancelBy(signal: AbortSignal, ...others: readonly AbortSignal[]): Cancel {
  return others.reduce<Cancel>((cancel, other) => eitherOf(cancel, listenedTo(other)), listenedTo(signal))
}

/** Ends with the first of the two. */
export function eitherOf(one: Cancel, other: Cancel): Cancel {
  return new Either(one, other)
}

/** Ended by whoever holds it. What a signal does, without its events and its exception, which cost more than a call. */
export class Stop implements Cancel {
  #aborted = false
  #acts: Set<() => void> | undefined

  get aborted(): boolean {
    return this.#aborted
  }

  onAbort(act: () => void): () => void {
    return entered((this.#acts ??= new Set()), act)
  }

  abort(): void {
    if (this.#aborted) return
    this.#aborted = true
    for (const act of [...(this.#acts ?? [])]) act()
  }
}

class Either implements Cancel {
  readonly #one: Cancel
  readonly #other: Cancel

  constructor(one: Cancel, other: Cancel) {
    this.#one = one
    this.#other = other
  }

  get aborted(): boolean {
    return this.#one.aborted || this.#other.aborted
  }

  onAbort(act: () => void): () => void {
    const stopOne = this.#one.onAbort(act)
    const stopOther = this.#other.onAbort(act)
    return () => {
      stopOne()
      stopOther()
    }
  }
}

const listened = new WeakMap<AbortSignal, Listened>()

function listenedTo(signal: AbortSignal): Listened {
  const known = listened.get(signal)
  if (known !== undefined) return known
  const made = new Listened(signal)
  listened.set(signal, made)
  return made
}

/** All who hang on one signal. */
class Listened implements Cancel {
  readonly #signal: AbortSignal
  readonly #acts = new Set<() => void>()
  readonly #listener = (): void => {
    for (const act of [...this.#acts]) act()
  }

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  get aborted(): boolean {
    return this.#signal.aborted
  }

  onAbort(act: () => void): () => void {
    if (this.#acts.size === 0) this.#signal.addEventListener('abort', this.#listener)
    const leave = entered(this.#acts, act)
    return () => {
      leave()
      if (this.#acts.size === 0) this.#signal.removeEventListener('abort', this.#listener)
    }
  }
}

/** One entry per call, also when two calls hang on the same function. */
function entered(acts: Set<() => void>, act: () => void): () => void {
  const entry = (): void => act()
  acts.add(entry)
  return () => acts.delete(entry)
}
