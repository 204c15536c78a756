/**
 * A call that has begun, or will. It can be awaited, and it can be the input of another call, which then begins
 * when this one has ended. Nothing in it throws: how a call ended is data.
 */
import { refusedOutcome } from '../stages/6-reply.ts'
import type { CID } from 'multiformats/cid'
import type { Refusal } from '../errors.ts'
import type { Executed, Outcome } from '../interface.ts'

/** How a call under a grant handle ended: as a reply tells it, the bytes always there. */
export type CallOutcome =
  | {
      readonly status: 'kept'
      readonly result: { readonly cid: CID; readonly bytes: Uint8Array }
      readonly fuel: number
      /** When it was asked for, and the handler is pure. */
      readonly receipt?: Uint8Array
    }
  | Unkept

/** To be awaited, or to be the input of another call of the same kernel. */
export interface PendingCall extends PromiseLike<CallOutcome> {
  readonly method: string
}

/** How a call ended, inside the kernel: bytes are shared there, and each caller is given its own. */
export type CallEnd =
  | { readonly ok: Executed; readonly refused?: undefined; readonly told?: undefined }
  | { readonly refused: Refusal; readonly ok?: undefined; readonly told?: undefined }
  /** Put into words already. */
  | { readonly told: Unkept; readonly ok?: undefined; readonly refused?: undefined }

type Unkept = Exclude<Outcome, { readonly status: 'kept' }>

export class Call implements PendingCall {
  readonly method: string
  /** The kernel it is a call of. */
  readonly home: object
  #end: CallEnd | undefined
  #promise: Promise<CallOutcome> | undefined
  #tell: ((outcome: CallOutcome) => void) | undefined
  #waiting: Set<() => void> | undefined

  constructor(method: string, home: object) {
    this.method = method
    this.home = home
  }

  /** How it ended; undefined while it has not. */
  get end(): CallEnd | undefined {
    return this.#end
  }

  /** A promise is made for who asks for one: in a long chain that is one call of thousands. */
  then<A = CallOutcome, B = never>(
    onOutcome?: ((outcome: CallOutcome) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#outcome().then(onOutcome, onError)
  }

  /** Calls `act` once it has ended; the returned function takes that back. */
  onEnd(act: () => void): () => void {
    const waiting = (this.#waiting ??= new Set())
    waiting.add(act)
    return () => waiting.delete(act)
  }

  /** The first end stands. Returns who was waiting for it: they are told by the caller, who knows when. */
  finish(end: CallEnd): Iterable<() => void> {
    if (this.#end !== undefined) return []
    this.#end = end
    this.#tell?.(outcomeOf(end))
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    return waiting
  }

  #outcome(): Promise<CallOutcome> {
    if (this.#end !== undefined) return Promise.resolve(outcomeOf(this.#end))
    this.#promise ??= new Promise((resolve) => {
      this.#tell = resolve
    })
    return this.#promise
  }
}

function outcomeOf(end: CallEnd): CallOutcome {
  if (end.refused !== undefined) return refusedOutcome(end.refused)
  if (end.told !== undefined) return end.told
  const { result, fuel, receipt } = end.ok
  // A copy: the kernel remembers these bytes, and the next caller must get what was computed.
  const own = { cid: result.cid, bytes: result.bytes.slice() }
  return receipt === undefined
    ? { status: 'kept', result: own, fuel }
    : { status: 'kept', result: own, fuel, receipt: receipt.slice() }
}
