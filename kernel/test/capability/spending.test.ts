/** Totals and rates: what a link may spend in all, whoever spends it, however it ends, and whatever is killed. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { DAG_CBOR_PROFILE, decodeCbor, encodeCbor } from '../../../promisebase/index.ts'
import { CLAIM } from '../../message/labels.ts'
import { sweep } from '../../replay.ts'
import { idKey, SPACE, spanKey } from '../../spaces.ts'
import { foundGrid, people, START } from '../fixture.ts'
import { forge, messageClaims } from '../forge.ts'
import { watched } from '../handlers.ts'
import { manyTurns } from '../turns.ts'
import type { CID } from 'multiformats/cid'
import type { Capability, Caveats, ComposedMessage, Limits, NativeHandler } from '../../index.ts'
import type { Request } from '../fixture.ts'

const { alice, bob, node } = people
const HELLO = new TextEncoder().encode('hello')
/** Native fuel of a call with input and output of at most 64 bytes that are not empty. */
const SMALL = 4

type Grid = Awaited<ReturnType<typeof foundGrid>>

/** A node with a handler that counts, which alice may use as far as these caveats go. */
async function counted(caveats: Caveats, fields: Partial<NativeHandler> = {}, limits: Partial<Limits> = {}) {
  const watch = watched('counter', fields)
  const grid = await foundGrid({ handlers: [watch.handler], limits })
  const protocol = grid.protocol('counter')
  const resource = fields.pure === true ? { kind: 'code' as const, protocol } : grid.space('numbers')
  const terms = { by: node, parent: null, resource, audience: node.principal }
  const token = grid.grant({ ...terms, caveats })
  const request = (more: Request = {}): Request => ({
    ...{ protocol, chain: [token], method: 'add', arguments: { bytes: HELLO } },
    ...(fields.pure === true ? {} : { resource }),
    ...more,
  })
  const ask = async (more: Request = {}): Promise<string> => (await grid.send(request(more))).code
  return { ...watch, grid, protocol, resource, terms, token, request, ask }
}

/** Calls, fuel and bytes a token has spent, undefined when nothing is written. */
async function spentOf(grid: Grid, id: CID, span?: number): Promise<unknown> {
  const snapshot = grid.store.snapshot()
  const bytes = await snapshot.get(SPACE.spent, span === undefined ? idKey(id) : spanKey(id, span))
  snapshot.close()
  return bytes === undefined ? undefined : decodeCbor(bytes, DAG_CBOR_PROFILE).ok
}

async function entries(grid: Grid, space: string): Promise<number> {
  const snapshot = grid.store.snapshot()
  let found = 0
  for await (const _entry of snapshot.range(space)) found += 1
  snapshot.close()
  return found
}

