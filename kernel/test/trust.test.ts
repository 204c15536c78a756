/** The ledger counts signed answers to what was asked, each once, and can count them again. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { fc } from '../../conformance/test/laws.ts'

import { composeMessage, readAssessment, REFUSALS, signAssessment, signPromise } from '../index.ts'
import { SPACE } from '../spaces.ts'
import { assertRefused } from './assert-refused.ts'
import { foundGrid, hybrid, people, person } from './fixture.ts'
import type { Counts, Outcome, PendingRequest, Signer } from '../index.ts'
import type { Grid } from './fixture.ts'

const { alice, bob, mallory, node } = people
const NONE: Counts = { kept: 0, broken: 0, refused: 0, expired: 0 }
const kept = (text: string, grid: Grid): Outcome => ({
  status: 'kept',
  fuel: 1,
  result: { cid: grid.protocol(text) },
})
const REFUSED: Outcome = { status: 'refused', code: 'BUSY' }
const FAILED: Outcome = { status: 'refused', code: 'HANDLER' }

/** Alice asked bob; what bob answers is up to the test. */
function asked(grid: Grid, of: Signer = bob) {
  const { id, bytes } = grid.compose({ audience: of.principal })
  const pending: PendingRequest = {
    ...{ id, bytes, grid: grid.grid },
    ...{ sender: alice.principal, executors: [of.principal] },
  }
  const answer = (outcome: Outcome, by: Signer = of, fields = {}): Uint8Array =>
    composeMessage(grid.crypto, by, {
      ...{ protocol: grid.protocol('echo'), grid: grid.grid, audience: alice.principal, method: 'reply' },
      ...{ issuedAt: grid.time.now, expires: grid.time.now + 60, capabilities: [], inReplyTo: id, outcome },
      ...fields,
    }).bytes
  return { pending, answer }
}

