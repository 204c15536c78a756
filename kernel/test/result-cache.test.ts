/** Results of pure handlers: computed once, vouched for, and given only to who might have run the handler. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { CODEC, createCid, encodeCbor, hashBlock } from '../../promisebase/index.ts'
import { cacheKey, readReceipt } from '../index.ts'
import { signReceipt } from '../cache/receipt.ts'
import { SPACE } from '../spaces.ts'
import { assertRefused } from './assert-refused.ts'
import { descriptorSaying } from './descriptors.ts'
import { foundGrid, people } from './fixture.ts'
import { watched } from './handlers.ts'
import { manyTurns } from './turns.ts'
import type { Budget, NativeHandler, Receipt, Signer } from '../index.ts'
import type { Answer, Grid, Request } from './fixture.ts'
import type { Watched } from './handlers.ts'

const { alice, bob, mallory, node } = people
const INPUT = new TextEncoder().encode('the same question')

async function computing(fields: Partial<NativeHandler> = {}) {
  const watch = watched('compute', { pure: true, ...fields })
  const grid = await foundGrid({ handlers: [watch.handler] })
  const protocol = grid.protocol('compute')
  const grantTo = (holder: Signer, budget?: Budget) =>
    grid.grant({
      holder: holder.principal,
      resource: { kind: 'code', protocol },
      caveats: budget === undefined ? {} : { budget },
    })
  const request = (as: Signer = alice, budget?: Budget, fields: Request = {}): Request => ({
    as,
    protocol,
    chain: [grantTo(as, budget)],
    method: 'same',
    arguments: { bytes: INPUT },
    ...fields,
  })
  const ask = (...given: Parameters<typeof request>): Promise<Answer> => grid.send(request(...given))
  return { ...watch, grid, protocol, request, ask }
}

/** The receipt in an answer, read. */
function receiptIn(grid: Grid, answer: Answer): Receipt & { bytes: Uint8Array } {
  assert.ok(answer.signed && answer.outcome.status === 'kept' && answer.outcome.receipt)
  const { ok } = readReceipt(grid.crypto, grid.keys, answer.outcome.receipt)
  assert.ok(ok)
  return { ...ok, bytes: answer.outcome.receipt }
}

function resultIn(answer: Answer): Uint8Array | undefined {
  assert.ok(answer.signed && answer.outcome.status === 'kept', answer.code)
  return answer.outcome.result.bytes
}

describe('a pure result', () => {
  test('is computed once, whoever asks, in whatever message', async () => {
    const { calls, ask } = await computing()
    for (const as of [alice, bob, alice]) assert.deepEqual(resultIn(await ask(as)), INPUT)
    assert.equal(calls.length, 1)
  })

  test('is computed once for many who ask at once', async () => {
    const { calls, grid, request, arrived, release } = await computing()
    const messages = Array.from({ length: 20 }, (_, index) =>
      grid.compose(request(index % 2 === 0 ? alice : bob, undefined, { method: 'wait' })),
    )
    const replies = messages.map(({ bytes }) => grid.kernel.dispatch(bytes))
    await arrived()
    await manyTurns()
    release()
    for (const [index, reply] of (await Promise.all(replies)).entries()) {
      const sent = messages[index]
      assert.ok(sent)
      assert.deepEqual(resultIn(grid.read(sent, reply, index % 2 === 0 ? alice : bob)), INPUT)
    }
    assert.equal(calls.length, 1)
  })

  test('is found again after a restart', async () => {
    const { calls, grid, ask } = await computing()
    const first = receiptIn(grid, await ask())
    await grid.restart()
    assert.deepEqual(receiptIn(grid, await ask(bob)).bytes, first.bytes)
    assert.equal(calls.length, 1)
  })

  test('too long to travel in a reply is found again too, and in pieces', async () => {
    const { calls, grid, ask } = await computing()
    for (const size of ['40000', '2500000']) {
      const before = calls.length
      const bytes = { arguments: { bytes: new TextEncoder().encode(size) }, method: 'grow' }
      const [first, second] = [await ask(alice, undefined, bytes), await ask(bob, undefined, bytes)]
      assert.equal(resultIn(first), undefined)
      assert.ok(receiptIn(grid, first).result.equals(receiptIn(grid, second).result))
      assert.equal(calls.length, before + 1)
    }
  })

  test('belongs to its protocol, method, arguments and context', async () => {
    const { calls, grid, ask, request, protocol } = await computing()
    await ask()
    const other = encodeCbor({ other: 1 })
    const context = await grid.store.transact((transaction) => transaction.putBlock(other, CODEC.dagCbor))
    await ask(alice, undefined, { arguments: { bytes: INPUT.slice(1) } })
    await ask(alice, undefined, { context })
    assert.equal(calls.length, 3)
    const key = receiptIn(grid, await ask()).cacheKey
    const echoed = receiptIn(grid, await grid.send({ arguments: { bytes: INPUT } })).cacheKey
    assert.ok(!key.equals(echoed))
    assert.ok(request().protocol === protocol)
  })

  test('is one result whether its arguments came inline or by CID', async () => {
    const { calls, grid, ask } = await computing()
    const cid = await grid.store.transact((transaction) => transaction.putBlock(INPUT))
    await ask()
    assert.deepEqual(resultIn(await ask(bob, undefined, { arguments: { cid } })), INPUT)
    assert.equal(calls.length, 1)
  })
})