describe('a total of calls', () => {
  test('is spent by calls, over restarts, and then refuses: SPENT, signed, with link and rule', async () => {
    const { grid, ask, request, calls, token } = await counted({ total: { calls: 2 } })
    assert.equal(await ask(), 'kept')
    await grid.restart()
    assert.equal(await ask(), 'kept')
    for (let again = 0; again < 2; again += 1) {
      const before = await grid.fingerprint()
      const answer = await grid.send(request())
      assert.ok(answer.signed && answer.outcome.status === 'refused')
      assert.equal(answer.outcome.code, 'SPENT')
      assert.match(answer.outcome.detail ?? '', /calls 2 of 2; link 0; capability\.md#total/)
      assert.equal(await grid.fingerprint(), before)
      await grid.restart()
    }
    assert.equal(calls.length, 2)
    assert.deepEqual(await spentOf(grid, token.id), [2, 2 * SMALL, 2])
  })

  test('is not spent by the same bytes again, which get the stored reply when nothing is left', async () => {
    const { grid, request, token } = await counted({ total: { calls: 1 } })
    const sent = grid.compose(request())
    const first = await grid.kernel.dispatch(sent.bytes)
    assert.deepEqual(await grid.kernel.dispatch(sent.bytes), first)
    await grid.restart()
    assert.deepEqual(await grid.kernel.dispatch(sent.bytes), first)
    assert.equal(grid.read(sent, first).code, 'kept')
    assert.deepEqual(await spentOf(grid, token.id), [1, SMALL, 1])
  })

  test('of nothing allows nothing', async () => {
    for (const total of [{ calls: 0 }, { fuel: 0 }, { outputBytes: 0 }]) {
      const { ask, calls } = await counted({ total })
      assert.equal(await ask(), 'SPENT')
      assert.equal(calls.length, 0)
    }
  })

  test('of a link above is spent by all who hold a part of it', async () => {
    const { grid, protocol, resource, terms, ask } = await counted({})
    const above = grid.grant({ ...terms, caveats: { total: { calls: 3 } } })
    const below = (holder: typeof bob, calls: number): Capability =>
      grid.grant({
        ...terms,
        by: alice,
        parent: above,
        holder: holder.principal,
        caveats: { total: { calls } },
      })
    const [ofBob, ofCarol] = [below(bob, 2), below(people.carol, 2)]
    const by = (as: typeof bob, link: Capability): Request => ({
      as,
      chain: [above, link],
      protocol,
      resource,
    })
    assert.equal(await ask(by(bob, ofBob)), 'kept')
    assert.equal(await ask(by(bob, ofBob)), 'kept')
    assert.equal(await ask(by(bob, ofBob)), 'SPENT')
    assert.equal(await ask(by(people.carol, ofCarol)), 'kept')
    assert.equal(await ask(by(people.carol, ofCarol)), 'SPENT')
    assert.equal(await ask({ chain: [above] }), 'SPENT')
    assert.deepEqual(await spentOf(grid, above.id), [3, 3 * SMALL, 3])
    assert.deepEqual(await spentOf(grid, ofBob.id), [2, 2 * SMALL, 2])
    assert.deepEqual(await spentOf(grid, ofCarol.id), [1, SMALL, 1])
  })

  test('names the link that has nothing left', async () => {
    const { grid, terms, request } = await counted({})
    const above = grid.grant({ ...terms, caveats: { total: { calls: 5 } } })
    const holder = bob.principal
    const below = grid.grant({ ...terms, by: alice, parent: above, holder, caveats: { total: { calls: 0 } } })
    const sent = grid.compose(request({ as: bob, chain: [above, below] }))
    const { refusal } = await grid.kernel.explain(sent.bytes)
    assert.deepEqual([refusal?.code, refusal?.link, refusal?.rule], ['SPENT', 1, 'capability.md#total'])
    const answer = await grid.send(sent, bob)
    assert.ok('detail' in (answer as { outcome: object }).outcome)
  })

  test('is spent by n of 100 calls at once, and the rest are refused', async () => {
    for (const pure of [false, true]) {
      const { grid, request, calls } = await counted({ total: { calls: 7 } }, { pure })
      const method = pure ? 'same' : 'add'
      const messages = Array.from({ length: 100 }, () => grid.compose(request({ method })))
      const codes = await Promise.all(messages.map(async (sent) => (await grid.send(sent)).code))
      assert.equal(codes.filter((code) => code === 'kept').length, 7)
      assert.equal(codes.filter((code) => code === 'SPENT').length, 93)
      assert.equal(calls.length, pure ? 1 : 7)
    }
  })
})

describe('a total of fuel or of bytes', () => {
  test('bounds each run by what is left of it', async () => {
    const { grid, ask, token, calls } = await counted({ total: { fuel: 2 * SMALL + 3 } })
    assert.equal(await ask(), 'kept')
    assert.equal(await ask(), 'kept')
    assert.equal(await ask(), 'BUDGET_FUEL')
    assert.equal(await ask(), 'SPENT')
    assert.equal(calls.length, 3)
    assert.deepEqual(await spentOf(grid, token.id), [3, 2 * SMALL + 3, 2])
  })

  test('stops a run whose result is longer than what is left', async () => {
    const { grid, ask, token } = await counted({ total: { outputBytes: 10 } })
    const grow = (length: number): Promise<string> =>
      ask({ method: 'grow', arguments: { bytes: new TextEncoder().encode(String(length)) } })
    assert.equal(await grow(8), 'kept')
    assert.equal(await grow(3), 'BUDGET_OUTPUT')
    assert.equal(await grow(2), 'kept')
    assert.equal(await grow(0), 'SPENT')
    const [calls, , outputBytes] = (await spentOf(grid, token.id)) as number[]
    assert.deepEqual([calls, outputBytes], [3, 10])
  })

  test('never lets a budget be larger than the budget of the chain', async () => {
    const { ask } = await counted({ total: { fuel: 100 }, budget: { fuel: 3 } })
    assert.equal(await ask(), 'BUDGET_FUEL')
    assert.equal(await ask(), 'BUDGET_FUEL')
  })
})

describe('what is charged', () => {
  test('for a run that is refused or traps is what it used, once', async () => {
    for (const [method, code] of [
      ['addFail', 'HANDLER'],
      ['addThrow', 'TRAP'],
      ['nonsense', 'TRAP'],
    ] as const) {
      const { grid, request, token } = await counted({ total: { calls: 5 } })
      const sent = grid.compose(request({ method }))
      const first = await grid.kernel.dispatch(sent.bytes)
      assert.equal(grid.read(sent, first).code, code)
      await grid.restart()
      assert.deepEqual(await grid.kernel.dispatch(sent.bytes), first)
      const [calls, fuel, bytes] = (await spentOf(grid, token.id)) as [number, number, number]
      assert.deepEqual([calls, bytes], [1, 0])
      assert.ok(fuel >= 2 && fuel <= SMALL, `fuel ${fuel}`)
    }
  })

  test('for a run that time ends is all the fuel it was given, and a call for each attempt', async () => {
    const { grid, request, ask, arrived, release, token } = await counted({
      total: { fuel: 50 },
      budget: { fuel: 20 },
    })
    const sent = grid.compose(request({ method: 'addWait' }))
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const running = grid.kernel.dispatch(sent.bytes)
      await arrived()
      grid.time.fire()
      assert.equal(grid.read(sent, await running).code, 'BUDGET_TIME')
      release()
      assert.equal(await entries(grid, SPACE.replay), 0)
    }
    assert.deepEqual(await spentOf(grid, token.id), [2, 40, 0])
    assert.equal(await ask(), 'kept')
    assert.deepEqual(await spentOf(grid, token.id), [3, 40 + SMALL, 1])
  })

  test('for a caller that gives up is the same; for one that never ran, and for a node that closes, nothing', async () => {
    const { grid, request, arrived, release, token } = await counted({
      total: { fuel: 50 },
      budget: { fuel: 20 },
    })
    const sent = grid.compose(request({ method: 'addWait' }))
    const early = await grid.kernel.dispatch(sent.bytes, { signal: AbortSignal.abort() })
    assert.equal(grid.read(sent, early).code, 'ABORTED')
    assert.equal(await spentOf(grid, token.id), undefined)
    const control = new AbortController()
    const running = grid.kernel.dispatch(sent.bytes, { signal: control.signal })
    await arrived()
    control.abort()
    assert.equal(grid.read(sent, await running).code, 'ABORTED')
    assert.deepEqual(await spentOf(grid, token.id), [1, 20, 0])
    release()
    const closed = grid.kernel.dispatch(sent.bytes)
    await arrived()
    await grid.restart()
    assert.equal(grid.read(sent, await closed).code, 'ABORTED')
    assert.deepEqual(await spentOf(grid, token.id), [1, 20, 0])
  })

  test('is nothing for messages that stages 1 to 3 refuse, and where no link counts', async () => {
    const { grid, ask, terms } = await counted({ total: { calls: 1 } })
    assert.equal(await ask({ method: 'unheard-of' }), 'UNKNOWN_METHOD')
    assert.equal(await ask({ chain: [grid.grant({ ...terms, caveats: {} })] }), 'kept')
    assert.equal(await entries(grid, SPACE.spent), 0)
  })
})

