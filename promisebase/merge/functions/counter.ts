/** A counter: an integer, to which the merge adds what each side has added since the base. No base counts as 0. */
import { placeOf, refuse, valueFunction } from './value-function.ts'
import type { CborValue } from '../../cbor/value.ts'
import type { ValueMerge } from './value-function.ts'

/** What dag-cbor has room for. */
const LEAST = -(2n ** 64n)
const MOST = 2n ** 64n - 1n

export const addCounts: ValueMerge = (base, left, right, path) => {
  const [common, ours, theirs] = [base ?? 0, left, right].map(readCount)
  if (common === undefined || ours === undefined || theirs === undefined)
    return refuse('SHAPE', `an integer is wanted ${placeOf(path)}`)
  const sum = ours + theirs - common
  return sum < LEAST || sum > MOST ? refuse('LIMIT', `the sum ${placeOf(path)} has no room`) : { ok: sum }
}

export const counter = valueFunction('counter', addCounts, 'adds up')

/** A float is no integer, whatever its value. */
function readCount(value: CborValue): bigint | undefined {
  if (typeof value === 'bigint') return value
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : undefined
}
