/** What a page is given of a guest, and what it tells, as JSON. */
import type { Budget } from '../../../../kernel/index.ts'

export interface BrowserGuest {
  /** In base64, without so many zeros at its end. */
  readonly code: string
  readonly zeros: number
  /** The block of it, in base64. */
  readonly descriptor: string
  readonly method: string
  readonly input: string
  readonly budget: Required<Budget>
  readonly blocks: readonly (readonly [cid: string, bytes: string])[]
}

export interface BrowserEnd {
  /** Absent for a result. */
  readonly code?: string | undefined
  readonly fuel?: number | undefined
  readonly output?: readonly number[] | undefined
}

export interface BrowserAnswer {
  readonly browser: string
  readonly ends: readonly BrowserEnd[]
  /** Of an honest guest after each of the others, and many at once. */
  readonly echoes: readonly BrowserEnd[]
  /** How many workers were started. */
  readonly started: number
}