describe('a pure call under a total', () => {
  const pure = { pure: true }

  test('is charged for a result that is known as for one that is computed', async () => {
    const { grid, ask, token, calls } = await counted({ total: { calls: 9 } }, pure)
    const method = 'same'
    assert.equal(await ask({ method }), 'kept')
    assert.equal(await ask({ method }), 'kept')
    await grid.restart()
    assert.equal(await ask({ method }), 'kept')
    assert.equal(calls.length, 1)
    assert.deepEqual(await spentOf(grid, token.id), [3, 3 * SMALL, 3 * HELLO.length])
  })

  test('is refused a known result where a run would be stopped, and charged the same', async () => {
    for (const isKnown of [false, true]) {
      const { grid, ask, terms, token } = await counted({ total: { fuel: SMALL - 1 } }, pure)
      const method = 'same'
      const free = grid.grant({ ...terms, caveats: {} })
      if (isKnown) assert.equal(await ask({ method, chain: [free] }), 'kept')
      assert.equal(await ask({ method }), 'BUDGET_FUEL')
      assert.deepEqual(await spentOf(grid, token.id), [1, SMALL - 1, 0])
      assert.equal(await ask({ method }), 'SPENT')
    }
  })

  test('leaves a record: the same bytes get the stored reply, and its nonce serves no other message', async () => {
    const { grid, protocol, token } = await counted({ total: { calls: 9 } }, pure)
    const forged = (byte: number): ComposedMessage =>
      forge(grid, {
        protocol,
        claims: messageClaims(grid, [
          [CLAIM.cti, new Uint8Array(16).fill(7)],
          [CLAIM.method, 'same'],
          [CLAIM.arguments, Uint8Array.of(byte)],
          [CLAIM.capabilities, [token.bytes]],
        ]),
      })
    const sent = forged(1)
    const first = await grid.kernel.dispatch(sent.bytes)
    assert.equal(grid.read(sent, first).code, 'kept')
    await grid.restart()
    assert.deepEqual(await grid.kernel.dispatch(sent.bytes), first)
    assert.equal((await grid.send(forged(2))).code, 'REPLAY')
    assert.equal(await entries(grid, SPACE.replay), 1)
    assert.deepEqual(await spentOf(grid, token.id), [1, SMALL, 1])
  })

  test('that shares the run of a twin pays for it, too', async () => {
    const { grid, ask, terms, token, arrived, release, calls } = await counted({ total: { calls: 9 } }, pure)
    const free = ask({ method: 'wait', chain: [grid.grant({ ...terms, caveats: {} })] })
    await arrived()
    const paying = ask({ method: 'wait' })
    await manyTurns()
    release()
    assert.deepEqual(await Promise.all([free, paying]), ['kept', 'kept'])
    assert.equal(calls.length, 1)
    assert.deepEqual(await spentOf(grid, token.id), [1, SMALL, HELLO.length])
  })

  test('that is addressed to the grid is refused: nobody would keep the count', async () => {
    for (const caveats of [{ total: { calls: 9 } }, { rate: { calls: 9, seconds: 1 } }] as const) {
      const { grid, ask } = await counted(caveats, pure)
      assert.equal(await ask({ method: 'same', audience: grid.grid.toString() }), 'EFFECTS')
      assert.equal(await ask({ method: 'same' }), 'kept')
    }
  })
})

