/** However much some send, others find room: who pays for more than a share of it is told to come later. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../conformance/test/laws.ts'

import { CODEC, createCid } from '../../promisebase/index.ts'
import { FairShare } from '../fair-share.ts'
import { foundGrid } from './fixture.ts'
import { watched } from './handlers.ts'
import { promising } from './promise/promising.ts'
import { manyTurns } from './turns.ts'
import type { CID } from 'multiformats/cid'
import type { CallOutcome, ComposedMessage, GrantHandle, Limits, Signer } from '../index.ts'
import type { Request } from './fixture.ts'

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

describe('calls through a grant handle', () => {
  const codeOf = (outcome: CallOutcome): string => ('code' in outcome ? outcome.code : outcome.status)

  /** A handle of somebody, on a node whose rooms are as small as is said. */
  async function handles(limits: Partial<Limits>) {
    const gate = watched('gate')
    const grid = await foundGrid({ handlers: [gate.handler], limits })
    const protocol = grid.protocol('gate')
    const resource = { kind: 'code' as const, protocol }
    const open = async (as: Signer, chain = [grid.grant({ holder: as.principal, resource })]) => {
      const opened = await grid.kernel.open(grid.compose({ as, protocol, method: 'wait', chain }).bytes)
      assert.ok(opened.ok !== undefined, opened.refused?.detail)
      return opened.ok
    }
    const releaseAll = (): void => {
      for (let each = 0; each < 20; each += 1) gate.release()
    }
    return { gate, grid, protocol, resource, open, releaseAll }
  }

  test('have one share of the room in flight, however many handles: BUSY, and others are served', async () => {
    const { gate, grid, protocol, resource, open, releaseAll } = await handles({ inFlight: 8 })
    const { mallory, bob } = grid
    const granted = grid.grant({ holder: mallory.principal, resource })
    const mine = [await open(mallory, [granted]), await open(mallory, [granted])]
    const running = Array.from({ length: 10 }, (_, index) => (mine[index % 2] as GrantHandle).call('wait'))
    await gate.arrived()
    await manyTurns()
    assert.equal(codeOf(await (await open(bob)).call('same')), 'kept')
    const message = grid.compose({ as: mallory, protocol, method: 'same', chain: [granted] })
    assert.equal((await grid.send(message, mallory)).code, 'BUSY', 'her messages have the same share')
    releaseAll()
    const codes = (await Promise.all(running)).map(codeOf)
    assert.deepEqual(codes.sort(), [
      ...new Array<string>(6).fill('BUSY'),
      ...new Array<string>(4).fill('kept'),
    ])
    assert.equal((await grid.send(message, mallory)).code, 'kept')
  })

  test('cannot be opened by who has its share in use', async () => {
    const { gate, grid, resource, open, releaseAll } = await handles({ inFlight: 2 })
    const { mallory, bob } = grid
    const granted = grid.grant({ holder: mallory.principal, resource })
    const running = (await open(mallory, [granted])).call('wait')
    await gate.arrived()
    const again = grid.compose({ as: mallory, protocol: resource.protocol, method: 'same', chain: [granted] })
    assert.equal((await grid.kernel.open(again.bytes)).refused?.code, 'BUSY')
    releaseAll()
    await running
    assert.equal(codeOf(await (await open(bob)).call('same')), 'kept')
    assert.ok((await grid.kernel.open(again.bytes)).ok, 'nothing was used up')
  })

  test('have one share of the places to wait in: BUSY, and others wait', async () => {
    const { gate, grid, open, releaseAll } = await handles({ pendingCalls: 8 })
    const [mine, bobs] = [await open(grid.mallory), await open(grid.bob)]
    const [first, other] = [mine.call('wait'), bobs.call('wait')]
    const flood = Array.from({ length: 10 }, () => mine.call('same', first))
    const behind = [bobs.call('same', other), bobs.call('same', other)]
    await gate.arrived()
    releaseAll()
    assert.deepEqual((await Promise.all(behind)).map(codeOf), ['kept', 'kept'])
    const codes = (await Promise.all(flood)).map(codeOf)
    assert.deepEqual(codes, [...new Array<string>(4).fill('kept'), ...new Array<string>(6).fill('BUSY')])
  })

  test('whose turn has come do not stand behind the flood of another', async () => {
    const { gate, grid, open } = await handles({ inFlight: 6 })
    const [mine, bobs] = [await open(grid.mallory), await open(grid.bob)]
    const first = mine.call('wait')
    const behind = Array.from({ length: 10 }, () => mine.call('wait', first))
    await gate.arrived()
    gate.release()
    await first
    await manyTurns()
    // Mallory runs three and the rest of hers is parked; what bob runs ends without a turn of hers in between.
    let last = bobs.call('same')
    for (let each = 0; each < 5; each += 1) last = bobs.call('same', last)
    assert.equal(codeOf(await last), 'kept')
    assert.equal(gate.calls.filter(({ method }) => method === 'wait').length, 4)
    for (let each = 0; each < 10; each += 1) gate.release()
    for (const each of behind) assert.equal(codeOf(await each), 'kept')
  })
})