describe('a receipt', () => {
  test('is signed by the node, names the key as anyone computes it, and nobody who asked', async () => {
    const { grid, ask, protocol } = await computing()
    const receipt = receiptIn(grid, await ask())
    const { crypto } = grid
    const profile = grid.runtimes[0]?.profile({} as never) as Uint8Array
    const empty = hashBlock(crypto.sha256, CODEC.dagCbor, Uint8Array.of(0xa0))
    const key = cacheKey(crypto, {
      protocol,
      method: 'same',
      arguments: hashBlock(crypto.sha256, CODEC.raw, INPUT),
      context: empty,
      profile: hashBlock(crypto.sha256, CODEC.dagCbor, profile),
    })
    assert.equal(receipt.executor, node.principal)
    assert.ok(receipt.cacheKey.equals(key))
    assert.ok(receipt.grid.equals(grid.grid))
    assert.ok(receipt.result.equals(hashBlock(crypto.sha256, CODEC.raw, INPUT)))
    const text = Buffer.from(receipt.bytes).toString('latin1')
    for (const asker of [alice, bob]) assert.ok(!text.includes(asker.principal))
  })

  test('comes with its profile and result as blocks', async () => {
    const { grid, ask } = await computing()
    const { profile, result } = receiptIn(grid, await ask())
    const snapshot = grid.store.snapshot()
    assert.ok(await snapshot.hasBlock(profile))
    assert.ok(await snapshot.hasBlock(result))
    snapshot.close()
  })

  test('is not given for effects', async () => {
    const { grid, ask } = await computing({ pure: false })
    const answer = await ask()
    assert.ok(answer.signed && answer.outcome.status === 'kept')
    assert.equal(answer.outcome.receipt, undefined)
    assert.ok(grid)
  })
})

