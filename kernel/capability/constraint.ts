/**
 * What a constraint on arguments means: which values satisfy it, and when one constraint implies another. Both
 * are pure and total. Nearly the same is not the same: 1 is not 1.0, and a text is not its bytes.
 */
import { equalBytes, startsWith } from '../message/equal-bytes.ts'
import type { CborValue } from '../../promisebase/index.ts'
import type { ArgumentConstraint, Constraint, Interval, Scalar } from '../interface.ts'

const utf8 = new TextEncoder()

/** Whether a value is everything that a constraint states; a value that is not there is nothing. */
export function satisfies(constraint: Constraint, value: CborValue | undefined): boolean {
  if (value === undefined) return false
  const { equals, oneOf, range, prefix, size } = constraint
  return (
    (equals === undefined || isSame(equals, value)) &&
    (oneOf === undefined || oneOf.some((each) => isSame(each, value))) &&
    (range === undefined || (isWhole(value) && isIn(range, value))) &&
    (prefix === undefined || beginsWith(value, prefix)) &&
    (size === undefined || isIn(size, sizeOf(value)))
  )
}

/**
 * Whether whatever satisfies `child` satisfies `parent`. Exact while the child lists its values. Where it does
 * not, it must state each thing that the parent states, and state it as narrowly: that may refuse a child that
 * is narrower in another way, never accept one that is wider, and every node finds the same.
 */
export function implies(child: Constraint, parent: Constraint): boolean {
  const listed = valuesOf(child)
  if (listed !== undefined)
    return listed.every((value) => !satisfies(child, value) || satisfies(parent, value))
  return (
    parent.equals === undefined &&
    parent.oneOf === undefined &&
    isWithin(child.range, parent.range) &&
    isWithin(child.size, parent.size) &&
    (parent.prefix === undefined || (child.prefix !== undefined && beginsWith(child.prefix, parent.prefix)))
  )
}

/** What is found among decoded arguments: maps by text, lists by index; undefined when a step is not there. */
export function valueAt(root: CborValue, path: ArgumentConstraint['path']): CborValue | undefined {
  let value: CborValue | undefined = root
  for (const step of path) {
    if (typeof step === 'string') value = value instanceof Map ? value.get(step) : undefined
    else value = Array.isArray(value) ? value[step] : undefined
  }
  return value
}

export function isSamePath(a: ArgumentConstraint['path'], b: ArgumentConstraint['path']): boolean {
  return a.length === b.length && a.every((step, index) => step === b[index])
}

/** The values a constraint lists; undefined when it lists none. */
function valuesOf({ equals, oneOf }: Constraint): readonly Scalar[] | undefined {
  return equals === undefined ? oneOf : [equals]
}

function isSame(scalar: Scalar, value: CborValue): boolean {
  if (scalar instanceof Uint8Array) return value instanceof Uint8Array && equalBytes(scalar, value)
  return scalar === value
}

/** Integers beyond 2^53 are whole numbers too: they lie outside of every bound on their side. */
function isWhole(value: CborValue): value is number | bigint {
  return typeof value === 'bigint' || Number.isSafeInteger(value)
}

function isIn({ min, max }: Interval, value: number | bigint | undefined): boolean {
  return value !== undefined && (min === undefined || value >= min) && (max === undefined || value <= max)
}

function isWithin(inner: Interval | undefined, outer: Interval | undefined): boolean {
  if (outer === undefined) return true
  return (
    inner !== undefined &&
    (inner.min ?? -Infinity) >= (outer.min ?? -Infinity) &&
    (inner.max ?? Infinity) <= (outer.max ?? Infinity)
  )
}

function beginsWith(value: CborValue, prefix: string | Uint8Array): boolean {
  if (typeof prefix === 'string') return typeof value === 'string' && value.startsWith(prefix)
  return value instanceof Uint8Array && startsWith(value, prefix)
}

function sizeOf(value: CborValue): number | undefined {
  if (typeof value === 'string') return utf8.encode(value).length
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length
  return value instanceof Map ? value.size : undefined
}
