/** Messages in work, by id, and who waits for one to end. Only messages of its own issuer wait for one. */
import { cidKey, PassingMap } from '../../promisebase/index.ts'
import type { CID } from 'multiformats/cid'
import type { Message, Principal } from '../interface.ts'

/** A message in work, once or by several callers at a time. */
interface Unended {
  readonly issuer: Principal
  visits: number
  readonly waiting: Set<() => void>
}

export class Unfinished {
  readonly #messages = new PassingMap<string, Unended>()

  /** From now on others can wait for it; the returned function says that it has ended. */
  begin(id: CID, issuer: Principal): () => void {
    const name = cidKey(id)
    const unended = this.#messages.get(name) ?? { issuer, visits: 0, waiting: new Set() }
    unended.visits += 1
    this.#messages.set(name, unended)
    return () => this.#end(name, unended)
  }

  isInWork(id: CID, issuer: Principal): boolean {
    return this.#messages.get(cidKey(id))?.issuer === issuer
  }

  /** Calls `act` when it has ended; the returned function takes that back. */
  onEnd(id: CID, act: () => void): () => void {
    const waiting = this.#messages.get(cidKey(id))?.waiting
    waiting?.add(act)
    return () => waiting?.delete(act)
  }

  #end(name: string, unended: Unended): void {
    unended.visits -= 1
    if (unended.visits > 0) return
    this.#messages.delete(name)
    for (const act of [...unended.waiting]) act()
  }
}

/** One message on its way: in work from the moment its signature holds. */
export class Visit {
  readonly #unfinished: Unfinished
  #end: (() => void) | undefined

  constructor(unfinished: Unfinished) {
    this.#unfinished = unfinished
  }

  begin({ id, claims }: Message): void {
    this.#end ??= this.#unfinished.begin(id, claims.issuer)
  }

  end(): void {
    this.#end?.()
  }
}
