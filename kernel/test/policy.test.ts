/** Policy: the threshold of the roots in force, one number after the other, and what it changes at once. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { createGenesis, initialPolicy, joinGrid, nextPolicy, readReceipt, signPolicy } from '../index.ts'
import { signReceipt } from '../cache/receipt.ts'
import { CLAIM } from '../message/labels.ts'
import { SPACE, uint64 } from '../spaces.ts'
import { assertRefused } from './assert-refused.ts'
import { foundGrid, people, person, seededCrypto } from './fixture.ts'
import { sealObject } from './forge.ts'
import { watched } from './handlers.ts'
import { manyTurns } from './turns.ts'
import type { CborInput } from '../../promisebase/index.ts'
import type { GridPolicy, PolicyChange, RefusalCode, Signer } from '../index.ts'
import type { Grid } from './fixture.ts'

const { root, bob, carol, mallory, node } = people
const [anna, bert, cleo] = [person('anna'), person('bert'), person('cleo', 'ESP256')]
const ROOTS = [anna, bert, cleo]

const signed = (
  grid: Grid,
  signers: readonly Signer[],
  change: PolicyChange,
  after?: GridPolicy,
): Uint8Array[] =>
  signers.map((signer) =>
    signPolicy(grid.crypto, signer, grid.grid, after ?? grid.kernel.policy, change, grid.time.now),
  )
const accept = async (grid: Grid, signers: readonly Signer[], change: PolicyChange): Promise<string> => {
  const before = await grid.fingerprint()
  const policy = grid.kernel.policy
  const result = await grid.kernel.acceptPolicy(signed(grid, signers, change))
  if (result.refused === undefined) return 'kept'
  assert.equal(await grid.fingerprint(), before)
  assert.equal(grid.kernel.policy, policy)
  return result.refused.code
}

/** A policy record put together by hand. */
const record = (grid: Grid, by: Signer, edit: [number, unknown][] = []): Uint8Array => {
  const claims = new Map<number, unknown>([
    [CLAIM.iat, grid.time.now],
    [CLAIM.grid, grid.grid],
    [CLAIM.seq, grid.kernel.policy.seq + 1],
    [CLAIM.body, new Map()],
    ...edit,
  ])
  for (const [label, value] of claims) if (value === undefined) claims.delete(label)
  return sealObject(grid, by, 'policy', claims as CborInput)
}

