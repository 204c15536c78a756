/**
 * Messages that were answered before: the very same bytes from memory, and from their record in the store when
 * memory has forgotten them, as after a restart. The floor is what it takes to verify one signature.
 */
import { nodeCrypto } from '../../runtimes/host/index.ts'
import { foundGrid } from '../test/fixture.ts'
import { watched } from '../test/handlers.ts'
import type { Bench, Rig } from '../../conformance/bench-kit.ts'

const MESSAGES = 64
const VERIFICATION = { file: 'message-floor.mjs', name: 'verify/Ed25519' } as const

export const benches: readonly Bench[] = [
  {
    name: 'replay/duplicates/memo',
    unit: 'messages/s',
    baseline: VERIFICATION,
    notes: 'complete bytes seen before: one hash, no signature; the baseline is one verification',
    setup: () => duplicates({}),
  },
  {
    name: 'replay/duplicates/stored',
    unit: 'messages/s',
    baseline: VERIFICATION,
    notes: 'signature and chain judged again, then the record; the baseline is one verification',
    // Room for one reply is room for none of many in turns.
    setup: () => duplicates({ replyMemo: 1 }),
  },
]

async function duplicates(limits: { readonly replyMemo?: number }): Promise<Rig> {
  const { handler } = watched('counter')
  const grid = await foundGrid({ crypto: nodeCrypto, handlers: [handler], limits })
  const resource = grid.space('numbers')
  const chain = [grid.grant({ resource })]
  const request = { protocol: grid.protocol('counter'), resource, chain, method: 'add' }
  const sent = Array.from({ length: MESSAGES }, () => grid.compose(request))
  const replies: Uint8Array[] = []
  for (const { bytes } of sent) replies.push(await grid.kernel.dispatch(bytes))
  return {
    run: async (batch) => {
      for (let done = 0; done < batch; done += 1) {
        const { bytes } = sent[done % MESSAGES] as { readonly bytes: Uint8Array }
        const reply = await grid.kernel.dispatch(bytes)
        if (reply.length !== replies[done % MESSAGES]?.length) throw new Error('another reply than before')
      }
    },
    close: () => grid.kernel.close(),
  }
}
