/** Revocation: an issuer takes a promise back, and it stops, whoever holds it and however it is spelled. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { CODEC, createCid } from '../../../promisebase/index.ts'
import { readRevocation, signRevocation } from '../../index.ts'
import { LIMITS } from '../../limits.ts'
import { CLAIM } from '../../message/labels.ts'
import { SPACE } from '../../spaces.ts'
import { assertRefused } from '../assert-refused.ts'
import { foundGrid, hybrid, person } from '../fixture.ts'
import { header, sealObject, tokenClaims } from '../forge.ts'
import { watched } from '../handlers.ts'
import { manyTurns } from '../turns.ts'
import { revocation, takeBack } from './feeds.ts'
import type { CborInput } from '../../../promisebase/index.ts'
import type { Capability } from '../../index.ts'
import type { Grid } from '../fixture.ts'

const REVOKED = { signed: true, rule: 'capability.md#revocation' }
const DAY = 86_400

/** Root to alice to bob. */
function handedOn(grid: Grid): readonly [Capability, Capability] {
  const toAlice = grid.grant()
  return [toAlice, grid.grant({ by: grid.alice, parent: toAlice, holder: grid.bob.principal })]
}

describe('a capability that was taken back', () => {
  test('is refused to its holder, who is told which link is broken', async () => {
    const grid = await foundGrid()
    const token = grid.grant()
    assert.equal((await grid.send({ chain: [token] })).code, 'kept')
    assert.equal(await takeBack(grid, grid.root, token), undefined)
    await assertRefused(grid, grid.compose({ chain: [token] }), 'REVOKED', { ...REVOKED, link: 1 })
    const answer = await grid.send({ chain: [token] })
    assert.ok(answer.signed)
    assert.equal(answer.outcome.status, 'broken')
    assert.equal((await grid.send()).code, 'kept')
  })

  test('is one that was looked for at every link, and an explanation says so where none was', async () => {
    const grid = await foundGrid()
    const [toAlice, toBob] = handedOn(grid)
    const { checks } = await grid.kernel.explain(
      grid.compose({ as: grid.bob, chain: [toAlice, toBob] }).bytes,
    )
    const asked = checks.filter(({ rule }) => rule === REVOKED.rule)
    assert.deepEqual(
      asked.map(({ link, pass }) => [link, pass]),
      [0, 1, 2].map((link) => [link, true]),
    )
  })

  test('takes everything with it that was delegated from it (K-20)', async () => {
    const grid = await foundGrid()
    const [toAlice, toBob] = handedOn(grid)
    await takeBack(grid, grid.root, toAlice)
    const sent = grid.compose({ as: grid.bob, chain: [toAlice, toBob] })
    await assertRefused(grid, sent, 'REVOKED', { ...REVOKED, as: grid.bob, link: 1 })
  })

  test('leaves the link above it and its siblings alone (K-21)', async () => {
    const grid = await foundGrid()
    const [toAlice, toBob] = handedOn(grid)
    const toCarol = grid.grant({ by: grid.alice, parent: toAlice, holder: grid.carol.principal })
    await takeBack(grid, grid.alice, toBob)
    const sent = grid.compose({ as: grid.bob, chain: [toAlice, toBob] })
    await assertRefused(grid, sent, 'REVOKED', { ...REVOKED, as: grid.bob, link: 2 })
    assert.equal((await grid.send({ chain: [toAlice] })).code, 'kept')
    assert.equal((await grid.send({ as: grid.carol, chain: [toAlice, toCarol] })).code, 'kept')
  })

  test('can be taken back by the issuer of any link above, and by this node', async () => {
    for (const who of ['root', 'node'] as const) {
      const grid = await foundGrid()
      const [toAlice, toBob] = handedOn(grid)
      assert.equal(await takeBack(grid, grid[who], toBob), undefined)
      const sent = grid.compose({ as: grid.bob, chain: [toAlice, toBob] })
      await assertRefused(grid, sent, 'REVOKED', { ...REVOKED, as: grid.bob, link: 2 })
    }
  })

  test('cannot be taken back by its holder, by one below it or by a stranger (K-24)', async () => {
    const grid = await foundGrid()
    const [toAlice, toBob] = handedOn(grid)
    for (const by of [grid.alice, grid.bob, grid.mallory])
      assert.equal(await takeBack(grid, by, toAlice), undefined)
    for (const by of [grid.bob, grid.mallory]) assert.equal(await takeBack(grid, by, toBob), undefined)
    assert.equal((await grid.kernel.revocations(toAlice.id)).length, 3)
    assert.equal((await grid.send({ as: grid.bob, chain: [toAlice, toBob] })).code, 'kept')
    assert.equal(await takeBack(grid, grid.root, toAlice), undefined)
    assert.equal((await grid.send({ as: grid.bob, chain: [toAlice, toBob] })).code, 'REVOKED')
  })

  test('stays so when it is signed again with the same claims, by another header or signature (K-23)', async () => {
    const grid = await foundGrid()
    const { carol, root } = grid
    const claims = tokenClaims(grid)
    const known = header(grid, root, 'capability')
    const bare = new Map([1, 16].map((label) => [label, known.get(label) as CborInput]))
    const unprotected = new Map([[4, known.get(4) as CborInput]])
    const toCarol = grid.grant({ holder: carol.principal })
    const carols = tokenClaims(grid, [
      [CLAIM.iss, carol.principal],
      [CLAIM.parent, toCarol.id],
    ])
    const spellings = [
      [
        sealObject(grid, root, 'capability', claims),
        sealObject(grid, root, 'capability', claims, { header: bare, unprotected }),
      ],
      // P-256 signs differently every time.
      [sealObject(grid, carol, 'capability', carols), sealObject(grid, carol, 'capability', carols)],
    ] as const
    for (const [index, [first, second]] of spellings.entries()) {
      assert.notDeepEqual(first, second)
      const chainOf = (last: Uint8Array) => (index === 0 ? [last] : [toCarol, last])
      for (const last of [first, second])
        assert.equal((await grid.send({ chain: chainOf(last) })).code, 'kept')
      const kept = await grid.kernel.keepToken(first)
      assert.ok(kept.ok)
      assert.equal(await takeBack(grid, index === 0 ? root : carol, kept.ok), undefined)
      for (const last of [first, second])
        await assertRefused(grid, grid.compose({ chain: chainOf(last) }), 'REVOKED', {
          ...REVOKED,
          link: index + 1,
        })
    }
  })

  test('is refused from its first use on when it was taken back before anyone saw it (K-25)', async () => {
    const grid = await foundGrid()
    const token = grid.grant()
    await takeBack(grid, grid.root, token)
    await grid.restart()
    await assertRefused(grid, grid.compose({ chain: [token] }), 'REVOKED', { ...REVOKED, link: 1 })
  })

  test('is refused though its signature was verified and its reply remembered before (K-28)', async () => {
    const grid = await foundGrid()
    const token = grid.grant()
    const sent = grid.compose({ chain: [token] })
    assert.equal((await grid.send(sent)).code, 'kept')
    assert.equal((await grid.send(sent)).code, 'kept')
    await takeBack(grid, grid.root, token)
    assert.equal((await grid.send(sent)).code, 'REVOKED')
    assert.equal((await grid.send(sent)).code, 'REVOKED')
  })

  test('gives nothing of what was computed under it, and others still get it from the cache', async () => {
    const grid = await foundGrid()
    const token = grid.grant()
    const input = { bytes: Uint8Array.of(7) }
    assert.equal((await grid.send({ chain: [token], arguments: input })).code, 'kept')
    await takeBack(grid, grid.root, token)
    assert.equal((await grid.send({ chain: [token], arguments: input })).code, 'REVOKED')
    assert.equal((await grid.send({ arguments: input })).code, 'kept')
  })

  test('does not bring back the reply to an effect that it allowed once', async () => {
    const { handler } = watched('counter')
    const grid = await foundGrid({ handlers: [handler] })
    const token = grid.grant({ resource: grid.space('notes') })
    const fields = { protocol: grid.protocol('counter'), method: 'add', resource: grid.space('notes') }
    const sent = grid.compose({ chain: [token], ...fields })
    assert.equal((await grid.send(sent)).code, 'kept')
    await takeBack(grid, grid.root, token)
    assert.equal((await grid.send(sent)).code, 'REVOKED')
    await grid.restart()
    assert.equal((await grid.send(sent)).code, 'REVOKED')
  })

  test('tells a stranger nothing', async () => {
    const grid = await foundGrid()
    const token = grid.grant()
    await takeBack(grid, grid.root, token)
    await assertRefused(grid, grid.compose({ as: grid.mallory, chain: [token] }), 'POP', { as: grid.mallory })
  })
})

