/** A message acts once: sent twice, at once, in another envelope, after a crash, or with its nonce on another body. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { encodeCbor } from '../../promisebase/index.ts'
import { CLAIM } from '../message/labels.ts'
import { sweep } from '../replay.ts'
import { SPACE } from '../spaces.ts'
import { foundGrid, people, START } from './fixture.ts'
import { forge, header, messageClaims } from './forge.ts'
import { watched } from './handlers.ts'
import { manyTurns } from './turns.ts'
import type { NativeHandler } from '../index.ts'
import type { ComposedMessage, Limits } from '../index.ts'

const { alice, node } = people
const OUT = new TextEncoder()

/** A node with a counter, and messages that make it count. */
async function counting(fields: Partial<NativeHandler> = {}, limits: Partial<Limits> = {}) {
  const watch = watched('counter', fields)
  const grid = await foundGrid({ handlers: [watch.handler], limits })
  const protocol = grid.protocol('counter')
  const resource = grid.space('numbers')
  const grant = grid.grant({ by: node, parent: null, resource, expires: grid.time.now + 30 * 24 * 3_600 })
  const claims = (edit: Iterable<readonly [number, unknown]> = []) =>
    messageClaims(grid, [
      [CLAIM.method, 'add'],
      [CLAIM.resource, ['space', node.principal, 'numbers', new Uint8Array(0)]],
      [CLAIM.capabilities, [grant.bytes]],
      ...edit,
    ])
  const compose = (edit: Iterable<readonly [number, unknown]> = []): ComposedMessage =>
    forge(grid, { protocol, claims: claims(edit) })
  const count = async (): Promise<number> => {
    const snapshot = grid.store.snapshot()
    const value = await snapshot.get('numbers', OUT.encode('count'))
    snapshot.close()
    return value?.[0] ?? 0
  }
  return { ...watch, grid, protocol, claims, compose, count }
}

describe('the same bytes', () => {
  test('get the same reply again, and act once', async () => {
    const { grid, compose, count, calls } = await counting()
    const { bytes } = compose()
    const first = await grid.kernel.dispatch(bytes)
    for (let again = 0; again < 3; again += 1) assert.deepEqual(await grid.kernel.dispatch(bytes), first)
    assert.equal(await count(), 1)
    assert.equal(calls.length, 1)
  })

  test('sent a hundred times at once act once, and all get one reply', async () => {
    const { grid, compose, count, calls } = await counting()
    const { bytes } = compose()
    const replies = await Promise.all(Array.from({ length: 100 }, () => grid.kernel.dispatch(bytes)))
    assert.equal(new Set(replies.map((reply) => Buffer.from(reply).toString('hex'))).size, 1)
    assert.equal(calls.length, 1)
    assert.equal(await count(), 1)
  })

  test('after a crash get the same reply, and act once', async () => {
    const { grid, compose, count, calls } = await counting()
    const { bytes } = compose()
    const first = await grid.kernel.dispatch(bytes)
    await grid.restart()
    assert.deepEqual(await grid.kernel.dispatch(bytes), first)
    assert.equal(await count(), 1)
    assert.equal(calls.length, 1)
  })

  test('are answered by a reply that its receiver may write on', async () => {
    const { grid, compose } = await counting()
    const { bytes } = compose()
    const first = await grid.kernel.dispatch(bytes)
    const kept = first.slice()
    first.fill(0)
    const again = await grid.kernel.dispatch(bytes)
    assert.deepEqual(again, kept)
    again.fill(0)
    assert.deepEqual(await grid.kernel.dispatch(bytes), kept)
    const [one, other] = await Promise.all([grid.kernel.dispatch(bytes), grid.kernel.dispatch(bytes)])
    one.fill(0)
    assert.deepEqual(other, kept)
  })

  test('are authorised again: an expired chain is told so, not answered from memory', async () => {
    for (const again of [async () => undefined, (grid: { restart(): Promise<void> }) => grid.restart()]) {
      const { grid, compose, protocol } = await counting()
      const resource = grid.space('numbers')
      const brief = grid.grant({ by: node, parent: null, resource, expires: grid.time.now + 10 })
      const sent = grid.compose({ protocol, resource, chain: [brief], method: 'add' })
      assert.equal((await grid.send(sent)).code, 'kept')
      assert.ok(compose)
      await again(grid)
      grid.time.now += 10
      const answer = await grid.send(sent)
      assert.deepEqual({ signed: answer.signed, code: answer.code }, { signed: true, code: 'EXPIRED' })
    }
  })
})

