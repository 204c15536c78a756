/** Authority that is named wrongly: a capability for one thing must never run another. */
import { test } from 'node:test'

import { assertRefused } from './assert-refused.ts'
import { foundGrid } from './fixture.ts'
import { watched } from './handlers.ts'

test('a capability for one handler, named as the resource, does not run another', async () => {
  const other = watched('other')
  const grid = await foundGrid({ handlers: [other.handler] })
  const chain = [grid.grant({ resource: { kind: 'code', protocol: grid.protocol('echo') } })]
  const resource = { kind: 'code', protocol: grid.protocol('echo') } as const
  for (const audience of [grid.node.principal, grid.grid.toString()])
    for (const protocol of ['other', 'store']) {
      const sent = grid.compose({
        chain,
        resource,
        audience,
        protocol: grid.protocol(protocol),
        method: 'same',
      })
      await assertRefused(grid, sent, 'RESOURCE', { signed: true, rule: 'capability.md#resource' })
    }
})

test('root, who may everything, still runs the code it names', async () => {
  const grid = await foundGrid()
  const resource = { kind: 'code', protocol: grid.protocol('store') } as const
  const sent = grid.compose({ as: grid.root, chain: [grid.adoption], resource })
  await assertRefused(grid, sent, 'RESOURCE', { signed: true, as: grid.root })
})
