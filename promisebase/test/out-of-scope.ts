/** What a test leaves out of a vector set, and why: counted by reason, and said aloud when the test ends. */
import type { TestContext } from 'node:test'

export class OutOfScope {
  readonly #counts = new Map<string, number>()

  add(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
  }

  report(t: TestContext, set: string): void {
    for (const [reason, count] of this.#counts) t.diagnostic(`${set}: ${count} out of scope: ${reason}`)
  }
}
