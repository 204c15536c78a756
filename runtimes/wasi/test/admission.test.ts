/** A host may admit less than the rules do: each thing it can bound refuses what is one over, and nothing else. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { createWasiRuntime, createWorkerRuntime, inspect } from '../index.ts'
import { built } from './components.ts'
import { assemble, callOf, describeCode } from './fixtures.ts'
import type { AdmissionPolicy, BoundedFact, Feature, ModuleShelf } from '../index.ts'

/** Two functions besides `alloc`, and three of everything else that can be counted. */
const MODULE = assemble(`(module
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (memory (export "memory") 1)
  (table 7 7 funcref)
  (global (mut i32) (i32.const 0)) (global i32 (i32.const 0)) (global i64 (i64.const 0))
  (data (i32.const 0) "a") (data (i32.const 8) "b") (data (i32.const 16) "c")
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "handle") (param i32 i32) (result i64) (local i64 i64) (i64.const 0))
  (func (local f32)))`)

const unending = { aborted: false, signal: new AbortController().signal }

async function detailOf(code: Uint8Array, admission: AdmissionPolicy): Promise<string | undefined> {
  const runtime = createWasiRuntime({ admission })
  const descriptor = describeCode(code)
  const { refused } = await runtime.run(callOf(code, descriptor), unending)
  const admitted = await runtime.admit(code, descriptor)
  assert.deepEqual(admitted.refused, refused, 'admitted as it is run')
  assert.ok(refused === undefined || refused.code === 'ADMIT')
  return refused?.detail
}

describe('a bound', () => {
  const counted: Readonly<Record<BoundedFact, number>> = {
    moduleBytes: MODULE.length,
    types: 5,
    functions: 6,
    imports: 3,
    exports: 3,
    globals: 3,
    tables: 1,
    tableElements: 7,
    dataSegments: 3,
    locals: 4,
  }
  for (const [fact, count] of Object.entries(counted)) {
    it(`of ${fact} admits so many, and refuses one more`, async () => {
      assert.equal(await detailOf(MODULE, { atMost: { [fact]: count } }), undefined)
      const detail = await detailOf(MODULE, { atMost: { [fact]: count - 1 } })
      assert.match(detail ?? '', new RegExp(`allows ${count - 1} .*has ${count}$`))
    })
  }
})

describe('a feature', () => {
  const uses: Readonly<Record<Feature, string>> = {
    'bulk-memory': '(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))',
    'multi-value': '(drop (call $two))',
    'nontrapping-fptoint': '(drop (i32.trunc_sat_f32_s (f32.const 0)))',
    'reference-types': '(drop (ref.is_null (ref.null func)))',
    'sign-extension': '(drop (i32.extend8_s (i32.const 0)))',
    simd: '(drop (i8x16.add (v128.const i64x2 0 0) (v128.const i64x2 0 0)))',
  }
  const all = Object.keys(uses) as Feature[]
  for (const feature of all) {
    const two = feature === 'multi-value' ? '(func $two (result i32 i32) (i32.const 0) (i32.const 0))' : ''
    const body = feature === 'multi-value' ? '(call $two) drop drop' : uses[feature]
    const code = assemble(`(module (memory 1) ${two}
      (func (export "alloc") (param i32) (result i32) (i32.const 1024))
      (func (export "handle") (param i32 i32) (result i64) ${body} (i64.const 0)))`)
    it(`${feature} is refused where it is not allowed, and needs no other`, async () => {
      assert.equal(await detailOf(code, { features: [feature] }), undefined)
      const detail = await detailOf(code, { features: all.filter((other) => other !== feature) })
      assert.equal(detail, `this host does not allow the feature ${feature}`)
      assert.deepEqual((await inspect(code)).ok?.facts?.features, [feature])
    })
  }

  it('in a type of locals alone is one too', async () => {
    const withLocal = (type: string): Uint8Array =>
      assemble(`(module (memory 1) (func (export "_start") (local ${type})))`)
    assert.deepEqual((await inspect(withLocal('v128'))).ok?.facts?.features, ['simd'])
    assert.deepEqual((await inspect(withLocal('externref'))).ok?.facts?.features, ['reference-types'])
    assert.deepEqual((await inspect(withLocal('f64'))).ok?.facts?.features, [])
  })
})

describe('an import', () => {
  const NAMES = ['sched_yield', 'proc_exit', 'fd_close'].map((name) => `wasi_snapshot_preview1.${name}`)

  it('is allowed by its name or by that of its module, and refused otherwise', async () => {
    assert.equal(await detailOf(MODULE, { imports: NAMES }), undefined)
    assert.equal(await detailOf(MODULE, { imports: ['wasi_snapshot_preview1'] }), undefined)
    for (const imports of [[], ['wasi'], ['wasi_snapshot_preview1.fd'], NAMES.slice(1)])
      assert.match(
        (await detailOf(MODULE, { imports })) ?? '',
        /does not allow the import "wasi_snapshot_preview1/,
      )
  })

  it('of a component is too, and so are the bounds of the modules in it', async () => {
    const { code, descriptor } = built('count-lines')
    const refusal = async (admission: AdmissionPolicy): Promise<string | undefined> =>
      (await createWasiRuntime({ admission }).admit(code, descriptor)).refused?.detail
    assert.equal(await refusal({}), undefined)
    assert.match((await refusal({ imports: ['wasi:io/streams'] })) ?? '', /does not allow the import "wasi:/)
    assert.match((await refusal({ atMost: { moduleBytes: 1_000 } })) ?? '', /allows 1000 bytes/)
    const ended = await createWasiRuntime({ admission: { imports: [] } }).run(
      callOf(code, descriptor),
      unending,
    )
    assert.equal(ended.refused?.code, 'ADMIT')
  })
})

describe('a policy', () => {
  it('is kept to by code on the shelf, which another policy has admitted', async () => {
    const entries = new Map<string, Uint8Array>()
    const shelf: ModuleShelf = {
      get: async (name) => entries.get(name),
      put: async (name, entry) => void entries.set(name, entry),
    }
    const run = async (admission?: AdmissionPolicy): Promise<string | undefined> => {
      const runtime = createWasiRuntime({ shelf, ...(admission && { admission }) })
      const { refused } = await runtime.run(callOf(MODULE, describeCode(MODULE)), unending)
      await runtime.close?.()
      return refused?.code
    }
    assert.equal(await run(), undefined)
    assert.equal(await run({ imports: [] }), 'ADMIT')
    assert.equal(await run({ imports: ['wasi_snapshot_preview1'] }), undefined)
    assert.equal(await run({ atMost: { tables: 0 } }), 'ADMIT')
    assert.equal(entries.size, 2)
  })

  it('that cannot be is the mistake of who gives it', async () => {
    const wrong = [
      { atMost: { words: 1 } },
      { atMost: { tables: -1 } },
      { atMost: { tables: 0.5 } },
      { features: ['threads'] },
    ] as unknown as AdmissionPolicy[]
    for (const admission of wrong) {
      assert.throws(() => createWasiRuntime({ admission }), /^(Type|Range)Error: admission: /)
      assert.throws(
        () => createWorkerRuntime({ workers: 1, start: () => assert.fail(), admission }),
        /admission: /,
      )
      await assert.rejects(inspect(MODULE, admission), /admission: /)
    }
  })
})
