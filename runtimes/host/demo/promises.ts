/** Scene: root promises alice, and alice hands less of it on to bob. */
import { describeBudget } from '../terminal/capability.ts'
import { bytes, duration } from '../terminal/units.ts'
import type { Capability } from '../../../kernel/index.ts'
import type { Host } from '../interface.ts'
import type { Cast } from './cast.ts'
import type { Deployed } from './modules.ts'
import type { Story } from './story.ts'

export interface Granted {
  readonly alice: Capability
  readonly bob: Capability
  /** The method bob has. */
  readonly bobs: string
  /** One that only alice has. */
  readonly others: string
  readonly facts: object
}

const HOUR = 3_600
const TEN_MINUTES = 600

export async function makePromises(
  host: Host,
  story: Story,
  cast: Cast,
  handler: Deployed,
  [bobs, others]: readonly [string, string],
): Promise<Granted> {
  const resource = { kind: 'code', protocol: handler.protocol } as const
  const alice = await host.promise({
    to: cast.alice.principal,
    resource,
    methods: [bobs, others].sort(),
    budget: { fuel: 2_000_000_000 },
    seconds: HOUR,
  })
  const bob = await host.promise({
    to: cast.bob.principal,
    resource,
    methods: [bobs],
    budget: { fuel: 1_000_000_000 },
    seconds: TEN_MINUTES,
    parent: alice,
    by: cast.alice,
  })
  story.scene('A capability, and a narrower one delegated from it')
  story.rows([
    ['node → root', 'everything of this node', '', 'the adoption: a root may grant what is mine'],
    row('root → alice', handler.name, alice, HOUR),
    row('alice → bob', handler.name, bob, TEN_MINUTES),
  ])
  return { alice, bob, bobs, others, facts: { alice: alice.id.toString(), bob: bob.id.toString() } }
}

function row(
  title: string,
  handler: string,
  { methods, caveats, bytes: token }: Capability,
  seconds: number,
): string[] {
  return [
    title,
    `${handler}: ${methods.join(', ')}`,
    duration(seconds),
    `${describeBudget(caveats.budget ?? {})}; a token of ${bytes(token.length)}`,
  ]
}
