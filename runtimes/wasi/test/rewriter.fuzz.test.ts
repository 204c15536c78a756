import assert from 'node:assert/strict'
import test from 'node:test'
import { fc } from '../../../conformance/test/laws.ts'

import { rewrite } from '../rewriter/rewrite.ts'
import { ARITHMETIC } from './arithmetic.ts'
import { assemble, ECHO } from './fixtures.ts'
import { POLICY } from './harness.ts'

const COMMAND = `(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 8) "\\10\\00\\00\\00\\05\\00\\00\\00hello")
  (func (export "_start") (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 0)))))`

const fixtures = [ECHO, COMMAND, ...ARITHMETIC.slice(-10).map(({ text }) => text)].map((text) =>
  assemble(text),
)

/** Whatever the bytes are: no exception, and what comes out of a valid module is a valid module. */
function survives(bytes: Uint8Array<ArrayBuffer>): void {
  const result = rewrite(bytes, POLICY)
  if (result.refused !== undefined) {
    assert.equal(result.refused.code, 'ADMIT')
    assert.ok(result.refused.detail.length > 0)
  } else if (WebAssembly.validate(bytes)) {
    assert.ok(WebAssembly.validate(result.ok.bytes), `admitted, valid, and broken by us: ${hex(bytes)}`)
  }
}

test('no module cut short ends in an exception', () => {
  for (const code of fixtures) {
    for (let length = 0; length < code.length; length += 1) survives(code.slice(0, length))
  }
})

test('no module with one byte changed ends in an exception', () => {
  for (const code of fixtures) {
    for (let at = 0; at < code.length; at += 1) {
      for (const value of [0x00, 0x7f, 0x80, 0xff, (code[at] ?? 0) ^ 0x01]) survives(code.with(at, value))
    }
  }
})

test('no module with several bytes changed, added or removed ends in an exception', () => {
  const edit = fc.record({
    at: fc.nat(400),
    value: fc.nat(255),
    kind: fc.constantFrom('set', 'add', 'remove'),
  })
  fc.assert(
    fc.property(
      fc.constantFrom(...fixtures),
      fc.array(edit, { minLength: 1, maxLength: 6 }),
      (code, edits) => {
        const bytes = [...code]
        for (const { at, value, kind } of edits) {
          const replaced = kind === 'add' ? [] : bytes.splice(at % bytes.length, 1)
          if (kind !== 'remove') bytes.splice(at % (bytes.length + replaced.length), 0, value)
        }
        survives(Uint8Array.from(bytes))
      },
    ),
    { numRuns: 3_000 },
  )
})

test('no bytes at all after a good header end in an exception', () => {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      survives(Uint8Array.from([...header, ...bytes]))
    }),
    { numRuns: 2_000 },
  )
})

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