describe('the adoption', () => {
  test('is a link like any other: all below it ends, and a new one begins anew', async () => {
    const grid = await foundGrid()
    const token = grid.grant()
    assert.ok((await grid.kernel.revoke(grid.adoption.id)).ok)
    await assertRefused(grid, grid.compose({ chain: [token] }), 'REVOKED', { ...REVOKED, link: 0 })
    const next = await grid.kernel.adopt(grid.root.principal)
    assert.ok(!next.id.equals(grid.adoption.id))
    assert.ok((await grid.kernel.adopt(grid.root.principal)).id.equals(next.id))
    await grid.restart()
    assert.ok((await grid.kernel.adopt(grid.root.principal)).id.equals(next.id))
    assert.equal((await grid.send({ chain: [grid.grant({ parent: next })] })).code, 'kept')
  })

  test('cannot be taken back by who holds it', async () => {
    const grid = await foundGrid()
    assert.equal(await takeBack(grid, grid.root, grid.adoption), undefined)
    assert.equal((await grid.send()).code, 'kept')
  })
})

describe('a revocation record', () => {
  test('of this node acts at once, and is one record however often it is made', async () => {
    const grid = await foundGrid()
    const token = grid.grant()
    const first = await grid.kernel.revoke(token.id)
    grid.time.now += 10
    const again = await grid.kernel.revoke(token.id)
    assert.ok(first.ok && again.ok)
    assert.deepEqual(again.ok.bytes, first.ok.bytes)
    assert.equal((await grid.kernel.revocations(token.id)).length, 1)
    assert.equal((await grid.send({ chain: [token] })).code, 'REVOKED')
  })

  test('changes nothing when it comes again, also in the store', async () => {
    const grid = await foundGrid()
    const { bytes } = revocation(grid, grid.root, grid.grant())
    assert.ok((await grid.kernel.acceptRevocation(bytes)).ok)
    const before = await grid.fingerprint()
    assert.ok((await grid.kernel.acceptRevocation(bytes)).ok)
    assert.equal(await grid.fingerprint(), before)
  })

  test('is refused for another grid, from the future, by another key, changed and as another kind', async () => {
    const grid = await foundGrid()
    const other = await foundGrid({ roots: [grid.mallory] })
    const token = grid.grant()
    const codeOf = async (bytes: Uint8Array) => (await grid.kernel.acceptRevocation(bytes)).refused?.code
    const before = await grid.fingerprint()
    assert.equal(await codeOf(revocation(other, grid.root, token).bytes), 'GRID')
    assert.equal(await codeOf(revocation(grid, grid.root, token, grid.time.now + 61).bytes), 'EARLY')
    const forged = { ...grid.mallory, principal: grid.root.principal }
    assert.equal(await codeOf(revocation(grid, forged, token).bytes), 'KEY')
    const { bytes } = revocation(grid, grid.root, token)
    assert.equal(await codeOf(bytes.with(bytes.length - 1, (bytes.at(-1) as number) ^ 1)), 'SIG')
    assert.equal(await codeOf(token.bytes), 'SHAPE')
    assert.equal(await codeOf(new Uint8Array(0)), 'DECODE')
    assert.equal(await grid.fingerprint(), before)
    assert.equal((await grid.send({ chain: [token] })).code, 'kept')
    await assert.rejects(grid.kernel.acceptRevocation('no' as unknown as Uint8Array), TypeError)
    await assert.rejects(grid.kernel.revoke(grid.grid), TypeError)
  })

  test('of a key set is MISSING before the set is here, and then counts by all its keys', async () => {
    const grid = await foundGrid()
    const ivy = hybrid('ivy')
    const toIvy = grid.grant({ holder: ivy.principal })
    const toBob = grid.grant({ by: ivy, parent: toIvy, holder: grid.bob.principal })
    assert.equal(await takeBack(grid, ivy, toBob), 'MISSING')
    await grid.kernel.admitKeySet(ivy.keySet as Uint8Array)
    assert.equal(await takeBack(grid, ivy, toBob), undefined)
    assert.equal((await grid.send({ as: grid.bob, chain: [toIvy, toBob] })).code, 'REVOKED')
    assert.equal(await takeBack(grid, person('ivy'), toIvy), 'KEY')
  })

  test('is not undone: by a record that says so, by its issuer, or by time (K-29)', async () => {
    const grid = await foundGrid()
    const token = grid.grant({ expires: grid.time.now + 100 * DAY })
    await takeBack(grid, grid.root, token)
    const claims = (entries: [number, CborInput][]): CborInput =>
      new Map<number, CborInput>([
        [CLAIM.iss, grid.root.principal],
        [CLAIM.iat, grid.time.now],
        [CLAIM.grid, grid.grid],
        [CLAIM.revoked, token.id],
        ...entries,
      ]) as CborInput
    for (const entries of [
      [[CLAIM.exp, grid.time.now]],
      [[CLAIM.nbf, grid.time.now + DAY]],
      [[CLAIM.revoked, false]],
    ] as [number, CborInput][][]) {
      const bytes = sealObject(grid, grid.root, 'revocation', claims(entries))
      assert.equal((await grid.kernel.acceptRevocation(bytes)).refused?.code, 'SHAPE')
    }
    assert.equal((await grid.send({ chain: [token] })).code, 'REVOKED')
    grid.time.now += DAY
    await grid.kernel.acceptClock()
    assert.equal((await grid.send({ chain: [token] })).code, 'REVOKED')
  })

  test('is durable before anyone is told: a crash loses none of them (K-27)', async () => {
    const grid = await foundGrid()
    const tokens = Array.from({ length: 20 }, () => grid.grant())
    for (const token of tokens) {
      assert.ok((await grid.kernel.revoke(token.id)).ok)
      await grid.restart()
      assert.equal((await grid.send({ chain: [token] })).code, 'REVOKED')
    }
  })

  test('is read by anyone who knows the keys, without a kernel', async () => {
    const grid = await foundGrid()
    const token = grid.grant()
    const read = readRevocation(grid.crypto, grid.keys, revocation(grid, grid.root, token).bytes)
    assert.equal(read.ok?.issuer, grid.root.principal)
    assert.ok(read.ok.revoked.equals(token.id))
    const cut = revocation(grid, grid.root, token).bytes.slice(0, -1)
    assert.equal(readRevocation(grid.crypto, grid.keys, cut).refused?.code, 'DECODE')
    assert.throws(
      () => signRevocation(grid.crypto, grid.root, { grid: grid.grid, issuedAt: 1, revoked: grid.grid }),
      TypeError,
    )
  })
})

