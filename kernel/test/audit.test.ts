/** The audit log: what was done with which authority is told afterwards, and whoever changes that is found out. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { createMemoryBackend, encodeCbor, StoreError } from '../../promisebase/index.ts'
import { readEntry, writeEntry } from '../audit/entry.ts'
import { readPage, readHead, writePage } from '../audit/page.ts'
import { pendingKey, SPACE, uint64 } from '../spaces.ts'
import { foundGrid, people } from './fixture.ts'
import { watched } from './handlers.ts'
import type { Backend } from '../../promisebase/index.ts'
import type { AuditEntry, AuditQuery, Capability, Limits, NativeHandler, TraceEvent } from '../index.ts'
import type { Grid, Request } from './fixture.ts'

const { node, alice, bob, mallory } = people
const HEAD = new TextEncoder().encode('head')

/** A node with a counter of effects and somebody who passes on what he is lent. */
async function audited(limits: Partial<Limits> = {}) {
  const { handler } = watched('counter')
  const deputy: NativeHandler = {
    ...handler,
    name: 'deputy',
    run: async ({ authority, input }) => {
      const [protocol, resource] = [grid.protocol('counter'), grid.space('numbers')]
      for (const capability of input) await authority?.call({ capability, protocol, resource, method: 'add' })
      return input
    },
  }
  const grid = await foundGrid({ handlers: [handler, deputy], limits })
  const numbers = (terms: object = {}): Capability =>
    grid.grant({ by: node, parent: null, resource: grid.space('numbers'), ...terms })
  const count = (request: Request = {}) =>
    grid.send({
      protocol: grid.protocol('counter'),
      method: 'add',
      resource: grid.space('numbers'),
      chain: [numbers(request.as === undefined ? {} : { holder: request.as.principal })],
      ...request,
    })
  return { grid, numbers, count }
}

async function told(grid: Grid, query: AuditQuery = {}): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  for await (const entry of grid.kernel.audit(query)) entries.push(entry)
  return entries
}

const ids = (chain: readonly Pick<Capability, 'id'>[]): string[] => chain.map(({ id }) => id.toString())
const texts = (chain: readonly { toString(): string }[]): string[] => chain.map(String)

/** The space of the log as it is: key in hexadecimal, value. */
async function entriesIn({ store }: Grid): Promise<Map<string, Uint8Array>> {
  const snapshot = store.snapshot()
  const found = new Map<string, Uint8Array>()
  for await (const { key, value } of snapshot.range(SPACE.audit))
    found.set(Buffer.from(key).toString('hex'), value)
  snapshot.close()
  return found
}

/** Three pages of two entries each. */
async function threePages() {
  const setting = await audited()
  for (let page = 0; page < 3; page += 1) {
    await setting.count()
    await setting.grid.send()
    await told(setting.grid)
  }
  assert.deepEqual(
    await setting.grid.kernel.verifyAudit().then(({ holds, pages, entries }) => ({ holds, pages, entries })),
    {
      holds: true,
      pages: 3,
      entries: 6,
    },
  )
  return setting
}

