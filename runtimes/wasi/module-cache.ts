/** Prepared modules, the least recently used leaving first; each prepared by one flight at a time. */
import type { Result } from '../../kernel/index.ts'
import type { PreparedCode } from './prepared-code.ts'

/** A refusal is kept too, so that a refused module is not read again for each message. */
const REFUSED_BYTES = 1_024

export class ModuleCache {
  readonly #bytesMax: number
  readonly #ready = new Map<string, Result<PreparedCode>>()
  readonly #flights = new Map<string, Promise<Result<PreparedCode>>>()
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get(key: string): Result<PreparedCode> | undefined {
    const found = this.#ready.get(key)
    if (found === undefined) return undefined
    this.#ready.delete(key)
    this.#ready.set(key, found)
    return found
  }

  /** Prepares by `make`, or joins whoever is doing so. What `make` throws is kept by nobody. */
  async load(key: string, make: () => Promise<Result<PreparedCode>>): Promise<Result<PreparedCode>> {
    const flying = this.#flights.get(key)
    if (flying !== undefined) return flying
    const flight = make()
    this.#flights.set(key, flight)
    try {
      const made = await flight
      this.#keep(key, made)
      return made
    } finally {
      this.#flights.delete(key)
    }
  }

  clear(): void {
    this.#ready.clear()
    this.#bytes = 0
  }

  #keep(key: string, made: Result<PreparedCode>): void {
    this.#ready.set(key, made)
    this.#bytes += bytesOf(made)
    for (const [oldest, entry] of this.#ready) {
      // What was prepared last stays, however large: else it would be prepared for every call.
      if (this.#bytes <= this.#bytesMax || this.#ready.size === 1) break
      this.#ready.delete(oldest)
      this.#bytes -= bytesOf(entry)
    }
  }
}

function bytesOf(made: Result<{ readonly bytes: number }>): number {
  return made.ok?.bytes ?? REFUSED_BYTES
}
