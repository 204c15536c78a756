/** Revocations by message: what a handler may accept commits with its reply, and what is known can be fetched. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { DAG_CBOR_PROFILE, decodeCbor, encodeDagCbor } from '../../../promisebase/index.ts'
import { HandlerError } from '../../index.ts'
import { LIMITS } from '../../limits.ts'
import { SPACE } from '../../spaces.ts'
import { assertRefused } from '../assert-refused.ts'
import { foundGrid } from '../fixture.ts'
import { watched } from '../handlers.ts'
import { changePolicy, heartbeat, revocation } from './feeds.ts'
import type { CborInput, CborMap, CborValue } from '../../../promisebase/index.ts'
import type { HandlerRevocations, NativeHandler } from '../../index.ts'
import type { Answer, Grid } from '../fixture.ts'

const REVOKED = { signed: true, rule: 'capability.md#revocation' }

/** A handler that does with its powers what a test says. */
function lentTo(
  work: (revocations: HandlerRevocations | undefined, input: Uint8Array) => Promise<void>,
  fields: Partial<NativeHandler> = {},
): NativeHandler {
  return {
    ...watched('clerk').handler,
    imports: ['revocation.accept'],
    run: async ({ input, revocations }) => {
      await work(revocations, input)
      return input
    },
    ...fields,
  }
}

function tell(
  grid: Grid,
  method: string,
  fields: Readonly<Record<string, CborInput>>,
  handler = 'revocations',
): Promise<Answer> {
  const protocol = grid.protocol(handler)
  const token = grid.grant({ resource: { kind: 'code', protocol } })
  return grid.send({ protocol, method, chain: [token], arguments: { bytes: encodeDagCbor(fields) } })
}

function said(answer: Answer): CborValue {
  assert.ok(answer.signed && answer.outcome.status === 'kept', answer.code)
  const { result } = answer.outcome
  assert.ok(result.bytes !== undefined)
  const decoded = decodeCbor(result.bytes, DAG_CBOR_PROFILE)
  assert.ok(decoded.ok !== undefined)
  return decoded.ok
}

interface Page {
  readonly records: readonly Uint8Array[]
  readonly heartbeats: readonly Uint8Array[]
  readonly next?: Uint8Array
}

async function page(grid: Grid, query: Readonly<Record<string, CborInput>> = {}): Promise<Page> {
  const map = said(await tell(grid, 'list', query)) as CborMap
  return Object.fromEntries(map) as unknown as Page
}

describe('a record that comes by message', () => {
  test('stops the token, also what runs under it, and is there after a start', async () => {
    const slow = watched('slow')
    const grid = await foundGrid({ handlers: [slow.handler] })
    const protocol = grid.protocol('slow')
    const token = grid.grant({ resource: { kind: 'code', protocol } })
    const running = grid.send({ protocol, method: 'hang', chain: [token] })
    while (slow.calls.length === 0) await new Promise(setImmediate)
    const record = revocation(grid, grid.root, token)
    assert.deepEqual(said(await tell(grid, 'accept', { records: record.bytes })), [record.id])
    assert.equal((await running).code, 'REVOKED')
    await grid.restart()
    await assertRefused(grid, grid.compose({ protocol, method: 'same', chain: [token] }), 'REVOKED', {
      ...REVOKED,
      link: 1,
    })
  })

  test('is answered from the record when it comes again, and changes nothing', async () => {
    const grid = await foundGrid()
    const protocol = grid.protocol('revocations')
    const record = revocation(grid, grid.root, grid.grant())
    const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
    const bytes = encodeDagCbor({ records: record.bytes })
    const sent = grid.compose({ protocol, method: 'accept', chain, arguments: { bytes } })
    const first = await grid.kernel.dispatch(sent.bytes)
    const before = await grid.fingerprint()
    assert.deepEqual(await grid.kernel.dispatch(sent.bytes), first)
    assert.equal(await grid.fingerprint(), before)
  })

  test('is not kept when the message it came with is refused', async () => {
    const refusing = lentTo(async (revocations, input) => {
      assert.equal((await revocations?.accept(input))?.refused, undefined)
      throw new HandlerError('accepted, and thought better of it')
    })
    const grid = await foundGrid({ handlers: [refusing] })
    const protocol = grid.protocol('clerk')
    const token = grid.grant()
    const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
    const { bytes } = revocation(grid, grid.root, token)
    const answer = await grid.send({ protocol, method: 'same', chain, arguments: { bytes } })
    assert.equal(answer.code, 'HANDLER')
    assert.deepEqual(await grid.kernel.revocations(token.id), [])
    assert.equal((await grid.send({ chain: [token] })).code, 'kept')
  })

  test('counts for the bound of its issuer, also many of one message at once', async () => {
    const all = lentTo(async (revocations, input) => {
      const records = decodeCbor(input, DAG_CBOR_PROFILE).ok as Uint8Array[]
      const ends = await Promise.all(records.map(async (each) => revocations?.accept(each)))
      assert.deepEqual(
        ends.map((end) => end?.refused?.code),
        [undefined, undefined, undefined, 'LIMIT'],
      )
    })
    const grid = await foundGrid({ handlers: [all], limits: { revocationsPerIssuer: 3 } })
    const protocol = grid.protocol('clerk')
    const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
    const records = Array.from({ length: 4 }, () => revocation(grid, grid.root, grid.grant()).bytes)
    const answer = await grid.send({
      ...{ protocol, method: 'same', chain },
      arguments: { bytes: encodeDagCbor(records) },
    })
    assert.equal(answer.code, 'kept')
    assert.equal((await grid.kernel.feed(grid.root.principal)).records, 3)
  })
})