describe('the audit log', () => {
  test('has an entry of every effect: who, what, under which links, and how it ended', async () => {
    const { grid, numbers } = await audited()
    const chain = [numbers()]
    const sent = grid.compose({
      protocol: grid.protocol('counter'),
      method: 'add',
      resource: grid.space('numbers'),
      chain,
    })
    await grid.send(sent)
    const [entry, ...more] = await told(grid)
    assert.deepEqual(more, [])
    assert.equal(entry?.time, grid.time.now)
    assert.equal(entry.message.toString(), sent.id.toString())
    assert.equal(entry.sender, alice.principal)
    assert.equal(entry.protocol.toString(), grid.protocol('counter').toString())
    assert.equal(entry.method, 'add')
    assert.deepEqual(entry.resource, grid.space('numbers'))
    assert.deepEqual(texts(entry.chain), ids(chain))
    assert.deepEqual(entry.lent, [])
    assert.equal(entry.outcome.status, 'kept')
    assert.ok((entry.outcome.fuel ?? 0) > 0)
  })

  test('has an entry of a pure call, of a result that was known, and of a refusal that was told', async () => {
    const { grid, count } = await audited()
    await grid.send()
    await grid.send()
    assert.equal((await count({ method: 'fail' })).code, 'HANDLER')
    assert.equal((await count({ chain: [grid.grant()] })).code, 'RESOURCE')
    const outcomes = (await told(grid)).map(({ outcome }) => outcome.code ?? outcome.status)
    assert.deepEqual(outcomes.sort(), ['HANDLER', 'RESOURCE', 'kept', 'kept'])
  })

  test('has the adoption among the links of a delegated chain', async () => {
    const { grid } = await audited()
    const grant = grid.grant()
    await grid.send({ chain: [grant] })
    const [entry] = await told(grid)
    assert.deepEqual(texts(entry?.chain ?? []), ids([grid.adoption, grant]))
  })

  test('has what was lent and used, and not what was lent and left alone', async () => {
    const { grid, numbers, count } = await audited()
    const [used, unused] = [numbers(), numbers()]
    const deputy: Request = {
      protocol: grid.protocol('deputy'),
      method: 'same',
      resource: { kind: 'code', protocol: grid.protocol('deputy') },
      chain: [
        grid.grant({ by: node, parent: null, resource: { kind: 'code', protocol: grid.protocol('deputy') } }),
      ],
      arguments: { bytes: Uint8Array.of(1, 1) },
      table: [[unused.bytes], [used.bytes]],
    }
    assert.equal((await count(deputy)).code, 'kept')
    const [entry] = await told(grid)
    assert.deepEqual(
      entry?.lent.map(({ method, chain }) => [method, texts(chain)]),
      [
        ['add', ids([used])],
        ['add', ids([used])],
      ],
    )
    assert.equal((await told(grid, { token: used.id })).length, 1)
    assert.equal((await told(grid, { token: unused.id })).length, 0)
    assert.equal((await told(grid, { protocol: grid.protocol('counter') })).length, 1)
  })

  test('has nothing of who proved nothing, and nothing twice of who sent twice', async () => {
    const { grid, numbers, count } = await audited()
    assert.equal((await count({ as: mallory, chain: [numbers()] })).signed, false)
    await grid.kernel.dispatch(Uint8Array.of(1, 2, 3))
    assert.deepEqual(await told(grid), [])
    const sent = grid.compose({
      protocol: grid.protocol('counter'),
      method: 'add',
      resource: grid.space('numbers'),
      chain: [numbers()],
    })
    for (let again = 0; again < 3; again += 1) await grid.send(sent)
    await grid.restart()
    await grid.send(sent)
    assert.equal((await told(grid)).length, 1)
  })

  test('holds no token, no arguments and no result', async () => {
    const { grid, numbers, count } = await audited()
    const bearer = numbers({ holder: 'bearer' })
    const secret = new TextEncoder().encode('the secret of alice')
    await count({ chain: [bearer], arguments: { bytes: secret }, method: 'same' })
    await grid.send({ arguments: { bytes: secret } })
    const [entry] = await told(grid, { token: bearer.id })
    assert.deepEqual(texts(entry?.chain ?? []), ids([bearer]))
    const log = Buffer.concat([...(await entriesIn(grid)).values()])
    for (const hidden of [secret, bearer.bytes, bearer.nonce])
      assert.equal(log.includes(Buffer.from(hidden)), false)
  })

  test('is asked by sender, time, protocol and token, from either end, and for so many', async () => {
    const { grid, count } = await audited()
    const started = grid.time.now
    for (const as of [alice, bob, alice]) {
      await count({ as })
      grid.time.now += 10
    }
    await grid.send()
    const times = async (query: AuditQuery) => (await told(grid, query)).map(({ time }) => time - started)
    assert.deepEqual(await times({}), [0, 10, 20, 30])
    assert.deepEqual(await times({ reverse: true }), [30, 20, 10, 0])
    assert.deepEqual(await times({ sender: bob.principal }), [10])
    assert.deepEqual(await times({ sender: mallory.principal }), [])
    assert.deepEqual(await times({ from: started + 10, to: started + 30 }), [10, 20])
    assert.deepEqual(await times({ protocol: grid.protocol('echo') }), [30])
    assert.deepEqual(await times({ token: grid.adoption.id }), [30])
    assert.deepEqual(await times({ token: grid.grant().id }), [])
    assert.deepEqual(await times({ limit: 2 }), [0, 10])
    assert.deepEqual(await times({ limit: 1, reverse: true }), [30])
    assert.deepEqual(await times({ limit: 0 }), [])
  })

  test('does not set effects against each other', async () => {
    const { grid, count } = await audited()
    const spaces = Array.from({ length: 30 }, (_, index) => grid.space(`numbers${index}`))
    const answers = await Promise.all(
      spaces.map((resource) =>
        count({ resource, chain: [grid.grant({ by: node, parent: null, resource })] }),
      ),
    )
    assert.ok(answers.every(({ code }) => code === 'kept'))
    assert.equal((await told(grid)).length, 30)
  })
})

