// An echo of 1 KiB in an Extism plug-in. The plug-in copies its input to its own memory and from there to the
// output eight bytes at a time, as Extism's own plug-in kits do.
import { randomBytes } from 'node:crypto'

import createPlugin from '@extism/extism'
import wabt from 'wabt'

import { printRows } from '../../dist/conformance/bench-kit.js'

const INPUT_BYTES = 1024
const TIMEOUT_MS = 1000
/**
 * Calls between two resets of the plug-in. Without them Extism's block table grows with every call and is
 * walked by each: in a worker 9,000 calls a second become 800 within some thousand calls. 64 was best of 8 to 512.
 */
const RESET_EVERY = 64

const echo = `(module
  (import "extism:host/env" "input_length" (func $length (result i64)))
  (import "extism:host/env" "input_load_u64" (func $input (param i64) (result i64)))
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u64" (func $store (param i64 i64)))
  (import "extism:host/env" "output_set" (func $output (param i64 i64)))
  (memory (export "memory") 1)
  (func (export "echo") (result i32)
    (local $end i64) (local $at i64) (local $block i64)
    (local.set $end (call $length))
    (loop $in
      (i64.store (i32.wrap_i64 (local.get $at)) (call $input (local.get $at)))
      (local.set $at (i64.add (local.get $at) (i64.const 8)))
      (br_if $in (i64.lt_u (local.get $at) (local.get $end))))
    (local.set $block (call $alloc (local.get $end)))
    (local.set $at (i64.const 0))
    (loop $out
      (call $store (i64.add (local.get $block) (local.get $at)) (i64.load (i32.wrap_i64 (local.get $at))))
      (local.set $at (i64.add (local.get $at) (i64.const 8)))
      (br_if $out (i64.lt_u (local.get $at) (local.get $end))))
    (call $output (local.get $block) (local.get $end))
    (i32.const 0)))`

async function assemble(text) {
  const module = (await wabt()).parseWat('echo.wat', text)
  return module.toBinary({}).buffer
}

/** One plug-in instance, called over and over: Extism makes no fresh instance for a call. */
async function rig(options) {
  const plugin = await createPlugin({ wasm: [{ data: await assemble(echo) }] }, options)
  const input = new Uint8Array(randomBytes(INPUT_BYTES))
  return {
    async run(batch) {
      for (let call = 0; call < batch; call++) {
        if (call % RESET_EVERY === 0) await plugin.reset()
        const output = await plugin.call('echo', input)
        if (output?.byteLength !== INPUT_BYTES || output.getUint8(1023) !== input[1023]) {
          throw new Error('not echoed')
        }
      }
    },
    close: () => plugin.close(),
  }
}

const reused = `one instance reused, reset() every ${RESET_EVERY} calls`
await printRows([
  {
    name: 'wasi/echo/limited',
    unit: 'calls/s',
    notes: `${reused}, in a worker: the only mode with a time-out; no fuel; both threads are counted`,
    setup: () => rig({ runInWorker: true, timeoutMs: TIMEOUT_MS }),
  },
  {
    name: 'wasi/echo/unlimited',
    unit: 'calls/s',
    notes: `for information: ${reused}, in the foreground, neither fuel nor time-out`,
    setup: () => rig({ runInWorker: false }),
  },
])
