/**
 * What a guest says it will ask for. It changes no answer: what was read ahead is given only as long as nothing has
 * been written over it. It saves runs: whenever one has to wait, all that was named is read as well.
 */
import { ForbiddenError } from '../../../kernel/index.ts'
import { HOST_LIMITS } from './limits.ts'

/** Reads made at a time: as many as a store answers about as fast as one. */
const AT_ONCE = 16
/** Longer ones name nothing that could be read. */
const NAME_BYTES_MAX = 1_024

type Read = (name: Uint8Array) => Promise<Uint8Array | undefined>

interface Named {
  readonly name: Uint8Array
  readonly read: Read
  /** Absent as long as nobody has looked. */
  readonly found?: { readonly value: Uint8Array | undefined }
}

export class ReadAhead {
  readonly #names = new Map<string, Named>()
  #bytes = 0

  /** Notes that `name` will be asked for; `kind` tells keys and CIDs apart. */
  add(kind: string, name: Uint8Array, read: Read): void {
    if (name.length > NAME_BYTES_MAX || this.#names.size >= HOST_LIMITS.aheadNames) return
    const key = keyOf(kind, name)
    if (!this.#names.has(key)) this.#names.set(key, { name: name.slice(), read })
  }

  /** What was read ahead, once; undefined where nothing was. */
  take(kind: string, name: Uint8Array): Named['found'] {
    if (name.length > NAME_BYTES_MAX) return undefined
    const found = this.#names.get(keyOf(kind, name))?.found
    this.forget(kind, name)
    return found
  }

  /** It is being written: what was read before is not the answer any more. */
  forget(kind: string, name: Uint8Array): void {
    if (name.length > NAME_BYTES_MAX) return
    const key = keyOf(kind, name)
    this.#bytes -= this.#names.get(key)?.found?.value?.length ?? 0
    this.#names.delete(key)
  }

  /** Others may have written anything. */
  forgetAll(): void {
    this.#names.clear()
    this.#bytes = 0
  }

  /** Reads what nobody has read yet. What is forbidden is left to the question itself. */
  async read(): Promise<void> {
    const unread = [...this.#names].filter(([, { found }]) => found === undefined)
    for (let from = 0; from < unread.length; from += AT_ONCE) {
      const batch = unread.slice(from, from + AT_ONCE)
      if (this.#bytes >= HOST_LIMITS.aheadBytes) for (const [key] of batch) this.#names.delete(key)
      else await Promise.all(batch.map(([key, named]) => this.#readOne(key, named)))
    }
  }

  async #readOne(key: string, named: Named): Promise<void> {
    try {
      const value = await named.read(named.name)
      this.#names.set(key, { ...named, found: { value } })
      this.#bytes += value?.length ?? 0
    } catch (error) {
      if (!(error instanceof ForbiddenError)) throw error
      this.#names.delete(key)
    }
  }
}

function keyOf(kind: string, name: Uint8Array): string {
  return kind + String.fromCharCode(...name)
}
