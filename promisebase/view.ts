import type { SealedSnapshot } from './sealed.ts'

/**
 * A backend snapshot used by everyone who began at the same state. The last one to leave closes it: most
 * transactions of a busy moment share one, and an engine's snapshot costs more than the reads of a message.
 */
export class View {
  /** How many transactions were in the store; the snapshot may be newer, never older. */
  readonly version: number
  readonly snapshot: SealedSnapshot
  #users = 1

  constructor(version: number, snapshot: SealedSnapshot) {
    this.version = version
    this.snapshot = snapshot
  }

  retain(): View {
    this.#users++
    return this
  }

  release(): void {
    if (--this.#users === 0) this.snapshot.close()
  }
}
