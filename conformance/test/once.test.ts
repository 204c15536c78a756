/** A few kills; the long form is a script of its own (see ../once.ts). */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { runOnce } from '../once.ts'
import { SEED } from './laws.ts'

const KILLS = 3

test(`every message acts exactly once and gets one reply over ${KILLS} kills`, async (t) => {
  const { problems, messages, repeated } = await runOnce(KILLS, SEED)
  t.diagnostic(`seed ${SEED}: ${messages} messages, ${repeated} asked again`)
  assert.deepEqual(problems, [], `seed ${SEED}`)
  assert.ok(messages >= 24 && repeated > 0)
})
