/** One reader of the changes of a store. What it is slow to take waits in a bounded room, and is then only counted. */
import { binaryText, bytesOfText } from '../binary-text.ts'
import { cidOfBlockKey, entryBounds, kindOfKey, labelKey, labelName, partsOfEntryKey } from '../keys.ts'
import { STORE_LIMITS } from '../store-limits.ts'
import type { CID } from 'multiformats/cid'
import type { ChangesOptions, CommitChange, MissedChanges, SpaceKey, StoreChange } from '../interface.ts'

interface Held {
  readonly sequence: number
  readonly keys: readonly string[]
}

interface Waiting {
  readonly resolve: (next: IteratorResult<StoreChange>) => void
  readonly reject: (reason: unknown) => void
}

const DONE: IteratorResult<StoreChange> = { done: true, value: undefined }

export class ChangeReader implements AsyncIterableIterator<StoreChange> {
  readonly #from: number
  readonly #keysMax: number
  readonly #isWanted: (key: string) => boolean
  readonly #signal: AbortSignal | undefined
  readonly #onEnd: () => void
  #held: Held[] = []
  #heldKeys = 0
  #missed: MissedChanges | undefined
  #waiting: Waiting[] = []
  #ended = false
  #failure: Error | undefined

  /** Everything after `sequence` will be handed to {@link add}. `onEnd` is called when nothing more is wanted. */
  constructor(sequence: number, options: ChangesOptions, onEnd: () => void) {
    this.#from = options.from ?? sequence + 1
    this.#keysMax = Math.min(options.keysMax ?? Infinity, STORE_LIMITS.changeKeys)
    this.#isWanted = wanted(options)
    this.#signal = options.signal
    this.#onEnd = onEnd
    if (this.#from <= sequence) this.#miss(this.#from, sequence)
    options.signal?.addEventListener('abort', this.#abort, { once: true })
  }

  add(sequence: number, keys: readonly string[]): void {
    if (sequence < this.#from || !keys.some(this.#isWanted)) return
    this.#held.push({ sequence, keys })
    this.#heldKeys += keys.length
    while (this.#heldKeys > this.#keysMax) this.#drop()
    this.#wake()
  }

  /** What is held becomes part of what was missed: nothing comes after a gap that came before it. */
  miss(from: number, to: number): void {
    if (to < this.#from || to < from) return
    while (this.#held.length > 0) this.#drop()
    this.#miss(Math.max(from, this.#from), to)
    this.#wake()
  }

  end(failure?: Error): void {
    this.#leave()
    this.#failure = failure
    for (const { resolve, reject } of this.#waiting.splice(0))
      if (failure === undefined) resolve(DONE)
      else reject(failure)
  }

  next(): Promise<IteratorResult<StoreChange>> {
    if (this.#signal?.aborted === true) return Promise.reject(this.#signal.reason as Error)
    if (this.#hasNext) return Promise.resolve(this.#take())
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#ended) return Promise.resolve(DONE)
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  return(): Promise<IteratorResult<StoreChange>> {
    this.#forget()
    this.end()
    return Promise.resolve(DONE)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  get #hasNext(): boolean {
    return this.#missed !== undefined || this.#held.length > 0
  }

  #wake(): void {
    while (this.#waiting.length > 0 && this.#hasNext) this.#waiting.shift()!.resolve(this.#take())
  }

  #take(): IteratorResult<StoreChange> {
    const missed = this.#missed
    this.#missed = undefined
    if (missed !== undefined) return { done: false, value: missed }
    const { sequence, keys } = this.#held.shift()!
    this.#heldKeys -= keys.length
    return { done: false, value: changeOf(sequence, keys) }
  }

  #drop(): void {
    const { sequence, keys } = this.#held.shift()!
    this.#heldKeys -= keys.length
    this.#miss(sequence, sequence)
  }

  #miss(from: number, to: number): void {
    this.#missed = { kind: 'missed', from: this.#missed?.from ?? from, to }
  }

  readonly #abort = (): void => {
    this.#forget()
    this.end(this.#signal?.reason as Error)
  }

  #forget(): void {
    this.#held = []
    this.#heldKeys = 0
    this.#missed = undefined
  }

  #leave(): void {
    this.#ended = true
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#onEnd()
  }
}

/** Which keys make a commit one that is wanted. */
function wanted({ labels, spaces }: ChangesOptions): (key: string) => boolean {
  if (labels === undefined && spaces === undefined) return () => true
  const names = new Set((labels ?? []).map((name) => binaryText(labelKey(name))))
  const bounds = (spaces ?? []).map((space) => entryBounds(space, {}))
  const stretches = bounds.map(({ gte, lt }) => ({ gte: binaryText(gte), lt: binaryText(lt) }))
  return (key) => names.has(key) || stretches.some(({ gte, lt }) => gte <= key && key < lt)
}

function changeOf(sequence: number, keys: readonly string[]): CommitChange {
  const [labels, entries, blocks]: [string[], SpaceKey[], CID[]] = [[], [], []]
  for (const text of new Set(keys)) {
    const key = bytesOfText(text)
    const entry = partsOfEntryKey(key)
    if (entry !== undefined) entries.push(entry)
    else if (kindOfKey(key) === 'label') labels.push(labelName(key))
    else if (kindOfKey(key) === 'block') blocks.push(cidOfBlockKey(key))
  }
  return { kind: 'commit', sequence, labels, entries, blocks }
}
