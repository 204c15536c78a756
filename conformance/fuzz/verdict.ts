/** What several targets ask of what they are told: a code that is printed in the specification, and the same bytes. */
import { REFUSALS } from 'promisegrid/kernel'
import { decodeCbor, encodeCbor, FOREIGN_PROFILE, isTagged } from 'promisegrid/promisebase'
import { Finding } from './target.ts'
import type { Result } from 'promisegrid/kernel'
import type { CborValue } from 'promisegrid/promisebase'

/** The code of the refusal, or that there is none. @throws {Finding} for a code that nobody knows */
export function codeOf({ refused }: Result<unknown>, bytes: Uint8Array): string {
  if (refused === undefined) return 'read'
  if (!(refused.code in REFUSALS)) throw new Finding(`unexpected class ${refused.code}`, bytes)
  return refused.code
}

export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}

/** Whether two values, of which one may be missing, are one. */
export function isSameValue(one: CborValue | undefined, other: CborValue | undefined): boolean {
  return isSame(encodeCbor(one ?? null), encodeCbor(other ?? null))
}

/** The value of what was accepted; the widest profile decodes to the same values as ours. */
export function valueOf(bytes: Uint8Array): CborValue {
  const { ok } = decodeCbor(bytes, FOREIGN_PROFILE)
  if (ok === undefined) throw new Finding('accepted, and not decoded', bytes)
  return ok
}

/** Elements of an array, with or without a tag around it; none of anything else. */
export function elementsOf(value: CborValue | undefined): readonly CborValue[] {
  const inside = isTagged(value) ? value.value : value
  return Array.isArray(inside) ? inside : []
}
