// The hostile guests W-01 to W-24 and W-30 to W-36 in each tier: each ends as it does here, the next run works, and all places are free.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'

import { isolatedRuntime } from '../isolated-runtime.ts'
import { openProcess } from '../process-lane.ts'
import { openThread } from '../thread-lane.ts'
import { endOf } from './hostile-end.ts'
import { errnosIn, HOSTILE } from './hostile-modules.ts'
import { MODULES, run } from './modules.ts'
import type { Runtime } from '../../../../kernel/index.ts'
import type { Lane } from '../../../wasi/index.ts'
import type { End } from './hostile-end.ts'
import type { Hostile } from './hostile-modules.ts'

const LANES = 2
const INPUT = new TextEncoder().encode('hello, grid')

async function echoes(runtime: Runtime): Promise<void> {
  const { output, refused } = await run(runtime, MODULES.echo, { input: INPUT })
  assert.deepEqual([output, refused], [INPUT, undefined])
}

test('every case from W-01 to W-22 and from W-30 to W-36 is tried', () => {
  const numbers = [...Array.from({ length: 22 }, (_, at) => at + 1), 30, 31, 32, 33, 34, 35, 36]
  const wanted = numbers.map((number) => `W-${String(number).padStart(2, '0')}`)
  assert.deepEqual([...new Set(HOSTILE.map((hostile) => hostile.case))], wanted)
})

const expected = new Map<Hostile, End>()

for (const tier of ['here', 'thread', 'process'] as const)
  describe(`in the tier ${tier}`, () => {
    const opened: Lane[] = []
    const opening = (open: () => Lane) => (): Lane => {
      const lane = open()
      opened.push(lane)
      return lane
    }
    const runtime = isolatedRuntime(
      { tier, lanes: LANES },
      {
        thread: opening(() => openThread({ memoryBytes: undefined })),
        process: opening(() => openProcess({ memoryBytes: undefined })),
      },
    )
    after(() => runtime.close?.())

    for (const hostile of HOSTILE)
      test(`${hostile.case}: ${hostile.tries} ends with ${hostile.ends ?? 'a result'}`, async () => {
        const ended = await endOf(runtime, hostile)
        assert.equal(ended.refused?.code, hostile.ends, ended.refused?.detail)
        if (hostile.errnos !== undefined)
          assert.deepEqual(errnosIn(ended.output ?? INPUT).slice(-hostile.errnos.length), hostile.errnos)
        // The same words and the same fuel wherever it ran.
        if (tier === 'here') expected.set(hostile, ended)
        assert.deepEqual(ended, expected.get(hostile))
        await echoes(runtime)
      })

    test('W-23: instances without end are gone after their calls', async () => {
      for (let call = 0; call < 100; call++) await echoes(runtime)
    })

    test('none of them has ended a lane, and every place is free', async () => {
      await Promise.all(Array.from({ length: LANES }, () => echoes(runtime)))
      assert.ok(opened.length <= LANES && opened.every((lane) => !lane.isOver))
    })

    test('W-24: a lane that is ended at any moment ends its run, and the next one has another', async (t) => {
      if (tier === 'here') return t.skip('what runs here ends with its host')
      const before = opened.length
      for (const moment of [0, 1, 2, 5, 10]) {
        const running = run(runtime, MODULES.loops, { budget: { fuel: Number.MAX_SAFE_INTEGER } })
        await new Promise((resolve) => setTimeout(resolve, moment))
        for (const lane of opened) await lane.end()
        assert.equal((await running).refused?.code, 'TRAP')
        await echoes(runtime)
      }
      assert.ok(opened.length > before)
    })
  })
