/** Grant handles: calls without bytes, and every check of a message still made at each of them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { fc } from '../../../conformance/test/laws.ts'

import { foundGrid, hybrid, people, START } from '../fixture.ts'
import { watched } from '../handlers.ts'
import { manyTurns } from '../turns.ts'
import { signPolicy } from '../../index.ts'
import type { CallOutcome, GrantHandle } from '../../index.ts'
import type { Grid, Request } from '../fixture.ts'

const { bob } = people
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

async function open(grid: Grid, request: Request = {}): Promise<GrantHandle> {
  const opened = await grid.kernel.open(grid.compose(request).bytes)
  assert.ok(opened.refused === undefined, opened.refused?.detail)
  return opened.ok
}

function codeOf(outcome: CallOutcome): string {
  return 'code' in outcome ? outcome.code : outcome.status
}

async function gridWith(fields: Parameters<typeof watched>[1] = {}) {
  const work = watched('work', fields)
  const grid = await foundGrid({ handlers: [work.handler] })
  const protocol = grid.protocol('work')
  const granted = grid.grant({ resource: { kind: 'code', protocol } })
  return { grid, work, ask: { protocol, method: 'same', chain: [granted] } satisfies Request }
}

describe('a grant handle', () => {
  test('answers as a message would: bytes, their name and the fuel', async () => {
    const grid = await foundGrid()
    const handle = await open(grid)
    const input = utf8('hello')
    const outcome = await handle.call('echo', input)
    const answer = await grid.send({ arguments: { bytes: input } })
    assert.ok(outcome.status === 'kept' && answer.signed && answer.outcome.status === 'kept')
    assert.deepEqual(outcome.result.bytes, input)
    assert.ok(outcome.result.cid.equals(answer.outcome.result.cid))
    assert.equal(outcome.fuel, answer.outcome.fuel)
    assert.equal(outcome.receipt, undefined)
  })

  test('runs a pure handler once for the same arguments, whoever asks and however', async () => {
    const { grid, work, ask } = await gridWith({ pure: true })
    const handle = await open(grid, ask)
    const other = await open(grid, ask)
    for (const each of [handle, other, handle])
      assert.equal((await each.call('same', utf8('x'))).status, 'kept')
    const named = other.name(utf8('x'))
    assert.equal((await other.call('same', named)).status, 'kept')
    const answer = await grid.send({ ...ask, arguments: { bytes: utf8('x') } })
    assert.ok(answer.signed && answer.outcome.status === 'kept' && answer.outcome.receipt !== undefined)
    assert.equal(work.calls.length, 1)
  })

  test('takes what a message has computed before', async () => {
    const { grid, work, ask } = await gridWith({ pure: true })
    const handle = await open(grid, ask)
    await grid.send({ ...ask, arguments: { bytes: utf8('x') } })
    assert.equal((await handle.call('same', utf8('x'))).status, 'kept')
    assert.equal(work.calls.length, 1)
  })

  test('leaves nothing in the store for a pure call, and a receipt when it is asked for', async () => {
    const grid = await foundGrid()
    const handle = await open(grid)
    const before = await grid.fingerprint()
    await handle.call('echo', utf8('x'))
    assert.equal(await grid.fingerprint(), before)
    const outcome = await handle.call('echo', utf8('x'), { receipt: true })
    assert.ok(outcome.status === 'kept' && outcome.receipt !== undefined)
    assert.notEqual(await grid.fingerprint(), before)
  })

  test('gives each caller bytes of its own, and does not look at lent ones twice', async () => {
    const grid = await foundGrid()
    const handle = await open(grid)
    const input = utf8('x')
    const pending = handle.call('echo', input)
    input[0] = 0
    const first = await pending
    assert.ok(first.status === 'kept')
    first.result.bytes[0] = 0
    const second = await handle.call('echo', utf8('x'))
    assert.deepEqual(second.status === 'kept' && second.result.bytes, utf8('x'))
  })

  test('has the name of arguments made by the kernel alone', async () => {
    const grid = await foundGrid()
    const handle = await open(grid)
    const named = handle.name(utf8('x'))
    const forged = { cid: named.cid, bytes: utf8('y'), key: 'z' }
    assert.throws(() => handle.call('echo', forged as unknown as Uint8Array), TypeError)
  })

  test('does an effect at each call, in one transaction, and undoes one that fails', async () => {
    const { grid, work, ask } = await gridWith()
    const space = grid.space('counts')
    const chain = [grid.grant({ resource: space })]
    const handle = await open(grid, { ...ask, chain, resource: space, method: 'add' })
    const counts = []
    for (const method of ['add', 'addFail', 'add']) {
      const outcome = await handle.call(method)
      counts.push(outcome.status === 'kept' ? outcome.result.bytes[0] : codeOf(outcome))
    }
    assert.deepEqual(counts, [1, 'HANDLER', 2])
    const all = await Promise.all(Array.from({ length: 8 }, () => handle.call('add')))
    assert.deepEqual(all.map((each) => (each.status === 'kept' ? each.result.bytes[0] : 0)).sort(), [
      ...[10, 3, 4, 5, 6, 7, 8, 9],
    ])
    assert.equal(work.states.length >= 11, true)
  })

  test('gives the bytes of an effect also where they are too many for a reply', async () => {
    const work = watched('work')
    const grid = await foundGrid({ handlers: [work.handler], limits: { inlineBytes: 4 } })
    const resource = grid.space('notes')
    const chain = [grid.grant({ resource })]
    const handle = await open(grid, { protocol: grid.protocol('work'), method: 'grow', resource, chain })
    for (const length of [4, 5]) {
      const outcome = await handle.call('grow', utf8(String(length)))
      assert.ok(outcome.status === 'kept')
      assert.equal(outcome.result.bytes.length, length)
    }
  })

  test('takes content of the node by its name, and says what is not here', async () => {
    const grid = await foundGrid()
    const handle = await open(grid)
    const cid = await grid.store.transact((transaction) => transaction.putBlock(utf8('kept here')))
    const outcome = await handle.call('echo', cid)
    assert.deepEqual(outcome.status === 'kept' && outcome.result.bytes, utf8('kept here'))
    assert.equal(codeOf(await handle.call('echo', grid.protocol('store'))), 'kept')
    const missing = handle.name(utf8('nowhere')).cid
    assert.equal(codeOf(await handle.call('echo', missing)), 'MISSING')
  })
})

describe('what opens a handle', () => {
  test('is used up: the same bytes and the same nonce are refused, also after a restart', async () => {
    const grid = await foundGrid()
    const sent = grid.compose()
    assert.ok((await grid.kernel.open(sent.bytes)).ok)
    for (const again of [0, 1]) {
      assert.equal((await grid.kernel.open(sent.bytes)).refused?.code, 'REPLAY')
      assert.equal((await grid.send(sent)).code, 'REPLAY')
      if (again === 0) await grid.restart()
    }
  })

  test('opens nothing when it was executed before', async () => {
    const { grid, work, ask } = await gridWith()
    const sent = grid.compose({ ...ask, method: 'same' })
    await grid.send(sent)
    assert.equal((await grid.kernel.open(sent.bytes)).refused?.code, 'REPLAY')
    assert.equal(work.calls.length, 1)
  })

  test('is not executed', async () => {
    const { grid, work, ask } = await gridWith()
    await open(grid, ask)
    assert.equal(work.calls.length, 0)
  })

  test('is refused as a message is: by stranger, method, time and form', async () => {
    const grid = await foundGrid()
    const codeOfOpening = async (request: Request): Promise<string | undefined> =>
      (await grid.kernel.open(grid.compose(request).bytes)).refused?.code
    assert.equal(await codeOfOpening({ as: bob }), 'POP')
    assert.equal(await codeOfOpening({ method: 'shout' }), 'UNKNOWN_METHOD')
    assert.equal(await codeOfOpening({ chain: [grid.grant({ methods: ['other'] })] }), 'METHOD')
    assert.equal(await codeOfOpening({ expires: START - 61 }), 'EXPIRED')
    assert.equal((await grid.kernel.open(utf8('no'))).refused?.code, 'DECODE')
    await assert.rejects(grid.kernel.open('text' as unknown as Uint8Array), TypeError)
  })
})

describe('each use', () => {
  test('is refused once a link, or the message itself, has expired', async () => {
    const grid = await foundGrid()
    const brief = await open(grid, { chain: [grid.grant({ expires: START + 10 })] })
    const lasting = await open(grid, { chain: [grid.grant({ expires: START + 1_000 })] })
    const input = utf8('x')
    for (const handle of [brief, lasting]) assert.equal(codeOf(await handle.call('echo', input)), 'kept')
    grid.time.now = START + 10
    const outcome = await brief.call('echo', input)
    assert.ok(outcome.status === 'expired' && outcome.detail?.includes('link 1; capability.md#time') === true)
    assert.equal(codeOf(await lasting.call('echo', input)), 'kept')
    grid.time.now = START + 119
    assert.equal(codeOf(await lasting.call('echo', input)), 'kept')
    grid.time.now = START + 120
    const late = await lasting.call('echo', input)
    assert.ok(late.status === 'expired' && late.detail?.includes('message.md#time') === true)
  })

  test('is judged by the policy in force', async () => {
    const grid = await foundGrid()
    const handle = await open(grid)
    const input = utf8('x')
    assert.equal(codeOf(await handle.call('echo', input)), 'kept')
    await changePolicy(grid, [-19, -9])
    assert.equal(codeOf(await handle.call('echo', input)), 'kept')
    await changePolicy(grid, [-9])
    assert.equal(codeOf(await handle.call('echo', input)), 'ALG')
    assert.equal(codeOf(await handle.call('echo', input)), 'ALG')
  })

  test('is refused once the key of the holder speaks only within a set', async () => {
    const grid = await foundGrid()
    const handle = await open(grid)
    assert.equal(codeOf(await handle.call('echo')), 'kept')
    const set = hybrid('alice')
    await grid.kernel.admitKeySet(set.keySet as Uint8Array)
    await grid.kernel.dispatch(
      grid.compose({ as: set, chain: [grid.grant({ holder: set.principal })] }).bytes,
    )
    assert.equal(codeOf(await handle.call('echo')), 'KEY')
  })

  test('needs a method that is granted, and one that the handler has', async () => {
    const { grid, ask } = await gridWith({ pure: true })
    const { protocol } = ask
    const chain = [grid.grant({ resource: { kind: 'code', protocol }, methods: ['same', 'shout'] })]
    const handle = await open(grid, { ...ask, chain })
    const codes = []
    for (const method of ['same', 'fail', 'shout', '*', 'same']) codes.push(codeOf(await handle.call(method)))
    assert.deepEqual(codes, ['kept', 'METHOD', 'UNKNOWN_METHOD', 'METHOD', 'kept'])
  })

  test('is held against the budget of its own grant, also for a result that is known', async () => {
    const { grid, ask } = await gridWith({ pure: true })
    const { protocol } = ask
    const resource = { kind: 'code', protocol } as const
    const rich = await open(grid, ask)
    const poor = await open(grid, {
      ...ask,
      chain: [grid.grant({ resource, caveats: { budget: { outputBytes: 4 } } })],
    })
    const idle = await open(grid, {
      ...ask,
      chain: [grid.grant({ resource, caveats: { budget: { fuel: 3 } } })],
    })
    assert.equal(codeOf(await poor.call('same', utf8('four'))), 'kept')
    for (const input of [utf8('five!'), utf8('five!')]) {
      assert.equal(codeOf(await poor.call('same', input)), 'BUDGET_OUTPUT')
      assert.equal(codeOf(await idle.call('same', input)), 'BUDGET_FUEL')
      assert.equal(codeOf(await rich.call('same', input)), 'kept')
    }
  })

  test('has a bound on its time, and can be given up', async () => {
    const { grid, ask } = await gridWith({ pure: true })
    const handle = await open(grid, ask)
    const slow = handle.call('hang')
    await manyTurns()
    grid.time.fire()
    assert.equal(codeOf(await slow), 'BUDGET_TIME')
    const abort = new AbortController()
    const given = handle.call('hang', undefined, { signal: abort.signal })
    await manyTurns()
    abort.abort()
    assert.equal(codeOf(await given), 'ABORTED')
    assert.equal(codeOf(await handle.call('same', undefined, { signal: abort.signal })), 'ABORTED')
  })

  test('needs room among what is in flight', async () => {
    const work = watched('work', { pure: true })
    const grid = await foundGrid({ handlers: [work.handler], limits: { inFlight: 1 } })
    const protocol = grid.protocol('work')
    const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
    const handle = await open(grid, { protocol, method: 'wait', chain })
    const first = handle.call('wait')
    await work.arrived()
    assert.equal(codeOf(await handle.call('same')), 'BUSY')
    assert.equal((await grid.send({ protocol, method: 'same', chain })).code, 'BUSY')
    assert.equal((await grid.kernel.open(grid.compose().bytes)).refused?.code, 'BUSY')
    work.release()
    assert.equal(codeOf(await first), 'kept')
    assert.equal(codeOf(await handle.call('same')), 'kept')
  })

  test('needs room for its arguments', async () => {
    const work = watched('work', { pure: true })
    const limits = { argumentBytes: 100, argumentBytesInFlight: 100 }
    const grid = await foundGrid({ handlers: [work.handler], limits })
    const protocol = grid.protocol('work')
    const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
    const handle = await open(grid, { protocol, method: 'wait', chain })
    assert.equal(codeOf(await handle.call('same', new Uint8Array(101))), 'LIMIT')
    const first = handle.call('wait', new Uint8Array(60))
    await work.arrived()
    assert.equal(codeOf(await handle.call('same', new Uint8Array(41))), 'BUSY')
    work.release()
    assert.equal(codeOf(await first), 'kept')
  })

  test('ends with the handle, and with the kernel', async () => {
    const { grid, work, ask } = await gridWith({ pure: true })
    const closed = await open(grid, ask)
    const handle = await open(grid, ask)
    assert.equal(codeOf(await closed.call('same')), 'kept')
    closed.close()
    assert.equal(codeOf(await closed.call('same')), 'ABORTED')
    const waiting = handle.call('hang')
    const behind = handle.call('same', waiting)
    await manyTurns()
    await grid.kernel.close()
    assert.equal(codeOf(await waiting), 'ABORTED')
    assert.notEqual(codeOf(await behind), 'kept')
    assert.equal(codeOf(await handle.call('same')), 'ABORTED')
    assert.equal((await grid.kernel.open(grid.compose(ask).bytes)).refused?.code, 'ABORTED')
    assert.equal(work.calls.length, 2)
  })

  test('waits for the operator when the clock has jumped', async () => {
    const grid = await foundGrid()
    const handle = await open(grid)
    grid.time.now = START + 3 * 86_400
    assert.equal(codeOf(await handle.call('echo')), 'CLOCK')
  })

  test('of a node whose store has failed is refused, and not thrown', async () => {
    const { grid, ask } = await gridWith()
    const handle = await open(grid, ask)
    await grid.store.close()
    assert.equal(codeOf(await handle.call('same')), 'STORE')
  })

  test('of what is no method or input is a mistake of the program', async () => {
    const grid = await foundGrid()
    const handle = await open(grid)
    const other = await open(await foundGrid())
    for (const input of ['text', 7, null, {}])
      assert.throws(() => handle.call('echo', input as unknown as Uint8Array), TypeError)
    assert.throws(() => handle.call(7 as unknown as string), TypeError)
    assert.throws(() => handle.call('echo', other.call('echo')), TypeError)
  })
})

test('a call under a handle ends as a signed message does', async () => {
  const { grid, ask } = await gridWith({ pure: true })
  const resource = { kind: 'code', protocol: ask.protocol } as const
  const methods = ['same', 'grow', 'fail', 'crash', 'nonsense', 'nothing', 'shout']
  const number = fc.integer({ min: 0, max: 12 })
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...methods),
      number.map((size) => utf8(String(size))),
      fc.subarray(methods, { minLength: 1 }),
      fc.record({ fuel: fc.integer({ min: 1, max: 6 }), outputBytes: number }, { requiredKeys: [] }),
      async (method, input, granted, budget) => {
        const chain = [grid.grant({ resource, methods: [...granted].sort(), caveats: { budget } })]
        const opener = granted.find((each) => each !== 'shout')
        if (opener === undefined) return
        const handle = await open(grid, { ...ask, chain, method: opener })
        const [said, signed] = [
          await handle.call(method, input),
          await grid.send({ ...ask, chain, method, arguments: { bytes: input } }),
        ]
        // Only so many refusals are signed in a minute.
        grid.time.now += 1
        if (!signed.signed) return assert.equal(codeOf(said) !== 'kept', true)
        if (signed.outcome.status !== 'kept' || said.status !== 'kept')
          return assert.deepEqual(said, signed.outcome)
        assert.deepEqual(said.result.bytes, signed.outcome.result.bytes)
        assert.equal(said.fuel, signed.outcome.fuel)
      },
    ),
    { numRuns: 60 },
  )
})

async function changePolicy(grid: Grid, algorithms: readonly number[]): Promise<void> {
  const { policy } = grid.kernel
  const record = signPolicy(grid.crypto, people.root, grid.grid, policy, { algorithms }, grid.time.now)
  const accepted = await grid.kernel.acceptPolicy([record])
  assert.ok(accepted.ok, accepted.refused?.detail)
  assert.notEqual(grid.kernel.policy, policy)
}