describe('a policy record', () => {
  test('takes the threshold of different roots', async () => {
    const grid = await foundGrid({ roots: ROOTS, threshold: 2 })
    const change = { executors: [bob.principal] }
    assert.equal(await accept(grid, [anna], change), 'SIG')
    assert.equal(await accept(grid, [anna, anna], change), 'SIG')
    assert.equal(await accept(grid, [anna, mallory], change), 'SIG')
    assert.equal(await accept(grid, [mallory, node, root], change), 'SIG')
    assert.equal(await accept(grid, [], change), 'SHAPE')
    assert.equal(await accept(grid, [anna, cleo], change), 'kept')
    assert.deepEqual(grid.kernel.policy.executors, [bob.principal])
    assert.equal(grid.kernel.policy.seq, 1)
  })

  test('takes the same claims from each of them', async () => {
    const grid = await foundGrid({ roots: ROOTS, threshold: 2 })
    const [one] = signed(grid, [anna], { executors: [bob.principal] })
    const [other] = signed(grid, [bert], { executors: [mallory.principal] })
    assert.ok(one && other)
    assert.equal((await grid.kernel.acceptPolicy([one, other])).refused?.code, 'SHAPE')
  })

  test('follows the one in force, and no other', async () => {
    const grid = await foundGrid()
    const first = grid.kernel.policy
    const replayed = signed(grid, [root], { executors: [bob.principal] })
    assert.ok((await grid.kernel.acceptPolicy(replayed)).ok)
    assert.equal((await grid.kernel.acceptPolicy(replayed)).refused?.code, 'CHAIN')
    const rows: [[number, unknown][], RefusalCode][] = [
      [[[CLAIM.seq, 0]], 'CHAIN'],
      [[[CLAIM.seq, 1]], 'CHAIN'],
      [[[CLAIM.seq, 3]], 'CHAIN'],
      [[[CLAIM.seq, 2]], 'CHAIN'],
      [[[CLAIM.previous, grid.adoption.id]], 'CHAIN'],
      [[[CLAIM.grid, grid.protocol('echo')]], 'GRID'],
    ]
    for (const [edit, code] of rows)
      assert.equal((await grid.kernel.acceptPolicy([record(grid, root, edit)])).refused?.code, code)
    assert.equal((await grid.kernel.acceptPolicy(signed(grid, [root], {}, first))).refused?.code, 'CHAIN')
    assert.equal(await accept(grid, [root], { executors: [] }), 'kept')
  })

  test('of one number is taken once, also when two come at the same time', async () => {
    const grid = await foundGrid()
    const records = [bob, mallory].map((each) => signed(grid, [root], { executors: [each.principal] }))
    const results = await Promise.all(records.map((each) => grid.kernel.acceptPolicy(each)))
    const [kept] = results.filter(({ ok }) => ok !== undefined)
    assert.equal(results.filter(({ ok }) => ok !== undefined).length, 1)
    assert.deepEqual(grid.kernel.policy.executors, kept?.ok?.executors)
    await grid.restart()
    assert.deepEqual(grid.kernel.policy.executors, kept?.ok?.executors)
  })

  test('keeps no bytes but those that were verified', async () => {
    const grid = await foundGrid()
    const padding = new Uint8Array(500_000).fill(7)
    const result = await grid.kernel.acceptPolicy([...signed(grid, [root], {}), padding, padding, padding])
    assert.ok(result.ok)
    const snapshot = grid.store.snapshot()
    const kept = await snapshot.get(SPACE.policy, uint64(1))
    snapshot.close()
    assert.ok((kept?.length ?? 0) < 10_000)
  })

  test('has a body of the right types, or is refused', async () => {
    const grid = await foundGrid()
    const bodies: [Record<string, unknown>, RefusalCode][] = [
      [{ algorithms: [] }, 'ALG'],
      [{ algorithms: [-5] }, 'ALG'],
      [{ algorithms: [-19, -9, -35] }, 'ALG'],
      [{ algorithms: '-19' }, 'ALG'],
      [{ roots: [] }, 'SHAPE'],
      [{ roots: [root.principal, root.principal] }, 'SHAPE'],
      [{ roots: ['nobody'] }, 'KEY'],
      [{ roots: [7] }, 'SHAPE'],
      [{ roots: Array.from({ length: 17 }, (_, index) => person(`r${index}`).principal) }, 'SHAPE'],
      [{ threshold: 0 }, 'SHAPE'],
      [{ threshold: 2 }, 'SHAPE'],
      [{ threshold: '1' }, 'SHAPE'],
      [{ executors: ['nobody'] }, 'SHAPE'],
      [{ executors: Array.from({ length: 65 }, () => bob.principal) }, 'SHAPE'],
      [{ limits: {} }, 'SHAPE'],
      [{ Threshold: 1 }, 'SHAPE'],
    ]
    for (const [body, code] of bodies) {
      const bytes = record(grid, root, [[CLAIM.body, new Map(Object.entries(body))]])
      assert.equal((await grid.kernel.acceptPolicy([bytes])).refused?.code, code, JSON.stringify(body))
    }
    for (const edit of [[[CLAIM.body, []]], [[CLAIM.seq, -1]], [[CLAIM.iat, undefined]], [[CLAIM.exp, 1]]])
      assert.equal(
        (await grid.kernel.acceptPolicy([record(grid, root, edit as [number, unknown][])])).refused?.code,
        'SHAPE',
      )
  })
})

