/** Constraints through the front door: what a call is given is held against what its grant allows. */
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'

import { CODEC, encodeCbor, encodeDagCbor, hashBlock } from '../../promisebase/index.ts'
import { assertRefused } from './assert-refused.ts'
import { foundGrid, people } from './fixture.ts'
import type { CID } from 'multiformats/cid'
import type { CborInput } from '../../promisebase/index.ts'
import type { ArgumentConstraint, Constraint } from '../index.ts'

const { alice, bob } = people
const REFUSED = { signed: true, rule: 'capability.md#arguments' }
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const grid = await foundGrid({ limits: { constrainedBytes: 1_000 } })
// Refusals are signed only so often.
beforeEach(() => {
  grid.time.now += 60
})

const at = (path: ArgumentConstraint['path'], is: Constraint): readonly ArgumentConstraint[] => [{ path, is }]
const ask = (given: readonly ArgumentConstraint[], bytes: Uint8Array) =>
  grid.compose({ chain: [grid.grant({ caveats: { arguments: given } })], arguments: { bytes } })

const keeps = async (given: readonly ArgumentConstraint[], bytes: Uint8Array): Promise<void> =>
  assert.equal((await grid.send(ask(given, bytes))).code, 'kept')
const refuses = (given: readonly ArgumentConstraint[], bytes: Uint8Array): Promise<void> =>
  assertRefused(grid, ask(given, bytes), 'CONSTRAINT', { ...REFUSED, link: 1 })

/** A constraint on `v`, values that satisfy it and values that do not. */
const TABLE: Record<string, [Constraint, CborInput[], CborInput[]]> = {
  'a text': [{ equals: 'bob' }, ['bob'], ['Bob', 'bo', 'bobb', utf8('bob'), ['bob'], null]],
  'a whole number': [{ equals: 1 }, [1], [0, 1.5, '1', true, 2n ** 60n]],
  bytes: [{ equals: utf8('a') }, [utf8('a')], ['a', utf8('b'), utf8('aa'), utf8('')]],
  null: [{ equals: null }, [null], [false, 0, '']],
  'one of several': [{ oneOf: ['a', 1, true] }, ['a', 1, true], ['b', 2, false, ['a']]],
  'a range': [{ range: { min: 1, max: 3 } }, [1, 2, 3], [0, 4, 1.5, '2', 2n ** 60n, null]],
  'a range without an end': [{ range: { min: -5 } }, [-5, 0, 2n ** 60n], [-6, -(2n ** 60n)]],
  'a beginning of a text': [{ prefix: 'a/' }, ['a/', 'a/b'], ['a', 'b/a/', utf8('a/b'), 1]],
  'a beginning of bytes': [{ prefix: utf8('a/') }, [utf8('a/'), utf8('a/b')], ['a/b', utf8('a')]],
  'a size': [
    { size: { min: 1, max: 2 } },
    ['a', 'ü', utf8('ab'), [1, 2], { a: 1 }],
    ['', 'üa', utf8('abc'), [], [1, 2, 3], {}, 1, true],
  ],
  'two things': [{ prefix: 'a', size: { max: 2 } }, ['a', 'ab'], ['abc', 'b']],
}

