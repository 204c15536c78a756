import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createCid, decodeCbor, encodeCbor, ENVELOPE_PROFILE, ownBytes, withCbor } from '../index.ts'

describe('bytes that are copied, and those that are not', () => {
  test('copies what a Buffer holds, whose own slice is a view', () => {
    const buffer = Buffer.from([1, 2, 3])
    const own = ownBytes(buffer, 2)
    buffer[0] = 9
    assert.equal(own.constructor, Uint8Array)
    assert.deepEqual([...own], [1, 2])
  })

  test('keeps what is looked at while something else is encoded', () => {
    const seen = withCbor([1, 2], (outer) => {
      withCbor('other', () => encodeCbor('third'))
      return outer.slice()
    })
    assert.deepEqual(seen, encodeCbor([1, 2]))
  })

  test('gives one frozen CID for the same bytes, and another for others', () => {
    const cid = createCid(0x55, new Uint8Array(32).fill(7))
    const read = decodeCbor(encodeCbor([cid, createCid(0x71, new Uint8Array(32).fill(7))]), ENVELOPE_PROFILE)
    const [same, other] = read.ok as readonly (typeof cid)[]
    assert.ok(same?.equals(cid) && Object.isFrozen(same))
    assert.ok(!other?.equals(cid))
    assert.equal(other?.code, 0x71)
  })
})