describe('a narrower list of algorithms', () => {
  const byCarol = (grid: Grid) => ({
    as: carol,
    chain: [grid.grant({ holder: carol.principal })],
  })

  test('refuses messages of the others at once: ALG', async () => {
    const grid = await foundGrid()
    const sent = grid.compose(byCarol(grid))
    assert.equal((await grid.send(sent, carol)).code, 'kept')
    assert.equal(await accept(grid, [root], { algorithms: [-19] }), 'kept')
    await assertRefused(grid, sent, 'ALG', { as: carol })
    await assertRefused(grid, grid.compose(byCarol(grid)), 'ALG', { as: carol })
    await grid.restart()
    await assertRefused(grid, sent, 'ALG', { as: carol })
    assert.equal((await grid.send()).code, 'kept')
  })

  test('refuses tokens of the others, known before or not: ALG', async () => {
    const grid = await foundGrid()
    const toCarol = grid.grant({ holder: carol.principal })
    const chain = [toCarol, grid.grant({ by: carol, parent: toCarol })]
    assert.equal((await grid.send({ chain })).code, 'kept')
    assert.equal(await accept(grid, [root], { algorithms: [-19] }), 'kept')
    await assertRefused(grid, grid.compose({ chain }), 'ALG', { link: 2 })
  })

  test('refuses what a decision that began before it verified after it', async () => {
    const watch = watched('slow', { pure: true })
    const grid = await foundGrid({ handlers: [watch.handler] })
    const protocol = grid.protocol('slow')
    const toCarol = grid.grant({ holder: carol.principal, resource: { kind: 'code', protocol } })
    const chain = [toCarol, grid.grant({ by: carol, parent: toCarol, resource: { kind: 'code', protocol } })]
    const sent = grid.compose({ protocol, chain, method: 'wait' })
    const running = grid.kernel.dispatch(sent.bytes)
    await watch.arrived()
    assert.equal(await accept(grid, [root], { algorithms: [-19] }), 'kept')
    watch.release()
    assert.equal(grid.read(sent, await running).code, 'kept')
    await manyTurns()
    await assertRefused(grid, sent, 'ALG', { link: 2 })
    await assertRefused(grid, grid.compose({ protocol, chain, method: 'same' }), 'ALG', { link: 2 })
  })

  test('refuses a token that such a decision remembers while it still runs, however the two meet', async () => {
    let begun = 0
    for (let turns = 0; turns < 24; turns += 1) {
      const watch = watched('slow', { pure: true })
      const grid = await foundGrid({ handlers: [watch.handler] })
      const resource = { kind: 'code', protocol: grid.protocol('slow') } as const
      const toCarol = grid.grant({ holder: carol.principal, resource })
      const chain = [toCarol, grid.grant({ by: carol, parent: toCarol, resource })]
      const change = signed(grid, [root], { algorithms: [-19] })
      const sent = grid.compose({ protocol: resource.protocol, chain, method: 'wait' })
      const changing = grid.kernel.acceptPolicy(change)
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
      const running = grid.kernel.dispatch(sent.bytes)
      assert.ok((await changing).ok)
      await manyTurns()
      begun += watch.calls.length
      const after = await grid.send({ protocol: resource.protocol, chain, method: 'same' })
      assert.equal(after.code, 'DENIED', `after ${turns} turns`)
      watch.release()
      await running
    }
    assert.ok(begun > 0 && begun < 24, `${begun} decisions began before the change`)
  })

  test('believes no stored result vouched for with one of the others', async () => {
    const watch = watched('compute', { pure: true })
    const grid = await foundGrid({ handlers: [watch.handler] })
    const protocol = grid.protocol('compute')
    const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
    const request = { protocol, chain, method: 'same', arguments: { bytes: Uint8Array.of(1) } }
    assert.equal(await accept(grid, [root], { executors: [carol.principal] }), 'kept')
    const honest = await grid.send(request)
    assert.ok(honest.signed && honest.outcome.status === 'kept')
    const snapshot = grid.store.snapshot()
    let key: Uint8Array | undefined
    for await (const entry of snapshot.range(SPACE.results)) key = entry.key
    snapshot.close()
    assert.ok(key)
    const receipt = readReceipt(grid.crypto, grid.keys, honest.outcome.receipt as Uint8Array).ok
    assert.ok(receipt)
    const byCarolBytes = signReceipt(grid.crypto, carol, { ...receipt, fuel: 77 }).bytes
    await grid.store.transact((transaction) =>
      transaction.put(SPACE.results, key as Uint8Array, byCarolBytes),
    )
    await grid.restart()
    const trusted = await grid.send(request)
    assert.ok(trusted.signed && trusted.outcome.status === 'kept' && trusted.outcome.fuel === 77)
    assert.equal(await accept(grid, [root], { algorithms: [-19] }), 'kept')
    const narrowed = await grid.send(request)
    assert.ok(narrowed.signed && narrowed.outcome.status === 'kept')
    assert.notEqual(narrowed.outcome.fuel, 77)
    assert.equal(watch.calls.length, 2)
  })
})

describe('executors', () => {
  test('that are no longer trusted are not believed any more, remembered or not', async () => {
    const watch = watched('compute', { pure: true })
    const grid = await foundGrid({ handlers: [watch.handler] })
    const protocol = grid.protocol('compute')
    const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
    const request = { protocol, chain, method: 'same', arguments: { bytes: Uint8Array.of(1) } }
    const honest = await grid.send(request)
    assert.ok(honest.signed && honest.outcome.status === 'kept')
    const receipt = readReceipt(grid.crypto, grid.keys, honest.outcome.receipt as Uint8Array).ok
    assert.ok(receipt)
    const theirs = signReceipt(grid.crypto, bob, { ...receipt, fuel: 77 }).bytes
    await grid.store.transact((transaction) => transaction.put(SPACE.results, receipt.cacheKey.bytes, theirs))
    await grid.restart()
    const fuel = async (): Promise<number> => {
      const answer = await grid.send(request)
      assert.ok(answer.signed && answer.outcome.status === 'kept')
      return answer.outcome.fuel
    }
    await accept(grid, [root], { executors: [bob.principal] })
    assert.equal(await fuel(), 77)
    await accept(grid, [root], { executors: [] })
    assert.notEqual(await fuel(), 77)
  })
})

