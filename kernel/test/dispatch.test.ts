/** The path of one message: what comes back, signed or not, and that it always comes back. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { encodeCbor } from '../../promisebase/index.ts'
import { REFUSALS } from '../index.ts'
import { CLAIM } from '../message/labels.ts'
import { assertRefused } from './assert-refused.ts'
import { countingCrypto } from './counting-crypto.ts'
import { foundGrid, people, person, seededCrypto } from './fixture.ts'
import { forge, header, messageClaims, sealObject, tokenClaims } from './forge.ts'
import { watched } from './handlers.ts'
import { manyTurns } from './turns.ts'
import type { TraceEvent } from '../index.ts'
import type { ComposedMessage, Signer } from '../index.ts'
import type { Grid } from './fixture.ts'

const { alice, bob, mallory, node, root } = people

describe('a message that holds', () => {
  test('is answered by a signed reply to its sender, for this request', async () => {
    const grid = await foundGrid()
    const input = new TextEncoder().encode('hello')
    const answer = await grid.send({ arguments: { bytes: input } })
    assert.ok(answer.signed && answer.outcome.status === 'kept')
    assert.deepEqual(answer.outcome.result.bytes, input)
  })

  test('passes the six stages in order, and the trace says so', async () => {
    const events: TraceEvent[] = []
    const grid = await foundGrid({ trace: (event) => events.push(event) })
    const sent = grid.compose()
    await grid.kernel.dispatch(sent.bytes)
    assert.deepEqual(
      events.map(({ stage, decision }) => `${stage} ${decision}`),
      ['validate pass', 'authorise pass', 'resolve pass', 'execute pass', 'cache stored', 'reply pass'],
    )
    for (const event of events) assert.equal(event.message, sent.id.toString())
  })

  test('leaves no token, nonce or argument in the trace', async () => {
    const events: TraceEvent[] = []
    const grid = await foundGrid({ trace: (event) => events.push(event) })
    const token = grid.grant()
    const secret = grid.crypto.random(24)
    await grid.send({ chain: [token], arguments: { bytes: secret } })
    await grid.send({ as: mallory, chain: [token] })
    const text = JSON.stringify(events)
    for (const part of [token.bytes.subarray(0, 20), token.nonce, secret])
      for (const encoding of ['hex', 'base64', 'base64url'] as const)
        assert.ok(!text.includes(Buffer.from(part).toString(encoding)))
  })
})

/** Everything a stranger may try; what comes back must not tell one from another. */
async function strangers(grid: Grid): Promise<Record<string, ComposedMessage>> {
  const { now } = grid.time
  const first = grid.grant()
  const overheard = grid.grant({ by: alice, parent: first, holder: bob.principal })
  const forgedToken = sealObject(grid, mallory, 'capability', tokenClaims(grid), {
    header: header(grid, root, 'capability'),
  })
  const caveat = sealObject(
    grid,
    root,
    'capability',
    tokenClaims(grid, [[CLAIM.caveats, new Map([['x', 1]])]]),
  )
  const own = grid.grant({ by: mallory, parent: null, holder: mallory.principal })
  const expired = grid.grant({ expires: now - 1 })
  const by = { as: mallory }
  return {
    'expired message': grid.compose({ ...by, expires: now - 61 }),
    'early message': grid.compose({ ...by, notBefore: now + 61 }),
    'message from the future': grid.compose({ ...by, issuedAt: now + 61 }),
    'message for too long': grid.compose({ ...by, expires: now + 24 * 3_600 + 61 }),
    'message for another node': grid.compose({ ...by, audience: bob.principal }),
    'no capability': grid.compose({ ...by, chain: [] }),
    'chain overheard': grid.compose({ ...by, chain: [first, overheard] }),
    'token overheard': grid.compose({ ...by, chain: [first] }),
    'adoption by its id': grid.compose({ ...by, chain: [grid.adoption.id] }),
    'expired token overheard': grid.compose({ ...by, chain: [expired] }),
    'own promise': grid.compose({ ...by, chain: [own] }),
    'forged token': grid.compose({ ...by, chain: [forgedToken] }),
    'token with an unknown caveat': grid.compose({ ...by, chain: [caveat] }),
    'token without its parent': grid.compose({ ...by, chain: [overheard] }),
    'signature of another': forge(grid, { as: mallory, seal: { header: header(grid, alice) } }),
    'wrong key': forge(grid, { as: mallory }),
    'wrong algorithm': forge(grid, { seal: { header: new Map([...header(grid, alice), [1, -9]]) } }),
    'unreadable principal': forge(grid, { claims: messageClaims(grid, [[CLAIM.iss, 'did:key:nobody']]) }),
  }
}

