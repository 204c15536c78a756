/** Authority that is named wrongly: a capability for one thing must never run another. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { assertRefused } from './assert-refused.ts'
import { foundGrid, people } from './fixture.ts'
import { watched } from './handlers.ts'
import type { Resource } from '../index.ts'

const { node, bob } = people

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

test('a message to another node, grid or person is not for this one', async () => {
  const [grid, other] = [await foundGrid(), await foundGrid({ roots: [bob] })]
  for (const audience of [bob.principal, other.grid.toString(), people.alice.principal, 'anybody'])
    await assertRefused(grid, grid.compose({ audience }), 'AUD', { rule: 'message.md#audience' })
})

test('a message of another grid is refused, whatever chain it shows', async () => {
  const [grid, other] = [await foundGrid(), await foundGrid({ roots: [bob] })]
  const sent = grid.compose({ grid: other.grid })
  await assertRefused(grid, sent, 'GRID', { rule: 'message.md#grid' })
  const named = grid.compose({ grid: other.grid, audience: other.grid.toString() })
  await assertRefused(grid, named, 'GRID', { rule: 'message.md#grid' })
})

describe('of every grant, resource and handler', async () => {
  const [pure, impure] = [watched('pure', { pure: true }), watched('impure')]
  const grid = await foundGrid({ handlers: [pure.handler, impure.handler] })
  const code = (name: string) => ({ kind: 'code', protocol: grid.protocol(name) }) as const
  const NAMED: Record<string, Resource> = {
    'everything here': { kind: 'node', owner: node.principal },
    'everything of bob': { kind: 'node', owner: bob.principal },
    'the pure handler': code('pure'),
    'the impure handler': code('impure'),
    'a space': grid.space('notes'),
    'a part of it': grid.space('notes', 'a'),
    'another space': grid.space('other'),
    'a space of bob': { kind: 'space', owner: bob.principal, space: 'notes', prefix: new Uint8Array(0) },
    'all labels': { kind: 'label', owner: node.principal, prefix: '' },
  }
  /** What a grant of the one reaches of the others, said by name. */
  const REACHES: Record<string, readonly string[]> = {
    'everything here': Object.keys(NAMED).filter((name) => !name.endsWith('of bob')),
    'the pure handler': ['the pure handler'],
    'the impure handler': ['the impure handler'],
    'a space': ['a space', 'a part of it'],
    'a part of it': ['a part of it'],
    'another space': ['another space'],
    'all labels': ['all labels'],
  }
  const CODE = { pure: 'the pure handler', impure: 'the impure handler' } as const

  /** Runs: the resource is reached, code named is the code that runs, and pure code is granted as code. */
  const mayRun = (granted: string, asked: string, handler: keyof typeof CODE): boolean => {
    const reached = REACHES[granted] ?? []
    const namesCode = asked === CODE.pure || asked === CODE.impure
    return (
      reached.includes(asked) &&
      (!namesCode || asked === CODE[handler]) &&
      (handler === 'impure' || reached.includes(CODE.pure))
    )
  }

  for (const [granted, resource] of Object.entries(NAMED)) {
    test(`a grant of ${granted} runs what it reaches and nothing else`, async () => {
      const chain = [grid.grant({ by: node, parent: null, resource })]
      for (const [asked, about] of Object.entries(NAMED)) {
        for (const handler of ['pure', 'impure'] as const) {
          const before = pure.calls.length + impure.calls.length
          const input = grid.crypto.random(8)
          const answer = await grid.send({
            chain,
            protocol: grid.protocol(handler),
            resource: about,
            method: 'same',
            arguments: { bytes: input },
          })
          const runs = pure.calls.length + impure.calls.length - before
          const allowed = mayRun(granted, asked, handler)
          const what = `${granted} for ${asked} by the ${handler} handler: ${answer.code}`
          assert.equal(answer.code === 'kept', allowed, what)
          assert.equal(runs, allowed ? 1 : 0, what)
          if (!allowed) assert.equal(answer.code, answer.signed ? 'RESOURCE' : 'DENIED', what)
        }
      }
    })
  }
})
