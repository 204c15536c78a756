/** Revocation against use, in every order: nothing is done after the commit of a revocation (K-22, T13). */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import fc from 'fast-check'

import { foundGrid } from '../fixture.ts'
import { watched } from '../handlers.ts'
import { manyTurns } from '../turns.ts'
import { revocation } from './feeds.ts'
import { as, steppedBackend } from './stepped-backend.ts'
import type { SteppedBackend } from './stepped-backend.ts'

const [USE, REVOKE] = ['use', 'revoke']
const [EFFECT, RECORD] = ['notes', '.revoked']
/** More steps than either of the two takes. */
const STEPS_MAX = 200

/** What became of one use and one revocation at the same time. */
interface Race {
  readonly code: string
  /** Commits in order. */
  readonly log: readonly string[]
  /** Whether the record was acknowledged while the use was held up. */
  readonly acknowledgedFirst: boolean
  /** How many steps the one that was held up had taken. */
  readonly steps: number
}

async function node(isPure: boolean) {
  const stepped = steppedBackend([EFFECT, RECORD])
  const { handler } = watched('counter', { pure: isPure })
  const grid = await foundGrid({ handlers: [handler], backend: stepped.backend })
  const protocol = grid.protocol('counter')
  const resource = isPure ? ({ kind: 'code', protocol } as const) : grid.space(EFFECT)
  const token = grid.grant({ resource })
  const toBob = grid.grant({ by: grid.alice, parent: token, resource, holder: grid.bob.principal })
  const fields = isPure ? { method: 'same' } : { method: 'add', resource }
  const sent = grid.compose({ as: grid.bob, protocol, chain: [token, toBob], ...fields })
  const { bytes } = revocation(grid, grid.root, token)
  return {
    stepped,
    use: () => as(USE, () => grid.send(sent, grid.bob)),
    revoke: () => as(REVOKE, () => grid.kernel.acceptRevocation(bytes)),
  }
}

/** `held` is stopped before its step `at`, the other one goes as far as it can, and then both go on. */
async function race(held: string, at: number, isPure = false, isBlind = false): Promise<Race> {
  const { stepped, use, revoke } = await node(isPure)
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
  const used = (using ?? use()).finally(() => (isOver = true))
  const revoked = (revoking ?? revoke()).then((result) => {
    assert.ok(result.ok)
    acknowledgedFirst = !isOver
  })
  await manyTurns()
  letGo()
  const [{ code }] = await Promise.all([used, revoked])
  return { code, log: stepped.log, acknowledgedFirst: held === USE && acknowledgedFirst, steps }
}

/** All of them: one for each step of the one that is held up. */
async function races(held: string, isPure = false, isBlind = false): Promise<readonly Race[]> {
  const all: Race[] = []
  for (let at = 1; at <= STEPS_MAX; at += 1) {
    const one = await race(held, at, isPure, isBlind)
    all.push(one)
    if (one.steps < at) return all
  }
  throw new Error('it never came to an end')
}

/** An effect stands in the log before the record, or not at all; and the sender is told which. */
function isRight({
  code,
  log,
  acknowledgedFirst,
}: Pick<Race, 'code' | 'log' | 'acknowledgedFirst'>): boolean {
  const [effect, record] = [log.indexOf(EFFECT), log.indexOf(RECORD)]
  if (record < 0) return false
  if (code === 'REVOKED') return effect < 0
  return code === 'kept' && effect >= 0 && effect < record && !acknowledgedFirst
}

describe('a use and a revocation at the same time', () => {
  for (const held of [USE, REVOKE]) {
    test(`never let an effect in after the record, wherever the ${held} is held up`, async () => {
      const all = await races(held)
      assert.ok(all.length > 5, `${all.length} orders`)
      for (const [at, one] of all.entries()) assert.ok(isRight(one), `step ${at + 1}: ${JSON.stringify(one)}`)
      // Both ends are reached, so the orders are different ones.
      assert.deepEqual(new Set(all.map(({ code }) => code)), new Set(['kept', 'REVOKED']))
    })
  }

  test('let effects in after it where nobody sees the records: the orders would show a fault', async () => {
    const all = [...(await races(USE, false, true)), ...(await races(REVOKE, false, true))]
    assert.ok(all.some((one) => !isRight(one)))
  })

  test('never give a pure result to a holder after he was told', async () => {
    for (const held of [USE, REVOKE]) {
      const all = await races(held, true)
      for (const [at, { code, acknowledgedFirst }] of all.entries())
        assert.ok(code === 'REVOKED' || (code === 'kept' && !acknowledgedFirst), `${held} ${at + 1}: ${code}`)
      assert.ok(all.some(({ code }) => code === 'REVOKED'))
    }
  })

  test('are right in whatever order their steps come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const { stepped, use, revoke } = await node(false)
        everyStep(stepped, scheduler)
        const both = Promise.all([use(), revoke()])
        const [{ code }] = await scheduler.waitFor(both)
        return isRight({ code, log: stepped.log, acknowledgedFirst: false })
      }),
      { numRuns: 60, seed: 22 },
    )
  })
})

/** Steps of both wait for the scheduler. */
function everyStep({ watch }: SteppedBackend, scheduler: fc.Scheduler): void {
  watch('*', (number) => scheduler.schedule(Promise.resolve(), String(number)))
}