describe('the same content', () => {
  test('in another envelope is the same message: the stored reply, no second run', async () => {
    const { grid, protocol, claims, calls, count } = await counting()
    const body = claims()
    const kid = header(grid, alice).get(4) as Uint8Array
    const moved = { header: new Map([[1, -19]]), unprotected: new Map([[4, kid]]) }
    const [usual, other] = [
      forge(grid, { protocol, claims: body }),
      forge(grid, { protocol, claims: body, seal: moved }),
    ]
    const first = await grid.kernel.dispatch(usual.bytes)
    assert.deepEqual(await grid.kernel.dispatch(other.bytes), first)
    await grid.restart()
    assert.deepEqual(await grid.kernel.dispatch(other.bytes), first)
    assert.equal(calls.length, 1)
    assert.equal(await count(), 1)
  })

  test('in two envelopes at once acts once', async () => {
    const { grid, protocol, claims, calls, arrived, release } = await counting()
    const body = claims([[CLAIM.method, 'addWait']])
    const kid = header(grid, alice).get(4) as Uint8Array
    const moved = { header: new Map([[1, -19]]), unprotected: new Map([[4, kid]]) }
    const running = [
      grid.kernel.dispatch(forge(grid, { protocol, claims: body }).bytes),
      grid.kernel.dispatch(forge(grid, { protocol, claims: body, seal: moved }).bytes),
    ]
    await arrived()
    await manyTurns()
    release()
    const [one, other] = await Promise.all(running)
    assert.deepEqual(one, other)
    assert.equal(calls.length, 1)
  })
})