describe('the ledger', () => {
  test('counts each way an answer can end, in its protocol and in all together', async () => {
    const grid = await foundGrid()
    const outcomes: readonly Outcome[] = [
      kept('echo', grid),
      kept('store', grid),
      REFUSED,
      { status: 'expired', code: 'EXPIRED' },
      { status: 'broken', code: 'REVOKED' },
    ]
    for (const outcome of outcomes) {
      const { pending, answer } = asked(grid)
      assert.ok((await grid.kernel.trust.note(pending, answer(outcome))).ok)
    }
    // What became of the capability of another is nothing that bob has promised.
    const counts = { kept: 2, broken: 0, refused: 3, expired: 0 }
    assert.deepEqual(await grid.kernel.trust.counts(bob.principal), counts)
    assert.deepEqual(await grid.kernel.trust.counts(bob.principal, grid.protocol('echo')), counts)
    assert.deepEqual(await grid.kernel.trust.counts(bob.principal, grid.protocol('store')), NONE)
    assert.deepEqual(await grid.kernel.trust.counts(alice.principal), NONE)
    assert.deepEqual(await grid.kernel.trust.standings(), [
      { principal: bob.principal, protocol: grid.protocol('echo'), counts },
    ])
  })

  test('charges the end of a promise to who made it, and of a capability not to who tells of it', async () => {
    const grid = await foundGrid()
    const ends: readonly Outcome[] = [
      { status: 'broken', code: 'HANDLER' },
      { status: 'broken', code: 'REVOKED' },
      { status: 'expired', code: 'EXPIRED' },
    ]
    for (const outcome of ends) {
      const { pending, answer } = asked(grid)
      const { bytes, id } = signPromise(grid.crypto, bob, {
        ...{ audience: alice.principal, issuedAt: grid.time.now, expires: grid.time.now + 60 },
        ...{ grid: grid.grid, request: pending.id, protocol: grid.protocol('echo') },
      })
      const told = answer(outcome, bob, { inReplyTo: id })
      assert.ok((await grid.kernel.trust.note({ ...pending, bytes, id }, told)).ok)
    }
    const counts = { ...NONE, broken: 2, expired: 1 }
    assert.deepEqual(await grid.kernel.trust.counts(bob.principal), counts)
    assert.equal(await grid.kernel.trust.rebuild(), 0)
    const revoked = await foundGrid()
    const sent = revoked.compose({ chain: [revoked.grant()] })
    assert.ok((await revoked.kernel.revoke(revoked.adoption.id)).ok)
    const reply = await revoked.kernel.dispatch(sent.bytes)
    const pending = { ...sent, grid: revoked.grid, sender: alice.principal, executors: [node.principal] }
    const noted = await revoked.kernel.trust.note(pending, reply)
    assert.deepEqual(noted.ok?.counts, { ...NONE, refused: 1 })
  })

  test('counts nothing that is not decided, nor what a sender did wrong', async () => {
    const grid = await foundGrid()
    const seen = asked(grid)
    const already: Outcome = { status: 'already-seen', code: 'REPLAY' }
    assert.deepEqual(await grid.kernel.trust.note(seen.pending, seen.answer(already)), { ok: undefined })
    const { pending, answer } = asked(grid)
    const { bytes: promise } = signPromise(grid.crypto, bob, {
      ...{ audience: alice.principal, issuedAt: grid.time.now, expires: grid.time.now + 60 },
      ...{ grid: grid.grid, request: pending.id, protocol: grid.protocol('echo') },
    })
    const deferred = answer({ status: 'deferred', promise })
    assert.deepEqual(await grid.kernel.trust.note(pending, deferred), { ok: undefined })
    const empty = answer({ status: 'deferred', promise: new Uint8Array(1) })
    assert.equal((await grid.kernel.trust.note(pending, empty)).refused?.code, 'SHAPE')
    assert.deepEqual(await grid.kernel.trust.standings(), [])
  })

  test('counts an answer once, and two different ones as a broken promise', async () => {
    const grid = await foundGrid()
    const { pending, answer } = asked(grid)
    const note = async (outcome: Outcome): Promise<Counts | undefined> =>
      (await grid.kernel.trust.note(pending, answer(outcome))).ok?.counts
    assert.deepEqual(await note(FAILED), { ...NONE, refused: 1 })
    assert.deepEqual(await note(FAILED), { ...NONE, refused: 1 })
    assert.deepEqual(await note(kept('echo', grid)), { ...NONE, broken: 1 })
    assert.deepEqual(await note(kept('store', grid)), { ...NONE, broken: 1 })
    assert.deepEqual(await note(REFUSED), { ...NONE, broken: 1 })
  })

  test('blames nobody for a result after a refusal that was to be tried again, or for one after a result', async () => {
    const grid = await foundGrid()
    const later: readonly Outcome[] = [
      { status: 'expired', code: 'EXPIRED' },
      { status: 'broken', code: 'REVOKED' },
      { status: 'refused', code: 'RATE' },
    ]
    for (const first of [REFUSED, ...later]) {
      const { pending, answer } = asked(grid)
      const note = async (outcome: Outcome): Promise<Counts | undefined> =>
        (await grid.kernel.trust.note(pending, answer(outcome))).ok?.counts
      const before = await grid.kernel.trust.counts(bob.principal)
      await note(first)
      const now = { ...before, kept: before.kept + 1 }
      for (const outcome of [kept('echo', grid), ...later, kept('echo', grid)])
        assert.deepEqual(await note(outcome), now)
    }
    assert.equal(await grid.kernel.trust.rebuild(), 0)
  })

  test('takes no answer from somebody who was not asked, to somebody else, or that was changed', async () => {
    const grid = await foundGrid()
    const { pending, answer } = asked(grid)
    const changed = answer(REFUSED)
    changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1
    const other = asked(grid)
    const wrong: readonly [Uint8Array, string][] = [
      [answer(REFUSED, mallory), 'POP'],
      [answer(REFUSED, bob, { audience: mallory.principal }), 'AUD'],
      [other.answer(REFUSED), 'CHAIN'],
      [changed, 'SIG'],
      [new Uint8Array(0), 'DECODE'],
    ]
    const before = await grid.fingerprint()
    for (const [bytes, code] of wrong)
      assert.equal((await grid.kernel.trust.note(pending, bytes)).refused?.code, code)
    assert.equal(await grid.fingerprint(), before)
  })

  test('counts the answers of a principal that is a key set', async () => {
    const grid = await foundGrid()
    const carol = hybrid('carol')
    const { pending, answer } = asked(grid, carol)
    assert.equal((await grid.kernel.trust.note(pending, answer(REFUSED))).refused?.code, 'MISSING')
    assert.ok((await grid.kernel.admitKeySet(carol.keySet as Uint8Array)).ok)
    assert.deepEqual((await grid.kernel.trust.note(pending, answer(REFUSED))).ok?.counts, {
      ...NONE,
      refused: 1,
    })
  })

  test('comes out the same from its evidence, whatever was noted in whatever order', async () => {
    const grid = await foundGrid()
    const requests = [asked(grid), asked(grid), asked(grid, people.carol)]
    const answers = [kept('echo', grid), kept('store', grid), REFUSED]
    const event = fc.record({ request: fc.nat(2), answer: fc.nat(2) })
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 6 }), async (events) => {
        for (const { request, answer } of events) {
          const one = requests[request]
          assert.ok(one)
          await grid.kernel.trust.note(one.pending, one.answer(answers[answer] as Outcome))
        }
        assert.equal(await grid.kernel.trust.rebuild(), 0)
      }),
      { numRuns: 20 },
    )
  })

  test('finds and mends counts that were changed, lost or invented', async () => {
    const grid = await foundGrid()
    const { pending, answer } = asked(grid)
    await grid.kernel.trust.note(pending, answer(REFUSED))
    const honest = await grid.kernel.trust.standings()
    await grid.store.transact(async (transaction) => {
      for await (const { key } of transaction.range(SPACE.trust)) transaction.delete(SPACE.trust, key)
    })
    assert.equal(await grid.kernel.trust.rebuild(), 1)
    assert.deepEqual(await grid.kernel.trust.standings(), honest)
    await grid.store.transact(async (transaction) => {
      for await (const { key, value } of transaction.range(SPACE.trust)) {
        transaction.put(SPACE.trust, new Uint8Array([0x61, ...key]), value)
        transaction.put(
          SPACE.trust,
          key,
          Uint8Array.from(value, (byte) => (byte === 1 ? 2 : byte)),
        )
      }
    })
    assert.equal(await grid.kernel.trust.rebuild(), 2)
    assert.deepEqual(await grid.kernel.trust.standings(), honest)
  })
})