describe('sealing', () => {
  test('waits for the next start when a node was killed before', async () => {
    const { grid, count } = await audited()
    await count()
    const left = [...(await entriesIn(grid))]
    assert.equal(left.length, 1)
    await grid.kernel.close()
    for (const key of (await entriesIn(grid)).keys()) await put(grid, Buffer.from(key, 'hex'), undefined)
    // What a killed node leaves: its effect, and the entry of it.
    for (const [key, value] of left) await put(grid, Buffer.from(key, 'hex'), value)
    await grid.restart()
    assert.deepEqual(
      [...(await entriesIn(grid)).keys()].sort(),
      ['0000000000000000', Buffer.from(HEAD).toString('hex')].sort(),
    )
    assert.equal((await told(grid)).length, 1)
  })

  test('happens by itself when there is enough of it', async () => {
    const { grid } = await audited()
    const chain = [grid.grant()]
    for (let call = 0; call < 256; call += 1) await grid.kernel.dispatch(grid.compose({ chain }).bytes)
    assert.equal(
      readPage((await entriesIn(grid)).get('0000000000000000') ?? new Uint8Array())?.entries.length,
      256,
    )
  })

  test('that fails with the disk costs nobody a reply, and is told of', async () => {
    const inner = createMemoryBackend()
    let isBroken = false
    const backend: Backend = {
      name: 'failing',
      snapshot: () => inner.snapshot(),
      batch: async (writes, options) => {
        if (isBroken) throw new StoreError('IO')
        await inner.batch(writes, options)
      },
      close: async () => undefined,
    }
    const events: TraceEvent[] = []
    const grid = await foundGrid({ backend, trace: (event) => events.push(event) })
    const chain = [grid.grant()]
    assert.equal((await grid.send({ chain })).code, 'kept')
    isBroken = true
    // The result is known: nothing but the log has to be written.
    for (let call = 0; call < 256; call += 1) assert.equal((await grid.send({ chain })).code, 'kept')
    assert.ok(events.some(({ code }) => code === 'STORE'))
    await assert.rejects(told(grid), StoreError)
    await assert.rejects(grid.kernel.verifyAudit(), StoreError)
    await grid.kernel.close()
  })

  test('happens when the node is closed', async () => {
    const { grid } = await audited()
    await grid.send()
    assert.equal((await entriesIn(grid)).size, 0)
    await grid.kernel.close()
    assert.equal((await entriesIn(grid)).size, 2)
  })

  test('writes nothing when there is nothing', async () => {
    const { grid } = await audited()
    const before = await grid.fingerprint()
    await told(grid)
    assert.equal((await grid.kernel.verifyAudit()).holds, true)
    await grid.kernel.close()
    assert.equal(await grid.fingerprint(), before)
  })

  test('of a log that is switched off writes nothing, of effects and of pure calls', async () => {
    const { grid, count } = await audited({ auditEntries: 0 })
    await count()
    await grid.send()
    await grid.kernel.close()
    assert.equal((await entriesIn(grid)).size, 0)
  })

  test('keeps at most `auditEntries` entries, and what is left still holds', async () => {
    const { grid, count } = await audited({ auditEntries: 4 })
    for (let page = 0; page < 4; page += 1) {
      for (let call = 0; call < 2; call += 1) await count()
      await told(grid)
    }
    assert.equal((await told(grid)).length, 4)
    const { holds, pages, entries, dropped } = await grid.kernel.verifyAudit()
    assert.deepEqual({ holds, pages, entries, dropped }, { holds: true, pages: 2, entries: 4, dropped: 4 })
  })
})

