/** Caveats in words, a row for each. */
import { describeConstraint } from '../../../kernel/index.ts'
import { hex } from './claims.ts'
import { bytes, count, duration } from './units.ts'
import type { ArgumentConstraint, Caveats, Scalar, Total } from '../../../kernel/index.ts'

export function caveatRows(caveats: Caveats): string[][] {
  const { arguments: given = [], total, rate, executors, final, feedSeconds } = caveats
  return [
    ...given.map((each, index) => [index === 0 ? 'where' : '', describeConstraint(each)]),
    ...(total === undefined ? [] : [['in all', `at most ${describeTotal(total)}`]]),
    ...(rate === undefined
      ? []
      : [['how often', `at most ${calls(rate.calls)} in each ${duration(rate.seconds)}`]]),
    ...(executors === undefined ? [] : [['executed by', executors.join(' or ')]]),
    ...(final === undefined ? [] : [['final', 'nothing can be handed on']]),
    ...(feedSeconds === undefined ? [] : [['news', `of revocations at most ${duration(feedSeconds)} old`]]),
  ]
}

/** For programs: bytes in hex. */
export function caveatFacts({ arguments: given, ...caveats }: Caveats): object {
  return { ...caveats, ...(given === undefined ? {} : { arguments: given.map(constraintFacts) }) }
}

function constraintFacts({ path, is }: ArgumentConstraint): object {
  const { equals, oneOf, prefix, ...rest } = is
  return {
    path,
    ...(equals === undefined ? {} : { equals: scalarFact(equals) }),
    ...(oneOf === undefined ? {} : { oneOf: oneOf.map(scalarFact) }),
    ...(prefix === undefined ? {} : { prefix: scalarFact(prefix) }),
    ...rest,
  }
}

function scalarFact(value: Scalar): unknown {
  return value instanceof Uint8Array ? { bytes: hex(value) } : value
}

function describeTotal({ calls: most, fuel, outputBytes }: Total): string {
  return [
    ...(most === undefined ? [] : [calls(most)]),
    ...(fuel === undefined ? [] : [`${count(fuel)} fuel`]),
    ...(outputBytes === undefined ? [] : [`${bytes(outputBytes)} of output`]),
  ].join(', ')
}

function calls(number: number): string {
  return number === 1 ? '1 call' : `${count(number)} calls`
}
