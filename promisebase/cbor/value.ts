/**
 * What a CBOR item is in JavaScript. The mapping loses nothing: whatever a scan accepted is encoded back to
 * the same bytes. That is why maps are `Map`s (keys need not be text, and `__proto__` is a key like any
 * other), and why a float that looks like an integer has a class of its own.
 */
import type { CID } from 'multiformats/cid'

/** Any item can be a key. Those that are objects here (bytes, arrays, links …) are found by going through. */
export type CborKey = CborValue

export type CborMap = Map<CborKey, CborValue>

/** Integers are numbers while they are safe, bigints beyond. */
export type CborValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | CID
  | CborTagged
  | CborFloat
  | CborSimple
  | CborValue[]
  | CborMap

/** What can be encoded: every {@link CborValue}, and plain objects for maps whose keys are text. */
export type CborInput =
  CborValue | readonly CborInput[] | ReadonlyMap<CborInput, CborInput> | { readonly [key: string]: CborInput }

/**
 * An item with a tag that has no JavaScript form of its own: tags 2 and 3 are bigints, and tag 42 is a CID
 * unless its byte string lacks the 00, as in some messages of others ({@link linkOf} reads both).
 */
export class CborTagged<Value extends CborInput = CborInput> {
  readonly tag: number
  readonly value: Value

  /** @throws {RangeError} when `tag` is not an unsigned safe integer */
  constructor(tag: number, value: Value) {
    if (!Number.isSafeInteger(tag) || tag < 0) throw new RangeError(`tag ${tag} is not an unsigned integer`)
    this.tag = tag
    this.value = value
  }
}

/** A float without a fraction (1.0, minus zero, NaN, the infinities): as a number it would become an integer. */
export class CborFloat {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** A simple value other than false, true and null; 23 is `undefined`. */
export class CborSimple {
  readonly value: number

  /** @throws {RangeError} for the values that are reserved or have a JavaScript form */
  constructor(value: number) {
    const known = Number.isInteger(value) && value >= 0 && value <= 255
    if (!known || (value >= 20 && value <= 22) || (value >= 24 && value <= 31)) {
      throw new RangeError(`${value} is not a simple value of its own`)
    }
    this.value = value
  }
}

/** Whether a decoded item is tagged, and with this tag when one is named. */
export function isTagged(value: unknown): value is CborTagged<CborValue>
export function isTagged<const Tag extends number>(
  value: unknown,
  tag: Tag,
): value is CborTagged<CborValue> & { readonly tag: Tag }
export function isTagged(value: unknown, tag?: number): boolean {
  return value instanceof CborTagged && (tag === undefined || value.tag === tag)
}