describe('a hit is given', () => {
  test('to nobody who might not have run the handler', async () => {
    const { grid, ask, request } = await computing()
    await ask()
    const known = request(alice)
    await assertRefused(grid, grid.compose({ ...known, as: mallory }), 'POP', { as: mallory })
    await assertRefused(grid, grid.compose({ ...known, as: mallory, chain: [] }), 'CHAIN', { as: mallory })
    await assertRefused(grid, grid.compose({ ...known, chain: [grid.grant()] }), 'RESOURCE', { signed: true })
    const expired = grid.grant({ resource: { kind: 'code', protocol: known.protocol as never }, expires: 1 })
    await assertRefused(grid, grid.compose({ ...known, chain: [expired] }), 'EXPIRED', { signed: true })
  })

  test('only within the budget of who asks, exactly as a run would be', async () => {
    const { calls, grid, ask } = await computing()
    const fuel = receiptIn(grid, await ask()).fuel
    const rows: [Budget, string][] = [
      [{ fuel }, 'kept'],
      [{ fuel: fuel - 1 }, 'BUDGET_FUEL'],
      [{ fuel: 0 }, 'BUDGET_FUEL'],
      [{ outputBytes: INPUT.length }, 'kept'],
      [{ outputBytes: INPUT.length - 1 }, 'BUDGET_OUTPUT'],
      [{ memoryBytes: 1024 }, 'kept'],
      [{ memoryBytes: 1023 }, 'BUDGET_MEMORY'],
      [{ fuel: Number.MAX_SAFE_INTEGER, wallMs: Number.MAX_SAFE_INTEGER }, 'kept'],
    ]
    for (const [budget, code] of rows) {
      assert.equal((await ask(alice, budget)).code, code, JSON.stringify(budget))
      const fresh = await computing()
      assert.equal((await fresh.ask(alice, budget)).code, code, `fresh ${JSON.stringify(budget)}`)
    }
    assert.equal(calls.length, 1)
  })

  test('to a joiner of a flight that began with a smaller budget, after a run of its own', async () => {
    const { calls, grid, request, arrived, release } = await computing()
    const slow = { method: 'wait' }
    const [poor, rich, richer] = [
      grid.compose(request(alice, { outputBytes: 1 }, slow)),
      grid.compose(request(bob, undefined, slow)),
      grid.compose(request(bob, undefined, slow)),
    ]
    const running = [poor, rich, richer].map(({ bytes }) => grid.kernel.dispatch(bytes))
    await arrived()
    await manyTurns()
    release()
    release()
    const [first, second, third] = await Promise.all(running)
    assert.ok(first && second && third)
    assert.equal(grid.read(poor, first).code, 'BUDGET_OUTPUT')
    assert.deepEqual(resultIn(grid.read(rich, second, bob)), INPUT)
    assert.deepEqual(resultIn(grid.read(richer, third, bob)), INPUT)
    assert.equal(calls.length, 2)
  })

  test('to a joiner whose flight was aborted by who began it, after a run of its own', async () => {
    const { calls, grid, request, arrived, release } = await computing()
    const slow = { method: 'wait' }
    const [first, second] = [
      grid.compose(request(alice, undefined, slow)),
      grid.compose(request(bob, undefined, slow)),
    ]
    const controller = new AbortController()
    const running = grid.kernel.dispatch(first.bytes, { signal: controller.signal })
    await arrived()
    const joined = grid.kernel.dispatch(second.bytes)
    await manyTurns()
    controller.abort()
    assert.equal(grid.read(first, await running).code, 'ABORTED')
    await manyTurns()
    release()
    release()
    assert.deepEqual(resultIn(grid.read(second, await joined, bob)), INPUT)
    assert.equal(calls.length, 2)
  })

  test('never of a run that was refused: joiners of a failing flight share one run', async () => {
    const { calls, grid, request } = await computing()
    const messages = Array.from({ length: 10 }, () =>
      grid.compose(request(alice, undefined, { method: 'fail' })),
    )
    const codes = await Promise.all(messages.map(async (sent) => (await grid.send(sent)).code))
    assert.ok(codes.every((code) => code === 'HANDLER'))
    const runs = calls.length
    assert.ok(runs < messages.length)
    assert.equal((await grid.send(request(bob, undefined, { method: 'fail' }))).code, 'HANDLER')
    assert.equal(calls.length, runs + 1)
  })
})

describe('an effect', () => {
  test('is never answered from the cache', async () => {
    const { calls, ask } = await computing({ pure: false })
    for (let count = 0; count < 3; count += 1) assert.deepEqual(resultIn(await ask()), INPUT)
    assert.equal(calls.length, 3)
  })

  test('is not made pure by a descriptor that says so', async () => {
    const { grid, calls } = await computing({ pure: false })
    const protocol = await descriptorSaying(grid, 'compute', { pure: true })
    const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
    assert.equal((await grid.send({ protocol, chain, method: 'same' })).code, 'ADMIT')
    assert.equal(calls.length, 0)
  })
})