describe('whoever', () => {
  const damages: Record<string, { damage(grid: Grid): Promise<void>; kind: string; page: number }> = {
    'changes an entry': {
      damage: (grid) => edit(grid, 1, (entries) => [entries[0] as Uint8Array, altered(entries[1])]),
      kind: 'changed',
      page: 2,
    },
    'changes an entry of the last page': {
      damage: (grid) => edit(grid, 2, (entries) => [entries[0] as Uint8Array, altered(entries[1])]),
      kind: 'changed',
      page: 2,
    },
    'takes an entry out': {
      damage: (grid) => edit(grid, 0, ([first]) => [first as Uint8Array]),
      kind: 'changed',
      page: 1,
    },
    'puts an entry in twice': {
      damage: (grid) => edit(grid, 0, (entries) => [...entries, entries[0] as Uint8Array]),
      kind: 'changed',
      page: 1,
    },
    'turns two entries round': {
      damage: (grid) => edit(grid, 1, (entries) => [...entries].reverse()),
      kind: 'changed',
      page: 2,
    },
    'turns two pages round': {
      damage: async (grid) => {
        const found = await entriesIn(grid)
        await put(grid, uint64(1), found.get('0000000000000002'))
        await put(grid, uint64(2), found.get('0000000000000001'))
      },
      kind: 'changed',
      page: 1,
    },
    'takes the first page away': {
      damage: (grid) => put(grid, uint64(0), undefined),
      kind: 'missing',
      page: 0,
    },
    'takes a page away': { damage: (grid) => put(grid, uint64(1), undefined), kind: 'missing', page: 1 },
    'takes the last page away': {
      damage: (grid) => put(grid, uint64(2), undefined),
      kind: 'missing',
      page: 2,
    },
    'puts a page behind the last one': {
      damage: async (grid) => put(grid, uint64(3), (await entriesIn(grid)).get('0000000000000001')),
      kind: 'extra',
      page: 3,
    },
    'writes over a page': {
      damage: (grid) => put(grid, uint64(1), Uint8Array.of(1)),
      kind: 'unreadable',
      page: 1,
    },
    'writes what is no entry': {
      damage: (grid) => edit(grid, 2, () => [Uint8Array.of(0x80)]),
      kind: 'unreadable',
      page: 2,
    },
    'writes over the head': { damage: (grid) => put(grid, HEAD, Uint8Array.of(1)), kind: 'head', page: 0 },
    'takes the head away': { damage: (grid) => put(grid, HEAD, undefined), kind: 'extra', page: 0 },
  }
  for (const [name, { damage, kind, page }] of Object.entries(damages))
    test(`${name} is found out`, async () => {
      const { grid } = await threePages()
      await damage(grid)
      const { holds, faults } = await grid.kernel.verifyAudit()
      assert.equal(holds, false)
      assert.deepEqual({ page: faults[0]?.page, kind: faults[0]?.kind }, { page, kind })
      await grid.restart()
      assert.equal((await grid.kernel.verifyAudit()).holds, false)
    })

  test('loses the head cannot hide it by going on', async () => {
    const { grid, count } = await threePages()
    await put(grid, HEAD, undefined)
    await count()
    const { holds, faults, pages } = await grid.kernel.verifyAudit()
    assert.deepEqual({ holds, pages }, { holds: false, pages: 4 })
    assert.deepEqual(
      faults.map(({ page, kind }) => [page, kind]),
      [[3, 'changed']],
    )
  })

  test('writes the whole log anew is found out by a checkpoint that was noted elsewhere', async () => {
    const { grid, count } = await threePages()
    const { checkpoint } = await grid.kernel.verifyAudit()
    assert.equal(checkpoint?.page, 2)
    await count()
    assert.equal((await grid.kernel.verifyAudit({ since: checkpoint })).holds, true)
    for (const key of (await entriesIn(grid)).keys()) await put(grid, Buffer.from(key, 'hex'), undefined)
    for (let page = 0; page < 4; page += 1) {
      await count()
      await told(grid)
    }
    assert.equal((await grid.kernel.verifyAudit()).holds, true)
    const { faults } = await grid.kernel.verifyAudit({ since: checkpoint })
    assert.deepEqual(
      faults.map(({ page, kind }) => [page, kind]),
      [[2, 'checkpoint']],
    )
  })

  test('asks a log with a page that cannot be read is told so', async () => {
    const { grid } = await threePages()
    await put(grid, uint64(1), Uint8Array.of(1))
    await assert.rejects(told(grid), (error) => error instanceof StoreError && error.code === 'CORRUPT')
  })
})

