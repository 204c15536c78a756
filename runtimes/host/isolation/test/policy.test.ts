// What a host admits less than the rules allow, where code runs in a place of its own: no lane has a say in it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { createHost } from '../../index.ts'
import { createIsolatedRuntime, isolatedRuntime } from '../isolated-runtime.ts'
import { openProgram } from '../process-lane.ts'
import { openThread } from '../thread-lane.ts'
import { describe as describeCode, MODULES, run } from './modules.ts'
import type { Descriptor, Runtime } from '../../../../kernel/index.ts'
import type { AdmissionPolicy } from '../../../wasi/index.ts'

const root = new URL('../../../../../', import.meta.url)
const component = readFileSync(new URL('runtimes/wasi/component/guest/built/count-lines.wasm', root))
const componentDescriptor: Descriptor = {
  ...describeCode(component),
  entry: 'component',
  methods: ['handle'],
}
const program = readFileSync(new URL('examples/16-program/pages.component.wasm', root))
const programDescriptor: Descriptor = { ...describeCode(program), entry: 'program' }
const HOSTILE = fileURLToPath(new URL('./hostile-lane-child.js', import.meta.url))

const SMALL = { atMost: { moduleBytes: MODULES.echo.length } }
const LARGER = MODULES.loops.length > MODULES.echo.length ? MODULES.loops : MODULES.growsTable
/** Of the component, and of the core modules in it. */
const POLICIES: readonly (readonly [AdmissionPolicy, RegExp])[] = [
  [{ atMost: { moduleBytes: 1_000 } }, /allows 1000 bytes/],
  [{ atMost: { functions: 3 } }, /allows 3 functions/],
  [{ features: [] }, /does not allow the feature/],
  [{ imports: ['wasi:io/streams'] }, /does not allow the import "wasi:/],
]

for (const tier of ['thread', 'process'] as const)
  describe(`a policy in the tier ${tier}`, () => {
    const detailOf = async (code: Uint8Array, runtime: Runtime, descriptor: Descriptor): Promise<unknown> => {
      const admitted = await runtime.admit(code, descriptor)
      const ran = await run(runtime, code, { lends: { descriptor, method: descriptor.methods[0] ?? '' } })
      if (admitted.refused === undefined) return ran.refused?.code === 'ADMIT' ? ran.refused : undefined
      assert.deepEqual([admitted.refused, 0], [ran.refused, ran.fuel], 'admitted as it is run')
      assert.equal(admitted.refused.code, 'ADMIT')
      return admitted.refused.detail
    }

    test('refuses what is above a bound in the words used here, and takes the rest', async () => {
      assert.ok(LARGER.length > MODULES.echo.length)
      const runtime = createIsolatedRuntime({ tier, lanes: 1, admission: SMALL })
      assert.equal(await detailOf(MODULES.echo, runtime, describeCode(MODULES.echo)), undefined)
      const here = createIsolatedRuntime({ tier: 'here', admission: SMALL })
      const detail = await detailOf(LARGER, runtime, describeCode(LARGER))
      assert.match(String(detail), /this host allows/)
      assert.equal(detail, await detailOf(LARGER, here, describeCode(LARGER)))
      await runtime.close?.()
    })

    for (const [admission, why] of POLICIES)
      test(`holds for a program that is a component: ${why.source}`, async () => {
        const entries = new Map<string, Uint8Array>()
        const shelf = {
          get: async (name: string) => entries.get(name),
          put: async (name: string, entry: Uint8Array) => void entries.set(name, entry),
        }
        // What another policy, or none, has let pass is no way around this one.
        const without = createIsolatedRuntime({ tier, lanes: 1, shelf })
        assert.equal(await detailOf(program, without, programDescriptor), undefined)
        await without.close?.()
        assert.equal(entries.size, 1)
        const runtime = createIsolatedRuntime({ tier, lanes: 1, admission, shelf })
        assert.match(String(await detailOf(program, runtime, programDescriptor)), why)
        await runtime.close?.()
        assert.equal(entries.size, 1)
      })

    for (const [admission, why] of POLICIES)
      test(`holds for a component and the modules in it: ${why.source}`, async () => {
        const runtime = createIsolatedRuntime({ tier, lanes: 1, admission })
        assert.match(String(await detailOf(component, runtime, componentDescriptor)), why)
        await runtime.close?.()
      })
  })

describe('a lane that lies', () => {
  /** A runtime whose processes do this; what it is told of code by its own threads it believes. */
  const lying = (how: string, admission?: AdmissionPolicy): Runtime =>
    isolatedRuntime(
      { lanes: 1, ...(admission && { admission }) },
      {
        thread: () => openThread({ admission }),
        process: () => openProgram({ command: process.execPath, words: [HOSTILE, how] }),
      },
    )
  const SENDS_BACK = 'gives the code that it is given for its result'
  const ADMITS = 'admits whatever it is given'

  test('is never given code that the host does not admit', async () => {
    // Without the policy the lane has the code, and shows it.
    const without = lying(SENDS_BACK)
    assert.deepEqual((await run(without, LARGER)).output, LARGER)
    await without.close?.()
    const runtime = lying(SENDS_BACK, SMALL)
    assert.equal((await run(runtime, LARGER)).refused?.code, 'ADMIT')
    assert.deepEqual((await run(runtime, MODULES.echo)).output, MODULES.echo)
    await runtime.close?.()
  })

  test('cannot have code admitted that the host does not admit', async () => {
    const without = lying(ADMITS)
    assert.deepEqual(await without.admit(LARGER, describeCode(LARGER)), { ok: { imports: [] } })
    await without.close?.()
    const runtime = lying(ADMITS, SMALL)
    assert.equal((await runtime.admit(LARGER, describeCode(LARGER))).refused?.code, 'ADMIT')
    assert.deepEqual(await runtime.admit(MODULES.echo, describeCode(MODULES.echo)), { ok: { imports: [] } })
    await runtime.close?.()
  })
})

test('a host with isolation admits what its policy admits', async () => {
  await using host = await createHost({ isolation: { tier: 'process', lanes: 1 }, admission: SMALL })
  const deployed = { entry: 'reactor', methods: ['run'] }
  const protocol = await host.deploy(MODULES.echo, deployed)
  const told = await host.call({ protocol, method: 'run', input: new Uint8Array(3) })
  assert.equal(told.status, 'kept')
  await assert.rejects(host.deploy(LARGER, deployed), /this host allows/)
})

test('a policy that cannot be is the mistake of who gives it', () => {
  const admission = { features: ['threads'] } as unknown as AdmissionPolicy
  for (const tier of ['here', 'thread', 'process'] as const)
    assert.throws(() => createIsolatedRuntime({ tier, admission }), /^TypeError: admission: /)
})