describe('a stranger', async () => {
  const grid = await foundGrid()
  const all = await strangers(grid)

  for (const [what, { bytes }] of Object.entries(all)) {
    test(`learns nothing from ${what}`, async () => {
      const before = await grid.fingerprint()
      const reply = await grid.kernel.dispatch(bytes)
      assert.deepEqual(reply, encodeCbor(['grid-refused', grid.crypto.sha256(bytes), 'DENIED']))
      assert.equal(await grid.fingerprint(), before)
    })
  }

  test('cannot buy a signature', async () => {
    const { crypto, counts } = countingCrypto(seededCrypto())
    const watchful = await foundGrid({ crypto })
    const messages = Object.values(await strangers(watchful))
    counts.reset()
    for (const { bytes } of messages) await watchful.kernel.dispatch(bytes)
    for (const size of [0, 1, 100, 70_000]) await watchful.kernel.dispatch(new Uint8Array(size))
    assert.equal(counts.sign, 0)
  })
})

describe('a sender whose chain is proved', async () => {
  const grid = await foundGrid()

  test('is told in a signed reply what failed, at which link, and what would fix it', async () => {
    const expired = grid.grant({ expires: grid.time.now })
    const answer = await grid.send({ chain: [expired] })
    assert.ok(answer.signed && answer.outcome.status === 'expired')
    for (const part of ['link 1', 'capability.md#time', REFUSALS.EXPIRED.fix])
      assert.ok(answer.outcome.detail?.includes(part), part)
  })

  test('is told of no fault of the node but that there is one', async () => {
    const events: TraceEvent[] = []
    const broken = await foundGrid({ trace: (event) => events.push(event) })
    const sent = broken.compose()
    await broken.store.close()
    assert.deepEqual(broken.read(sent, await broken.kernel.dispatch(sent.bytes)), {
      signed: false,
      code: 'STORE',
    })
    assert.equal(events[events.length - 1]?.code, 'STORE')
  })

  test('is told that a handler failed, not what its exception says; the operator is told that', async () => {
    const events: TraceEvent[] = []
    const watch = watched('watched')
    const grid = await foundGrid({ handlers: [watch.handler], trace: (event) => events.push(event) })
    const protocol = grid.protocol('watched')
    const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
    const answer = await grid.send({ protocol, chain, method: 'crash' })
    assert.ok(answer.signed && answer.outcome.status === 'refused')
    assert.equal(answer.code, 'TRAP')
    assert.ok(!answer.outcome.detail?.includes('secret of the operator'))
    const told = events.find(({ code }) => code === 'TRAP')
    assert.ok(told?.detail?.includes('secret of the operator'))
  })

  test('is signed so many refusals a minute, and then sent hints; the bucket refills by the second', async () => {
    const limited = await foundGrid({ limits: { signedRefusalsPerMinute: 6 } })
    const refused = async (as: Signer): Promise<boolean> => {
      const chain = [limited.grant({ holder: as.principal, methods: ['other'] })]
      const answer = await limited.send({ as, chain })
      assert.equal(answer.code, answer.signed ? 'METHOD' : 'DENIED')
      return answer.signed
    }
    for (let count = 0; count < 6; count += 1) assert.equal(await refused(alice), true)
    for (let count = 0; count < 3; count += 1) assert.equal(await refused(alice), false)
    assert.equal(await refused(bob), true)
    limited.time.now += 9
    assert.equal(await refused(alice), false)
    limited.time.now += 1
    assert.equal(await refused(alice), true)
    assert.equal(await refused(alice), false)
    limited.time.now += 600
    for (let count = 0; count < 6; count += 1) assert.equal(await refused(alice), true)
    assert.equal(await refused(alice), false)
  })

  test('pays for every key it passes its grant on to: more keys buy no more signatures', async () => {
    const limited = await foundGrid({ limits: { signedRefusalsPerMinute: 6 } })
    for (const first of [limited.grant(), limited.grant({ by: node, parent: null, holder: bob.principal })]) {
      const by = first.holder === alice.principal ? alice : bob
      let signed = 0
      for (let count = 0; count < 12; count += 1) {
        const as = person(`sybil ${count}`)
        const second = limited.grant({ by, parent: first, holder: as.principal, methods: ['other'] })
        signed += (await limited.send({ as, chain: [first, second] })).signed ? 1 : 0
      }
      assert.equal(signed, 6)
    }
  })

  test('is told in whole letters, however long the names it asked for', async () => {
    for (const letter of ['\u{1f512}', 'x\u{1f512}', 'xx\u{1f512}', 'é', 'x']) {
      const method = letter.repeat(30)
      const methods = Array.from({ length: 20 }, (_, index) => `${String(index).padStart(2, '0')}${method}`)
      await assertRefused(grid, grid.compose({ chain: [grid.grant({ methods })], method }), 'METHOD', {
        signed: true,
      })
    }
  })
})

