/**
 * What each instruction does with the bits of a NaN. All that is not said here looks at every bit of what it takes and
 * gives what is the guest's own, which is right for anything: the tables only name where less is known to be enough.
 */

/** How an instruction treats floating-point values. */
export const TREAT = {
  /** Looks at all bits; what it gives are bits of the guest. */
  looks: 0,
  /** Takes a NaN for a NaN, whatever its bits, and gives one whose bits are left open. */
  arithmetic: 1,
  /** Takes a NaN for a NaN; gives no floating-point value, or none that was arithmetic. */
  judges: 2,
  /** Gives a value that is no NaN. */
  converts: 3,
  /** Gives the value with a positive sign, which the one NaN has. */
  absolute: 4,
  /** Moves the bits of a value, but for its sign. */
  negates: 5,
  copiesSign: 6,
  constant32: 7,
  constant64: 8,
  drops: 9,
  selects: 10,
  getsLocal: 11,
  setsLocal: 12,
  teesLocal: 13,
} as const

type Row = readonly [first: number, last: number, treatment: keyof typeof TREAT]

const ROWS: readonly Row[] = [
  [0x1a, 0x1a, 'drops'],
  [0x1b, 0x1c, 'selects'],
  [0x20, 0x20, 'getsLocal'],
  [0x21, 0x21, 'setsLocal'],
  [0x22, 0x22, 'teesLocal'],
  [0x43, 0x43, 'constant32'],
  [0x44, 0x44, 'constant64'],
  [0x5b, 0x66, 'judges'], // comparisons
  [0x8b, 0x8b, 'absolute'],
  [0x8c, 0x8c, 'negates'],
  [0x8d, 0x97, 'arithmetic'], // ceil floor trunc nearest sqrt add sub mul div min max
  [0x98, 0x98, 'copiesSign'],
  [0x99, 0x99, 'absolute'],
  [0x9a, 0x9a, 'negates'],
  [0x9b, 0xa5, 'arithmetic'],
  [0xa6, 0xa6, 'copiesSign'],
  [0xa8, 0xab, 'judges'], // truncations to i32: a NaN is a trap
  [0xae, 0xb1, 'judges'], // and to i64
  [0xb2, 0xb5, 'converts'], // to f32
  [0xb6, 0xb6, 'arithmetic'], // f32.demote_f64
  [0xb7, 0xba, 'converts'], // to f64
  [0xbb, 0xbb, 'arithmetic'], // f64.promote_f32
]

const VECTOR_ROWS: readonly Row[] = [
  [0x41, 0x4c, 'judges'], // comparisons
  [0x5e, 0x5f, 'arithmetic'], // f32x4.demote_f64x2_zero, f64x2.promote_low_f32x4
  [0x67, 0x6a, 'arithmetic'], // ceil floor trunc nearest
  [0x74, 0x75, 'arithmetic'],
  [0x7a, 0x7a, 'arithmetic'],
  [0x94, 0x94, 'arithmetic'],
  [0xe3, 0xe9, 'arithmetic'], // sqrt add sub mul div min max; pmin and pmax only choose an operand
  [0xef, 0xf5, 'arithmetic'],
]

/** By opcode: one of {@link TREAT}. */
export const TREATMENT = table(ROWS)
export const VECTOR_TREATMENT = table(VECTOR_ROWS)

/** As what a value is made the one NaN; of a vector that was read from a local it is known at the end only. */
export const SHAPE = { none: 0, f32: 1, f64: 2, f32x4: 4, f64x2: 8, vector: 16 } as const
export type Shape = number

type ShapeRow = readonly [first: number, last: number, shape: Shape]

/** By opcode of arithmetic: the shape of its result. */
export const RESULT_SHAPE = shapes([
  [0x8d, 0x97, SHAPE.f32],
  [0x9b, 0xa5, SHAPE.f64],
  [0xb6, 0xb6, SHAPE.f32],
  [0xbb, 0xbb, SHAPE.f64],
])

/** Arithmetic on vectors that gives the shape it takes. */
const OF_ONE_SHAPE: readonly ShapeRow[] = [
  [0x67, 0x6a, SHAPE.f32x4],
  [0x74, 0x75, SHAPE.f64x2],
  [0x7a, 0x7a, SHAPE.f64x2],
  [0x94, 0x94, SHAPE.f64x2],
  [0xe3, 0xe9, SHAPE.f32x4],
  [0xef, 0xf5, SHAPE.f64x2],
]

/** By opcode of arithmetic on vectors: the shape of its result. */
export const VECTOR_RESULT_SHAPE = shapes([
  [0x5e, 0x5e, SHAPE.f32x4],
  [0x5f, 0x5f, SHAPE.f64x2],
  ...OF_ONE_SHAPE,
])

/** By opcode: the shapes as which arithmetic and comparison of vectors take and give them. */
export const VECTOR_SHAPES = shapes([
  [0x41, 0x46, SHAPE.f32x4],
  [0x47, 0x4c, SHAPE.f64x2],
  [0x5e, 0x5f, SHAPE.f32x4 | SHAPE.f64x2],
  ...OF_ONE_SHAPE,
])

function table(rows: readonly Row[]): Uint8Array {
  const treatments = new Uint8Array(256)
  for (const [first, last, treatment] of rows) treatments.fill(TREAT[treatment], first, last + 1)
  return treatments
}

function shapes(rows: readonly ShapeRow[]): Uint8Array {
  const found = new Uint8Array(256)
  for (const [first, last, shape] of rows) found.fill(shape, first, last + 1)
  return found
}
