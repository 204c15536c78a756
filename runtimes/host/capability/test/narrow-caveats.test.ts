/** Constraints as people type them, and caveats of promises that narrow others. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { encodeDagCbor } from '../../../../promisebase/index.ts'
import { parseWhere } from '../../commands/where.ts'
import { createHost } from '../../index.ts'
import type { PromiseTerms, Where } from '../../index.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('a constraint that is typed', () => {
  const read: Record<string, Where> = {
    'to=alice': { at: ['to'], equals: 'alice' },
    'to = alice | bob': { at: ['to'], oneOf: ['alice', 'bob'] },
    'to="a|b"|null|-1|true': { at: ['to'], oneOf: ['a|b', null, -1, true] },
    'to=': { at: ['to'], equals: '' },
    'n>=1': { at: ['n'], min: 1 },
    'n<=-1': { at: ['n'], max: -1 },
    'a.b[0]["odd key"].c^=x/': { at: ['a', 'b', 0, 'odd key', 'c'], prefix: 'x/' },
    'key^=b"a/"': { at: ['key'], prefix: utf8('a/') },
    "key^=h'612f'": { at: ['key'], prefix: utf8('a/') },
    'items#=3': { at: ['items'], size: { min: 3, max: 3 } },
    'items#<=3': { at: ['items'], size: { max: 3 } },
    '.#>=1': { at: [], size: { min: 1 } },
    '[0]=1': { at: [0], equals: 1 },
  }
  for (const [text, where] of Object.entries(read))
    test(`is read: ${text}`, () => assert.deepEqual(parseWhere(text), where))

  for (const text of [
    '',
    'to',
    '=1',
    'n>1',
    'n>=x',
    'n>=1.5',
    'n>=1|2',
    'a..b=1',
    'a[=1',
    'a["x]=1',
    'to="a',
    'k^=1',
    '..=1',
    '.to=x',
  ])
    test(`is refused: ${JSON.stringify(text)}`, () => {
      assert.equal(parseWhere(text), undefined)
    })
})

describe('a promise that narrows another', async () => {
  const host = await createHost()
  const [alice, bob] = [await host.identity('alice'), await host.identity('bob')]
  const resource = { kind: 'code', protocol: await host.handler('echo') } as const
  const parent = await host.promise({
    ...{ to: alice.principal, resource, total: { calls: 10 }, rate: { calls: 5, seconds: 60 } },
    ...{ executors: [host.node], feedSeconds: 60 },
    where: [
      { at: 'to', oneOf: ['bob', 'carol'] },
      { at: ['n'], min: 1, max: 10 },
    ],
  })
  const child = (more: Partial<PromiseTerms>) =>
    host.promise({ to: bob.principal, resource, parent, by: alice, ...more })

  test('has all its caveats when it says nothing', async () => {
    assert.deepEqual((await child({})).caveats, parent.caveats)
    assert.equal((await child({})).audience, host.node)
  })

  test('has narrower ones where it says so', async () => {
    const { caveats } = await child({
      ...{ total: { calls: 3, fuel: 9 }, rate: { calls: 1, seconds: 60 }, final: true, feedSeconds: 5 },
      where: [
        { at: 'to', equals: 'bob' },
        { at: 'n', max: 5 },
        { at: 'key', prefix: 'a/' },
      ],
    })
    assert.deepEqual(caveats.arguments, [
      { path: ['n'], is: { range: { min: 1, max: 5 } } },
      { path: ['to'], is: { equals: 'bob' } },
      { path: ['key'], is: { prefix: 'a/' } },
    ])
    assert.deepEqual([caveats.total, caveats.final, caveats.feedSeconds], [{ calls: 3, fuel: 9 }, true, 5])
  })

  const wider: Record<string, Partial<PromiseTerms>> = {
    'another value': { where: [{ at: 'to', equals: 'mallory' }] },
    'one value more': { where: [{ at: 'to', oneOf: ['bob', 'carol', 'mallory'] }] },
    'a wider range': { where: [{ at: 'n', max: 11 }] },
    'more calls': { total: { calls: 11 } },
    'a higher rate': { rate: { calls: 6, seconds: 60 } },
    'another span': { rate: { calls: 1, seconds: 61 } },
    'another executor': { executors: [host.node, alice.principal] },
    'older news': { feedSeconds: 61 },
  }
  for (const [what, terms] of Object.entries(wider))
    test(`cannot have ${what}: EXCESS`, () => assert.rejects(child(terms), { code: 'EXCESS' }))

  test('cannot be made from a final one: EXCESS', async () => {
    const final = await child({ final: true })
    const terms = { to: alice.principal, resource, parent: final, by: bob }
    await assert.rejects(host.promise(terms), { code: 'EXCESS' })
  })

  test('is kept within its constraints, and refused outside of them', async () => {
    const capability = await host.promise({ to: alice.principal, resource, where: [{ at: 'n', max: 5 }] })
    const call = async (n: number): Promise<unknown> => {
      const input = encodeDagCbor({ n })
      const { protocol } = resource
      const result = await host.call({
        protocol,
        method: 'echo',
        input,
        as: alice,
        capabilities: [capability],
      })
      return result.status === 'refused' ? result.code : result.status
    }
    assert.deepEqual([await call(5), await call(6)], ['kept', 'CONSTRAINT'])
    await host.close()
  })
})
