import type { BackendSnapshot } from './interface.ts'

/**
 * A backend snapshot used by everyone who began at the same state. The last one to leave closes it: most
 * transactions of a busy moment share one, and an engine's snapshot costs more than the reads of a message.
 */
export class View {
  /** How many transactions were in the store; the snapshot may be newer, never older. */
  readonly version: number
  readonly snapshot: BackendSnapshot
  readonly #shown: { readonly number?: number | undefined }
  #users = 1

  /** `shown` tells of a shared backend's snapshot which batch is the newest one in it. */
  constructor(
    version: number,
    snapshot: BackendSnapshot,
    shown: { readonly number?: number | undefined } = snapshot,
  ) {
    this.version = version
    this.snapshot = snapshot
    this.#shown = shown
  }

  /** The newest version that is certainly seen: others may have committed what this process has not heard of yet. */
  get since(): number {
    return this.#shown.number ?? this.version
  }

  retain(): View {
    this.#users++
    return this
  }

  release(): void {
    if (--this.#users === 0) this.snapshot.close()
  }
}
