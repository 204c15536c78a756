/**
 * How long one run may take: until its wall time is up or the caller gives up, whichever is first. Nothing is made for
 * what no run asks for: most end without looking at a signal, and a signal costs as much as a short run.
 */
import { Stop } from './cancel.ts'
import type { Cancel } from './cancel.ts'
import type { Refusal } from './errors.ts'
import type { Budget, Powers, RunCancel, RunResult } from './interface.ts'

export class TimeLimit implements Cancel, RunCancel {
  readonly #fuel: number
  readonly #outer: Cancel
  readonly #stopTimer: () => void
  readonly #stop = new Stop()
  #stopListening: (() => void) | undefined
  #controller: AbortController | undefined
  #ended: (RunResult & { readonly refused: Refusal }) | undefined
  #settle: ((result: RunResult) => void) | undefined

  /** The time begins now; `outer` ends it early. */
  constructor(timer: Powers['timer'], { wallMs, fuel }: Required<Budget>, outer: Cancel) {
    this.#fuel = fuel
    this.#outer = outer
    this.#stopTimer = timer(wallMs, () =>
      this.#end({ code: 'BUDGET_TIME', detail: `ran longer than ${wallMs} ms` }),
    )
  }

  get aborted(): boolean {
    return this.#ended !== undefined || this.#outer.aborted
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController()
      const abort = (): void => controller.abort(this.#ended?.refused ?? abortRefusal())
      this.#controller = controller
      if (this.aborted) abort()
      else this.onAbort(abort)
    }
    return this.#controller.signal
  }

  onAbort(act: () => void): () => void {
    this.#listen()
    return this.#stop.onAbort(act)
  }

  /** How a run ends: by itself, or with the limit if that is first. What a race does, without what a race costs. */
  first(run: Promise<RunResult>): Promise<RunResult> {
    this.#listen()
    // The caller may have given up while the run began.
    if (this.#outer.aborted) this.#end(abortRefusal())
    return new Promise((resolve, reject) => {
      this.#settle = resolve
      run.then(resolve, reject)
      if (this.#ended !== undefined) void Promise.resolve(this.#ended).then(resolve)
    })
  }

  /** The run has ended. */
  stop(): void {
    this.#stopTimer()
    this.#stopListening?.()
  }

  #listen(): void {
    this.#stopListening ??= this.#outer.onAbort(() => this.#end(abortRefusal()))
  }

  #end(refused: Refusal): void {
    // What it has used by now nobody knows, and it may go on: it counts as all it was given.
    this.#ended ??= { refused, fuel: this.#fuel }
    this.#settle?.(this.#ended)
    this.#stop.abort()
  }
}

export function abortRefusal(): Refusal {
  return { code: 'ABORTED', detail: 'the caller gave up, or the node is closing' }
}
