/** Promises that stand on others: kept only after them, and refused when one of them fails. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../conformance/test/laws.ts'

import { CODEC, createCid } from '../../../promisebase/index.ts'
import { foundGrid, START } from '../fixture.ts'
import { promising, textIn } from './promising.ts'
import type { CID } from 'multiformats/cid'

describe('a promise with conditions', () => {
  test('cannot be kept before all of them are', async () => {
    const grid = await foundGrid()
    const { defer, keep } = promising(grid)
    const [one, two] = [await defer(), await defer()]
    const last = await defer({ conditions: [one.id, two.id, one.id] })
    assert.equal(last.conditions?.length, 2)
    assert.equal(await keep(last.id, 'too early'), 'PENDING')
    assert.equal(await keep(one.id, 'first'), 'kept')
    assert.equal(await keep(last.id, 'too early'), 'PENDING')
    assert.equal(await keep(two.id, 'second'), 'kept')
    assert.equal(await keep(last.id, 'last'), 'kept')
    assert.equal(textIn((await grid.kernel.outcomeOf(last.id)).ok?.outcome), 'last')
  })

  test('may be broken before they are kept', async () => {
    const grid = await foundGrid()
    const { defer, breakIt } = promising(grid)
    const last = await defer({ conditions: [(await defer()).id] })
    assert.equal(await breakIt(last.id, 'no'), 'kept')
  })

  test('is refused when one of them is broken, and so is what stands on it', async () => {
    const grid = await foundGrid()
    const { defer, keep, breakIt, outcome } = promising(grid)
    const first = await defer()
    const second = await defer({ conditions: [first.id] })
    const third = await defer({ conditions: [second.id] })
    const waiting = grid.kernel.outcomeOf(third.id)
    assert.equal(await breakIt(first.id, 'no'), 'kept')
    assert.deepEqual((await waiting).ok?.outcome.status, 'refused')
    for (const promise of [second, third]) {
      const told = await outcome(promise)
      assert.ok(typeof told !== 'string' && told.status === 'refused' && told.code === 'UPSTREAM')
      assert.equal(await keep(promise.id, 'anyway'), 'UPSTREAM')
      assert.equal(await breakIt(promise.id, 'anyway'), 'UPSTREAM')
    }
  })

  test('is refused when one of them expires before it, and expires when it is first', async () => {
    const grid = await foundGrid()
    const { defer, keep, outcome } = promising(grid)
    const brief = await defer({ seconds: 10 })
    const longer = await defer({ seconds: 20, conditions: [brief.id] })
    const equal = await defer({ seconds: 10, conditions: [brief.id] })
    grid.time.now = START + 10
    assert.equal(await keep(longer.id, 'x'), 'UPSTREAM')
    assert.equal(await keep(equal.id, 'x'), 'EXPIRED')
    grid.time.now = START + 50
    const told = [await outcome(longer), await outcome(equal)]
    assert.deepEqual(
      told.map((each) => typeof each !== 'string' && each.status),
      ['refused', 'expired'],
    )
  })

  test('wakes who waits when time ends what it stands on', async () => {
    const grid = await foundGrid()
    const { defer } = promising(grid)
    const brief = await defer({ seconds: 10 })
    const longer = await defer({ seconds: 500, conditions: [brief.id] })
    const waiting = grid.kernel.outcomeOf(longer.id)
    while (grid.time.waiting === 0) await new Promise((resolve) => setImmediate(resolve))
    grid.time.now = START + 10
    grid.time.fire()
    const { ok } = await waiting
    assert.ok(ok?.outcome.status === 'refused' && ok.outcome.code === 'UPSTREAM')
    assert.equal(ok.at, START + 10)
  })

  test('is not made on what has failed, on what is not known, or on too much', async () => {
    const grid = await foundGrid()
    const { defer, ask, breakIt } = promising(grid)
    const failed = await defer()
    await breakIt(failed.id, 'no')
    const on = async (...conditions: CID[]): Promise<string> =>
      (await ask('defer', { seconds: 9, conditions })).code
    assert.equal(await on(failed.id), 'UPSTREAM')
    const many: CID[] = []
    for (let index = 0; index < 17; index += 1) many.push((await defer()).id)
    assert.equal(await on(...many), 'LIMIT')
    assert.equal(await on(...many.slice(1)), 'deferred')
    const layers = [many.slice(0, 16), many.slice(1)].map((conditions) => defer({ conditions }))
    const some = await Promise.all(layers)
    assert.equal(await on(...some.map(({ id }) => id)), 'deferred')
    const wide: CID[] = []
    for (let group = 0; group < 4; group += 1) {
      const conditions: CID[] = []
      for (let index = 0; index < 16; index += 1) conditions.push((await defer()).id)
      wide.push((await defer({ conditions })).id)
    }
    assert.equal(await on(...wide), 'LIMIT')
  })

  test('is not made on what was promised to another, which shows nothing of how that ends', async () => {
    const grid = await foundGrid()
    const { mallory } = grid
    const { defer, ask, keep, breakIt } = promising(grid)
    const [kept, broken, open] = [await defer(), await defer(), await defer()]
    await keep(kept.id, 'done')
    await breakIt(broken.id, 'no')
    const own = await defer({}, mallory)
    const told: string[] = []
    for (const id of [kept.id, broken.id, open.id, createCid(CODEC.raw, new Uint8Array(32))])
      for (const conditions of [[id], [own.id, id]]) {
        const answer = await ask('defer', { seconds: 9, conditions }, mallory)
        assert.ok(answer.signed && answer.outcome.status === 'refused')
        told.push(`${answer.code} ${answer.outcome.detail?.replace(id.toString(), 'it')}`)
      }
    assert.equal(new Set(told).size, 1, told.join('\n'))
    assert.ok(told[0]?.startsWith('MISSING'))
    assert.equal((await ask('defer', { seconds: 9, conditions: [open.id] })).code, 'deferred')
  })

  test('keeps what it stands on on record for as long as it may be asked for', async () => {
    const grid = await foundGrid()
    const { defer, keep } = promising(grid)
    const condition = await defer({ seconds: 10 })
    await keep(condition.id, 'done')
    const last = await defer({ seconds: 100_000, conditions: [condition.id] })
    for (const after of [80_000, 99_000]) {
      grid.time.now = START + after
      await grid.restart()
    }
    assert.equal((await grid.kernel.promise(condition.id)).ok?.status, 'kept')
    assert.equal(await keep(last.id, 'last'), 'kept')
  })
})

describe('every promise', () => {
  const act = fc.record({
    act: fc.constantFrom('keep', 'break', 'ask', 'keep', 'wait', 'restart'),
    which: fc.nat(4),
  })

  test('ends once, whatever is done to it and to what it stands on in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 16 }), async (acts) => {
        const grid = await foundGrid()
        const { defer, keep, breakIt } = promising(grid)
        const [a, b] = [await defer({ seconds: 3 }), await defer({ seconds: 9 })]
        const c = await defer({ seconds: 6, conditions: [a.id, b.id] })
        const d = await defer({ seconds: 12, conditions: [c.id] })
        const all = [a, b, c, d, await defer({ seconds: 2, conditions: [d.id] })]
        const told = new Map<number, string>()
        const look = async (which: number): Promise<string> => {
          const promise = all[which] ?? a
          const { ok } = await grid.kernel.promise(promise.id)
          const said = JSON.stringify([ok?.status, ok?.ended && [...ok.ended.resolution]])
          if (ok?.status !== 'open') assert.equal(told.get(which) ?? said, said)
          if (ok?.status !== 'open') told.set(which, said)
          return ok?.status ?? ''
        }
        for (const each of acts) {
          if (each.act === 'wait') grid.time.now += 2
          else if (each.act === 'restart') await grid.restart()
          else if (each.act === 'ask') await look(each.which)
          else {
            const promise = all[each.which] ?? a
            const before = told.has(each.which)
            const code = await (each.act === 'keep' ? keep : breakIt)(promise.id, each.act)
            const status = await look(each.which)
            if (code === 'kept') assert.equal(status, each.act === 'keep' ? 'kept' : 'broken')
            else assert.ok(before || status !== 'open' || code === 'PENDING', `${code} ${status}`)
          }
        }
        grid.time.now += 100
        for (const which of all.keys()) assert.notEqual(await look(which), 'open')
        // What was kept stands on what was kept.
        const status = [...all.keys()].map((which) => JSON.parse(told.get(which) ?? '[]')[0] as string)
        if (status[2] === 'kept') assert.deepEqual(status.slice(0, 2), ['kept', 'kept'])
        if (status[3] === 'kept') assert.equal(status[2], 'kept')
      }),
      { numRuns: 15 },
    )
  })
})
