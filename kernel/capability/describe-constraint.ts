/** Constraints on arguments in words: `to.name is "bob" or "carol"`. */
import { hex } from './resource.ts'
import type { ArgumentConstraint, Constraint, Interval, Scalar } from '../interface.ts'

/** One line for people. */
export function describeConstraint({ path, is }: ArgumentConstraint): string {
  return `${describePath(path)} ${describeDemands(is)}`
}

/** `to.items[0]["odd key"]`; the empty path is the arguments as they were sent. */
function describePath(path: ArgumentConstraint['path']): string {
  if (path.length === 0) return 'the bytes of the arguments'
  return path.map((step, index) => describeStep(step, index === 0)).join('')
}

function describeStep(step: string | number, isFirst: boolean): string {
  if (typeof step === 'string' && /^[\p{L}_][\p{L}\p{N}_-]*$/u.test(step)) return isFirst ? step : `.${step}`
  return `[${JSON.stringify(step)}]`
}

/** What the value must be, without saying which value. */
function describeDemands({ equals, oneOf, range, prefix, size }: Constraint): string {
  return [
    ...(equals === undefined ? [] : [`is ${describeScalar(equals)}`]),
    ...(oneOf === undefined ? [] : [`is ${oneOf.map(describeScalar).join(' or ')}`]),
    ...(range === undefined ? [] : [`is a whole number ${describeInterval(range)}`]),
    ...(prefix === undefined ? [] : [`begins with ${describeScalar(prefix)}`]),
    ...(size === undefined ? [] : [`has a size of ${describeInterval(size)}`]),
  ].join(' and ')
}

function describeInterval({ min, max }: Interval): string {
  if (min === undefined) return `at most ${max}`
  if (max === undefined) return `at least ${min}`
  return min === max ? `exactly ${min}` : `${min} to ${max}`
}

function describeScalar(value: Scalar): string {
  return value instanceof Uint8Array ? `h'${hex(value)}'` : JSON.stringify(value)
}