describe('bytes handed in', () => {
  test('may be used again by the caller at once: what was verified is what is executed', async () => {
    const { handler, calls } = watched('watched', { pure: true })
    const grid = await foundGrid({ handlers: [handler] })
    const protocol = grid.protocol('watched')
    const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
    const sent = grid.compose({
      protocol,
      chain,
      method: 'same',
      arguments: { bytes: new Uint8Array(64).fill(7) },
    })
    const buffer = sent.bytes.slice()
    const replied = grid.kernel.dispatch(buffer)
    buffer.fill(0)
    const answer = grid.read(sent, await replied)
    assert.equal(answer.code, 'kept')
    assert.deepEqual(calls[0]?.input, new Uint8Array(64).fill(7))
    assert.ok(answer.signed && answer.outcome.status === 'kept')
    assert.deepEqual(answer.outcome.result.bytes, new Uint8Array(64).fill(7))
  })

  test('do not live on in a remembered result', async () => {
    const grid = await foundGrid()
    const sent = grid.compose({ arguments: { bytes: new Uint8Array(64).fill(7) } })
    const buffer = sent.bytes.slice()
    await grid.kernel.dispatch(buffer)
    buffer.fill(0)
    const answer = await grid.send({ arguments: { bytes: new Uint8Array(64).fill(7) } })
    assert.ok(answer.signed && answer.outcome.status === 'kept')
    assert.deepEqual(answer.outcome.result.bytes, new Uint8Array(64).fill(7))
  })

  test('are not changed by a handler that writes on its input, nor is what is remembered', async () => {
    const scribble = watched('scribble', {
      pure: true,
      run: ({ input }) => {
        const copy = input.slice()
        input.fill(9)
        return copy
      },
    })
    const grid = await foundGrid({ handlers: [scribble.handler] })
    const protocol = grid.protocol('scribble')
    const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
    const sent = grid.compose({
      protocol,
      chain,
      method: 'same',
      arguments: { bytes: new Uint8Array(9).fill(7) },
    })
    const bytes = sent.bytes.slice()
    const first = await grid.kernel.dispatch(bytes)
    assert.deepEqual(bytes, sent.bytes)
    assert.deepEqual(await grid.kernel.dispatch(bytes), first)
  })

  test('that a handler gave out and then writes on do not change what is remembered', async () => {
    const shared = new Uint8Array(9)
    const reuse = watched('reuse', { pure: true, run: ({ input }) => shared.fill(input[0] ?? 0) })
    const grid = await foundGrid({ handlers: [reuse.handler] })
    const protocol = grid.protocol('reuse')
    const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
    const ask = async (digit: number): Promise<Uint8Array | undefined> => {
      const answer = await grid.send({
        protocol,
        chain,
        method: 'same',
        arguments: { bytes: Uint8Array.of(digit) },
      })
      assert.ok(answer.signed && answer.outcome.status === 'kept')
      return answer.outcome.result.bytes
    }
    for (const digit of [1, 2, 1, 2]) assert.deepEqual(await ask(digit), new Uint8Array(9).fill(digit))
  })

  test('of any other type are a mistake of the host', async () => {
    const grid = await foundGrid()
    for (const wrong of [undefined, null, 'text', [1, 2], {}])
      await assert.rejects(grid.kernel.dispatch(wrong as unknown as Uint8Array), TypeError)
    assert.equal((await grid.send(await bufferOf(grid))).code, 'kept')
  })
})