describe('records of one issuer', () => {
  const tokenOf = (n: number) => ({ id: createCid(CODEC.raw, new Uint8Array(32).fill(n)) })

  test('are kept up to a number, and further ones refused: LIMIT (K-26)', async () => {
    const grid = await foundGrid({ limits: { revocationsPerIssuer: 3 } })
    for (const n of [1, 2, 3]) assert.equal(await takeBack(grid, grid.mallory, tokenOf(n)), undefined)
    const before = await grid.fingerprint()
    assert.equal(await takeBack(grid, grid.mallory, tokenOf(4)), 'LIMIT')
    assert.equal(await grid.fingerprint(), before)
    assert.equal(await takeBack(grid, grid.mallory, tokenOf(3)), undefined)
    await grid.restart()
    assert.equal(await takeBack(grid, grid.mallory, tokenOf(4)), 'LIMIT')
    // What mallory writes is nobody else's bound.
    const token = grid.grant()
    assert.equal(await takeBack(grid, grid.root, token), undefined)
    assert.equal((await grid.send({ chain: [token] })).code, 'REVOKED')
  })

  test('are all kept when they come at once', async () => {
    const grid = await foundGrid()
    const codes = await Promise.all([...Array(30).keys()].map((n) => takeBack(grid, grid.root, tokenOf(n))))
    assert.deepEqual(new Set(codes), new Set([undefined]))
    assert.equal((await grid.kernel.feed(grid.root.principal)).records, 30)
  })
})

