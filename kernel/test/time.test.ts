/** Time: every edge to the second, clocks set back, clocks that jump, and what survives of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { LIMITS } from '../limits.ts'
import { assertRefused } from './assert-refused.ts'
import { foundGrid, people, START } from './fixture.ts'
import type { RefusalCode } from '../index.ts'
import type { Request } from './fixture.ts'

const { root } = people
const SKEW = LIMITS.skewSeconds
const DAY = 24 * 3_600

/** Offsets from now at both sides of each edge. */
const EDGES: [string, (now: number) => Request, RefusalCode | 'kept'][] = [
  ['exp, skew ago', (now) => ({ expires: now - SKEW }), 'EXPIRED'],
  ['exp, a second less than skew ago', (now) => ({ expires: now - SKEW + 1 }), 'kept'],
  ['exp of zero', () => ({ expires: 0 }), 'EXPIRED'],
  ['exp a day and skew ahead', (now) => ({ expires: now + DAY + SKEW }), 'kept'],
  ['exp a second further ahead', (now) => ({ expires: now + DAY + SKEW + 1 }), 'LIFETIME'],
  ['exp as far as numbers go', () => ({ expires: Number.MAX_SAFE_INTEGER }), 'LIFETIME'],
  ['nbf skew ahead', (now) => ({ notBefore: now + SKEW }), 'kept'],
  ['nbf a second further ahead', (now) => ({ notBefore: now + SKEW + 1 }), 'EARLY'],
  ['nbf as far as numbers go', () => ({ notBefore: Number.MAX_SAFE_INTEGER }), 'EARLY'],
  ['iat skew ahead', (now) => ({ issuedAt: now + SKEW }), 'kept'],
  ['iat a second further ahead', (now) => ({ issuedAt: now + SKEW + 1 }), 'EARLY'],
  ['iat long ago', () => ({ issuedAt: 0 }), 'kept'],
]

describe('a message with', async () => {
  const grid = await foundGrid()
  for (const [what, request, code] of EDGES) {
    test(`${what}: ${code}`, async () => {
      const sent = grid.compose(request(grid.time.now))
      if (code === 'kept') assert.equal((await grid.send(sent)).code, 'kept')
      else await assertRefused(grid, sent, code)
    })
  }

  test('a time of its own does not move the time of the node', async () => {
    await grid.kernel.dispatch(grid.compose({ issuedAt: START + 10 * DAY, expires: START + 11 * DAY }).bytes)
    await assertRefused(grid, grid.compose({ issuedAt: START + SKEW + 1 }), 'EARLY')
  })

  test('no skew, where a host allows none', async () => {
    const strict = await foundGrid({ limits: { skewSeconds: 0, messageLifetimeSeconds: 10 } })
    const { now } = strict.time
    await assertRefused(strict, strict.compose({ expires: now }), 'EXPIRED')
    await assertRefused(strict, strict.compose({ expires: now + 5, issuedAt: now + 1 }), 'EARLY')
    await assertRefused(strict, strict.compose({ expires: now + 11 }), 'LIFETIME')
    assert.equal((await strict.send({ expires: now + 10 })).code, 'kept')
  })
})

describe('a clock set back', () => {
  test('brings nothing expired to life', async () => {
    const grid = await foundGrid()
    const sent = grid.compose({ expires: START + 10 })
    grid.time.now = START + 10 + SKEW
    await assertRefused(grid, sent, 'EXPIRED')
    grid.time.now = START
    await assertRefused(grid, sent, 'EXPIRED')
  })

  test('does so neither after a restart', async () => {
    const grid = await foundGrid()
    const sent = grid.compose({ expires: START + 10 })
    grid.time.now = START + 10 + SKEW
    assert.equal((await grid.send({ as: root, chain: [grid.adoption] })).code, 'kept')
    await grid.restart()
    grid.time.now = START
    await grid.restart()
    await assertRefused(grid, sent, 'EXPIRED')
  })

  test('brings no expired link to life, and no remembered reply', async () => {
    const grid = await foundGrid()
    const link = grid.grant({ expires: START + 10 })
    const sent = grid.compose({ chain: [link] })
    assert.equal((await grid.send(sent)).code, 'kept')
    grid.time.now = START + 10
    assert.equal((await grid.send(sent)).code, 'EXPIRED')
    grid.time.now = START
    assert.equal((await grid.send(sent)).code, 'EXPIRED')
    assert.equal((await grid.send({ chain: [link] })).code, 'EXPIRED')
  })
})

describe('a clock that jumps forward', () => {
  const jump = LIMITS.clockJumpSeconds

  test('by a day is believed', async () => {
    const grid = await foundGrid()
    assert.equal((await grid.send()).code, 'kept')
    grid.time.now += jump
    assert.equal((await grid.send()).code, 'kept')
  })

  test('by more waits for the operator: nothing is decided, recorded or expired', async () => {
    const grid = await foundGrid()
    const sent = grid.compose()
    assert.equal((await grid.send(sent)).code, 'kept')
    grid.time.now += jump + 1
    const before = await grid.fingerprint()
    for (const bytes of [sent.bytes, grid.compose().bytes, new Uint8Array(3)]) {
      const answer = grid.read({ ...sent, bytes }, await grid.kernel.dispatch(bytes))
      assert.deepEqual(answer, { signed: false, code: 'BUSY' })
    }
    assert.equal((await grid.kernel.explain(sent.bytes)).refusal?.code, 'CLOCK')
    await assert.rejects(grid.kernel.adopt(root.principal), RangeError)
    assert.equal(await grid.fingerprint(), before)
    grid.time.now = START
    assert.equal((await grid.send(sent)).code, 'kept')
  })

  test('is believed once the operator says so, also after a restart', async () => {
    const grid = await foundGrid()
    await grid.send()
    grid.time.now += jump + 1
    assert.equal(await grid.kernel.acceptClock(), grid.time.now)
    const chain = [await grid.kernel.adopt(root.principal)]
    assert.equal((await grid.send({ as: root, chain })).code, 'kept')
    await grid.restart()
    assert.equal((await grid.send({ as: root, chain })).code, 'kept')
    grid.time.now = START
    assert.equal((await grid.send({ as: root, chain })).code, 'DENIED')
  })

  test('while the node was off waits for the operator too', async () => {
    const grid = await foundGrid()
    await grid.send()
    await grid.kernel.close()
    grid.time.now += jump + 100
    await grid.restart()
    const sent = grid.compose()
    assert.equal((await grid.send(sent)).code, 'BUSY')
    await grid.kernel.acceptClock()
    assert.equal((await grid.send({ as: root, chain: [grid.adoption] })).code, 'kept')
  })

  test('cannot be accepted by anything a message says', async () => {
    const grid = await foundGrid()
    await grid.send()
    grid.time.now += jump + 1
    for (const expires of [START + 60, grid.time.now + 60])
      assert.equal((await grid.send({ expires, issuedAt: grid.time.now })).code, 'BUSY')
  })
})
