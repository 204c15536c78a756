/** Deferred promises: made instead of an answer, resolved by a later message, told to the one they were made to. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { CODEC, createCid, createMemoryBackend } from '../../../promisebase/index.ts'
import { HandlerError } from '../../index.ts'
import { foundGrid, START } from '../fixture.ts'
import { promising, text, textIn } from './promising.ts'
import type { CID } from 'multiformats/cid'
import type { Deferred, HandlerPromises, NativeHandler } from '../../index.ts'

const NOBODY = createCid(CODEC.raw, new Uint8Array(32))

/** A handler of a test: does what `work` says with the promises of its call. */
function handlerOf(
  work: (promises: HandlerPromises) => Promise<Uint8Array | Deferred> | Uint8Array | Deferred,
  name = 'worker',
): NativeHandler {
  return {
    name,
    version: 1,
    methods: ['work'],
    pure: false,
    public: false,
    limits: { memoryBytes: 1024 },
    run: ({ promises }) => {
      if (promises === undefined) throw new HandlerError('no promises')
      return work(promises)
    },
  }
}

async function working(work: Parameters<typeof handlerOf>[0], limits = {}) {
  const grid = await foundGrid({ handlers: [handlerOf(work)], limits })
  const protocol = grid.protocol('worker')
  const send = async (): Promise<string> => {
    const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
    return (await grid.send({ protocol, method: 'work', chain })).code
  }
  return { ...grid, send }
}

describe('a deferred answer', () => {
  test('is a promise of the node to the sender, for the request, by the handler', async () => {
    const grid = await foundGrid()
    const { defer, protocol } = promising(grid)
    const promise = await defer()
    assert.equal(promise.issuer, grid.node.principal)
    assert.equal(promise.audience, grid.alice.principal)
    assert.equal(promise.expires, START + 600)
    assert.ok(promise.protocol.equals(protocol) && promise.grid.equals(grid.grid))
    assert.deepEqual((await grid.kernel.promise(promise.id)).ok?.status, 'open')
  })

  test('is the same for the same bytes, also after a restart, and for twins', async () => {
    const grid = await foundGrid()
    const sent = promising(grid).compose('defer', { seconds: 600 })
    const [first, twin] = await Promise.all([
      grid.kernel.dispatch(sent.bytes),
      grid.kernel.dispatch(sent.bytes),
    ])
    assert.deepEqual(twin, first)
    await grid.restart()
    assert.deepEqual(await grid.kernel.dispatch(sent.bytes), first)
  })

  test('waits for its resolution, and is told what was kept', async () => {
    const grid = await foundGrid()
    const { defer, keep, outcome } = promising(grid)
    const promise = await defer()
    assert.equal(await outcome(promise), 'PENDING')
    assert.equal(await keep(promise.id, 'done'), 'kept')
    const told = await outcome(promise)
    assert.ok(typeof told !== 'string')
    assert.equal(textIn(told), 'done')
  })

  test('may be broken, with a word of the handler', async () => {
    const grid = await foundGrid()
    const { defer, breakIt, outcome } = promising(grid)
    const promise = await defer()
    assert.equal(await breakIt(promise.id, 'the tide came'), 'kept')
    assert.deepEqual(await outcome(promise), { status: 'broken', code: 'HANDLER', detail: 'the tide came' })
  })

  test('expires by itself, in its last second not yet', async () => {
    const grid = await foundGrid()
    const { defer, keep, outcome } = promising(grid)
    const [late, never] = [await defer({ seconds: 10 }), await defer({ seconds: 10 })]
    grid.time.now = START + 9
    assert.equal(await outcome(never), 'PENDING')
    grid.time.now = START + 10
    assert.equal(await keep(late.id, 'too late'), 'EXPIRED')
    const told = await outcome(never)
    assert.ok(typeof told !== 'string' && told.status === 'expired', JSON.stringify(told))
    assert.equal((await grid.kernel.promise(late.id)).ok?.status, 'expired')
  })

  test('is told as data of any size', async () => {
    const grid = await foundGrid()
    const { defer, ask, outcome } = promising(grid)
    const promise = await defer()
    const output = new Uint8Array(32_000).fill(7)
    assert.equal((await ask('keep', { promise: promise.id, output }, grid.bob)).code, 'kept')
    const told = await outcome(promise)
    assert.ok(typeof told !== 'string' && told.status === 'kept')
    assert.deepEqual(told.result.bytes, output)
  })
})