describe('new roots', () => {
  test('sign from then on, the old ones no more, also after a restart', async () => {
    const grid = await foundGrid()
    assert.equal(
      await accept(grid, [root], { roots: [anna.principal, bert.principal], threshold: 2 }),
      'kept',
    )
    await grid.restart()
    assert.equal(grid.kernel.policy.seq, 1)
    assert.equal(await accept(grid, [root], { threshold: 1 }), 'SIG')
    assert.equal(await accept(grid, [anna], { threshold: 1 }), 'SIG')
    assert.equal(await accept(grid, [anna, bert], { threshold: 1 }), 'kept')
    await grid.restart()
    assert.equal(await accept(grid, [bert], { executors: [bob.principal] }), 'kept')
    assert.deepEqual(grid.kernel.policy.roots, [anna.principal, bert.principal])
  })

  test('do not inherit the adoption of the old ones', async () => {
    const grid = await foundGrid()
    assert.equal(await accept(grid, [root], { roots: [anna.principal] }), 'kept')
    await assertRefused(grid, grid.compose({ as: anna, chain: [grid.adoption] }), 'POP', { as: anna })
  })
})

describe('a store', () => {
  test('whose policy records were tampered with does not open', async () => {
    for (const value of [new Uint8Array(0), Uint8Array.of(0x80), Uint8Array.of(0xff)]) {
      const grid = await foundGrid()
      assert.equal(await accept(grid, [root], { executors: [bob.principal] }), 'kept')
      await grid.store.transact((transaction) => transaction.put(SPACE.policy, uint64(1), value))
      await assert.rejects(grid.restart(), { name: 'StoreError', code: 'CORRUPT' })
    }
  })

  test('that lost a record does not open with the ones after it', async () => {
    const grid = await foundGrid()
    for (const each of [bob, mallory]) await accept(grid, [root], { executors: [each.principal] })
    await grid.store.transact((transaction) => transaction.delete(SPACE.policy, uint64(1)))
    await assert.rejects(grid.restart(), { name: 'StoreError', code: 'CORRUPT' })
  })

  test('belongs to one grid', async () => {
    const grid = await foundGrid()
    const other = createGenesis(grid.crypto, grid.keys, {
      name: 'other',
      created: 1,
      nonce: new Uint8Array(16),
      roots: [mallory.principal],
      threshold: 1,
    })
    const before = await grid.fingerprint()
    await assert.rejects(joinGrid(grid.store, other), { name: 'StoreError', code: 'CONFLICT' })
    assert.equal(await grid.fingerprint(), before)
    await joinGrid(grid.store, grid.genesis)
  })
})

describe('a genesis block', () => {
  const crypto = seededCrypto()

  test('is refused with a root, threshold, name, time or nonce that cannot be', async () => {
    const { keys, genesis } = await foundGrid()
    const wrong = [
      { name: '' },
      { name: 'x'.repeat(257) },
      { created: -1 },
      { created: 1.5 },
      { nonce: new Uint8Array(15) },
      { nonce: new Uint8Array(17) },
      { roots: [] },
      { roots: [root.principal, root.principal] },
      { roots: ['nobody'] },
      { threshold: 0 },
      { threshold: 2 },
      { threshold: 0.5 },
    ]
    for (const change of wrong)
      assert.throws(() => createGenesis(crypto, keys, { ...genesis.genesis, ...change }), TypeError)
  })

  test('decides the policy before any record', async () => {
    const { genesis } = await foundGrid({ roots: ROOTS, threshold: 2 })
    const policy = initialPolicy(genesis.genesis)
    assert.deepEqual(
      { seq: policy.seq, threshold: policy.threshold, executors: policy.executors, id: policy.id },
      { seq: 0, threshold: 2, executors: [], id: undefined },
    )
    const { keys, grid } = await foundGrid({ roots: ROOTS, threshold: 2 })
    assert.equal(nextPolicy(crypto, keys, grid, policy, []).refused?.code, 'SHAPE')
  })
})
