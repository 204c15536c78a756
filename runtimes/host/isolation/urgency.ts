/**
 * How urgent the thread of a lane is among those of its host. Where there are fewer processors than guests that run, the
 * system gives one that never stops its whole turn before others have theirs: so a guest that has run for long is made
 * less urgent until it ends, and who answers at once goes before it.
 *
 * Linux alone has priorities of single threads, and lets not everybody raise one again that was lowered. Where it does
 * not, a lane stays one step below its host, and all lanes are alike.
 */
import { getPriority, setPriority } from 'node:os'

/** Of Linux: the thread that asks, and no other one of its process. */
const THIS_THREAD = 0
/** A guest that ends within this is not one that others wait for. */
const LONG_MS = 1
/** A tenth of the weight that others have. */
const LESS = 10
const LEAST = 19

export class Urgency {
  readonly #usual: number | undefined = usualPriority()
  #begun = 0
  #isLess = false

  /** A job begins. */
  begin(): void {
    this.#begun = performance.now()
  }

  /** It still runs. */
  goOn(now: number): void {
    if (this.#isLess || this.#usual === undefined || now - this.#begun < LONG_MS) return
    this.#isLess = true
    setPriority(THIS_THREAD, Math.min(this.#usual + LESS, LEAST))
  }

  end(): void {
    if (!this.#isLess || this.#usual === undefined) return
    this.#isLess = false
    setPriority(THIS_THREAD, this.#usual)
  }
}

/** Undefined where it cannot be had back once it is given up, which is tried with one step of it. */
function usualPriority(): number | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const usual = getPriority(THIS_THREAD)
    if (usual + LESS > LEAST) return undefined
    setPriority(THIS_THREAD, usual + 1)
    setPriority(THIS_THREAD, usual)
    return usual
  } catch {
    return undefined
  }
}