describe('a promise that was resolved', () => {
  test('takes the same answer again, and no other', async () => {
    const grid = await foundGrid()
    const { defer, keep, breakIt, outcome } = promising(grid)
    const promise = await defer()
    assert.equal(await keep(promise.id, 'one'), 'kept')
    assert.equal(await keep(promise.id, 'one'), 'kept')
    assert.equal(await keep(promise.id, 'two'), 'REPLAY')
    assert.equal(await breakIt(promise.id, 'no'), 'REPLAY')
    grid.time.now = START + 700
    assert.equal(await keep(promise.id, 'one'), 'kept')
    const told = await outcome(promise)
    assert.ok(typeof told !== 'string')
    assert.equal(textIn(told), 'one')
  })

  test('is broken for ever', async () => {
    const grid = await foundGrid()
    const { defer, keep, breakIt } = promising(grid)
    const promise = await defer()
    assert.equal(await breakIt(promise.id, 'no'), 'kept')
    assert.equal(await breakIt(promise.id, 'no'), 'kept')
    assert.equal(await breakIt(promise.id, 'never'), 'REPLAY')
    assert.equal(await keep(promise.id, 'yes'), 'REPLAY')
  })

  test('is told with the same bytes whenever it is asked for', async () => {
    const grid = await foundGrid()
    const { defer, ask } = promising(grid)
    const promise = await defer({ seconds: 5 })
    grid.time.now = START + 20
    const first = await ask('outcome', { promise: promise.id })
    grid.time.now = START + 30
    await grid.restart()
    assert.deepEqual(await ask('outcome', { promise: promise.id }), first)
    const waited = await grid.kernel.outcomeOf(promise.id)
    assert.ok(first.signed && first.outcome.status === 'kept')
    assert.deepEqual(waited.ok?.resolution, first.outcome.result.bytes)
  })

  test('is remembered for a day after its time, and then forgotten', async () => {
    const grid = await foundGrid()
    const { defer, keep } = promising(grid)
    const promise = await defer({ seconds: 100 })
    assert.equal(await keep(promise.id, 'done'), 'kept')
    grid.time.now = START + 50_000
    await grid.restart()
    grid.time.now = START + 100 + 86_399
    await grid.restart()
    assert.equal((await grid.kernel.promise(promise.id)).ok?.status, 'kept')
    grid.time.now += 1
    await grid.restart()
    assert.equal((await grid.kernel.promise(promise.id)).ok, undefined)
  })
})

describe('nobody but its handler', () => {
  test('resolves a promise, and none learns of it', async () => {
    const refusals: string[] = []
    let target: CID = NOBODY
    const grid = await foundGrid({
      handlers: [
        handlerOf(async (promises) => {
          for (const id of [target, NOBODY]) {
            refusals.push(
              (await promises.keep(id, text('mine'))).refused?.detail.replace(id.toString(), 'ID') ?? '',
            )
            refusals.push((await promises.break(id, 'mine')).refused?.code ?? '')
          }
          return text('tried')
        }),
      ],
    })
    const promise = await promising(grid).defer()
    target = promise.id
    const protocol = grid.protocol('worker')
    const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
    assert.equal((await grid.send({ protocol, method: 'work', chain })).code, 'kept')
    const [first, code] = refusals
    assert.deepEqual([code, refusals[2], refusals[3]], ['FORBIDDEN', first, 'FORBIDDEN'])
    assert.equal((await grid.kernel.promise(promise.id)).ok?.status, 'open')
  })

  test('is told how it ended but the one it was made to', async () => {
    const grid = await foundGrid()
    const { defer, keep, outcome, ask } = promising(grid)
    const promise = await defer()
    await keep(promise.id, 'done')
    const stranger = await ask('outcome', { promise: promise.id }, grid.mallory)
    const nothing = await ask('outcome', { promise: NOBODY }, grid.mallory)
    assert.equal(await outcome(promise, grid.mallory), 'MISSING')
    assert.ok(
      stranger.signed && nothing.signed && 'detail' in stranger.outcome && 'detail' in nothing.outcome,
    )
    assert.equal(
      stranger.outcome.detail?.replace(promise.id.toString(), 'ID'),
      nothing.outcome.detail?.replace(NOBODY.toString(), 'ID'),
    )
  })
})