/** Everything a store could give instead of the honest receipt and result. */
describe('a store that was tampered with gives no wrong answer:', () => {
  const tampered = async (
    change: (grid: Grid, receipt: Receipt, watch: Watched) => Promise<Uint8Array | undefined>,
  ) => {
    const watch = await computing()
    const { grid, ask, calls } = watch
    const receipt = receiptIn(grid, await ask())
    const stored = await change(grid, receipt, watch)
    if (stored !== undefined)
      await grid.store.transact((transaction) =>
        transaction.put(SPACE.results, receipt.cacheKey.bytes, stored),
      )
    await grid.restart()
    return { answer: await ask(bob), runs: calls.length }
  }
  const lie = createCid(CODEC.raw, new Uint8Array(32))
  const planted = async (grid: Grid): Promise<ReturnType<typeof createCid>> =>
    grid.store.transact((transaction) => transaction.putBlock(new TextEncoder().encode('a lie')))
  const resigned = async (grid: Grid, as: Signer, receipt: Receipt): Promise<Uint8Array> =>
    signReceipt(grid.crypto, as, { ...receipt, result: await planted(grid) }).bytes

  const LIES: Record<string, (grid: Grid, receipt: Receipt) => Promise<Uint8Array | undefined>> = {
    'a receipt that is no receipt': async () => Uint8Array.of(1, 2, 3),
    'an empty receipt': async () => new Uint8Array(0),
    'a receipt by somebody nobody trusts': (grid, receipt) => resigned(grid, mallory, receipt),
    'a receipt of another key': async (grid, receipt) =>
      signReceipt(grid.crypto, node, {
        ...receipt,
        cacheKey: createCid(CODEC.dagCbor, new Uint8Array(32)),
        result: await planted(grid),
      }).bytes,
    'a receipt of another grid': async (grid, receipt) =>
      signReceipt(grid.crypto, node, {
        ...receipt,
        grid: createCid(CODEC.dagCbor, new Uint8Array(32)),
        result: await planted(grid),
      }).bytes,
    'a receipt of a result that is not here': async (grid, receipt) =>
      signReceipt(grid.crypto, node, { ...receipt, result: lie }).bytes,
    'a capability in its place': async (grid) => grid.grant().bytes,
    'a receipt with one bit changed': async (_grid, receipt) => {
      const bytes = (receipt as Receipt & { bytes: Uint8Array }).bytes.slice()
      bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1
      return bytes
    },
  }
  for (const [what, change] of Object.entries(LIES)) {
    test(`${what} is computed anew`, async () => {
      const { answer, runs } = await tampered(change)
      assert.deepEqual(resultIn(answer), INPUT)
      assert.equal(runs, 2)
    })
  }

  test('other bytes under the CID of the result are a fault, never a result', async () => {
    const watch = await computing()
    const { grid, ask } = watch
    const { result } = receiptIn(grid, await ask())
    const key = Uint8Array.from([0x10, ...result.multihash.bytes])
    await grid.backend.batch([{ type: 'put', key, value: new TextEncoder().encode('a lie') }], {
      durable: true,
    })
    await grid.restart()
    const answer = await ask(bob)
    assert.ok(answer.code === 'STORE' || answer.code === 'kept')
    if (answer.signed) assert.deepEqual(resultIn(answer), INPUT)
  })
})

describe('a message to the whole grid', () => {
  test('may ask for pure code', async () => {
    const { grid, ask } = await computing()
    assert.deepEqual(resultIn(await ask(alice, undefined, { audience: grid.grid.toString() })), INPUT)
  })

  test('may not ask for effects, nor for anything but code: EFFECTS', async () => {
    const { grid } = await computing()
    const audience = grid.grid.toString()
    const all = grid.grant({ resource: { kind: 'node', owner: node.principal } })
    for (const request of [
      { protocol: grid.protocol('store'), method: 'get' },
      { resource: grid.space('notes') },
      { resource: { kind: 'node', owner: node.principal } as const },
      { resource: { kind: 'label', owner: node.principal, prefix: '' } as const },
    ])
      await assertRefused(grid, grid.compose({ ...request, audience, chain: [all] }), 'EFFECTS', {
        signed: true,
      })
  })

  test('is not one to a grid by another spelling', async () => {
    const { grid } = await computing()
    const name = grid.grid.toString()
    for (const audience of [name.toUpperCase(), `${name} `, `ipfs://${name}`, name.slice(1), 'grid', '*'])
      await assertRefused(grid, grid.compose({ audience }), 'AUD')
  })
})
