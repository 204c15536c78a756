/**
 * Room for open promises, a share of it for each who pays for them. A place is taken before a promise is staged,
 * for calls that end at the same time would all find the last one; it is given back when the promise has ended.
 */
import { cidKey } from '../../promisebase/index.ts'
import { FairShare } from '../fair-share.ts'
import { openPromises } from './record.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot } from '../../promisebase/index.ts'
import type { Principal } from '../interface.ts'

export class PromiseRoom {
  readonly #shares: FairShare
  /** By request, which has one promise at most, however often its transaction runs. */
  readonly #staged = new Map<string, Principal>()

  private constructor(shares: FairShare) {
    this.#shares = shares
  }

  /** Counts what is in the store, from then on counted in memory; those past their time too, until they are swept. */
  static async open(snapshot: Snapshot, promisesMax: number): Promise<PromiseRoom> {
    const shares = new FairShare(promisesMax)
    for await (const payer of openPromises(snapshot)) shares.hold(payer)
    return new PromiseRoom(shares)
  }

  /** False when there is no room for the promise that answers this request. */
  take(request: CID, payer: Principal): boolean {
    const name = cidKey(request)
    if (this.#staged.has(name)) return true
    if (!this.#shares.hasRoom(payer)) return false
    this.#shares.hold(payer)
    this.#staged.set(name, payer)
    return true
  }

  /** The promise is in the store. */
  keep(request: CID): void {
    this.#staged.delete(cidKey(request))
  }

  /** The request has ended: its place is given back, unless its promise is in the store. */
  drop(request: CID): void {
    if (this.#staged.size === 0) return
    const name = cidKey(request)
    const payer = this.#staged.get(name)
    if (payer !== undefined && this.#staged.delete(name)) this.#shares.leave(payer)
  }

  /** A promise that `payer` pays for is open no longer. */
  leave(payer: Principal): void {
    this.#shares.leave(payer)
  }
}