describe('arguments are held against a constraint', () => {
  for (const [what, [constraint, good, bad]] of Object.entries(TABLE)) {
    test(`that is ${what}`, async () => {
      for (const value of good) await keeps(at(['v'], constraint), encodeDagCbor({ v: value }))
      for (const value of bad) await refuses(at(['v'], constraint), encodeDagCbor({ v: value }))
    })
  }

  test('wherever its path leads: maps by text, lists by index', async () => {
    const given = at(['items', 1, 'to'], { equals: 'bob' })
    await keeps(given, encodeDagCbor({ items: [0, { to: 'bob' }] }))
    for (const value of [
      { items: [{ to: 'bob' }] },
      { items: { 1: { to: 'bob' } } },
      { items: [0, { to: 'carol' }] },
      { items: [0, 'bob'] },
      { items: null },
      {},
      [0, { to: 'bob' }],
      null,
    ])
      await refuses(given, encodeDagCbor(value))
    await refuses(at(['0'], { equals: 'bob' }), encodeDagCbor(['bob']))
    await refuses(at(['constructor'], { size: { min: 0 } }), encodeDagCbor({}))
  })

  test('about all of them, as bytes and before anything decodes them', async () => {
    await keeps(at([], { prefix: utf8('GET ') }), utf8('GET /'))
    await refuses(at([], { prefix: utf8('GET ') }), utf8('PUT /'))
    await keeps(at([], { size: { max: 3 } }), utf8('abc'))
    await refuses(at([], { size: { max: 3 } }), utf8('abcd'))
    await keeps(at([], { equals: utf8('abc') }), utf8('abc'))
    await refuses(at([], { equals: 'abc' }), utf8('abc'))
    await refuses(at([], { range: { min: 0 } }), encodeDagCbor(1))
  })

  test('that are not there, not CBOR, or not in the one form of it', async () => {
    const given = at(['v'], { range: { min: 0 } })
    await keeps(given, encodeDagCbor({ v: 1 }))
    for (const bytes of [
      new Uint8Array(0),
      Uint8Array.of(0xff),
      Uint8Array.of(0xa1, 0x61, 0x76, 0x18, 0x01),
      Uint8Array.of(0xbf, 0x61, 0x76, 0x01, 0xff),
      Uint8Array.of(...encodeDagCbor({ v: 1 }), 0),
      encodeCbor(
        new Map<string | number, number>([
          [1, 1],
          ['v', 1],
        ]),
      ),
    ])
      await refuses(given, bytes)
  })

  test('each of several, the first that is broken being told', async () => {
    const given = [...at(['n'], { range: { max: 3 } }), ...at(['to'], { equals: 'bob' })]
    await keeps(given, encodeDagCbor({ n: 3, to: 'bob' }))
    const { refusal } = await grid.kernel.explain(ask(given, encodeDagCbor({ n: 4, to: 'carol' })).bytes)
    assert.match(refusal?.detail ?? '', /^n is a whole number at most 3/)
    await refuses(given, encodeDagCbor({ n: 3, to: 'carol' }))
  })

  test('of the last link, which implies those of the links before it', async () => {
    const wide = at(['n'], { range: { max: 10 } })
    const first = grid.grant({ caveats: { arguments: wide } })
    const second = grid.grant({
      ...{ by: alice, parent: first, holder: bob.principal },
      caveats: { arguments: at(['n'], { range: { min: 1, max: 5 } }) },
    })
    const sent = (n: number) =>
      grid.compose({ as: bob, chain: [first, second], arguments: { bytes: encodeDagCbor({ n }) } })
    assert.equal((await grid.send(sent(5), bob)).code, 'kept')
    await assertRefused(grid, sent(6), 'CONSTRAINT', { ...REFUSED, as: bob, link: 2 })
  })
})

describe('arguments by CID', () => {
  const put = (bytes: Uint8Array) =>
    grid.store.transact((transaction) => transaction.putBlock(bytes, CODEC.raw))
  const asked = (cid: CID, given: readonly ArgumentConstraint[]) =>
    grid.compose({ chain: [grid.grant({ caveats: { arguments: given } })], arguments: { cid } })
  const given = at(['v'], { equals: 1 })

  test('are looked into as well', async () => {
    const [good, bad] = [await put(encodeDagCbor({ v: 1 })), await put(encodeDagCbor({ v: 2 }))]
    assert.equal((await grid.send(asked(good, given))).code, 'kept')
    await assertRefused(grid, asked(bad, given), 'CONSTRAINT', REFUSED)
  })

  test('are looked into only so far, and are refused beyond: CONSTRAINT', async () => {
    const [fits, long] = [await put(new Uint8Array(1_000)), await put(new Uint8Array(1_001))]
    const some = at([], { size: { min: 1 } })
    assert.equal((await grid.send(asked(fits, some))).code, 'kept')
    await assertRefused(grid, asked(long, some), 'CONSTRAINT', REFUSED)
    assert.equal((await grid.send(asked(long, []))).code, 'kept')
  })

  test('that are not here are missing', async () => {
    const nowhere = hashBlock(grid.crypto.sha256, CODEC.raw, utf8('nowhere'))
    await assertRefused(grid, asked(nowhere, given), 'MISSING', { signed: true })
    const torn = encodeCbor({ size: 5, tree: 1, parts: [nowhere] })
    const cid = await grid.store.transact((transaction) => transaction.putBlock(torn, CODEC.dagCbor))
    await assertRefused(grid, asked(cid, given), 'MISSING', { signed: true })
  })
})
