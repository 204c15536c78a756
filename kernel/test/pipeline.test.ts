/** Pipelining: calls and messages that build on what others will give. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { CODEC, hashBlock } from '../../promisebase/index.ts'
import { foundGrid, people, START } from './fixture.ts'
import { watched } from './handlers.ts'
import { manyTurns } from './turns.ts'
import type { CallOutcome, ComposedMessage, GrantHandle, Limits, PendingCall } from '../index.ts'
import type { Grid, Request } from './fixture.ts'

const { bob } = people
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const codeOf = (outcome: CallOutcome): string => ('code' in outcome ? outcome.code : outcome.status)

async function gridWith({ pure = true, limits = {} }: { pure?: boolean; limits?: Partial<Limits> } = {}) {
  const work = watched('work', { pure })
  const grid = await foundGrid({ handlers: [work.handler], limits })
  const protocol = grid.protocol('work')
  const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
  const ask = { protocol, method: 'same', chain } satisfies Request
  const opened = await grid.kernel.open(grid.compose(ask).bytes)
  assert.ok(opened.refused === undefined, opened.refused?.detail)
  const handle: GrantHandle = opened.ok
  return { grid, work, ask, handle }
}

describe('a call on a call', () => {
  test('begins when the other has ended, with what it gave', async () => {
    const { work, handle } = await gridWith()
    const first = handle.call('wait', utf8('x'))
    const second = handle.call('same', first)
    await work.arrived()
    assert.equal(work.calls.length, 1)
    work.release()
    const outcome = await second
    assert.deepEqual(outcome.status === 'kept' && outcome.result.bytes, utf8('x'))
    assert.deepEqual(
      work.calls.map(({ method }) => method),
      ['wait', 'same'],
    )
  })

  test('may come after the other has ended, and several may build on one', async () => {
    const { handle } = await gridWith()
    const first = handle.call('grow', utf8('3'))
    await first
    const both = await Promise.all([handle.call('same', first), handle.call('same', first)])
    assert.deepEqual(
      both.map((each) => each.status === 'kept' && each.result.bytes.length),
      [3, 3],
    )
  })

  test('is UPSTREAM when the other was not kept, and names it', async () => {
    const { work, handle } = await gridWith()
    const last = await handle.call('same', handle.call('same', handle.call('fail')))
    assert.ok(last.status === 'refused' && last.code === 'UPSTREAM')
    const behind = await handle.call('same', handle.call('fail'))
    assert.ok(behind.status === 'refused' && behind.detail?.includes('"fail" ended with HANDLER') === true)
    assert.equal(work.calls.length, 2)
  })

  test('is checked when it begins, not when it is made', async () => {
    const { grid, work, handle } = await gridWith()
    const behind = handle.call('same', handle.call('wait', utf8('x')))
    await work.arrived()
    grid.time.now = START + 3_600
    work.release()
    assert.equal(codeOf(await behind), 'EXPIRED')
  })

  test('can be given up while it waits, and leaves its place', async () => {
    const { work, handle } = await gridWith({ limits: { pendingCalls: 1 } })
    const first = handle.call('wait')
    const abort = new AbortController()
    const given = handle.call('same', first, { signal: abort.signal })
    assert.equal(codeOf(await handle.call('same', first)), 'BUSY')
    abort.abort()
    assert.equal(codeOf(await given), 'ABORTED')
    const late = handle.call('same', first, { signal: abort.signal })
    assert.equal(codeOf(await late), 'ABORTED')
    const next = handle.call('same', first)
    await work.arrived()
    work.release()
    assert.equal(codeOf(await next), 'kept')
  })

  test('waits for its turn when more are ready than there is room', async () => {
    const { work, handle } = await gridWith({ limits: { inFlight: 2 } })
    const first = handle.call('wait')
    const behind = Array.from({ length: 20 }, (_each, at) => handle.call(at % 2 ? 'same' : 'grow', first))
    await work.arrived()
    work.release()
    for (const each of behind) assert.equal(codeOf(await each), 'kept')
  })

  test('is one of a hundred thousand, and the stack is none the deeper, known or not', async () => {
    const { handle } = await gridWith()
    let last: PendingCall = handle.call('same', utf8('x'))
    for (let made = 1; made < 100_000; made += 1) {
      last = handle.call('same', last)
      if (made % 4_000 === 0) await last
    }
    assert.equal(codeOf(await last), 'kept')
  })

  test('of a chain that is never awaited is BUSY once too many wait', async () => {
    const { work, handle } = await gridWith({ limits: { pendingCalls: 20 } })
    let last: PendingCall = handle.call('wait')
    const all = Array.from({ length: 12 }, () => (last = handle.call('same', last)))
    await work.arrived()
    work.release()
    const codes = await Promise.all(all.map(async (each) => codeOf(await each)))
    assert.deepEqual(codes, [...new Array<string>(10).fill('kept'), 'BUSY', 'UPSTREAM'])
  })
})

describe('a message on a message', () => {
  const answers = async (grid: Grid, sent: readonly ComposedMessage[]): Promise<string[]> => {
    const replies = await grid.kernel.dispatchAll(sent.map(({ bytes }) => bytes))
    return replies.map((reply, at) => grid.read(sent[at] as ComposedMessage, reply).code)
  }

  test('acts on its result, whichever comes first, and however many in a row', async () => {
    const { grid, work, ask } = await gridWith({ pure: false })
    const sent = [grid.compose({ ...ask, method: 'grow', arguments: { bytes: utf8('7') } })]
    for (let made = 0; made < 5; made += 1)
      sent.push(grid.compose({ ...ask, future: (sent[sent.length - 1] as ComposedMessage).id }))
    assert.deepEqual(await answers(grid, sent.toReversed()), new Array(6).fill('kept'))
    assert.deepEqual(
      work.calls.map(({ input }) => input.length),
      [1, 7, 7, 7, 7, 7],
    )
    const later = await grid.send({ ...ask, future: (sent[0] as ComposedMessage).id })
    assert.ok(later.signed && later.outcome.status === 'kept')
    assert.equal(later.outcome.result.bytes?.length, 7)
  })

  test('takes a long result by its name', async () => {
    const { grid, ask } = await gridWith({ pure: false })
    const long = grid.compose({ ...ask, method: 'grow', arguments: { bytes: utf8('40000') } })
    const behind = grid.compose({ ...ask, future: long.id })
    assert.deepEqual(await answers(grid, [long, behind]), ['kept', 'kept'])
  })

  test('waits for one that is in work, outside of the room of those that run', async () => {
    // One payer has half of the room: two, of which one waits for nobody.
    const { grid, work, ask } = await gridWith({ limits: { inFlight: 4 } })
    const first = grid.compose({ ...ask, method: 'wait' })
    const running = grid.kernel.dispatch(first.bytes)
    await work.arrived()
    const behind = [0, 1, 2].map(() => grid.compose({ ...ask, future: first.id }))
    const replies = []
    for (const { bytes } of behind) {
      replies.push(grid.kernel.dispatch(bytes))
      await manyTurns()
    }
    assert.equal((await grid.send({ ...ask, arguments: { bytes: utf8('another') } })).code, 'kept')
    work.release()
    await running
    const codes = await Promise.all(replies)
    assert.deepEqual(
      codes.map((reply, at) => grid.read(behind[at] as ComposedMessage, reply).code).includes('kept'),
      true,
    )
  })

  test('is PENDING when nothing is known of the other, and may be sent again', async () => {
    const { grid, work, ask } = await gridWith({ pure: false })
    const first = grid.compose(ask)
    const behind = grid.compose({ ...ask, future: first.id })
    const before = await grid.fingerprint()
    assert.equal((await grid.send(behind)).code, 'PENDING')
    assert.equal(await grid.fingerprint(), before)
    await grid.send(first)
    assert.equal((await grid.send(behind)).code, 'kept')
    await grid.restart()
    assert.equal((await grid.send({ ...ask, future: first.id })).code, 'PENDING')
    assert.equal((await grid.send(behind)).code, 'kept', 'its own reply is in the store')
    assert.equal(work.calls.length, 2)
    assert.equal((await grid.send(first)).code, 'kept')
    assert.equal((await grid.send({ ...ask, future: first.id })).code, 'kept')
    assert.equal(work.calls.length, 3)
  })

  test('learns nothing of a message of somebody else: not kept, not in work, not refused', async () => {
    const { grid, work, ask } = await gridWith()
    const resource = { kind: 'code', protocol: ask.protocol } as const
    const bobs = { ...ask, as: bob, chain: [grid.grant({ resource, holder: bob.principal })] }
    const kept = grid.compose(bobs)
    const refused = grid.compose({ ...bobs, method: 'fail' })
    const inWork = grid.compose({ ...bobs, method: 'wait' })
    await grid.send(kept, bob)
    await grid.send(refused, bob)
    const running = grid.kernel.dispatch(inWork.bytes)
    await work.arrived()
    for (const { id } of [
      kept,
      refused,
      inWork,
      { id: hashBlock(grid.crypto.sha256, CODEC.raw, utf8('no')) },
    ]) {
      const answer = await grid.send({ ...ask, future: id })
      assert.ok(answer.signed && answer.outcome.status === 'refused' && answer.code === 'PENDING')
      const rest = answer.outcome.detail?.replace(id.toString(), 'it')
      assert.ok(rest?.includes('the outcome of it is not known here; dispatch.md#future'), rest)
    }
    work.release()
    await running
  })

  test('is UPSTREAM when the other was refused for good, and PENDING when it may still act', async () => {
    const { grid, work, ask } = await gridWith()
    const failed = grid.compose({ ...ask, method: 'fail' })
    const denied = grid.compose({ ...ask, method: 'shout' })
    const waits = grid.compose({ ...ask, future: hashBlock(grid.crypto.sha256, CODEC.raw, utf8('no')) })
    const behind = [failed, denied, waits].map(({ id }) => grid.compose({ ...ask, future: id }))
    assert.deepEqual(await answers(grid, [...behind, failed, denied, waits]), [
      ...['UPSTREAM', 'UPSTREAM', 'PENDING', 'HANDLER', 'UNKNOWN_METHOD', 'PENDING'],
    ])
    assert.equal(work.calls.length, 1)
  })

  test('can be given up, expires, and ends with the kernel while it waits', async () => {
    const { grid, work, ask } = await gridWith()
    const first = grid.compose({ ...ask, method: 'hang', expires: START + 1_000 })
    const running = grid.kernel.dispatch(first.bytes)
    await manyTurns()
    const behind = Array.from({ length: 3 }, () =>
      grid.compose({ ...ask, future: first.id, expires: START + 10 }),
    )
    const abort = new AbortController()
    const [given, expired] = behind.map(({ bytes }, at) =>
      grid.kernel.dispatch(bytes, at === 0 ? { signal: abort.signal } : {}),
    ) as [Promise<Uint8Array>, Promise<Uint8Array>]
    await manyTurns()
    abort.abort()
    assert.equal(grid.read(behind[0] as ComposedMessage, await given).code, 'ABORTED')
    const lasting = grid.compose({ ...ask, future: first.id, expires: START + 1_000 })
    const ended = grid.kernel.dispatch(lasting.bytes)
    await manyTurns()
    grid.time.now = START + 70
    await grid.kernel.close()
    assert.equal(grid.read(behind[1] as ComposedMessage, await expired).code, 'ABORTED')
    assert.equal(grid.read(lasting, await ended).code, 'ABORTED')
    await running
    assert.equal(work.calls.length, 1)
  })

  test('that has expired when its turn comes is told that', async () => {
    const { grid, work, ask } = await gridWith()
    const first = grid.compose({ ...ask, method: 'wait', expires: START + 1_000 })
    const behind = grid.compose({ ...ask, future: first.id, expires: START + 10 })
    const running = grid.kernel.dispatch(first.bytes)
    await work.arrived()
    const late = grid.kernel.dispatch(behind.bytes)
    await manyTurns()
    grid.time.now = START + 70
    work.release()
    await running
    assert.equal(grid.read(behind, await late).code, 'DENIED')
  })

  test('needs a place to wait in', async () => {
    const { grid, work, ask } = await gridWith({ limits: { pendingCalls: 1 } })
    const first = grid.compose({ ...ask, method: 'wait' })
    const running = grid.kernel.dispatch(first.bytes)
    await work.arrived()
    const behind = [0, 1].map(() => grid.compose({ ...ask, future: first.id }))
    const replies = behind.map(({ bytes }) => grid.kernel.dispatch(bytes))
    await manyTurns()
    work.release()
    await running
    const codes = await Promise.all(
      replies.map(async (reply, at) => grid.read(behind[at] as ComposedMessage, await reply).code),
    )
    assert.deepEqual(codes, ['kept', 'BUSY'])
  })

  test('that is forged, twice there or no message at all holds nobody up', async () => {
    const { grid, ask } = await gridWith()
    const first = grid.compose(ask)
    const forged = first.bytes.slice()
    forged[forged.length - 1] = (forged[forged.length - 1] as number) ^ 1
    const behind = grid.compose({ ...ask, future: first.id })
    const replies = await grid.kernel.dispatchAll([behind.bytes, forged, utf8('junk'), behind.bytes])
    assert.equal(grid.read(behind, replies[0] as Uint8Array).code, 'PENDING')
    assert.deepEqual(await answers(grid, [behind, first, behind, first]), new Array(4).fill('kept'))
    await assert.rejects(grid.kernel.dispatchAll(['text' as unknown as Uint8Array]), TypeError)
  })
})
