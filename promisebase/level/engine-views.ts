/** What a backend over an abstract-level database needs of it. */
import type { AbstractLevel } from 'abstract-level'
import type { BackendSnapshot, BackendWrite } from '../interface.ts'

/** An open database whose keys and values are encoded as `view`. `Format` is what it stores inside. */
export type ByteLevel<Format> = AbstractLevel<Format, Uint8Array, Uint8Array>

/** How an engine shows one moment: by its own snapshots, or by ours over it. */
export interface EngineViews {
  open(): BackendSnapshot
  /** Calls `write` so that open views do not see what it writes to these keys. */
  around(writes: readonly BackendWrite[], write: () => Promise<void>): Promise<void>
}
