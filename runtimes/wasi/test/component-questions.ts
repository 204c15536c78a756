/** What the component `asking` is to ask, and what it says came back (`component/guest/asking.c`). */
import { built } from './components.ts'
import type { Descriptor } from '../../../kernel/index.ts'
import type { Fixture } from './fixtures.ts'

const GROUPS = ['block', 'call', 'log', 'promise', 'promise.outcome', 'state']
const LENGTH_BYTES = 4
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A letter for the function, then its fields. */
export type Question = readonly [letter: string, ...fields: readonly (string | number | Uint8Array)[]]

export function askingComponent(changes: Partial<Descriptor> = {}): Fixture {
  return built('asking', { pure: false, imports: GROUPS, ...changes })
}

export function questions(...asked: readonly Question[]): Uint8Array {
  return Uint8Array.from(
    asked.flatMap(([letter, ...fields]) => [letter.charCodeAt(0), ...fields.flatMap(field)]),
  )
}

function field(value: string | number | Uint8Array): readonly number[] {
  if (typeof value === 'number') return [...word(LENGTH_BYTES), ...word(value)]
  const bytes = typeof value === 'string' ? encoder.encode(value) : value
  return [...word(bytes.length), ...bytes]
}

function word(value: number): readonly number[] {
  return [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff)
}

/** What came back, read piece by piece. */
export class Answers {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** 0 for a result, 1 for none, 2 for a refusal. */
  status(): number {
    return this.#view.getUint8(this.#at++)
  }

  bytes(): Uint8Array {
    const from = this.#at + LENGTH_BYTES
    this.#at = from + this.#view.getUint32(this.#at, true)
    return this.#bytes.slice(from, this.#at)
  }

  text(): string {
    return decoder.decode(this.bytes())
  }

  number(): number {
    const [at, length] = [this.#at + LENGTH_BYTES, this.#view.getUint32(this.#at, true)]
    this.#at = at + length
    if (length === 1) return this.#view.getUint8(at)
    return length === 4 ? this.#view.getUint32(at, true) : Number(this.#view.getBigUint64(at, true))
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }
}
