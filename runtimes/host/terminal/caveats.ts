/** Caveats of a token: a row for each in the words of the kernel, and as data. */
import { describeCaveats } from '../../../kernel/index.ts'
import { hex } from './claims.ts'
import type { ArgumentConstraint, Caveats, Scalar } from '../../../kernel/index.ts'

/** Of all but the budget, which a token always has a row for. */
export function caveatRows({ budget: _, ...caveats }: Caveats): string[][] {
  return describeCaveats(caveats).map((words, at) => [at === 0 ? 'restricted' : '', words])
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
