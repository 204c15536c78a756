/** The caller's side: only the one who was asked can answer, only this request, and only with an outcome. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { encodeCbor } from '../../../promisebase/index.ts'
import { composeMessage, readReply } from '../../index.ts'
import { assertRefused } from '../assert-refused.ts'
import { foundGrid } from '../fixture.ts'
import type { MessageFields, Outcome, PendingRequest, Signer } from '../../index.ts'

const grid = await foundGrid()
const other = await foundGrid({ threshold: 1, roots: [grid.bob] })
const { crypto, keys, alice, node, mallory } = grid
const sent = grid.compose()
const pending: PendingRequest = {
  ...sent,
  grid: grid.grid,
  sender: alice.principal,
  executors: [node.principal],
}
const outcome: Outcome = { status: 'refused', code: 'HANDLER' }
const read = (bytes: Uint8Array) => readReply(crypto, keys, pending, bytes)

const reply = (fields: Partial<MessageFields> = {}, as: Signer = node): Uint8Array =>
  composeMessage(crypto, as, {
    protocol: grid.protocol('echo'),
    grid: grid.grid,
    audience: alice.principal,
    issuedAt: grid.time.now,
    expires: grid.time.now + 60,
    method: 'reply',
    capabilities: [],
    inReplyTo: sent.id,
    outcome,
    ...fields,
  }).bytes

const hint = (digest: unknown, code: unknown, word = 'grid-refused'): Uint8Array =>
  encodeCbor([word, digest, code] as never)

describe('a reply', () => {
  test('from the node that was asked is read', () =>
    assert.deepEqual(read(reply()).ok, { signed: true, outcome, executor: node.principal }))

  test('to somebody else is refused', () =>
    assert.equal(read(reply({ audience: mallory.principal })).refused?.code, 'AUD'))

  test('to another request is refused', () =>
    assert.equal(read(reply({ inReplyTo: grid.compose().id })).refused?.code, 'CHAIN'))

  test('to no request is refused', () => {
    const { bytes } = composeMessage(crypto, node, {
      protocol: grid.protocol('echo'),
      grid: grid.grid,
      audience: alice.principal,
      issuedAt: 0,
      expires: 1,
      method: 'reply',
      capabilities: [],
      outcome,
    })
    assert.equal(read(bytes).refused?.code, 'CHAIN')
  })

  test('from somebody who was not asked is refused', () =>
    assert.equal(read(reply({}, mallory)).refused?.code, 'POP'))

  test('of another grid is refused', () =>
    assert.equal(read(reply({ grid: other.grid })).refused?.code, 'GRID'))

  test('without an outcome is refused: the request itself is not its answer', async () => {
    assert.equal(read(sent.bytes).refused?.code, 'AUD')
    const mine = composeMessage(crypto, node, {
      protocol: grid.protocol('echo'),
      grid: grid.grid,
      audience: alice.principal,
      issuedAt: 0,
      expires: 1,
      method: 'reply',
      capabilities: [],
      inReplyTo: sent.id,
    })
    assert.equal(read(mine.bytes).refused?.code, 'SHAPE')
  })

  test('is refused with any one bit changed', () => {
    const honest = reply()
    for (let bit = 0; bit < honest.length * 8; bit += 7) {
      const bytes = honest.slice()
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      assert.notEqual(read(bytes).refused, undefined, `bit ${bit}`)
    }
  })

  test('sent back to the node as a request is refused', async () => {
    const bytes = await grid.kernel.dispatch(sent.bytes)
    await assertRefused(grid, { bytes, id: sent.id }, 'AUD')
    const toItself = reply({ audience: node.principal })
    await assertRefused(grid, { bytes: toItself, id: sent.id }, 'CHAIN')
  })
})

describe('a hint', () => {
  test('under the hash of the request is a code, and settles nothing', () => {
    const bytes = hint(crypto.sha256(sent.bytes), 'DENIED')
    assert.deepEqual(read(bytes).ok, { signed: false, code: 'DENIED' })
  })

  test('under another hash, or of another form, is no answer', () => {
    for (const bytes of [
      hint(crypto.sha256(reply()), 'DENIED'),
      hint('digest', 'DENIED'),
      hint(crypto.sha256(sent.bytes), 7),
      hint(crypto.sha256(sent.bytes), 'DENIED', 'grid-accepted'),
      encodeCbor(['grid-refused', crypto.sha256(sent.bytes)]),
    ])
      assert.notEqual(read(bytes).refused, undefined)
  })

  test('whose code is not a code of ours is no answer: it would be printed', () => {
    for (const code of ['', 'denied', 'A\u001b[2J', 'X'.repeat(65), 'Denied, call 555'])
      assert.notEqual(read(hint(crypto.sha256(sent.bytes), code)).refused, undefined, code)
  })
})