describe('bytes that are', () => {
  const used = (grid: Grid) => ({
    message: { ...grid.compose(), protocol: grid.protocol('echo'), claims: CLAIMS },
    chain: [grid.adoption],
    now: 7,
  })
  const CLAIMS = { issuer: 'did:key:zA', method: 'run' } as never

  test('an entry are read as they were written', async () => {
    const grid = await foundGrid()
    const entry = readEntry(writeEntry(used(grid), [], { status: 'refused', code: 'METHOD' }))
    assert.deepEqual(entry?.outcome, { status: 'refused', code: 'METHOD' })
    assert.deepEqual(entry.resource, { kind: 'code', protocol: grid.protocol('echo') })
  })

  test('no entry, no page or no head are not read', async () => {
    const grid = await foundGrid()
    const written = writeEntry(used(grid), [], { status: 'kept', fuel: 1 })
    for (let length = 0; length < written.length; length += 1)
      assert.equal(readEntry(written.subarray(0, length)), undefined)
    assert.equal(readEntry(writeEntry(used(grid), [], { status: 'done' as never })), undefined)
    const hash = new Uint8Array(32)
    assert.equal(readPage(encodeCbor([hash.subarray(1), 0, []])), undefined)
    assert.equal(readPage(encodeCbor([hash, -1, []])), undefined)
    assert.equal(readPage(encodeCbor([hash, 0, [1]])), undefined)
    assert.equal(readPage(encodeCbor([hash, 0, [], 0])), undefined)
    assert.equal(readHead(encodeCbor([2, hash, 1, hash, 0, 0])), undefined)
    assert.equal(readHead(encodeCbor([0, hash, 1, hash, 0])), undefined)
    assert.equal(readHead(Uint8Array.of(0xff)), undefined)
  })

  test('the key of an unsealed entry stand behind every number', async () => {
    const grid = await foundGrid()
    assert.ok(Buffer.compare(pendingKey(grid.grid), uint64(Number.MAX_SAFE_INTEGER)) > 0)
  })
})

function altered(bytes: Uint8Array = new Uint8Array(1)): Uint8Array {
  // The last byte is the fuel.
  return bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte))
}

async function put({ store }: Grid, key: Uint8Array, value: Uint8Array | undefined): Promise<void> {
  await store.transact((transaction) => {
    if (value === undefined) transaction.delete(SPACE.audit, key)
    else transaction.put(SPACE.audit, key, value)
  })
}

async function edit(
  grid: Grid,
  number: number,
  change: (entries: readonly Uint8Array[]) => Uint8Array[],
): Promise<void> {
  const page = readPage(
    (await entriesIn(grid)).get(Buffer.from(uint64(number)).toString('hex')) as Uint8Array,
  )
  assert.ok(page !== undefined)
  await put(grid, uint64(number), writePage({ ...page, entries: change(page.entries) }))
}