describe('room', () => {
  const full = async () => {
    const gate = watched('gate')
    const grid = await foundGrid({ handlers: [gate.handler], limits: { inFlight: 2 } })
    const protocol = grid.protocol('gate')
    const compose = (as = grid.alice) => {
      const chain = [grid.grant({ holder: as.principal, resource: { kind: 'code', protocol } })]
      return grid.compose({ as, protocol, chain, method: 'wait' })
    }
    return { gate, grid, compose }
  }

  test('for messages in flight is bounded: BUSY, and room again when one is done', async () => {
    const { gate, grid, compose } = await full()
    const running = [compose(), compose(grid.bob)].map(({ bytes }) => grid.kernel.dispatch(bytes))
    await gate.arrived()
    const third = compose()
    const before = await grid.fingerprint()
    assert.deepEqual(grid.read(third, await grid.kernel.dispatch(third.bytes)), {
      signed: false,
      code: 'BUSY',
    })
    assert.equal(await grid.fingerprint(), before)
    gate.release()
    gate.release()
    await Promise.all(running)
    gate.release()
    assert.equal((await grid.send(third)).code, 'kept')
  })

  test('is not lost to faults of the store, or to refusals', async () => {
    const grid = await foundGrid({ limits: { inFlight: 2 } })
    for (let count = 0; count < 5; count += 1) await grid.kernel.dispatch(new Uint8Array(3))
    assert.equal((await grid.send()).code, 'kept')
    const sent = grid.compose()
    await grid.store.close()
    for (let count = 0; count < 5; count += 1)
      assert.deepEqual(grid.read(sent, await grid.kernel.dispatch(sent.bytes)).code, 'STORE')
  })
})

describe('a kernel that closes', () => {
  test('aborts what runs, keeps nothing of it, and refuses what comes later without running it', async () => {
    const watch = watched('watched')
    const grid = await foundGrid({ handlers: [watch.handler] })
    const protocol = grid.protocol('watched')
    const resource = grid.space('notes')
    const chain = [grid.grant({ by: node, parent: null, resource })]
    const sent = grid.compose({ protocol, chain, resource, method: 'addWait' })
    const before = await grid.fingerprint()
    const running = grid.kernel.dispatch(sent.bytes)
    await watch.arrived()
    await grid.kernel.close()
    const answer = grid.read(sent, await running)
    assert.equal(answer.code, 'ABORTED')
    assert.equal(await grid.fingerprint(), before)
    const later = grid.compose({ protocol, chain, resource, method: 'add' })
    assert.equal(grid.read(later, await grid.kernel.dispatch(later.bytes)).code, 'ABORTED')
    assert.equal(watch.calls.length, 1)
    await grid.store.close()
    assert.equal(grid.read(later, await grid.kernel.dispatch(later.bytes)).code, 'ABORTED')
  })

  test('may be closed twice', async () => {
    const grid = await foundGrid()
    await Promise.all([grid.kernel.close(), grid.kernel.close()])
    await grid.kernel[Symbol.asyncDispose]()
  })
})

