/** Lanes by name: what runs in one runs in the order of arrival, one after the other; no lane waits for another. */
export class Lanes {
  /** The end of each lane that is in use. */
  readonly #last = new Map<string, Promise<unknown>>()

  run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const next = (this.#last.get(name) ?? Promise.resolve()).then(work)
    const end: Promise<void> = next.then(
      () => this.#leave(name, end),
      () => this.#leave(name, end),
    )
    this.#last.set(name, end)
    return next
  }

  #leave(name: string, end: Promise<unknown>): void {
    if (this.#last.get(name) === end) this.#last.delete(name)
  }
}
