/** A reactor that hands back what it was given, byte by byte copied; and what it is given. */
import wabt from 'wabt'

const ECHO = `(module
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 16))
  (func (export "alloc") (param $len i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $top))
    (global.set $top (i32.add (global.get $top) (i32.and (i32.add (local.get $len) (i32.const 15)) (i32.const -16))))
    (local.get $at))
  (func (export "echo") (param $from i32) (param $len i32) (result i64)
    (local $to i32)
    (local.set $to (global.get $top))
    (memory.copy (local.get $to) (local.get $from) (local.get $len))
    (i64.or (i64.shl (i64.extend_i32_u (local.get $to)) (i64.const 32)) (i64.extend_i32_u (local.get $len)))))`

export const ECHO_INPUT = new Uint8Array(1024).map((_, index) => index & 255)

export async function echoCode(): Promise<Uint8Array> {
  const module = (await wabt()).parseWat('echo.wat', ECHO, { bulk_memory: true })
  const code = new Uint8Array(module.toBinary({}).buffer)
  module.destroy()
  return code
}
