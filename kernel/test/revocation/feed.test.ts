/** Heartbeats and freshness: how old the news of revocations may be, and that a node that does not know refuses. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { fc } from '../../../conformance/test/laws.ts'

import { CODEC, createCid, hashBlock } from '../../../promisebase/index.ts'
import { nameFeed, readHeartbeat, signHeartbeat } from '../../index.ts'
import { LIMITS } from '../../limits.ts'
import { freshnessRefusal, freshUntil } from '../../revocation/freshness.ts'
import { assertRefused } from '../assert-refused.ts'
import { foundGrid, seededCrypto } from '../fixture.ts'
import { changePolicy, heartbeat, revocation, takeBack } from './feeds.ts'
import type { DecisionContext } from '../../decision.ts'
import type { Capability, RefusalCode } from '../../index.ts'
import type { Grid } from '../fixture.ts'

const STALE = { signed: true, rule: 'capability.md#freshness' }
const DAY = 86_400
const crypto = seededCrypto()

async function gridWithRevoker(feedSeconds = 60): Promise<Grid> {
  const grid = await foundGrid()
  await changePolicy(grid, { revokers: [grid.carol.principal], feedSeconds })
  return grid
}

async function codeOf(grid: Grid, bytes: Uint8Array): Promise<RefusalCode | undefined> {
  return (await grid.kernel.acceptHeartbeat(bytes)).refused?.code
}

describe('a grid with revokers', () => {
  test('refuses everything until each of them was heard of', async () => {
    const grid = await foundGrid()
    const { carol, root } = grid
    await changePolicy(grid, { revokers: [carol.principal, root.principal], feedSeconds: 60 })
    await assertRefused(grid, grid.compose(), 'STALE', STALE)
    assert.equal(await codeOf(grid, heartbeat(grid, carol, 1, [])), undefined)
    await assertRefused(grid, grid.compose(), 'STALE', STALE)
    assert.equal(await codeOf(grid, heartbeat(grid, root, 1, [])), undefined)
    assert.equal((await grid.send()).code, 'kept')
  })

  test('refuses as soon as the news is older than it allows, remembered replies too', async () => {
    const grid = await gridWithRevoker(30)
    assert.equal(await codeOf(grid, heartbeat(grid, grid.carol, 1, [])), undefined)
    const sent = grid.compose()
    assert.equal((await grid.send(sent)).code, 'kept')
    grid.time.now += 30
    assert.equal((await grid.send(sent)).code, 'kept')
    grid.time.now += 1
    assert.equal((await grid.send(sent)).code, 'STALE')
    await assertRefused(grid, grid.compose(), 'STALE', STALE)
    assert.equal(await codeOf(grid, heartbeat(grid, grid.carol, 2, [])), undefined)
    assert.equal((await grid.send(sent)).code, 'kept')
    assert.equal((await grid.send()).code, 'kept')
  })

  test('knows after a start what it knew before', async () => {
    const grid = await gridWithRevoker()
    assert.equal(await codeOf(grid, heartbeat(grid, grid.carol, 1, [])), undefined)
    await grid.restart()
    assert.equal((await grid.send()).code, 'kept')
    grid.time.now += 61
    assert.equal((await grid.send()).code, 'STALE')
  })

  test('needs no word of its own node, whose records act at once', async () => {
    const grid = await foundGrid()
    await changePolicy(grid, { revokers: [grid.node.principal], feedSeconds: 1 })
    assert.equal((await grid.send()).code, 'kept')
    grid.time.now += 1_000
    assert.equal((await grid.send()).code, 'kept')
  })

  test('has no bound without feedSeconds, and none without revokers', async () => {
    const grid = await foundGrid()
    await changePolicy(grid, { revokers: [grid.carol.principal] })
    assert.equal((await grid.send()).code, 'kept')
    await changePolicy(grid, { feedSeconds: 60 })
    assert.equal((await grid.send()).code, 'STALE')
    await changePolicy(grid, { revokers: [] })
    assert.equal((await grid.send()).code, 'kept')
    await changePolicy(grid, { revokers: [grid.carol.principal], feedSeconds: 0 })
    assert.equal((await grid.send()).code, 'kept')
  })

  test('remembers a revoker that comes back, and not one that went', async () => {
    const grid = await gridWithRevoker()
    const { carol, mallory } = grid
    assert.equal(await codeOf(grid, heartbeat(grid, carol, 1, [])), undefined)
    await changePolicy(grid, { revokers: [mallory.principal] })
    assert.equal((await grid.send()).code, 'STALE')
    assert.equal(await codeOf(grid, heartbeat(grid, carol, 2, [])), 'CHAIN')
    await changePolicy(grid, { revokers: [carol.principal] })
    assert.equal((await grid.send()).code, 'kept')
  })

  test('tells a stranger nothing of it', async () => {
    const grid = await gridWithRevoker()
    await assertRefused(grid, grid.compose({ as: grid.mallory }), 'POP', { as: grid.mallory })
  })

  test('says that a broken promise is broken, also where the news is old', async () => {
    const grid = await gridWithRevoker()
    const token = grid.grant()
    await takeBack(grid, grid.root, token)
    assert.equal((await grid.send({ chain: [token] })).code, 'REVOKED')
  })
})

describe('a policy', () => {
  test('names at most sixteen revokers, each a principal, and whole seconds', async () => {
    const grid = await foundGrid()
    const { carol } = grid
    await changePolicy(grid, { revokers: Array.from({ length: 16 }, () => carol.principal) })
    for (const change of [
      { revokers: Array.from({ length: 17 }, () => carol.principal) },
      { revokers: ['carol'] },
      { revokers: 'carol' as unknown as string[] },
      { feedSeconds: -1 },
      { feedSeconds: 0.5 },
    ])
      await assert.rejects(changePolicy(grid, change), /revokers|feedSeconds|float|number/)
    assert.equal(grid.kernel.policy.seq, 1)
  })
})

describe('a heartbeat', () => {
  test('is accepted when every record that it names is here: MISSING before, and after one too many', async () => {
    const grid = await gridWithRevoker()
    const { carol } = grid
    const records = [1, 2].map(() => revocation(grid, carol, grid.grant()))
    const [first, second] = records
    assert.ok(first && second)
    const full = heartbeat(grid, carol, 1, records)
    assert.equal(await codeOf(grid, full), 'MISSING')
    assert.ok((await grid.kernel.acceptRevocation(first.bytes)).ok)
    assert.equal(await codeOf(grid, full), 'MISSING')
    assert.equal((await grid.send()).code, 'STALE')
    assert.ok((await grid.kernel.acceptRevocation(second.bytes)).ok)
    assert.equal(await codeOf(grid, heartbeat(grid, carol, 1, [first])), 'MISSING')
    assert.equal(await codeOf(grid, heartbeat(grid, carol, 1, [])), 'MISSING')
    assert.equal(await codeOf(grid, full), undefined)
    assert.equal((await grid.send()).code, 'kept')
  })

  test('names what its issuer had signed by then, and nothing of others', async () => {
    const grid = await gridWithRevoker()
    const { carol } = grid
    const early = revocation(grid, carol, grid.grant())
    grid.time.now += 10
    const late = revocation(grid, carol, grid.grant())
    for (const { bytes } of [early, late]) assert.ok((await grid.kernel.acceptRevocation(bytes)).ok)
    await takeBack(grid, grid.root, grid.grant())
    assert.equal(await codeOf(grid, heartbeat(grid, carol, 1, [early], grid.time.now - 5)), undefined)
    assert.equal(await codeOf(grid, heartbeat(grid, carol, 2, [early, late])), undefined)
    const feed = await grid.kernel.feed(carol.principal)
    assert.equal(feed.records, 2)
    assert.ok(feed.heartbeat?.feed.equals(feed.name))
  })

  test('names all records about one token, and none that is older than any token', async () => {
    const grid = await gridWithRevoker()
    const { carol } = grid
    const token = grid.grant()
    const heardAt = grid.time.now + 1
    const oldest = heardAt - LIMITS.tokenLifetimeSeconds
    const records = [oldest + 1, heardAt - 1, heardAt].map((at) => revocation(grid, carol, token, at))
    const old = revocation(grid, carol, token, oldest)
    for (const { bytes } of [...records, old]) assert.ok((await grid.kernel.acceptRevocation(bytes)).ok)
    grid.time.now = heardAt
    assert.equal(await codeOf(grid, heartbeat(grid, carol, 1, [...records, old])), 'MISSING')
    assert.equal(await codeOf(grid, heartbeat(grid, carol, 1, records)), undefined)
  })

  test('never goes back, and changes nothing when it comes again', async () => {
    const grid = await gridWithRevoker()
    const { carol } = grid
    const [one, two] = [1, 2].map((seq) => heartbeat(grid, carol, seq, []))
    assert.ok(one && two)
    assert.equal(await codeOf(grid, two), undefined)
    const before = await grid.fingerprint()
    assert.equal(await codeOf(grid, one), 'CHAIN')
    assert.equal(await codeOf(grid, two), undefined)
    assert.equal(await grid.fingerprint(), before)
    await grid.restart()
    assert.equal(await codeOf(grid, one), 'CHAIN')
  })

  test('that contradicts the one in force is refused, and kept as evidence until a newer one comes', async () => {
    const grid = await gridWithRevoker()
    const { carol } = grid
    const first = heartbeat(grid, carol, 1, [])
    const other = heartbeat(grid, carol, 1, [revocation(grid, carol, grid.grant())])
    assert.equal(await codeOf(grid, first), undefined)
    assert.equal(await codeOf(grid, other), 'CHAIN')
    const { heartbeat: kept, contradicted } = await grid.kernel.feed(carol.principal)
    assert.deepEqual([kept?.bytes, contradicted], [first, other])
    grid.time.now += 1
    assert.equal(await codeOf(grid, heartbeat(grid, carol, 2, [])), undefined)
    assert.equal((await grid.kernel.feed(carol.principal)).contradicted, undefined)
  })

  test('is refused by no revoker, for another grid, from the future, by another key, and changed', async () => {
    const grid = await gridWithRevoker()
    const other = await foundGrid({ roots: [grid.mallory] })
    const { carol, mallory } = grid
    const before = await grid.fingerprint()
    assert.equal(await codeOf(grid, heartbeat(grid, mallory, 1, [])), 'CHAIN')
    assert.equal(await codeOf(grid, heartbeat(other, carol, 1, [])), 'GRID')
    assert.equal(await codeOf(grid, heartbeat(grid, carol, 1, [], grid.time.now + 61)), 'EARLY')
    const forged = { ...mallory, principal: carol.principal }
    assert.equal(await codeOf(grid, heartbeat(grid, forged, 1, [])), 'ALG')
    const bytes = heartbeat(grid, carol, 1, [])
    assert.equal(await codeOf(grid, bytes.with(bytes.length - 1, (bytes.at(-1) as number) ^ 1)), 'SIG')
    assert.equal(await codeOf(grid, revocation(grid, carol, grid.grant()).bytes), 'SHAPE')
    assert.equal(await grid.fingerprint(), before)
    assert.equal((await grid.send()).code, 'STALE')
  })

  test('is read by anyone who knows the keys, without a kernel', async () => {
    const grid = await foundGrid()
    const read = readHeartbeat(grid.crypto, grid.keys, heartbeat(grid, grid.carol, 7, []))
    assert.deepEqual([read.ok?.issuer, read.ok?.seq], [grid.carol.principal, 7])
    const cut = heartbeat(grid, grid.carol, 7, []).slice(0, -1)
    assert.equal(readHeartbeat(grid.crypto, grid.keys, cut).refused?.code, 'DECODE')
    const feed = createCid(CODEC.dagCbor, new Uint8Array(32))
    const wrong = { grid: grid.grid, issuedAt: 1, seq: 1, feed }
    assert.throws(() => signHeartbeat(grid.crypto, grid.carol, wrong), TypeError)
  })
})

describe('the name of a feed', () => {
  const ids = fc.uniqueArray(fc.uint8Array({ minLength: 32, maxLength: 32 }), {
    maxLength: 8,
    selector: String,
  })
  const cids = (digests: readonly Uint8Array[]) => digests.map((digest) => createCid(CODEC.raw, digest))

  const isSame = (some: readonly Uint8Array[], others: readonly Uint8Array[]): boolean =>
    some.map(String).sort().join() === others.map(String).sort().join()

  test('is the hash of all its ids in ascending order, compared byte by byte', () => {
    const ids = [
      [0, 0, 1],
      [0, 1, 0],
      [0, 1, 1],
      [1, 0, 0],
      [255, 0, 0],
    ].map((bytes) => createCid(CODEC.raw, Uint8Array.from([...bytes, ...new Uint8Array(29)])))
    const all = Uint8Array.from(ids.flatMap(({ bytes }) => [...bytes]))
    for (const order of [ids, ids.toReversed()])
      assert.equal(nameFeed(crypto, order).toString(), hashBlock(crypto.sha256, CODEC.raw, all).toString())
  })

  test('is one for one set, in whatever order, and another for another', () => {
    fc.assert(
      fc.property(ids, ids, (some, others) => {
        const name = nameFeed(crypto, cids(some))
        const same = isSame(some, others)
        return (
          name.equals(nameFeed(crypto, cids(some.toReversed()))) &&
          name.equals(nameFeed(crypto, cids(others))) === same
        )
      }),
    )
  })
})

describe('a promise that says how old the news may be', async () => {
  const grid = await foundGrid()
  const { now } = grid.time
  const REVOKER = grid.carol.principal
  const chainOf = (...bounds: (number | undefined)[]): Capability[] =>
    bounds.map((feedSeconds) => ({
      ...grid.grant(),
      caveats: feedSeconds === undefined ? {} : { feedSeconds },
    }))
  const news = (age: number, feedSeconds = 0, revokers = [REVOKER]) => ({
    now,
    node: grid.node.principal,
    policy: { ...grid.kernel.policy, feedSeconds, revokers },
    heartbeats: new Map([[REVOKER, now - age]]),
  })
  const refusal = (at: ReturnType<typeof news>, chain: Capability[]) =>
    freshnessRefusal({ ...at, revocations: at } as unknown as DecisionContext, chain)

  test('is kept only within that bound, whatever the policy says', () => {
    assert.equal(refusal(news(10), chainOf(undefined, 10)), undefined)
    assert.deepEqual(
      [refusal(news(11), chainOf(undefined, 10))?.code, refusal(news(11), chainOf(undefined, 10))?.link],
      ['STALE', 1],
    )
    assert.equal(refusal(news(11, 60), chainOf(undefined, 10))?.code, 'STALE')
    assert.equal(refusal(news(61, 60), chainOf(undefined, 100))?.link, undefined)
    assert.equal(refusal(news(61, 60), chainOf(undefined, 100))?.code, 'STALE')
  })

  test('is STALE in a grid that has no revokers: nobody could tell', () => {
    assert.equal(refusal(news(0, 0, []), chainOf(undefined, DAY))?.code, 'STALE')
    assert.equal(refusal(news(0, 60, []), chainOf(undefined, undefined)), undefined)
  })

  test('says nothing when it states no bound, and neither does the policy', () => {
    for (const heartbeats of [new Map(), new Map([[REVOKER, now]])]) {
      const at = { ...news(0), heartbeats }
      assert.equal(freshUntil(at, chainOf(undefined)), Infinity)
      assert.equal(refusal(at, chainOf(undefined)), undefined)
    }
  })

  test('names the first second at which it would be refused', () => {
    fc.assert(
      fc.property(
        fc.nat(100),
        fc.nat(100),
        fc.array(fc.option(fc.nat(100), { nil: undefined })),
        (age, bound, links) => {
          const at = news(age, bound)
          const chain = links.map((feedSeconds) => ({
            caveats: feedSeconds === undefined ? {} : { feedSeconds },
          })) as unknown as Capability[]
          const until = freshUntil(at, chain)
          const isFreshAt = (second: number) => refusal({ ...at, now: second }, chain) === undefined
          return until === Infinity ? isFreshAt(now + 10_000) : isFreshAt(until - 1) && !isFreshAt(until)
        },
      ),
    )
  })
})
