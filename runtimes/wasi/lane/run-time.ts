/** Until when a job is waited for: its time is up, or its caller gives up. */

/** The longest a timer can be set to. */
const TIMER_MS_MAX = 2 ** 31 - 1

export class RunTime {
  /** Aborts when it is over, however. */
  readonly signal: AbortSignal
  readonly #over = new AbortController()
  readonly #caller: AbortSignal | undefined
  readonly #giveUp = (): void => this.#over.abort()
  #endsAt = Infinity
  #timer: ReturnType<typeof setTimeout> | undefined
  #isUp = false
  #isDone = false

  constructor(caller?: AbortSignal) {
    this.#caller = caller
    this.signal = this.#over.signal
    if (caller?.aborted === true) this.#giveUp()
    else caller?.addEventListener('abort', this.#giveUp, { once: true })
  }

  /** It has so long from now on. */
  begin(wallMs: number): this {
    if (this.#isDone) return this
    this.#endsAt = performance.now() + wallMs
    this.#timer = setTimeout(() => this.#end(), Math.min(wallMs, TIMER_MS_MAX))
    return this
  }

  /** Whether it is over because its time was up. */
  get isUp(): boolean {
    return this.#isUp
  }

  /** What is left for a lane that begins now: to wait for one was part of its time. */
  get leftMs(): number {
    return Math.max(1, Math.ceil(this.#endsAt - performance.now()))
  }

  /** It has ended by itself. */
  done(): void {
    this.#isDone = true
    clearTimeout(this.#timer)
    this.#caller?.removeEventListener('abort', this.#giveUp)
  }

  #end(): void {
    this.#isUp = !this.#over.signal.aborted
    this.#over.abort()
  }
}