describe('retention', () => {
  /** Moves the clock by days, as a node that is always in use does, and sweeps. */
  const wait = async (grid: Grid, days: number): Promise<void> => {
    grid.time.now += days * DAY
    await grid.kernel.acceptClock()
    await grid.restart()
    // What is swept at a start is what was due at the mark on disk.
    await grid.restart()
  }
  const LONGEST = LIMITS.tokenLifetimeSeconds / DAY

  test('keeps a record while a token of its id could be used, and not for ever (K-30)', async () => {
    const grid = await foundGrid()
    const token = grid.grant({ expires: grid.time.now + LIMITS.tokenLifetimeSeconds })
    await takeBack(grid, grid.root, token)
    await wait(grid, LONGEST - 1)
    assert.equal((await grid.kernel.revocations(token.id)).length, 1)
    await wait(grid, 2)
    assert.equal((await grid.kernel.revocations(token.id)).length, 0)
    assert.equal((await grid.kernel.feed(grid.root.principal)).records, 0)
  })

  test('of a token that is known to last longer keeps its record longer (K-30)', async () => {
    const grid = await foundGrid()
    const token = grid.grant({ expires: grid.time.now + 3 * LIMITS.tokenLifetimeSeconds })
    assert.equal((await grid.send({ chain: [token] })).code, 'LIFETIME')
    await takeBack(grid, grid.root, token)
    // Known only after the record was.
    await grid.kernel.keepToken(token.bytes)
    await wait(grid, LONGEST + 1)
    assert.equal((await grid.kernel.revocations(token.id)).length, 1)
    await wait(grid, 2 * LONGEST)
    assert.equal((await grid.kernel.revocations(token.id)).length, 0)
  })

  test('goes by the time a record came, when its issuer says it is old', async () => {
    const grid = await foundGrid()
    const token = grid.grant({ expires: grid.time.now + 300 * DAY })
    const { bytes } = revocation(grid, grid.root, token, 1)
    assert.ok((await grid.kernel.acceptRevocation(bytes)).ok)
    await wait(grid, 299)
    assert.equal((await grid.kernel.revocations(token.id)).length, 1)
  })

  test('gives the number of records of an issuer free again, and counts a token once', async () => {
    const grid = await foundGrid({ limits: { revocationsPerIssuer: 2 } })
    const token = grid.grant()
    await takeBack(grid, grid.root, token)
    grid.time.now += 40 * DAY
    await grid.kernel.acceptClock()
    assert.equal(await takeBack(grid, grid.root, token), undefined)
    assert.equal(await takeBack(grid, grid.root, grid.grant()), 'LIMIT')
    await wait(grid, LONGEST - 39)
    // The first record is gone, the second one of the same token is not.
    assert.equal((await grid.kernel.revocations(token.id)).length, 1)
    assert.equal(await takeBack(grid, grid.root, grid.grant()), undefined)
    await wait(grid, 40)
    assert.equal((await grid.kernel.revocations(token.id)).length, 0)
  })

  test('of one record about a token leaves the other in force, and that of both leaves nothing', async () => {
    const grid = await foundGrid()
    const expires = grid.time.now + 500 * DAY
    const direct = grid.grant({ by: grid.node, parent: null, expires })
    const onward = grid.grant({ by: grid.alice, parent: direct, holder: grid.bob.principal, expires })
    await takeBack(grid, grid.alice, onward)
    await wait(grid, 40)
    assert.ok((await grid.kernel.revoke(onward.id)).ok)
    await wait(grid, LONGEST - 39)
    assert.equal((await grid.kernel.revocations(onward.id)).length, 1)
    assert.equal((await grid.send({ as: grid.bob, chain: [direct, onward] })).code, 'REVOKED')
    await wait(grid, 40)
    const snapshot = grid.store.snapshot()
    for await (const { key } of snapshot.range(SPACE.revoked)) assert.fail(`left: ${String(key)}`)
    snapshot.close()
  })
})