describe('a handler', () => {
  test('returns the promise it made, and no other', async () => {
    const honest = await working((promises) => promises.defer({ seconds: 1 }))
    assert.equal(await honest.send(), 'deferred')
    const forged = await working((promises) => ({ promise: promises.defer({ seconds: 1 }).promise }))
    assert.equal(await forged.send(), 'TRAP')
    let before: Deferred | undefined
    const kept = await working((promises) => (before ??= promises.defer({ seconds: 1 })))
    assert.equal(await kept.send(), 'deferred')
    assert.equal(await kept.send(), 'TRAP')
  })

  test('makes one promise a call, within its lifetime and with sound terms', async () => {
    const twice = await working((promises) => {
      promises.defer({ seconds: 1 })
      return promises.defer({ seconds: 1 })
    })
    assert.equal(await twice.send(), 'FORBIDDEN')
    const long = await working((promises) => promises.defer({ seconds: 11 }), { promiseLifetimeSeconds: 10 })
    assert.equal(await long.send(), 'LIFETIME')
    for (const seconds of [0, -1, 1.5, Number.NaN, '1' as unknown as number])
      assert.equal(
        await (await working((promises) => promises.defer({ seconds }))).send(),
        'TRAP',
        `${seconds}`,
      )
    const junk = await working((promises) => promises.defer({ seconds: 1, wraps: text('junk') }))
    assert.equal(await junk.send(), 'DECODE')
    const unknown = await working((promises) => promises.defer({ seconds: 1, conditions: [NOBODY] }))
    assert.equal(await unknown.send(), 'MISSING')
  })

  test('that fails after it has promised has promised nothing', async () => {
    let made: CID | undefined
    const grid = await working((promises) => {
      made = promises.defer({ seconds: 1 }).promise
      throw new HandlerError('thought better of it')
    })
    assert.equal(await grid.send(), 'HANDLER')
    assert.ok(made !== undefined)
    assert.equal((await grid.kernel.promise(made)).ok, undefined)
  })

  test('has no promises left when its call is over', async () => {
    let leaked: HandlerPromises | undefined
    const grid = await working((promises) => {
      leaked = promises
      return promises.defer({ seconds: 60 })
    })
    assert.equal(await grid.send(), 'deferred')
    assert.throws(() => leaked?.defer({ seconds: 1 }), { name: 'ForbiddenError' })
    await assert.rejects(leaked?.keep(NOBODY, text('x')) ?? Promise.resolve(), { name: 'ForbiddenError' })
    await assert.rejects(leaked?.break(NOBODY, 'x') ?? Promise.resolve(), { name: 'ForbiddenError' })
  })

  test('that gives two answers at once has given the first', async () => {
    const results: (string | undefined)[] = []
    let open: CID | undefined
    const grid = await working(async (promises) => {
      if (open === undefined) {
        const deferred = promises.defer({ seconds: 60 })
        open = deferred.promise
        return deferred
      }
      const both = await Promise.all([promises.keep(open, text('one')), promises.keep(open, text('two'))])
      results.push(...both.map(({ refused }) => refused?.code))
      return text('done')
    })
    assert.equal(await grid.send(), 'deferred')
    assert.equal(await grid.send(), 'kept')
    assert.deepEqual(results, [undefined, 'REPLAY'])
    assert.ok(open !== undefined)
    assert.equal(textIn((await grid.kernel.outcomeOf(open)).ok?.outcome), 'one')
  })

  test('that changes its mind after keeping has kept nothing', async () => {
    let open: CID | undefined
    const grid = await working(async (promises) => {
      if (open === undefined) {
        const deferred = promises.defer({ seconds: 60 })
        open = deferred.promise
        return deferred
      }
      await promises.keep(open, text('one'))
      throw new HandlerError('no')
    })
    assert.equal(await grid.send(), 'deferred')
    assert.equal(await grid.send(), 'HANDLER')
    assert.ok(open !== undefined)
    assert.equal((await grid.kernel.promise(open)).ok?.status, 'open')
  })
})