describe('a nonce', () => {
  const nonce = new Uint8Array(16).fill(5)

  test('used for another message is refused: REPLAY, signed, and nothing happens', async () => {
    const { grid, compose, count } = await counting()
    assert.equal((await grid.send(compose([[CLAIM.cti, nonce]]))).code, 'kept')
    for (let again = 0; again < 2; again += 1) {
      const other = compose([
        [CLAIM.cti, nonce],
        [CLAIM.arguments, Uint8Array.of(1)],
      ])
      const before = await grid.fingerprint()
      const answer = await grid.send(other)
      assert.deepEqual({ signed: answer.signed, code: answer.code }, { signed: true, code: 'REPLAY' })
      assert.equal(await grid.fingerprint(), before)
      await grid.restart()
    }
    assert.equal(await count(), 1)
  })

  test('used for two messages at once serves one of them', async () => {
    const { grid, compose, count } = await counting()
    const messages = Array.from({ length: 5 }, (_, index) =>
      compose([
        [CLAIM.cti, nonce],
        [CLAIM.arguments, Uint8Array.of(index)],
      ]),
    )
    const codes = (await Promise.all(messages.map((sent) => grid.send(sent)))).map(({ code }) => code)
    assert.deepEqual(codes.sort(), ['REPLAY', 'REPLAY', 'REPLAY', 'REPLAY', 'kept'])
    assert.equal(await count(), 1)
  })

  test('of one issuer says nothing about the same bytes of another', async () => {
    const { grid, protocol, compose, count } = await counting()
    assert.equal((await grid.send(compose([[CLAIM.cti, nonce]]))).code, 'kept')
    const resource = grid.space('numbers')
    const toBob = grid.grant({ by: node, parent: null, resource, holder: grid.bob.principal })
    const sent = forge(grid, {
      as: grid.bob,
      protocol,
      claims: messageClaims(grid, [
        [CLAIM.iss, grid.bob.principal],
        [CLAIM.cti, nonce],
        [CLAIM.method, 'add'],
        [CLAIM.resource, ['space', node.principal, 'numbers', new Uint8Array(0)]],
        [CLAIM.capabilities, [toBob.bytes]],
      ]),
    })
    assert.equal((await grid.send(sent, grid.bob)).code, 'kept')
    assert.equal(await count(), 2)
  })

  test('of a pure message serves no other message, pure or not', async () => {
    const { grid, compose, count } = await counting()
    const pure = (byte: number): ComposedMessage =>
      forge(grid, {
        claims: messageClaims(grid, [
          [CLAIM.cti, nonce],
          [CLAIM.arguments, Uint8Array.of(byte)],
        ]),
      })
    const first = pure(1)
    assert.equal((await grid.send(first)).code, 'kept')
    assert.equal((await grid.send(first)).code, 'kept')
    assert.equal((await grid.send(pure(2))).code, 'REPLAY')
    assert.equal((await grid.send(compose([[CLAIM.cti, nonce]]))).code, 'REPLAY')
    assert.equal(await count(), 0)
  })

  test('of an effect serves no pure message, also after a crash', async () => {
    const { grid, compose } = await counting()
    assert.equal((await grid.send(compose([[CLAIM.cti, nonce]]))).code, 'kept')
    await grid.restart()
    const pure = forge(grid, { claims: messageClaims(grid, [[CLAIM.cti, nonce]]) })
    assert.equal((await grid.send(pure)).code, 'REPLAY')
  })

  test('of a refused message stays its own while another message with it is committed', async () => {
    const { grid, compose, calls, arrived, release } = await counting()
    const fails = compose([
      [CLAIM.cti, nonce],
      [CLAIM.method, 'addFail'],
      [CLAIM.exp, START + 5],
    ])
    const waits = compose([
      [CLAIM.cti, nonce],
      [CLAIM.method, 'addWait'],
    ])
    const running = grid.kernel.dispatch(waits.bytes)
    await arrived()
    assert.equal((await grid.send(fails)).code, 'HANDLER')
    release()
    release()
    const answer = grid.read(waits, await running)
    assert.equal(answer.code, 'REPLAY')
    assert.equal((await grid.send(fails)).code, 'HANDLER')
    assert.ok(calls.length >= 2)
  })
})

describe('what is recorded', () => {
  const entries = async (
    grid: Awaited<ReturnType<typeof counting>>['grid'],
    space: string,
  ): Promise<number> => {
    const snapshot = grid.store.snapshot()
    let found = 0
    for await (const _entry of snapshot.range(space)) found += 1
    snapshot.close()
    return found
  }

  test('of a final refusal by the handler is its reply: it never runs again, also after a crash', async () => {
    for (const [method, code] of [
      ['addFail', 'HANDLER'],
      ['addThrow', 'TRAP'],
      ['nonsense', 'TRAP'],
      ['nothing', 'TRAP'],
    ] as const) {
      const { grid, compose, calls, count } = await counting()
      const sent = compose([[CLAIM.method, method]])
      const first = await grid.kernel.dispatch(sent.bytes)
      assert.equal(grid.read(sent, first).code, code)
      assert.deepEqual(await grid.kernel.dispatch(sent.bytes), first)
      await grid.restart()
      assert.deepEqual(await grid.kernel.dispatch(sent.bytes), first)
      assert.equal(calls.length, 1)
      assert.equal(await count(), 0)
      assert.equal(await entries(grid, SPACE.replay), 1)
    }
  })

  test('of a refusal that may pass is nothing: the same bytes act later', async () => {
    const { grid, compose, count, arrived, release } = await counting()
    const sent = compose([[CLAIM.method, 'addWait']])
    const running = grid.kernel.dispatch(sent.bytes)
    await arrived()
    grid.time.fire()
    assert.equal(grid.read(sent, await running).code, 'BUDGET_TIME')
    assert.equal(await entries(grid, SPACE.replay), 0)
    release()
    release()
    assert.equal((await grid.send(sent)).code, 'kept')
    assert.equal(await count(), 1)
  })

  test('of a refusal by stages 1 to 3 is nothing', async () => {
    const { grid, compose } = await counting()
    for (const edit of [
      [[CLAIM.method, 'unheard-of']],
      [[CLAIM.exp, START - 61]],
      [[CLAIM.capabilities, undefined]],
      [
        [CLAIM.context, grid.grid],
        [CLAIM.method, 'unheard-of'],
      ],
    ] as [number, unknown][][])
      await grid.send(compose(edit))
    assert.equal(await entries(grid, SPACE.replay), 0)
    assert.equal(await entries(grid, SPACE.expiry), 0)
  })

  test('of a pure message is only its result', async () => {
    const { grid } = await counting()
    await grid.send()
    assert.equal(await entries(grid, SPACE.replay), 0)
    assert.equal(await entries(grid, SPACE.results), 1)
  })
})

