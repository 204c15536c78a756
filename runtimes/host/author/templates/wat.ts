import { commonFiles, manifest } from './template.ts'
import type { Template } from './template.ts'

const SOURCE = `;; A handler by hand: see spec/handler-abi.md of PromiseGrid, "Reactor".
(module
  (memory 1)
  (data (i32.const 16) "hello, ")
  (data (i32.const 32) "whom?")
  (global $free (mut i32) (i32.const 1024))

  ;; Memory of one call, which goes with it: nothing is freed. 0 when there is no more.
  (func $alloc (export "alloc") (param $length i32) (result i32)
    (local $at i32)
    (if (i32.gt_u (local.get $length) (i32.sub (i32.const 65536) (global.get $free)))
      (then (return (i32.const 0))))
    (local.set $at (global.get $free))
    (global.set $free (i32.add (global.get $free) (local.get $length)))
    (local.get $at))

  ;; The high half of a result is an address, the low half a length; an error has the highest bit set.
  (func $pair (param $at i32) (param $length i32) (result i64)
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32))
      (i64.extend_i32_u (local.get $length))))

  ;; Greets whoever is named.
  (func (export "greet") (param $name i32) (param $length i32) (result i64)
    (local $out i32)
    (if (i32.eqz (local.get $length))
      (then (return (call $pair (i32.or (i32.const 32) (i32.const 0x80000000)) (i32.const 5)))))
    (local.set $out (call $alloc (i32.add (local.get $length) (i32.const 7))))
    (if (i32.eqz (local.get $out)) (then (unreachable)))
    (memory.copy (local.get $out) (i32.const 16) (i32.const 7))
    (memory.copy (i32.add (local.get $out) (i32.const 7)) (local.get $name) (local.get $length))
    (call $pair (local.get $out) (i32.add (local.get $length) (i32.const 7)))))
`

export const wat: Template = {
  files: (name) => ({
    ...commonFiles(name, 'wat'),
    'handler.wat': SOURCE,
    'package.json': manifest(name, 'wabt', '1.0.39'),
  }),
}
