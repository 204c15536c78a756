/** However much some send, others find room: who pays for more than a share of it is told to come later. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'

import { FairShare } from '../fair-share.ts'
import { foundGrid } from './fixture.ts'
import { watched } from './handlers.ts'
import { manyTurns } from './turns.ts'
import type { ComposedMessage, Signer } from '../index.ts'

/** A node with room for eight, a handler that waits, and a grant of it for whoever is named. */
async function flooded() {
  const gate = watched('gate')
  const grid = await foundGrid({ handlers: [gate.handler], limits: { inFlight: 8 } })
  const protocol = grid.protocol('gate')
  const resource = { kind: 'code' as const, protocol }
  const grants = new Map<Signer, ReturnType<typeof grid.grant>>()
  const grantOf = (as: Signer) => {
    const known = grants.get(as) ?? grid.grant({ holder: as.principal, resource })
    grants.set(as, known)
    return known
  }
  const by = (as: Signer): ComposedMessage =>
    grid.compose({ as, protocol, chain: [grantOf(as)], method: 'wait' })
  return { gate, grid, by, grantOf, protocol, resource }
}

describe('one issuer that floods', () => {
  test('is told BUSY above half of the room, and others are served', async () => {
    const { gate, grid, by } = await flooded()
    const { mallory, bob } = grid
    const flood = Array.from({ length: 6 }, () => by(mallory))
    const running = flood.map((sent) => grid.send(sent, mallory))
    await gate.arrived()
    await manyTurns()
    const other = grid.send(by(bob), bob)
    await manyTurns()
    for (let each = 0; each < 8; each += 1) gate.release()
    assert.equal((await other).code, 'kept')
    const codes = (await Promise.all(running)).map(({ code }) => code).sort()
    assert.deepEqual(codes, ['BUSY', 'BUSY', 'kept', 'kept', 'kept', 'kept'])
    for (let each = 0; each < 8; each += 1) gate.release()
    for (const sent of flood) assert.equal((await grid.send(sent, mallory)).code, 'kept')
  })

  test('gets no more by passing its grant on to keys of its own', async () => {
    const { gate, grid, by, grantOf, protocol, resource } = await flooded()
    const { mallory, bob, carol } = grid
    const puppet = grid.grant({ by: mallory, parent: grantOf(mallory), holder: bob.principal, resource })
    const running = Array.from({ length: 6 }, (_, index) =>
      index % 2 === 0
        ? grid.send(by(mallory), mallory)
        : grid.send(
            grid.compose({ as: bob, protocol, chain: [grantOf(mallory), puppet], method: 'wait' }),
            bob,
          ),
    )
    await gate.arrived()
    await manyTurns()
    const other = grid.send(by(carol), carol)
    await manyTurns()
    for (let each = 0; each < 8; each += 1) gate.release()
    assert.equal((await other).code, 'kept')
    const codes = (await Promise.all(running)).map(({ code }) => code)
    assert.equal(codes.filter((code) => code === 'kept').length, 4)
  })
})

describe('a share', () => {
  test('is what is left for all others: whoever comes next always finds room', () => {
    const step = fc.record({ payer: fc.integer({ min: 0, max: 4 }), leaves: fc.boolean() })
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 64 }), fc.array(step, { maxLength: 300 }), (room, steps) => {
        const shares = new FairShare(room)
        const held = new Map<number, (() => void)[]>()
        for (const { payer, leaves } of steps) {
          const mine = held.get(payer) ?? []
          held.set(payer, mine)
          if (leaves) mine.pop()?.()
          else {
            const leave = shares.take(`payer ${payer}`)
            if (leave !== undefined) mine.push(leave)
          }
          const taken = [...held.values()].reduce((sum, { length }) => sum + length, 0)
          assert.ok(taken < room)
          shares.take('somebody new')?.()
        }
        const newcomer = shares.take('somebody new')
        assert.ok(newcomer !== undefined)
      }),
    )
  })

  test('of one payer alone is one half, of two a third each', () => {
    const shares = new FairShare(9)
    const take = (payer: string): number => {
      let taken = 0
      while (shares.take(payer) !== undefined) taken += 1
      return taken
    }
    assert.equal(take('one'), 5)
    assert.equal(take('other'), 2)
    assert.equal(take('third'), 1)
  })
})
