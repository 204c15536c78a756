/**
 * A few strikes of the faults that need no rights; the long form is `npm run test:faults`. Damage has tests of its own:
 * level-damage.test.ts.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FAULTS } from './faults/faults.ts'
import { count } from './faults/ledger.ts'
import { runFault } from './faults/run.ts'

for (const fault of FAULTS.filter(({ id }) => ['F1', 'F5'].includes(id))) {
  test(`withstands ${fault.title}, and finds out what does not`, async (t) => {
    const seed = Math.floor(Math.random() * 2 ** 32)
    const { skipped, result, control } = await runFault(fault, 'small', seed)
    if (skipped !== undefined) return t.skip(skipped)
    assert.equal(count(result!.findings), 0, `seed ${seed}: ${JSON.stringify(result!.findings)}`)
    assert.ok(count(control!.findings) > 0, `seed ${seed}: the control passed`)
  })
}
