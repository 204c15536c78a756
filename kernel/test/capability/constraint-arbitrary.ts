/** Random constraints of the small world of the model. */
import { fc } from '../../../conformance/test/laws.ts'

import type { ArgumentConstraint, Constraint, Interval, Scalar } from '../../index.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const short: readonly Scalar[] = ['', 'a', 'ab', 'b', utf8('a'), utf8('ab'), null, true, false, 0, 4]
const scalar = fc.constantFrom(...short)
const scalars = fc.subarray([...short], { minLength: 1 })
const prefix = fc.constantFrom<string | Uint8Array>('a', 'ab', 'b', utf8('a'), utf8('ab'))

/** At least two whole numbers wide, so that no list of the world has all of it. */
const range: fc.Arbitrary<Interval> = fc.oneof(
  fc.integer({ min: 0, max: 5 }).map((min) => ({ min })),
  fc.integer({ min: 0, max: 5 }).map((max) => ({ max })),
  fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 2 })).map(([min, length]) => ({
    min,
    max: min + length,
  })),
)

const most: fc.Arbitrary<Interval> = fc.integer({ min: 4, max: 5 }).map((max) => ({ max }))

/**
 * Constraints for which stating less narrowly is the only way to be wider: nothing empty, nothing that follows
 * from two fields together. For these the comparison says exactly what the model says.
 */
export const plain: fc.Arbitrary<Constraint> = fc.oneof(
  scalar.map((equals) => ({ equals })),
  scalars.map((oneOf) => ({ oneOf })),
  range.map((each) => ({ range: each })),
  prefix.map((each) => ({ prefix: each })),
  most.map((size) => ({ size })),
  fc.record({ prefix, size: most }),
)

/** Any constraint at all. */
export const any: fc.Arbitrary<Constraint> = fc
  .record(
    {
      equals: scalar,
      oneOf: scalars,
      range: fc.oneof(
        range,
        fc.nat(5).map((only) => ({ min: only, max: only })),
      ),
      prefix,
      size: fc.oneof(
        most,
        fc.tuple(fc.nat(3), fc.nat(3)).map(([min, length]) => ({ min, max: min + length })),
        fc.nat(6).map((min) => ({ min })),
      ),
    },
    { requiredKeys: [] },
  )
  .filter((constraint) => Object.keys(constraint).length > 0)

export const PATHS: readonly ArgumentConstraint['path'][] = [['to'], ['items', 0]]

/** Constraints on some of the paths. */
export const argumentConstraints: fc.Arbitrary<readonly ArgumentConstraint[]> = fc
  .tuple(
    ...PATHS.map((path) =>
      fc.option(
        plain.map((is) => ({ path, is })),
        { nil: undefined },
      ),
    ),
  )
  .map((some) => some.filter((each) => each !== undefined))
