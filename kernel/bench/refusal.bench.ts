/**
 * What refusals cost the node that refuses: nothing a stranger sends may cost more than a message that is
 * taken, and most of it much less. The floor is what it takes to verify one signature.
 */
import { nodeCrypto } from '../../runtimes/host/index.ts'
import { foundGrid, people } from '../test/fixture.ts'
import type { Bench, Rig } from '../../conformance/bench-kit.ts'
import type { Grid, GridOptions } from '../test/fixture.ts'

const MESSAGES = 64

/** One of many messages to be refused, and the code that is told. */
interface Case {
  readonly what: string
  readonly code: string
  readonly options?: GridOptions
  readonly next: (grid: Grid) => Promise<Uint8Array> | Uint8Array
}

const CASES: readonly Case[] = [
  { what: 'junk', code: 'DECODE', next: () => nodeCrypto.random(600).fill(0xff, 0, 1) },
  {
    what: 'signature',
    code: 'DENIED',
    next: (grid) => {
      const { bytes } = grid.compose()
      return bytes.with(bytes.length - 1, (bytes[bytes.length - 1] ?? 0) ^ 1)
    },
  },
  {
    what: 'possession',
    code: 'DENIED',
    next: (grid) => grid.compose({ as: people.mallory }).bytes,
  },
  {
    what: 'method',
    code: 'DENIED',
    next: (grid) => grid.compose({ method: 'shout', chain: [grid.grant({ methods: ['echo'] })] }).bytes,
  },
  {
    what: 'spent',
    code: 'SPENT',
    next: (grid) => {
      const terms = { audience: people.node.principal, caveats: { total: { calls: 0 } } }
      return grid.compose({ chain: [grid.grant(terms)] }).bytes
    },
  },
  { what: 'busy', code: 'BUSY', options: { limits: { inFlight: 0 } }, next: (grid) => grid.compose().bytes },
]

export const benches: readonly Bench[] = CASES.map((each) => ({
  name: `refusal/${each.what}`,
  unit: 'messages/s',
  baseline: { file: 'message-floor.mjs', name: 'verify/Ed25519' },
  notes: `refused with ${each.code}, told by a hint; the baseline is one verification`,
  setup: () => refusing(each),
}))

/** Tokens are known, messages are not; refusals that could be signed are beyond their rate. */
async function refusing({ code, options = {}, next }: Case): Promise<Rig> {
  const limits = { signedRefusalsPerMinute: 0, ...options.limits }
  const grid = await foundGrid({ crypto: nodeCrypto, ...options, limits })
  const sent: Uint8Array[] = []
  for (let made = 0; made < MESSAGES; made += 1) sent.push(await next(grid))
  const run = async (batch: number): Promise<void> => {
    for (let done = 0; done < batch; done += 1) {
      const bytes = sent[done % MESSAGES] as Uint8Array
      const told = grid.read({ bytes, id: grid.grid }, await grid.kernel.dispatch(bytes))
      if (told.code !== code) throw new Error(`${told.code} instead of ${code}`)
    }
  }
  await run(MESSAGES)
  return { run, close: () => grid.kernel.close() }
}