describe('messages that wait for the result of another', () => {
  test('have one share of the places: BUSY, and others wait', async () => {
    const gate = watched('gate')
    const grid = await foundGrid({ handlers: [gate.handler], limits: { pendingCalls: 4 } })
    const { mallory, bob } = grid
    const protocol = grid.protocol('gate')
    const chainOf = (as: Signer) => [
      grid.grant({ holder: as.principal, resource: { kind: 'code', protocol } }),
    ]
    const chains = new Map([mallory, bob].map((as) => [as, chainOf(as)]))
    const by = (as: Signer, fields: Request) =>
      grid.compose({ as, protocol, chain: chains.get(as) ?? [], ...fields })
    const firsts = [mallory, bob].map((as) => by(as, { method: 'wait' }))
    const running = firsts.map(({ bytes }) => grid.kernel.dispatch(bytes))
    await gate.arrived()
    await manyTurns()
    const behind = [mallory, mallory, mallory, mallory, bob].map((as) => ({
      as,
      sent: by(as, { method: 'same', future: (firsts[as === bob ? 1 : 0] as ComposedMessage).id }),
    }))
    const replies = behind.map(({ sent, as }) => grid.send(sent, as))
    await manyTurns()
    for (let each = 0; each < 8; each += 1) gate.release()
    await Promise.all(running)
    const codes = (await Promise.all(replies)).map(({ code }) => code)
    assert.deepEqual(codes, ['kept', 'kept', 'BUSY', 'BUSY', 'kept'])
  })
})

describe('open promises', () => {
  test('have a share of their room each: BUSY above it, also after a restart, and others are promised', async () => {
    const grid = await foundGrid({ limits: { promisesOpen: 6 } })
    const { mallory, bob, alice } = grid
    const { ask, defer, keep } = promising(grid)
    const first = await defer({}, mallory)
    for (let made = 1; made < 3; made += 1) await defer({}, mallory)
    assert.equal((await ask('defer', { seconds: 600 }, mallory)).code, 'BUSY')
    await grid.restart()
    assert.equal((await ask('defer', { seconds: 600 }, mallory)).code, 'BUSY')
    await defer({}, bob)
    assert.equal((await ask('defer', { seconds: 600 }, mallory)).code, 'BUSY')
    await defer({}, alice)
    assert.equal(await keep(first.id, 'done'), 'kept')
    assert.equal(
      (await ask('defer', { seconds: 600 }, mallory)).code,
      'BUSY',
      'of three a share is one or two',
    )
    await defer({}, bob)
  })

  test('that are asked for at the same time find no more room than one after the other', async () => {
    const grid = await foundGrid({ limits: { promisesOpen: 4 } })
    const { mallory, bob } = grid
    const { ask, defer } = promising(grid)
    const all = await Promise.all(Array.from({ length: 8 }, () => ask('defer', { seconds: 600 }, mallory)))
    const codes = all.map(({ code }) => code).sort()
    assert.deepEqual(codes, [...new Array<string>(6).fill('BUSY'), ...new Array<string>(2).fill('deferred')])
    await defer({}, bob)
  })

  test('that come to nothing give their room back', async () => {
    const grid = await foundGrid({ limits: { promisesOpen: 1 } })
    const { ask, defer } = promising(grid)
    const conditions = [createCid(CODEC.raw, new Uint8Array(32))]
    for (let each = 0; each < 3; each += 1)
      assert.equal((await ask('defer', { seconds: 600, conditions })).code, 'MISSING')
    await defer()
    assert.equal((await ask('defer', { seconds: 600 })).code, 'BUSY')
  })

  test('that are waited for have a share of the places of those who wait', async () => {
    const grid = await foundGrid({ limits: { pendingCalls: 4 } })
    const { mallory, bob } = grid
    const { defer } = promising(grid)
    const [hers, bobs] = [await defer({}, mallory), await defer({}, bob)]
    const abort = new AbortController()
    const wait = (id: CID) => grid.kernel.outcomeOf(id, { signal: abort.signal })
    const flood = Array.from({ length: 4 }, () => wait(hers.id))
    await manyTurns()
    const other = wait(bobs.id)
    await manyTurns()
    abort.abort()
    const codes = (await Promise.all(flood)).map(({ refused }) => refused?.code)
    assert.deepEqual(codes, ['ABORTED', 'ABORTED', 'BUSY', 'BUSY'])
    assert.equal((await other).refused?.code, 'ABORTED')
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