describe('the power to accept', () => {
  test('is not lent to a handler that does not ask for it, nor through another handler', async () => {
    const none = lentTo(async (revocations) => assert.equal(revocations, undefined), { imports: [] })
    const grid = await foundGrid({ handlers: [none] })
    const protocol = grid.protocol('clerk')
    const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
    assert.equal((await grid.send({ protocol, method: 'same', chain })).code, 'kept')
    const [batch, nested] = [grid.protocol('batch'), grid.protocol('revocations')]
    const grant = (code: typeof batch) => grid.grant({ resource: { kind: 'code', protocol: code } })
    const call = { capability: 0, protocol: nested, method: 'list', input: encodeDagCbor({}) }
    const answer = await grid.send({
      ...{ protocol: batch, method: 'each', chain: [grant(batch)], table: [[grant(nested).bytes]] },
      arguments: { bytes: encodeDagCbor([call]) },
    })
    assert.equal(answer.code, 'HANDLER')
  })

  test('ends with the call, and takes bytes alone', async () => {
    let kept: HandlerRevocations | undefined
    const clerk = lentTo(async (revocations, input) => {
      kept = revocations
      assert.throws(() => revocations?.accept('text' as unknown as Uint8Array), /record/)
      await assert.rejects(async () => revocations?.list({ limit: 0 }), /limit/)
      await assert.rejects(async () => revocations?.list({ limit: 1, since: -1 }), /since/)
      await revocations?.accept(input)
    })
    const grid = await foundGrid({ handlers: [clerk] })
    const protocol = grid.protocol('clerk')
    const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
    const token = grid.grant()
    const { bytes } = revocation(grid, grid.root, token)
    const { code } = await grid.send({ protocol, method: 'same', chain, arguments: { bytes } })
    assert.equal(code, 'kept')
    const late = revocation(grid, grid.root, grid.grant()).bytes
    await assert.rejects(async () => kept?.accept(late), { name: 'ForbiddenError' })
    await assert.rejects(async () => kept?.acceptHeartbeat(late), { name: 'ForbiddenError' })
    await assert.rejects(async () => kept?.list({ limit: 1 }), { name: 'ForbiddenError' })
  })
})

describe('what a node knows', () => {
  test('is listed page by page, and brings another node to the same feed', async () => {
    const grid = await foundGrid()
    await changePolicy(grid, { revokers: [grid.carol.principal] })
    const other = await foundGrid()
    await changePolicy(other, { revokers: [other.carol.principal] })
    const records = Array.from({ length: 7 }, () => revocation(grid, grid.carol, grid.grant()))
    for (const { bytes } of records) await grid.kernel.acceptRevocation(bytes)
    const beat = heartbeat(grid, grid.carol, 1, records)
    assert.equal((await grid.kernel.acceptHeartbeat(beat)).refused, undefined)

    let pages = 0
    let got: Page | undefined
    do {
      got = await page(grid, { limit: 3, ...(got?.next && { after: got.next }) })
      pages += 1
      assert.equal(got.heartbeats.length, got.next === undefined ? 1 : 0)
      const answers = said(await tell(other, 'accept', { records: [...got.records] })) as CborValue[]
      for (const answer of answers) assert.notEqual(typeof answer, 'string', String(answer))
    } while (got.next !== undefined)
    assert.equal(pages, 3)
    assert.equal(said(await tell(other, 'heartbeat', { heartbeat: got.heartbeats[0] as Uint8Array })), true)
    const [here, there] = [grid, other].map(({ kernel, carol }) => kernel.feed(carol.principal))
    assert.deepEqual(await there, await here)
  })

  test('leaves out what came before a second, and never what came at it or later', async () => {
    const grid = await foundGrid()
    const first = revocation(grid, grid.root, grid.grant())
    await grid.kernel.acceptRevocation(first.bytes)
    grid.time.now += 10
    const second = revocation(grid, grid.root, grid.grant())
    await grid.kernel.acceptRevocation(second.bytes)
    const of = async (since: number) => (await page(grid, { since })).records
    assert.deepEqual(await of(grid.time.now), [second.bytes])
    assert.deepEqual(await of(grid.time.now - 9), [second.bytes])
    assert.deepEqual(await of(grid.time.now - 10), [first.bytes, second.bytes])
    assert.deepEqual(await of(grid.time.now + 1), [])
  })

  test('holds both of two records of one issuer about one token, as long as each is kept', async () => {
    const grid = await foundGrid()
    const token = grid.grant()
    const records = [0, 1].map((second) => revocation(grid, grid.root, token, grid.time.now - second))
    for (const { bytes } of records) {
      await grid.kernel.acceptRevocation(bytes)
      grid.time.now += 1
    }
    assert.deepEqual(
      (await page(grid)).records,
      records.map(({ bytes }) => bytes),
    )
    grid.time.now += LIMITS.tokenLifetimeSeconds + LIMITS.skewSeconds
    await grid.kernel.acceptClock()
    await grid.restart()
    const snapshot = grid.store.snapshot()
    for await (const { key } of snapshot.range(SPACE.revoked)) assert.fail(`left: ${String(key)}`)
    snapshot.close()
  })
})
