/** Revocation against use, in every order: nothing is done after the commit of a revocation (K-22, T13). */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { fc } from '../../../conformance/test/laws.ts'

import { foundGrid } from '../fixture.ts'
import { watched } from '../handlers.ts'
import { manyTurns } from '../turns.ts'
import { revocation } from './feeds.ts'
import { as, steppedBackend } from './stepped-backend.ts'
import type { SteppedBackend } from './stepped-backend.ts'

const [USE, REVOKE] = ['use', 'revoke']
const [EFFECT, RECORD] = ['notes', '.revoked']
/** Where replies are kept, those of final refusals too. */
const REPLY = '.replay'
/** More steps than either of the two takes. */
const STEPS_MAX = 200

/** What became of one use and one revocation at the same time. */
interface Race {
  readonly code: string
  /** Commits in order. */
  readonly log: readonly string[]
  /** Whether the record was acknowledged while the use was held up. */
  readonly acknowledgedFirst: boolean
  /** What the very same bytes are answered when all is over. */
  readonly again: string
  /** How often the handler was called after the record was acknowledged. */
  readonly ranAfter: number
  /** How many steps the one that was held up had taken. */
  readonly steps: number
}

async function node(method: string) {
  const isPure = method === 'same'
  const stepped = steppedBackend([EFFECT, RECORD, REPLY])
  const { handler, calls } = watched('counter', { pure: isPure })
  const grid = await foundGrid({ handlers: [handler], backend: stepped.backend })
  const protocol = grid.protocol('counter')
  const resource = isPure ? ({ kind: 'code', protocol } as const) : grid.space(EFFECT)
  const token = grid.grant({ resource })
  const toBob = grid.grant({ by: grid.alice, parent: token, resource, holder: grid.bob.principal })
  const fields = isPure ? { method } : { method, resource }
  const sent = grid.compose({ as: grid.bob, protocol, chain: [token, toBob], ...fields })
  const { bytes } = revocation(grid, grid.root, token)
  return {
    stepped,
    calls,
    use: () => as(USE, () => grid.send(sent, grid.bob)),
    revoke: () => as(REVOKE, () => grid.kernel.acceptRevocation(bytes)),
  }
}

/** `held` is stopped before its step `at`, the other one goes as far as it can, and then both go on. */
async function race(held: string, at: number, method = 'add', isBlind = false): Promise<Race> {
  const { stepped, use, revoke, calls } = await node(method)
  if (isBlind) stepped.hide(RECORD)
  let steps = 0
  let letGo: () => void = () => undefined
  const stopped = new Promise<void>((resolve) =>
    stepped.watch(held, (number) => {
      steps = number
      if (number !== at) return Promise.resolve()
      resolve()
      return new Promise((release) => (letGo = release))
    }),
  )
  const using = held === USE ? use() : undefined
  const revoking = held === REVOKE ? revoke() : undefined
  await Promise.race([stopped, using ?? revoking])
  let isOver = false
  let acknowledgedFirst = false
  let ranBefore = 0
  const used = (using ?? use()).finally(() => (isOver = true))
  const revoked = (revoking ?? revoke()).then((result) => {
    assert.ok(result.ok)
    acknowledgedFirst = !isOver
    ranBefore = calls.length
  })
  await manyTurns()
  letGo()
  const [{ code }] = await Promise.all([used, revoked])
  const ranAfter = calls.length - ranBefore
  stepped.watch(held, () => Promise.resolve())
  const { code: again } = await use()
  return {
    code,
    again,
    log: stepped.log,
    ranAfter,
    steps,
    acknowledgedFirst: held === USE && acknowledgedFirst,
  }
}

/** All of them: one for each step of the one that is held up. */
async function races(held: string, method = 'add', isBlind = false): Promise<readonly Race[]> {
  const all: Race[] = []
  for (let at = 1; at <= STEPS_MAX; at += 1) {
    const one = await race(held, at, method, isBlind)
    all.push(one)
    if (one.steps < at) return all
  }
  throw new Error('it never came to an end')
}

/** An effect stands in the log before the record, or not at all; and the sender is told which. */
function isRight({ code, log }: Pick<Race, 'code' | 'log'>): boolean {
  const [effect, record] = [log.indexOf(EFFECT), log.indexOf(RECORD)]
  if (record < 0) return false
  if (code === 'REVOKED') return effect < 0
  // What was committed before may be told after: both wait for their own turn then.
  return code === 'kept' && effect >= 0 && effect < record
}

describe('a use and a revocation at the same time', () => {
  for (const held of [USE, REVOKE]) {
    test(`never let an effect in after the record, wherever the ${held} is held up`, async () => {
      const all = await races(held)
      assert.ok(all.length > 5, `${all.length} orders`)
      for (const [at, one] of all.entries())
        assert.ok(isRight(one) && one.again === 'REVOKED', `step ${at + 1}: ${JSON.stringify(one)}`)
      // Both ends are reached, so the orders are different ones.
      assert.deepEqual(new Set(all.map(({ code }) => code)), new Set(['kept', 'REVOKED']))
    })
  }

  test('never record the refusal of a run after it', async () => {
    for (const held of [USE, REVOKE]) {
      const all = await races(held, 'addFail')
      for (const [at, { code, again, log }] of all.entries()) {
        const isBefore = log.includes(REPLY) && log.indexOf(REPLY) < log.indexOf(RECORD)
        assert.ok(code === (isBefore ? 'HANDLER' : 'REVOKED'), `${held} ${at + 1}: ${code}`)
        assert.deepEqual([again, log.includes(EFFECT)], ['REVOKED', false])
      }
      assert.deepEqual(new Set(all.map(({ code }) => code)), new Set(['HANDLER', 'REVOKED']))
    }
  })

  test('let effects in after it where nobody sees the records: the orders would show a fault', async () => {
    const all = [...(await races(USE, 'add', true)), ...(await races(REVOKE, 'add', true))]
    assert.ok(all.some((one) => !isRight(one)))
  })

  test('never give a pure result to a holder after he was told', async () => {
    for (const held of [USE, REVOKE]) {
      const all = await races(held, 'same')
      for (const [at, { code, again, acknowledgedFirst, ranAfter }] of all.entries()) {
        assert.ok(code === 'REVOKED' || (code === 'kept' && !acknowledgedFirst), `${held} ${at + 1}: ${code}`)
        assert.ok(!acknowledgedFirst || ranAfter === 0, `${held} ${at + 1}: it ran`)
        assert.equal(again, 'REVOKED')
      }
      assert.ok(all.some(({ code }) => code === 'REVOKED'))
    }
  })

  test('are right in whatever order their steps come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const { stepped, use, revoke } = await node('add')
        everyStep(stepped, scheduler)
        const both = Promise.all([use(), revoke()])
        const [{ code }] = await scheduler.waitFor(both)
        return isRight({ code, log: stepped.log })
      }),
      { numRuns: 60, seed: 22 },
    )
  })
})

/** Steps of both wait for the scheduler. */
function everyStep({ watch }: SteppedBackend, scheduler: fc.Scheduler): void {
  watch('*', (number) => scheduler.schedule(Promise.resolve(), String(number)))
}
