/**
 * A type of the component model: how large its values are, and the four ways they travel. `load` and `store` go
 * through memory, `lift` and `lower` through parameters and results (Canonical ABI). Which bytes a guest gives is
 * its own affair: everything here is checked against the memory, and what is wrong is a trap.
 */
import { inadmissible } from '../../rewriter/inadmissible.ts'
import { COMPONENT_BOUNDS } from '../bounds.ts'
import type { FlatReader, FlatType, FlatValue } from './flat.ts'
import type { Place } from '../abi/place.ts'
import type { Resource } from './resource.ts'
import type { Value } from './value.ts'

export interface ValueType {
  readonly form: Form
  /** Bytes in memory. */
  readonly size: number
  readonly alignment: number
  /** As parameters and results; cut after one more than can be passed so. */
  readonly flat: readonly FlatType[]
  /** Types it is made of, itself included, each counted as often as it occurs. */
  readonly parts: number
  readonly depth: number
  load(place: Place, at: number): Value
  store(place: Place, at: number, value: Value): void
  lift(place: Place, from: FlatReader): Value
  lower(place: Place, value: Value, to: FlatValue[]): void
}

/** What a type is made of: two types of the same form and the same resources are the same type. */
export type Form =
  | { readonly kind: ScalarName | 'string' }
  | { readonly kind: 'list'; readonly element: ValueType }
  | { readonly kind: 'record'; readonly names: readonly string[]; readonly fields: readonly ValueType[] }
  | { readonly kind: 'tuple'; readonly fields: readonly ValueType[] }
  | { readonly kind: 'variant'; readonly cases: readonly CaseType[] }
  | { readonly kind: 'enum' | 'flags'; readonly names: readonly string[] }
  | { readonly kind: 'option'; readonly some: ValueType }
  | { readonly kind: 'result'; readonly ok: ValueType | undefined; readonly error: ValueType | undefined }
  | { readonly kind: 'own' | 'borrow'; readonly resource: Resource }

export interface CaseType {
  readonly name: string
  readonly type: ValueType | undefined
}

export type ScalarName =
  'bool' | 's8' | 'u8' | 's16' | 'u16' | 's32' | 'u32' | 's64' | 'u64' | 'f32' | 'f64' | 'char'

/** The next address from `at` on that is aligned. */
export function align(at: number, alignment: number): number {
  return Math.ceil(at / alignment) * alignment
}

/** What a type made of others is made of, in numbers; too much of it is not admitted. */
export function measure(
  parts: readonly (ValueType | undefined)[],
  size: number,
): Pick<ValueType, 'parts' | 'depth'> {
  const sum = parts.reduce((total, part) => total + (part?.parts ?? 0), 1)
  const depth = parts.reduce((deepest, part) => Math.max(deepest, part?.depth ?? 0), 0) + 1
  if (sum > COMPONENT_BOUNDS.typeParts) {
    inadmissible(`a type of more than ${COMPONENT_BOUNDS.typeParts} parts`)
  }
  if (depth > COMPONENT_BOUNDS.typeDepth) {
    inadmissible(`types more than ${COMPONENT_BOUNDS.typeDepth} levels deep`)
  }
  if (size > COMPONENT_BOUNDS.valueBytes) {
    inadmissible(`a type of ${size} bytes, ${COMPONENT_BOUNDS.valueBytes} are allowed`)
  }
  return { parts: sum, depth }
}
