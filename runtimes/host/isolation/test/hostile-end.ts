// How a hostile guest ends.
import { descriptorOf, inputOf, methodOf } from './hostile-modules.ts'
import { run } from './modules.ts'
import type { HandlerState, Refusal, Runtime } from '../../../../kernel/index.ts'
import type { Hostile } from './hostile-modules.ts'

export interface End {
  readonly refused: Refusal | undefined
  readonly fuel?: number
  readonly output?: Uint8Array | undefined
}

/** What W-22 writes to before it fails; nobody keeps it here (see runtimes/wasi/test/component.asking.test.ts). */
const state = { put: () => undefined } as Partial<HandlerState> as HandlerState

/** What comes of a guest: admitted first, as it must be, and run if it was. */
export async function endOf(runtime: Runtime, hostile: Hostile): Promise<End> {
  const { code, budget = {}, blocks } = hostile
  const descriptor = descriptorOf(hostile)
  const admitted = await runtime.admit(code, descriptor)
  if (admitted.refused !== undefined) return { refused: admitted.refused }
  const lends = {
    descriptor,
    method: methodOf(hostile),
    state,
    ...(blocks === undefined ? {} : { getBlock: blocks.getBlock }),
  }
  const { refused, fuel, output } = await run(runtime, code, { budget, input: inputOf(hostile), lends })
  return { refused, fuel, output }
}