describe('a rate', () => {
  test('allows so many calls in each span counted from 1970: RATE, and the same bytes in the next one', async () => {
    const { grid, request, ask, token, calls } = await counted({ rate: { calls: 2, seconds: 10 } })
    assert.equal(START % 10, 0)
    grid.time.now = START + 8
    assert.equal(await ask(), 'kept')
    assert.equal(await ask(), 'kept')
    const third = grid.compose(request())
    const answer = await grid.send(third)
    assert.ok(answer.signed && 'detail' in answer.outcome)
    assert.equal(answer.code, 'RATE')
    assert.match(
      answer.outcome.detail ?? '',
      /2 of 2 calls in this span of 10 s; link 0; capability\.md#rate/,
    )
    grid.time.now = START + 9
    await grid.restart()
    assert.equal((await grid.send(third)).code, 'RATE')
    grid.time.now = START + 10
    assert.equal((await grid.send(third)).code, 'kept')
    assert.equal(await ask(), 'kept')
    assert.equal(await ask(), 'RATE')
    assert.equal(calls.length, 4)
    assert.deepEqual(await spentOf(grid, token.id, START / 10), [2, 2 * SMALL, 2])
  })

  test('is not gained by a clock that is set back', async () => {
    const { grid, ask } = await counted({ rate: { calls: 1, seconds: 10 } })
    grid.time.now = START + 20
    assert.equal(await ask(), 'kept')
    grid.time.now = START
    await grid.restart()
    assert.equal(await ask(), 'RATE')
  })

  test('and a total are both kept, at every link', async () => {
    const { grid, ask, terms } = await counted({})
    const above = grid.grant({ ...terms, caveats: { total: { calls: 3 } } })
    const caveats = { total: { calls: 3 }, rate: { calls: 1, seconds: 10 } }
    const below = grid.grant({ ...terms, by: alice, parent: above, holder: bob.principal, caveats })
    const byBob: Request = { as: bob, chain: [above, below] }
    for (const [second, code] of [
      [0, 'kept'],
      [1, 'RATE'],
      [10, 'kept'],
      [20, 'kept'],
      [30, 'SPENT'],
    ] as const) {
      grid.time.now = START + second
      assert.equal(await ask(byBob), code)
    }
  })
})

describe('what was spent', () => {
  test('is kept as long as the token could be used, and dropped some time after it', async () => {
    const { grid, ask, terms } = await counted({})
    const caveats = { total: { calls: 5 }, rate: { calls: 5, seconds: 10 } }
    const token = grid.grant({ ...terms, caveats, expires: START + 100 })
    assert.equal(await ask({ chain: [token] }), 'kept')
    grid.time.now = START + 99
    for (let twice = 0; twice < 2; twice += 1) await sweep(grid.store, grid.time.now)
    assert.equal(await entries(grid, SPACE.spent), 2)
    assert.equal(await ask({ chain: [token] }), 'kept')
    assert.deepEqual(await spentOf(grid, token.id), [2, 2 * SMALL, 2])
    grid.time.now = START + 100 + 4 * 3_600 + 61
    for (let twice = 0; twice < 2; twice += 1) await sweep(grid.store, grid.time.now)
    assert.equal(await entries(grid, SPACE.spent), 0)
    assert.equal(await entries(grid, SPACE.expiry), 0)
  })

  test('and cannot be read is a fault of the store, and no free call', async () => {
    const { grid, ask, token, calls } = await counted({ total: { calls: 5 } })
    for (const value of [
      new Uint8Array(0),
      Uint8Array.of(0xff),
      encodeCbor([1, 2]),
      encodeCbor([1, 'a', 2]),
    ]) {
      await grid.store.transact((transaction) => transaction.put(SPACE.spent, idKey(token.id), value))
      assert.equal(await ask(), 'STORE')
    }
    assert.equal(calls.length, 0)
  })
})
