/**
 * A few strikes of the faults that need no rights; the long form is `npm run test:faults`. Damage has tests of its own:
 * level-damage.test.ts.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SEED } from '../../conformance/test/laws.ts'
import { FAULTS } from './faults/faults.ts'
import { count } from './faults/ledger.ts'
import { runFault } from './faults/run.ts'

for (const fault of FAULTS.filter(({ id }) => ['F1', 'F5'].includes(id))) {
  test(`withstands ${fault.title}, and finds out what does not`, async (t) => {
    const { skipped, result, control } = await runFault(fault, 'small', SEED)
    if (skipped !== undefined) return t.skip(skipped)
    assert.equal(count(result!.findings), 0, `seed ${SEED}: ${JSON.stringify(result!.findings)}`)
    assert.ok(count(control!.findings) > 0, `seed ${SEED}: the control passed`)
  })
}
