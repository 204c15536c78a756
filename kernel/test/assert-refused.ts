/** What every refusal owes: its code, the same one explained, no trace in the store, and an answer. */
import assert from 'node:assert/strict'

import { REFUSALS } from '../index.ts'
import type { ComposedMessage, RefusalCode, Signer } from '../index.ts'
import type { Grid } from './fixture.ts'

export interface RefusalExpectation {
  /** Signed for a sender who proved possession of its chain; an unsigned hint for all others. */
  readonly signed?: boolean
  readonly as?: Signer
  readonly link?: number
  readonly rule?: string
}

/** Dispatches and explains; both must refuse with `code`, and the store must stay as it was. */
export async function assertRefused(
  grid: Grid,
  sent: Pick<ComposedMessage, 'bytes' | 'id'>,
  code: RefusalCode,
  { signed = false, as, link, rule }: RefusalExpectation = {},
): Promise<void> {
  const before = await grid.fingerprint()
  const { refusal, checks } = await grid.kernel.explain(sent.bytes)
  const answer = grid.read(sent, await grid.kernel.dispatch(sent.bytes), as)
  assert.equal(refusal?.code, code, refusal?.detail)
  const failed = checks.filter((check) => !check.pass)
  assert.ok(failed.length > 0, `no failing check explains ${code}`)
  for (const check of failed) assert.equal(check.code, code)
  assert.deepEqual(
    { signed: answer.signed, code: answer.code },
    { signed, code: signed ? code : REFUSALS[code].public },
    refusal?.detail,
  )
  if (link !== undefined) assert.equal(refusal?.link, link)
  if (rule !== undefined) assert.equal(refusal?.rule, rule)
  assert.equal(await grid.fingerprint(), before, 'a refusal changed the store')
}