describe('a record', () => {
  test('is kept while its message could be accepted, and dropped when it cannot', async () => {
    const { grid, compose, count, calls } = await counting()
    const sent = compose([[CLAIM.exp, START + 100]])
    assert.equal((await grid.send(sent)).code, 'kept')
    grid.time.now = START + 100 + 59
    await sweep(grid.store, grid.time.now)
    await sweep(grid.store, grid.time.now)
    await grid.restart()
    assert.equal((await grid.send(sent)).code, 'kept')
    assert.equal(calls.length, 1)
    grid.time.now += 2
    await sweep(grid.store, grid.time.now)
    assert.equal(await sweep(grid.store, grid.time.now), 1)
    await grid.restart()
    assert.equal((await grid.send(sent)).code, 'DENIED')
    assert.equal(await count(), 1)
  })

  test('that was dropped does not let its message act again on a clock set back, after a crash', async () => {
    const { grid, compose, count } = await counting()
    const sent = compose([[CLAIM.exp, START + 30]])
    assert.equal((await grid.send(sent)).code, 'kept')
    grid.time.now = START + 3_600
    await grid.restart()
    await grid.restart()
    grid.time.now = START + 10
    await grid.restart()
    const answer = await grid.send(sent)
    assert.equal(answer.code, 'DENIED')
    assert.equal(await count(), 1)
  })

  test('is kept for the longest skew any host may allow, whatever this one allows now', async () => {
    const { grid, compose, count } = await counting({}, { skewSeconds: 0 })
    const sent = compose([[CLAIM.exp, START + 30]])
    assert.equal((await grid.send(sent)).code, 'kept')
    grid.time.now = START + 40
    await grid.restart({ skewSeconds: 0 })
    await grid.restart({ skewSeconds: 0 })
    await grid.restart({})
    assert.equal((await grid.send(sent)).code, 'kept')
    assert.equal(await count(), 1)
  })

  test('that cannot be read is a fault of the store, not a second run', async () => {
    const { grid, compose, count } = await counting()
    const sent = compose()
    await grid.send(sent)
    const snapshot = grid.store.snapshot()
    const keys: Uint8Array[] = []
    for await (const { key } of snapshot.range(SPACE.replay)) keys.push(key)
    snapshot.close()
    const damaged = [new Uint8Array(0), Uint8Array.of(0xff), encodeCbor([1, 2]), encodeCbor('text')]
    for (const value of damaged) {
      await grid.store.transact((transaction) => transaction.put(SPACE.replay, keys[0] as Uint8Array, value))
      await grid.restart()
      assert.equal((await grid.send(sent)).code, 'STORE')
    }
    assert.equal(await count(), 1)
  })
})

