import assert from 'node:assert/strict'
import test from 'node:test'
import { fc } from '../../../conformance/test/laws.ts'

import { ARITHMETIC } from './arithmetic.ts'
import { assemble } from './fixtures.ts'
import { runOriginal, runRewritten } from './harness.ts'
import type { Arithmetic } from './arithmetic.ts'
import type { Running, Value } from './harness.ts'

const i32 = fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer({ min: -4, max: 70 }))
const i64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double().map((value) => new DataView(Float64Array.of(value).buffer).getBigInt64(0, true)),
)

for (const fixture of ARITHMETIC) {
  test(`the rewritten module computes what the original computes: ${fixture.name}`, () => {
    const code = assemble(fixture.text)
    fc.assert(
      fc.property(values(fixture), (parameters) => {
        const [expected, found] = [
          attempt(runOriginal(code), parameters),
          attempt(runRewritten(code), parameters),
        ]
        assert.deepEqual(found.result, expected.result)
        assert.deepEqual(found.memory, expected.memory)
      }),
      { numRuns: 40 },
    )
  })
}

function values({ parameters }: Arithmetic): fc.Arbitrary<Value[]> {
  return fc.tuple(...parameters.map((type): fc.Arbitrary<Value> => (type === 'i32' ? i32 : i64)))
}

function attempt(running: Running, parameters: readonly Value[]): { result: unknown; memory: Buffer } {
  const result = resultOf(running, parameters)
  return { result, memory: Buffer.from(running.memory.buffer.slice(0, 65_536)) }
}

function resultOf(running: Running, parameters: readonly Value[]): unknown {
  try {
    return running.call('f', ...parameters)
  } catch (error) {
    assert.ok(error instanceof WebAssembly.RuntimeError)
    return error.message
  }
}
