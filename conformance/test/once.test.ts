/** A few kills; the long form is a script of its own (see ../once.ts). */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { runOnce } from '../once.ts'

const KILLS = 3

test(`every message acts exactly once and gets one reply over ${KILLS} kills`, async (t) => {
  const seed = Math.floor(Math.random() * 2 ** 32)
  const { problems, messages, repeated } = await runOnce(KILLS, seed)
  t.diagnostic(`seed ${seed}: ${messages} messages, ${repeated} asked again`)
  assert.deepEqual(problems, [], `seed ${seed}`)
  assert.ok(messages >= 24 && repeated > 0)
})
