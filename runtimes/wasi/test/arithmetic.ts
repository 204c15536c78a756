/** Modules that compute, for comparing the rewritten form with the original. Each exports memory and `f`. */
export interface Arithmetic {
  readonly name: string
  readonly text: string
  /** Types of the parameters of `f`: all give i32 or i64 back, floats as their bits. */
  readonly parameters: readonly ('i32' | 'i64')[]
}

const f64Binary = ['add', 'sub', 'mul', 'div', 'min', 'max', 'copysign']
const f64Unary = ['ceil', 'floor', 'trunc', 'nearest', 'sqrt', 'abs', 'neg']
const i64Binary = ['add', 'sub', 'mul', 'and', 'or', 'xor', 'shl', 'shr_s', 'shr_u', 'rotl', 'rotr']
const i32Unary = ['clz', 'ctz', 'popcnt', 'eqz', 'extend8_s', 'extend16_s']

export const ARITHMETIC: readonly Arithmetic[] = [
  ...f64Binary.map((operation) => ({
    name: `f64.${operation}, not NaN`,
    text: module64(`
      (local.set $r (f64.${operation} (f64.reinterpret_i64 (local.get $a)) (f64.reinterpret_i64 (local.get $b))))`),
    parameters: ['i64', 'i64'] as const,
  })),
  ...f64Unary.map((operation) => ({
    name: `f64.${operation}, not NaN`,
    text: module64(`(local.set $r (f64.${operation} (f64.reinterpret_i64 (local.get $a))))`),
    parameters: ['i64', 'i64'] as const,
  })),
  ...i64Binary.map((operation) => ({
    name: `i64.${operation}`,
    text: `(module (memory (export "memory") 1) (func (export "f") (param i64 i64) (result i64)
      (i64.${operation} (local.get 0) (local.get 1))))`,
    parameters: ['i64', 'i64'] as const,
  })),
  ...i32Unary.map((operation) => ({
    name: `i32.${operation}`,
    text: `(module (memory (export "memory") 1) (func (export "f") (param i32) (result i32)
      (i32.${operation} (local.get 0))))`,
    parameters: ['i32'] as const,
  })),
  {
    name: 'f32 sums in a loop',
    text: `(module (memory (export "memory") 1) (func (export "f") (param $n i32) (param $x i32) (result i32)
      (local $sum f32) (local.set $n (i32.and (local.get $n) (i32.const 63)))
      (block $done (loop $next
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $sum (f32.add (f32.mul (local.get $sum) (f32.const 0.5))
          (f32.convert_i32_s (local.get $x))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
      (i32.reinterpret_f32 (local.get $sum))))`,
    parameters: ['i32', 'i32'],
  },
  {
    name: 'saturating truncation of any bits',
    text: `(module (memory (export "memory") 1) (func (export "f") (param i64) (result i64)
      (i64.trunc_sat_f64_s (f64.mul (f64.reinterpret_i64 (local.get 0)) (f64.const 3)))))`,
    parameters: ['i64'],
  },
  {
    name: 'comparison straight after arithmetic',
    text: `(module (memory (export "memory") 1) (func (export "f") (param i64 i64) (result i32)
      (f64.lt (f64.sub (f64.reinterpret_i64 (local.get 0)) (f64.const 1))
              (f64.add (f64.reinterpret_i64 (local.get 1)) (f64.const 1)))))`,
    parameters: ['i64', 'i64'],
  },
  {
    name: 'recursion through a table',
    text: `(module (memory (export "memory") 1) (type $t (func (param i32) (result i32)))
      (table 2 funcref) (elem (i32.const 0) $down $same)
      (func $same (param i32) (result i32) (local.get 0))
      (func $down (param $n i32) (result i32)
        (if (result i32) (i32.lt_s (local.get $n) (i32.const 2)) (then (local.get $n))
          (else (i32.add
            (call_indirect (type $t) (i32.sub (local.get $n) (i32.const 1)) (i32.const 0))
            (call_indirect (type $t) (i32.sub (local.get $n) (i32.const 2)) (i32.and (local.get $n) (i32.const 1)))))))
      (func (export "f") (param i32) (result i32) (call $down (i32.and (local.get 0) (i32.const 15)))))`,
    parameters: ['i32'],
  },
  {
    name: 'br_table, select, globals and early returns',
    text: `(module (memory (export "memory") 1) (global $g (mut i32) (i32.const 5))
      (func (export "f") (param $a i32) (param $b i32) (result i32)
        (global.set $g (i32.add (global.get $g) (local.get $a)))
        (block $two (block $one (block $zero
          (br_table $zero $one $two (i32.and (local.get $a) (i32.const 3))))
          (return (global.get $g)))
          (return (select (local.get $a) (local.get $b) (i32.lt_u (local.get $a) (local.get $b)))))
        (i32.mul (global.get $g) (local.get $b))))`,
    parameters: ['i32', 'i32'],
  },
  {
    name: 'branches out of loops in loops',
    text: `(module (memory (export "memory") 1) (func (export "f") (param $a i32) (param $b i32) (result i32)
      (local $n i32)
      (block $out (result i32)
        (loop $first (result i32)
          (block $mid
            (loop $second
              (local.set $n (i32.add (local.get $n) (i32.const 1)))
              (i32.store (i32.const 0) (local.get $n))
              (drop (br_if $out (local.get $n) (i32.gt_u (local.get $n) (i32.const 40))))
              (block $next
                (loop $third
                  (local.set $a (i32.rotl (local.get $a) (i32.const 3)))
                  (local.set $n (i32.add (local.get $n) (i32.const 1)))
                  (drop (br_if $out (local.get $a) (i32.gt_u (local.get $n) (i32.const 60))))
                  (br_table $third $next $second $mid $first $next
                    (i32.rem_u (i32.xor (local.get $a) (i32.mul (local.get $n) (local.get $b))) (i32.const 7)))))
              (local.set $b (i32.add (local.get $b) (i32.const 5)))
              (br_if $first (i32.and (local.get $b) (i32.const 1)))))
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $first (i32.lt_u (local.get $n) (i32.const 30)))
          (i32.add (local.get $a) (local.get $n))))))`,
    parameters: ['i32', 'i32'],
  },
  {
    name: 'bulk work on memory and data',
    text: `(module (memory (export "memory") 1 2) (data $d "a passive segment of bytes")
      (func (export "f") (param $at i32) (param $n i32) (result i64)
        (local.set $at (i32.and (local.get $at) (i32.const 0x3fff)))
        (local.set $n (i32.and (local.get $n) (i32.const 0xff)))
        (memory.fill (local.get $at) (local.get $n) (local.get $n))
        (memory.init $d (i32.add (local.get $at) (i32.const 8)) (i32.const 2) (i32.const 9))
        (memory.copy (i32.add (local.get $at) (i32.const 3)) (local.get $at) (local.get $n))
        (data.drop $d)
        (drop (memory.grow (i32.and (local.get $n) (i32.const 1))))
        (i64.add (i64.load (i32.add (local.get $at) (i32.const 5))) (i64.extend_i32_u (memory.size)))))`,
    parameters: ['i32', 'i32'],
  },
  {
    name: 'tables of references',
    text: `(module (memory (export "memory") 1) (type $t (func (result i32))) (table $a 4 8 funcref) (table $b 4 funcref)
      (elem declare func $one) (elem $e func $one $two)
      (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))
      (func (export "f") (param $n i32) (result i32)
        (local.set $n (i32.and (local.get $n) (i32.const 3)))
        (table.fill $a (i32.const 0) (ref.func $one) (i32.const 4))
        (table.init $b $e (i32.const 1) (i32.const 0) (i32.const 2))
        (table.copy $a $b (i32.const 2) (i32.const 1) (i32.const 2))
        (drop (table.grow $a (ref.null func) (local.get $n)))
        (elem.drop $e)
        (i32.add (i32.mul (table.size $a) (i32.const 10))
          (if (result i32) (ref.is_null (table.get $a (local.get $n)))
            (then (i32.const 9)) (else (call_indirect $a (type $t) (local.get $n)))))))`,
    parameters: ['i32'],
  },
  {
    name: 'several results and block parameters',
    text: `(module (memory (export "memory") 1)
      (func $swap (param i32 i32) (result i32 i32) (local.get 1) (local.get 0))
      (func (export "f") (param i32 i32) (result i32)
        (call $swap (local.get 0) (local.get 1))
        (loop (param i32 i32) (result i32 i32) (call $swap))
        (i32.sub)))`,
    parameters: ['i32', 'i32'],
  },
  {
    name: 'vectors of integers and floats',
    text: `(module (memory (export "memory") 1) (func (export "f") (param $a i32) (param $b i32) (result i64)
      (local $v v128)
      (local.set $v (i16x8.mul (i32x4.splat (local.get $a)) (i8x16.splat (local.get $b))))
      (v128.store (i32.const 32) (local.get $v))
      (local.set $v (i32x4.add (local.get $v) (v128.load32_lane offset=32 2 (i32.const 4) (local.get $v))))
      (local.set $v (f32x4.div (f32x4.convert_i32x4_s (local.get $v)) (f32x4.splat (f32.const 7))))
      (local.set $v (v128.bitselect (local.get $v) (f64x2.promote_low_f32x4 (local.get $v))
        (i8x16.shuffle 0 1 2 3 16 17 18 19 8 9 10 11 24 25 26 27 (local.get $v) (local.get $v))))
      (i64.xor (i64x2.extract_lane 0 (local.get $v)) (i64x2.extract_lane 1 (local.get $v)))))`,
    parameters: ['i32', 'i32'],
  },
]

/** `f` of two bit patterns; a NaN gives 0, since the original may give any of them. */
function module64(body: string): string {
  return `(module (memory (export "memory") 1) (func (export "f") (param $a i64) (param $b i64) (result i64)
    (local $r f64) ${body}
    (if (f64.ne (local.get $r) (local.get $r)) (then (return (i64.const 0))))
    (i64.reinterpret_f64 (local.get $r))))`
}