describe('records', () => {
  test('have room for so many: BUSY before it runs, and none is dropped for another', async () => {
    const { grid, compose, count, calls } = await counting({}, { replayRecords: 3 })
    const expires = [START + 30, START + 500, START + 500]
    const kept = expires.map((exp) => compose([[CLAIM.exp, exp]]))
    const replies: Uint8Array[] = []
    for (const { bytes } of kept) replies.push(await grid.kernel.dispatch(bytes))
    const late = compose([[CLAIM.exp, START + 500]])
    for (let again = 0; again < 2; again += 1) {
      assert.equal((await grid.send(late)).code, 'BUSY')
      // Those that have a record need no room.
      for (const [index, { bytes }] of kept.entries())
        assert.deepEqual(await grid.kernel.dispatch(bytes), replies[index])
      assert.equal(calls.length, 3)
      await grid.restart()
    }
    // Whoever is told to come later gets room as soon as there is some, without a restart.
    grid.time.now = START + 30 + 61
    assert.equal((await grid.send(late)).code, 'BUSY')
    grid.time.now += 1
    assert.equal((await grid.send(late)).code, 'BUSY')
    assert.equal((await grid.send(late)).code, 'kept')
    assert.equal(await count(), 4)
    assert.equal((await grid.send(compose([[CLAIM.exp, START + 500]]))).code, 'BUSY')
  })

  test('that come to nothing give their room back', async () => {
    const { grid, compose, count, arrived, release } = await counting({}, { replayRecords: 1 })
    const sent = compose([[CLAIM.method, 'addWait']])
    const running = grid.kernel.dispatch(sent.bytes)
    await arrived()
    assert.equal((await grid.send(compose())).code, 'BUSY')
    grid.time.fire()
    assert.equal(grid.read(sent, await running).code, 'BUDGET_TIME')
    release()
    assert.equal((await grid.send(compose([[CLAIM.method, 'addFail']]))).code, 'HANDLER')
    assert.equal((await grid.send(compose())).code, 'BUSY')
    assert.equal(await count(), 0)
  })

  test('have no room for more at once than one after the other', async () => {
    const { grid, compose, count } = await counting({}, { replayRecords: 5 })
    const messages = Array.from({ length: 40 }, () => compose())
    const codes = await Promise.all(messages.map(async (sent) => (await grid.send(sent)).code))
    assert.ok(codes.every((code) => code === 'kept' || code === 'BUSY' || code === 'CONFLICT'))
    for (const sent of messages) await grid.send(sent)
    assert.equal(await count(), 5)
    assert.equal(codes.filter((code) => code === 'kept').length <= 5, true)
  })

  test('are not what pure messages need', async () => {
    const { grid } = await counting({}, { replayRecords: 0 })
    assert.equal((await grid.send()).code, 'kept')
  })
})

describe('many messages at once', () => {
  test('on one space do not wait for a slow one in another', async () => {
    const { grid, protocol, arrived, release } = await counting()
    const message = (space: string, method: string): ComposedMessage => {
      const resource = grid.space(space)
      return grid.compose({
        protocol,
        resource,
        method,
        chain: [grid.grant({ by: node, parent: null, resource })],
      })
    }
    const slow = [message('slow', 'addWait'), message('slow', 'addWait')].map((sent) => grid.send(sent))
    await arrived()
    await manyTurns()
    release()
    release()
    await manyTurns()
    const quick = Array.from({ length: 4 }, () => grid.send(message('quick', 'add')))
    for (const { code } of await Promise.all(quick)) assert.equal(code, 'kept')
    release()
    for (const { code } of await Promise.all(slow)) assert.equal(code, 'kept')
  })

  test('on one key are each counted once', async () => {
    const { grid, compose, count } = await counting()
    const messages = Array.from({ length: 12 }, () => compose())
    const codes = await Promise.all(messages.map(async (sent) => (await grid.send(sent)).code))
    const kept = codes.filter((code) => code === 'kept').length
    assert.equal(await count(), kept)
    assert.ok(codes.every((code) => code === 'kept' || code === 'CONFLICT'))
    for (const sent of messages) assert.equal((await grid.send(sent)).code, 'kept')
    assert.equal(await count(), messages.length)
  })
})
