/** What a node keeps in memory is bounded: the bounds lowered until one more is one too many. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { nodeCrypto } from '../../runtimes/host/index.ts'
import { CODEC } from '../../promisebase/index.ts'
import { countingCrypto } from './counting-crypto.ts'
import { foundGrid, people, seededCrypto } from './fixture.ts'
import { watched } from './handlers.ts'
import type { Limits } from '../index.ts'

/** A grid, and how many signatures a message made it verify. */
async function counted(limits: Partial<Limits>) {
  const { crypto, counts } = countingCrypto(seededCrypto('bounds', nodeCrypto))
  const grid = await foundGrid({ crypto, limits })
  const verified = async (bytes: Uint8Array): Promise<number> => {
    counts.reset()
    const reply = await grid.kernel.dispatch(bytes)
    assert.notEqual(reply[0], 0x83, 'refused')
    return counts.verify
  }
  return { grid, verified }
}

describe('a memo of', () => {
  for (const [verdictMemo, isRemembered] of [
    [8, true],
    [2, false],
  ] as const)
    test(`${verdictMemo} verdicts ${isRemembered ? 'remembers' : 'forgets'} a token after three others`, async () => {
      const { grid, verified } = await counted({ verdictMemo })
      const chains = Array.from({ length: 4 }, () => [grid.grant()])
      for (const chain of chains) await verified(grid.compose({ chain }).bytes)
      const again = await verified(grid.compose({ chain: chains[0] as (typeof chains)[0] }).bytes)
      assert.equal(again === 1, isRemembered)
    })

  for (const [replyMemo, isRemembered] of [
    [8, true],
    [1, false],
  ] as const)
    test(`${replyMemo} replies ${isRemembered ? 'remembers' : 'forgets'} one after another one`, async () => {
      const { grid, verified } = await counted({ replyMemo })
      const chain = [grid.grant()]
      const [first, second] = [grid.compose({ chain }).bytes, grid.compose({ chain }).bytes]
      for (const bytes of [first, second]) await verified(bytes)
      assert.equal((await verified(first)) === 0, isRemembered)
    })

  for (const [resultMemo, isRemembered] of [
    [8, true],
    [1, false],
  ] as const)
    test(`${resultMemo} results ${isRemembered ? 'remembers' : 'forgets'} one after another one, and its receipt is read again`, async () => {
      const { grid, verified } = await counted({ resultMemo })
      const chain = [grid.grant()]
      const asking = (input: number): Uint8Array =>
        grid.compose({ chain, arguments: { bytes: Uint8Array.of(input) } }).bytes
      for (const input of [1, 2]) await verified(asking(input))
      assert.equal((await verified(asking(1))) === 1, isRemembered)
    })
})

describe('room for arguments', () => {
  test('is shared by all calls: BUSY, and room again when one is done', async () => {
    const gate = watched('gate')
    const grid = await foundGrid({ handlers: [gate.handler], limits: { argumentBytesInFlight: 1_000 } })
    const protocol = grid.protocol('gate')
    const chain = [grid.grant({ resource: { kind: 'code', protocol }, methods: ['*'] })]
    const cid = await grid.store.transact((transaction) =>
      transaction.putBlock(new Uint8Array(600), CODEC.raw),
    )
    const compose = () => grid.compose({ protocol, chain, method: 'wait', arguments: { cid } })
    const [first, second] = [compose(), compose()]
    const running = grid.kernel.dispatch(first.bytes)
    await gate.arrived()
    assert.equal(grid.read(second, await grid.kernel.dispatch(second.bytes)).code, 'BUSY')
    gate.release()
    assert.equal(grid.read(first, await running).code, 'kept')
    gate.release()
    assert.equal((await grid.send(second)).code, 'kept')
  })
})

describe('a result of 64 MiB', () => {
  test('is refused, and nothing its handler wrote is kept: BUDGET_OUTPUT (D-09)', async () => {
    const key = Uint8Array.of(1)
    const handler = watched('flood', {
      run: ({ state }) => {
        state?.put(key, Uint8Array.of(1))
        return new Uint8Array(64 * 1_048_576)
      },
    }).handler
    const grid = await foundGrid({ handlers: [handler] })
    const resource = grid.space('notes')
    const chain = [grid.grant({ by: people.node, parent: null, resource, methods: ['*'] })]
    const answer = await grid.send({ protocol: grid.protocol('flood'), resource, chain, method: 'same' })
    assert.equal(answer.code, 'BUDGET_OUTPUT')
    const snapshot = grid.store.snapshot()
    try {
      assert.equal(await snapshot.get('notes', key), undefined)
    } finally {
      snapshot.close()
    }
  })
})
