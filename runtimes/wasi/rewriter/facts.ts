/** What an admitted module is made of: counted on the way through the rewriter, for whoever admits less than the chapter does. */
import { VALUE_TYPE } from './value-types.ts'
import type { Table } from './tables.ts'
import type { Signature, ValueType } from './value-types.ts'

/** What came after the first version of WebAssembly, by the names of the proposals. */
export const FEATURES = [
  'bulk-memory',
  'multi-value',
  'nontrapping-fptoint',
  'reference-types',
  'sign-extension',
  'simd',
] as const
export type Feature = (typeof FEATURES)[number]

export interface ModuleFacts {
  readonly moduleBytes: number
  readonly types: number
  /** Imported ones included. */
  readonly functions: number
  readonly imports: number
  readonly exports: number
  readonly globals: number
  readonly tables: number
  /** Of the largest table, at most. */
  readonly tableElements: number
  readonly dataSegments: number
  /** Of the function that has most, parameters included. */
  readonly locals: number
  readonly features: readonly Feature[]
}

const REF_NULL = 0xd0
const SIMD = 0xfd
/** Where instructions behind the prefix 0xfc are counted: after all others. */
export const PREFIXED = 0x100

/** Instructions and types of locals that were met. */
export class Seen {
  readonly #opcodes = new Uint8Array(0x200)
  /** The most locals of one function. */
  locals = 0

  add(opcode: number): void {
    this.#opcodes[opcode] = 1
  }

  addLocal(type: ValueType): void {
    if (type === VALUE_TYPE.v128) this.add(SIMD)
    else if (type === VALUE_TYPE.funcref || type === VALUE_TYPE.externref) this.add(REF_NULL)
  }

  #has(first: number, last = first): boolean {
    return this.#opcodes.subarray(first, last + 1).includes(1)
  }

  /** In the order of {@link FEATURES}. */
  features(types: readonly Signature[], tables: readonly Table[]): readonly Feature[] {
    const has: Readonly<Record<Feature, boolean>> = {
      'bulk-memory': this.#has(0x108, 0x10e),
      'multi-value': types.some(({ results }) => results > 1),
      'nontrapping-fptoint': this.#has(0x100, 0x107),
      'reference-types':
        this.#has(REF_NULL, 0xd2) ||
        this.#has(0x25, 0x26) ||
        this.#has(0x1c) ||
        this.#has(0x10f, 0x111) ||
        types.some(({ text }) => /[rx]/.test(text)) ||
        tables.length > 1 ||
        tables.some(({ type }) => type === VALUE_TYPE.externref),
      'sign-extension': this.#has(0xc0, 0xc4),
      simd: this.#has(SIMD) || types.some(({ usesVectors }) => usesVectors),
    }
    return FEATURES.filter((feature) => has[feature])
  }
}