describe('an abort', () => {
  const aborting = async () => {
    const watch = watched('watched')
    const grid = await foundGrid({ handlers: [watch.handler] })
    const protocol = grid.protocol('watched')
    const resource = grid.space('notes')
    const chain = [grid.grant({ by: node, parent: null, resource })]
    const compose = (method: string) => grid.compose({ protocol, chain, resource, method })
    return { watch, grid, compose }
  }

  test('by the caller ends the run, keeps nothing, and leaves the message to be sent again', async () => {
    const { watch, grid, compose } = await aborting()
    const sent = compose('addWait')
    const before = await grid.fingerprint()
    const controller = new AbortController()
    const running = grid.kernel.dispatch(sent.bytes, { signal: controller.signal })
    await watch.arrived()
    controller.abort()
    const answer = grid.read(sent, await running)
    assert.deepEqual({ signed: answer.signed, code: answer.code }, { signed: true, code: 'ABORTED' })
    assert.equal(await grid.fingerprint(), before)
    watch.release()
    watch.release()
    assert.equal((await grid.send(sent)).code, 'kept')
  })

  test('before the call runs nothing', async () => {
    const { watch, grid, compose } = await aborting()
    const sent = compose('add')
    const answer = grid.read(sent, await grid.kernel.dispatch(sent.bytes, { signal: AbortSignal.abort() }))
    assert.equal(answer.code, 'ABORTED')
    assert.equal(watch.calls.length, 0)
  })

  test('by one sender does not end the run of a twin that goes on waiting', async () => {
    const { watch, grid, compose } = await aborting()
    const sent = compose('addWait')
    const controller = new AbortController()
    const first = grid.kernel.dispatch(sent.bytes, { signal: controller.signal })
    await watch.arrived()
    const second = grid.kernel.dispatch(sent.bytes)
    await manyTurns()
    controller.abort()
    watch.release()
    watch.release()
    assert.equal(grid.read(sent, await first).code, 'ABORTED')
    assert.equal(grid.read(sent, await second).code, 'kept')
  })

  test('signal that is used for many calls is not held on to', async () => {
    const { grid, compose } = await aborting()
    const controller = new AbortController()
    let held = 0
    const { signal } = controller
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
    const listeners = new Set<unknown>()
    signal.addEventListener = ((type: string, listener: EventListener, options?: AddEventListenerOptions) => {
      listeners.add(listener)
      options?.signal?.addEventListener('abort', () => listeners.delete(listener))
      add(type, listener, options)
    }) as typeof signal.addEventListener
    signal.removeEventListener = ((type: string, listener: EventListener) => {
      listeners.delete(listener)
      remove(type, listener)
    }) as typeof signal.removeEventListener
    for (let count = 0; count < 5; count += 1) {
      await grid.kernel.dispatch(compose('add').bytes, { signal })
      held = Math.max(held, listeners.size)
    }
    assert.equal(held, 0)
  })
})

describe('time for a run', () => {
  test('is bounded: BUDGET_TIME, nothing kept, and the bytes may be sent again', async () => {
    const watch = watched('watched')
    const grid = await foundGrid({ handlers: [watch.handler] })
    const protocol = grid.protocol('watched')
    const resource = grid.space('notes')
    const chain = [grid.grant({ by: node, parent: null, resource })]
    const sent = grid.compose({ protocol, chain, resource, method: 'addWait' })
    const before = await grid.fingerprint()
    const running = grid.kernel.dispatch(sent.bytes)
    await watch.arrived()
    grid.time.fire()
    const answer = grid.read(sent, await running)
    assert.deepEqual({ signed: answer.signed, code: answer.code }, { signed: true, code: 'BUDGET_TIME' })
    assert.equal(watch.calls[0]?.signal.aborted, true)
    assert.equal(await grid.fingerprint(), before)
    assert.equal(grid.time.waiting, 0)
    watch.release()
    watch.release()
    assert.equal((await grid.send(sent)).code, 'kept')
    assert.equal(grid.time.waiting, 0)
  })
})

/** The same bytes in Node's own kind of byte array, whose `slice` does not copy. */
async function bufferOf(grid: Grid): Promise<ComposedMessage> {
  const { bytes, id } = grid.compose({ as: alice })
  return { bytes: Buffer.from(bytes), id }
}
