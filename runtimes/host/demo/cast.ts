/** Scene: a grid, the node that is here, and the people of the story. */
import { genesisOf } from '../commands/init.ts'
import { safeLine } from '../terminal/safe-text.ts'
import { instant } from '../terminal/units.ts'
import type { Signer } from '../../../kernel/index.ts'
import type { Host } from '../interface.ts'
import type { Story } from './story.ts'

export interface Cast {
  readonly alice: Signer
  readonly bob: Signer
  readonly facts: object
}

export async function gather(host: Host, story: Story, isNew: boolean): Promise<Cast> {
  const { name, created } = await genesisOf(host)
  const known = await host.identities()
  const [alice, bob] = [await host.identity('alice'), await host.identity('bob')]
  const since = isNew ? 'founded now' : `here since ${instant(created)}`
  story.scene(`A grid called ${safeLine(name)}, ${since}`)
  const age = (who: string): string => (isNew || !known.includes(who) ? 'new' : 'known')
  story.rows([
    ['grid', host.grid.toString(), 'CID of its genesis block'],
    ['node', host.node, 'this machine'],
    ['root', host.root.principal, 'may grant'],
    ['alice', alice.principal, age('alice')],
    ['bob', bob.principal, age('bob')],
  ])
  const facts = {
    grid: host.grid.toString(),
    isNew,
    node: host.node,
    root: host.root.principal,
    alice: alice.principal,
    bob: bob.principal,
  }
  return { alice, bob, facts }
}
