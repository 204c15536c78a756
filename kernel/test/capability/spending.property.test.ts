/** However calls meet and end, no link spends more than its total, and what fits is done. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../conformance/test/laws.ts'

import { DAG_CBOR_PROFILE, decodeCbor } from '../../../promisebase/index.ts'
import { idKey, SPACE } from '../../spaces.ts'
import { foundGrid, people } from '../fixture.ts'
import { watched } from '../handlers.ts'
import { manyTurns } from '../turns.ts'
import type { Capability } from '../../index.ts'

const { alice, bob, node } = people

const total = fc.record(
  {
    calls: fc.integer({ min: 0, max: 12 }),
    fuel: fc.integer({ min: 0, max: 60 }),
    outputBytes: fc.integer({ min: 0, max: 400 }),
  },
  { requiredKeys: ['calls', 'fuel', 'outputBytes'] },
)

/** By whom, what, for how long an output, and how many turns after the one before. */
const call = fc.record({
  byBob: fc.boolean(),
  method: fc.constantFrom('grow', 'add', 'addFail', 'addThrow', 'fail'),
  output: fc.integer({ min: 0, max: 200 }),
  later: fc.boolean(),
})

const CHARGED = ['kept', 'HANDLER', 'TRAP', 'BUDGET_FUEL', 'BUDGET_OUTPUT']

describe('totals', () => {
  test('hold for any calls at once, through either link, kept, refused or trapped', async () => {
    const watch = watched('counter')
    const shared = await foundGrid({ handlers: [watch.handler] })
    await fc.assert(
      fc.asyncProperty(total, total, fc.array(call, { maxLength: 16 }), async (above, below, calls) => {
        const resource = shared.space('numbers')
        const terms = { resource, audience: node.principal }
        const first = shared.grant({ ...terms, by: node, parent: null, caveats: { total: above } })
        const least = {
          calls: Math.min(above.calls, below.calls),
          fuel: Math.min(above.fuel, below.fuel),
          outputBytes: Math.min(above.outputBytes, below.outputBytes),
        }
        const ofBob = { by: alice, parent: first, holder: bob.principal, caveats: { total: least } }
        const second = shared.grant({ ...terms, ...ofBob })
        const running: Promise<{ byBob: boolean; code: string }>[] = []
        for (const { byBob, method, output, later } of calls) {
          const sent = shared.compose({
            ...{ as: byBob ? bob : alice, chain: byBob ? [first, second] : [first] },
            ...{ protocol: shared.protocol('counter'), resource, method },
            arguments: { bytes: new TextEncoder().encode(String(output)) },
          })
          const answer = shared.send(sent, byBob ? bob : alice)
          running.push(answer.then(({ code }) => ({ byBob, code })))
          if (later) await manyTurns()
        }
        const ended = await Promise.all(running)
        const [spentFirst, spentSecond] = [await spentOf(first), await spentOf(second)]
        for (const [spent, most] of [
          [spentFirst, above],
          [spentSecond, least],
        ] as const) {
          assert.ok(spent[0] <= most.calls && spent[1] <= most.fuel && spent[2] <= most.outputBytes)
        }
        // Each call that ran is one, and each that did not had no room.
        const charged = ended.filter(({ code }) => CHARGED.includes(code))
        assert.equal(spentFirst[0], charged.length)
        assert.equal(spentSecond[0], charged.filter(({ byBob }) => byBob).length)
        const refused = ended.filter(({ code }) => !CHARGED.includes(code))
        assert.ok(refused.every(({ code }) => code === 'SPENT'))
        const isUsedUp = (spent: readonly number[], most: typeof above): boolean =>
          spent[0] === most.calls || spent[1] === most.fuel || spent[2] === most.outputBytes
        for (const { byBob } of refused)
          assert.ok(isUsedUp(spentFirst, above) || (byBob && isUsedUp(spentSecond, least)))
      }),
      { numRuns: 60 },
    )

    async function spentOf({ id }: Capability): Promise<readonly [number, number, number]> {
      const snapshot = shared.store.snapshot()
      const bytes = await snapshot.get(SPACE.spent, idKey(id))
      snapshot.close()
      return bytes === undefined
        ? [0, 0, 0]
        : (decodeCbor(bytes, DAG_CBOR_PROFILE).ok as [number, number, number])
    }
  })
})
