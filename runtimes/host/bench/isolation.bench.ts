/** The same 1 KiB echo here, in a thread and in a confined process: what a place of its own costs a run. */
import { createIsolatedRuntime } from '../isolation/isolated-runtime.ts'
import { assembled, callOf, ECHO } from './guests.ts'
import type { Bench, Rig } from '../../../conformance/bench-kit.ts'
import type { Tier } from '../isolation/isolated-runtime.ts'

const unending = { aborted: false, signal: new AbortController().signal }

export const benches: readonly Bench[] = (['here', 'thread', 'process'] as const).map((tier) => ({
  name: `isolation/${tier}`,
  unit: 'calls/s',
  notes:
    'one call after the other; processor time is that of this process, threads included, without other processes',
  setup: () => setUp(tier),
}))

async function setUp(tier: Tier): Promise<Rig> {
  const runtime = createIsolatedRuntime({ tier, lanes: 1 })
  const call = callOf(await assembled(ECHO))
  const run = async (batch: number): Promise<void> => {
    for (let done = 0; done < batch; done += 1) {
      const { output, refused } = await runtime.run(call, unending)
      if (output?.length !== call.input.length) throw new Error(refused?.detail ?? 'wrong length')
    }
  }
  return { run, close: () => runtime.close?.() }
}
