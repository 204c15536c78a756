/** Every operation that can make a NaN, or move the bits of one, over operands that are NaN of many kinds. */
import { reactor } from '../fixtures.ts'
import { job } from './make-job.ts'
import type { Job } from './job.ts'

const BINARY = ['add', 'sub', 'mul', 'div', 'min', 'max']
const UNARY = ['ceil', 'floor', 'trunc', 'nearest', 'sqrt', 'abs', 'neg']

/** Quiet and signalling NaN with payloads of both signs, and what operations make NaN of. */
const BITS64 = [
  ...[0x7ff8_0000_0000_1234n, 0xfff0_0000_0000_0001n, 0xffff_ffff_ffff_ffffn, 0x7ff0_0000_0000_0000n],
  ...[0xfff0_0000_0000_0000n, 0xc010_0000_0000_0000n, 0x3ff0_0000_0000_0000n, 0n],
]
const BITS32 = [0x7fc0_1234, 0xff80_0001, 0xffff_ffff, 0x7f80_0000, 0xff80_0000, 0xc080_0000, 0x3f80_0000, 0]

/** Every value beside every value; as lanes, each kind of NaN in each lane. */
function pairs<T>(values: readonly T[]): T[] {
  return values.flatMap((first) => values.flatMap((second) => [first, second]))
}

const INPUT64 = new Uint8Array(BigUint64Array.from(pairs(BITS64)).buffer)
const INPUT32 = new Uint8Array(Uint32Array.from(pairs(BITS32)).buffer)

interface Operation {
  readonly name: string
  readonly from: string
  readonly to?: string
  readonly operands: 1 | 2
  readonly wide: boolean
}

const scalar = ['f32', 'f64'].flatMap((type): Operation[] => [
  ...[...BINARY, 'copysign'].map((name) => operation(`${type}.${name}`, type, 2, type === 'f64')),
  ...UNARY.map((name) => operation(`${type}.${name}`, type, 1, type === 'f64')),
])
const lanes = ['f32x4', 'f64x2'].flatMap((type): Operation[] => [
  ...[...BINARY, 'pmin', 'pmax'].map((name) => operation(`${type}.${name}`, 'v128', 2, type === 'f64x2')),
  ...UNARY.map((name) => operation(`${type}.${name}`, 'v128', 1, type === 'f64x2')),
])
const conversions: readonly Operation[] = [
  { ...operation('f32.demote_f64', 'f64', 1, true), to: 'f32' },
  { ...operation('f64.promote_f32', 'f32', 1, false), to: 'f64' },
  operation('f32x4.demote_f64x2_zero', 'v128', 1, true),
  operation('f64x2.promote_low_f32x4', 'v128', 1, false),
  { ...operation('i32.trunc_sat_f64_s', 'f64', 1, true), to: 'i32' },
  { ...operation('i64.trunc_sat_f32_u', 'f32', 1, false), to: 'i64' },
  operation('i32x4.trunc_sat_f32x4_s', 'v128', 1, false),
]

function operation(name: string, from: string, operands: 1 | 2, wide: boolean): Operation {
  return { name, from, operands, wide }
}

const WIDTHS: Readonly<Record<string, number>> = { f32: 4, i32: 4, f64: 8, i64: 8, v128: 16 }

/** Does it with each pair of the arguments, and gives all results. */
function textOf({ name, from, to = from, operands }: Operation): string {
  const [read, written] = [WIDTHS[from] ?? 0, WIDTHS[to] ?? 0]
  const operand = (offset: number): string => `(${from}.load offset=${offset} (local.get $ptr))`
  const values = operands === 2 ? `${operand(0)} ${operand(read)}` : operand(0)
  return reactor(`(local $end i32) (local $to i32)
    (local.set $end (i32.add (local.get $ptr) (local.get $len)))
    (loop $next
      (${to}.store (local.get $to) (${name} ${values}))
      (local.set $to (i32.add (local.get $to) (i32.const ${written})))
      (local.set $ptr (i32.add (local.get $ptr) (i32.const ${operands * read})))
      (br_if $next (i32.lt_u (local.get $ptr) (local.get $end))))
    (call $pack (i32.const 0) (local.get $to))`)
}

export function nanJobs(): Job[] {
  return [...scalar, ...lanes, ...conversions].map((each) =>
    job(`NaN: ${each.name}`, textOf(each), { input: each.wide ? INPUT64 : INPUT32 }),
  )
}

/** The same without the rewriter: what the processor makes of `f64.add`. */
export const ADD = { text: textOf(operation('f64.add', 'f64', 2, true)), input: INPUT64 }