describe('open promises', () => {
  test('have so much room: BUSY, and room again when one is resolved or past its time', async () => {
    const grid = await foundGrid({ limits: { promisesOpen: 3 } })
    const { defer, ask, keep } = promising(grid)
    const first = await defer({ seconds: 10 })
    await defer({ seconds: 20 })
    assert.equal((await ask('defer', { seconds: 5 })).code, 'BUSY')
    await grid.restart()
    assert.equal((await ask('defer', { seconds: 5 })).code, 'BUSY')
    assert.equal(await keep(first.id, 'done'), 'kept')
    assert.equal(await keep(first.id, 'done'), 'kept')
    await defer({ seconds: 30 })
    assert.equal((await ask('defer', { seconds: 5 })).code, 'BUSY')
    grid.time.now = START + 20
    await grid.restart()
    await defer({ seconds: 30 })
    assert.equal((await ask('defer', { seconds: 5 })).code, 'BUSY')
  })
})

describe('who waits', () => {
  test('is told after the commit, and once it has ended at once', async () => {
    const grid = await foundGrid()
    const { defer, keep } = promising(grid)
    const promise = await defer()
    const waiting = Promise.all([grid.kernel.outcomeOf(promise.id), grid.kernel.outcomeOf(promise.id)])
    assert.equal(await keep(promise.id, 'done'), 'kept')
    for (const each of await waiting) assert.equal(textIn(each.ok?.outcome), 'done')
    assert.equal(textIn((await grid.kernel.outcomeOf(promise.id)).ok?.outcome), 'done')
    assert.equal(grid.time.waiting, 0)
  })

  test('waits on after a restart of the node', async () => {
    const grid = await foundGrid({ backend: createMemoryBackend() })
    const { defer, keep } = promising(grid)
    const promise = await defer()
    const interrupted = grid.kernel.outcomeOf(promise.id)
    await grid.restart()
    assert.equal((await interrupted).refused?.code, 'ABORTED')
    const waiting = grid.kernel.outcomeOf(promise.id)
    assert.equal(await keep(promise.id, 'done'), 'kept')
    assert.equal(textIn((await waiting).ok?.outcome), 'done')
  })

  test('may give up, or have too little time', async () => {
    const grid = await foundGrid()
    const { defer } = promising(grid)
    const promise = await defer()
    const controller = new AbortController()
    const waiting = grid.kernel.outcomeOf(promise.id, { signal: controller.signal })
    controller.abort()
    assert.equal((await waiting).refused?.code, 'ABORTED')
    const brief = grid.kernel.outcomeOf(promise.id, { timeoutMs: 5 })
    grid.time.fire()
    assert.equal((await brief).refused?.code, 'PENDING')
    assert.equal((await grid.kernel.outcomeOf(NOBODY)).refused?.code, 'MISSING')
    assert.equal(
      (await grid.kernel.outcomeOf(promise.id, { signal: AbortSignal.abort() })).refused?.code,
      'ABORTED',
    )
    assert.equal(grid.time.waiting, 0)
  })

  test('is woken by the time of the promise', async () => {
    const grid = await foundGrid()
    const promise = await promising(grid).defer({ seconds: 5 })
    const waiting = grid.kernel.outcomeOf(promise.id)
    while (grid.time.waiting === 0) await new Promise((resolve) => setImmediate(resolve))
    grid.time.now = START + 5
    grid.time.fire()
    assert.equal((await waiting).ok?.outcome.status, 'expired')
  })

  test('finds only so many places: BUSY', async () => {
    const grid = await foundGrid({ limits: { pendingCalls: 1 } })
    const { defer, keep } = promising(grid)
    const promise = await defer()
    const waiting = grid.kernel.outcomeOf(promise.id)
    assert.equal((await grid.kernel.outcomeOf(promise.id)).refused?.code, 'BUSY')
    await keep(promise.id, 'done')
    await waiting
    assert.equal((await grid.kernel.outcomeOf(promise.id)).ok?.outcome.status, 'kept')
  })
})