describe('a run under a capability that is taken back', () => {
  test('ends, though its handler would not, and commits nothing', async () => {
    const { handler, calls } = watched('counter')
    const grid = await foundGrid({ handlers: [handler] })
    const token = grid.grant({ resource: grid.space('notes') })
    const fields = { protocol: grid.protocol('counter'), resource: grid.space('notes') }
    const running = grid.send({ chain: [token], method: 'hang', ...fields })
    const other = grid.send({
      chain: [grid.grant({ resource: grid.space('notes') })],
      method: 'hang',
      ...fields,
    })
    await manyTurns()
    assert.equal(calls.length, 2)
    await takeBack(grid, grid.mallory, token)
    await manyTurns()
    assert.ok(calls.every(({ signal }) => !signal.aborted))
    await takeBack(grid, grid.root, token)
    const answer = await running
    assert.ok(answer.signed && answer.outcome.status === 'broken')
    assert.equal(answer.code, 'REVOKED')
    assert.deepEqual(
      calls.map(({ signal }) => signal.aborted),
      [true, false],
    )
    await grid.kernel.close()
    assert.equal((await other).code, 'ABORTED')
  })

  test('goes on when one below a link writes about it, who may take back only what he delegated', async () => {
    const { handler, calls, release } = watched('counter')
    const grid = await foundGrid({ handlers: [handler] })
    const resource = grid.space('notes')
    const toAlice = grid.grant({ resource })
    const toBob = grid.grant({
      ...{ by: grid.alice, parent: toAlice, resource },
      holder: grid.bob.principal,
    })
    const fields = { protocol: grid.protocol('counter'), method: 'wait', resource }
    const running = grid.send({ as: grid.bob, chain: [toAlice, toBob], ...fields })
    await manyTurns()
    for (const by of [grid.alice, grid.bob]) await takeBack(grid, by, toAlice)
    await manyTurns()
    assert.deepEqual(
      calls.map(({ signal }) => signal.aborted),
      [false],
    )
    // What was written about its links makes it run once more before it commits.
    for (let time = 0; time < 2; time += 1) release()
    assert.equal((await running).code, 'kept')
  })

  test('ends when it is pure, and who waited for its result computes it himself', async () => {
    const { handler, calls, release, arrived } = watched('slow', { pure: true })
    const grid = await foundGrid({ handlers: [handler] })
    const resource = { kind: 'code', protocol: grid.protocol('slow') } as const
    const token = grid.grant({ resource })
    const fields = { protocol: grid.protocol('slow'), method: 'wait' }
    const running = grid.send({ chain: [token], ...fields })
    await arrived()
    const waiting = grid.send({ chain: [grid.grant({ resource })], ...fields })
    await manyTurns()
    assert.equal(calls.length, 1)
    await takeBack(grid, grid.root, token)
    assert.equal((await running).code, 'REVOKED')
    await manyTurns()
    assert.equal(calls.length, 2)
    release()
    release()
    assert.equal((await waiting).code, 'kept')
  })

  test('ends also where it only waits for the same result of somebody else', async () => {
    const { handler, release, arrived } = watched('slow', { pure: true })
    const grid = await foundGrid({ handlers: [handler] })
    const resource = { kind: 'code', protocol: grid.protocol('slow') } as const
    const token = grid.grant({ resource })
    const fields = { protocol: grid.protocol('slow'), method: 'wait' }
    const running = grid.send({ chain: [grid.grant({ resource })], ...fields })
    await arrived()
    const waiting = grid.send({ chain: [token], ...fields })
    await manyTurns()
    await takeBack(grid, grid.root, token)
    release()
    assert.equal((await running).code, 'kept')
    assert.equal((await waiting).code, 'REVOKED')
  })
})