describe('an assessment', () => {
  test('says what the ledger says, and is read by others', async () => {
    const grid = await foundGrid()
    const { pending, answer } = asked(grid)
    await grid.kernel.trust.note(pending, answer(REFUSED))
    for (const protocol of [undefined, grid.protocol('echo')]) {
      const bytes = await grid.kernel.trust.assess(bob.principal, protocol)
      const read = readAssessment(grid.crypto, grid.keys, bytes)
      assert.equal(read.ok?.issuer, node.principal)
      assert.deepEqual(read.ok?.counts, { ...NONE, refused: 1 })
      assert.deepEqual(read.ok?.protocol, protocol)
    }
    await assert.rejects(grid.kernel.trust.assess(node.principal), TypeError)
  })

  test('by somebody else is kept, the newest of each, and changes no count', async () => {
    const grid = await foundGrid()
    const said = (counts: Partial<Counts>, issuedAt: number, by: Signer = alice): Uint8Array =>
      signAssessment(grid.crypto, by, {
        ...{ issuedAt, grid: grid.grid, subject: bob.principal },
        counts: { ...NONE, ...counts },
      }).bytes
    const { now } = grid.time
    assert.ok((await grid.kernel.trust.accept(said({ kept: 5 }, now - 10))).ok)
    assert.ok((await grid.kernel.trust.accept(said({ kept: 9 }, now))).ok)
    assert.equal((await grid.kernel.trust.accept(said({ broken: 1 }, now - 5))).ok?.counts.kept, 9)
    assert.ok((await grid.kernel.trust.accept(said({ broken: 2 }, now, people.carol))).ok)
    const kept = await grid.kernel.trust.assessments(bob.principal)
    assert.deepEqual(kept.map(({ counts }) => [counts.kept, counts.broken]).sort(), [
      [0, 2],
      [9, 0],
    ])
    assert.deepEqual(await grid.kernel.trust.counts(bob.principal), NONE)
    assert.deepEqual(await grid.kernel.trust.assessments(alice.principal), [])
  })

  test('is refused for another grid, from the future, about oneself, or changed', async () => {
    const grid = await foundGrid()
    const other = await foundGrid({ roots: [alice] })
    const fields = {
      ...{ issuedAt: grid.time.now, grid: grid.grid, subject: bob.principal },
      counts: NONE,
    }
    const sign = (more: object, by: Signer = alice): Uint8Array =>
      signAssessment(grid.crypto, by, { ...fields, ...more }).bytes
    const changed = sign({})
    changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1
    const wrong: readonly [Uint8Array, string][] = [
      [sign({ grid: other.grid }), 'GRID'],
      [sign({ issuedAt: grid.time.now + 61 }), 'EARLY'],
      [sign({ subject: alice.principal }), 'SHAPE'],
      [sign({ subject: 'bob' }), 'KEY'],
      [changed, 'SIG'],
      [grid.grant().bytes, 'SHAPE'],
    ]
    const before = await grid.fingerprint()
    for (const [bytes, code] of wrong)
      assert.equal((await grid.kernel.trust.accept(bytes)).refused?.code, code)
    assert.equal(await grid.fingerprint(), before)
  })
})

describe('a host that relies only on some', () => {
  const strict = async () => {
    const grid = await foundGrid({ trusts: (_principal, { broken }) => broken === 0 })
    const broke = async (who: Signer): Promise<void> => {
      const { pending, answer } = asked(grid, who)
      for (const protocol of ['echo', 'store'])
        await grid.kernel.trust.note(pending, answer(kept(protocol, grid)))
    }
    return { grid, broke }
  }

  test('serves whoever kept his word, or gave none yet', async () => {
    const { grid, broke } = await strict()
    await broke(mallory)
    assert.equal((await grid.send()).code, 'kept')
  })

  test('refuses a sender who broke it, and says so to him', async () => {
    const { grid, broke } = await strict()
    await broke(alice)
    assert.deepEqual(await grid.send(), {
      signed: true,
      code: 'TRUST',
      outcome: ((await grid.send()) as { outcome: Outcome }).outcome,
    })
    assert.equal(REFUSALS.TRUST.public, 'DENIED')
  })

  test('refuses what was delegated by somebody who broke it', async () => {
    const { grid, broke } = await strict()
    const first = grid.grant({ holder: bob.principal })
    const chain = [first, grid.grant({ by: bob, parent: first, holder: alice.principal })]
    assert.equal((await grid.send({ chain })).code, 'kept')
    await broke(bob)
    assert.equal((await grid.send({ chain })).code, 'TRUST')
    assert.equal((await grid.send({ as: alice })).code, 'kept')
  })

  test('serves nobody only because it relies on him', async () => {
    const grid = await foundGrid({ trusts: () => true })
    const beyond = grid.compose({ chain: [grid.grant({ methods: ['get'] })] })
    await assertRefused(grid, beyond, 'METHOD', { signed: true })
    const late = grid.compose({ chain: [grid.grant({ expires: grid.time.now })] })
    await assertRefused(grid, late, 'EXPIRED', { signed: true })
  })

  test('never asks about itself', async () => {
    const asked: string[] = []
    const grid = await foundGrid({
      trusts: (principal) => {
        asked.push(principal)
        return true
      },
    })
    assert.equal((await grid.send({ as: person('alice') })).code, 'kept')
    assert.deepEqual(asked, [people.root.principal, alice.principal])
  })
})
